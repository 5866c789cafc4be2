import { fromNodeHeaders, toNodeHandler } from "better-auth/node";
import { getMigrations } from "better-auth/db/migration";
import { sql } from "kysely";
import { AssentError, systemClock, type Clock } from "../core/index.ts";
import { withAdvisoryLock } from "../db/index.ts";
import {
  ADDRESS_HEADER,
  AUTH_SCHEMA,
  buildAuth,
  LONGEST_PASSWORD,
  SHORTEST_PASSWORD,
  type Auth,
  type AuthOptions,
} from "./auth.ts";
import { oweEntries } from "./owed-entries.ts";
import { isOwnerLink, makeOwnerLink, useOwnerLink } from "./owner-link.ts";

/** As Node's server has them. */
type Exchange = Parameters<ReturnType<typeof toNodeHandler>>;
type Headers = Parameters<typeof fromNodeHeaders>[0];

/** A member of staff. People in photos are never among them. */
export interface StaffAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** null: an account that was given nothing to do. */
  readonly role: "owner" | null;
}

export interface OwnerOrder {
  readonly secret: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** Staff accounts: who is signed in, and how the first one comes to be. */
export interface Accounts {
  /**
   * Answers a request under /api/auth by the library. `address` is the client's, for its limits by address. The caller
   * lets through only paths of `AUTH_PATHS`.
   */
  handle(request: Exchange[0], response: Exchange[1], address: string): Promise<void>;
  /** Whose session a request's cookie names; null for none, an ended or a forged one. */
  signedIn(headers: Headers): Promise<StaffAccount | null>;
  /** A new one-time link's secret; see `makeOwnerLink`. */
  makeOwnerLink(): Promise<string>;
  hasOwner(): Promise<boolean>;
  /**
   * What a link is for, without using it up: `make` an owner, or set a new password for the one there is.
   * Errors: `not-found` for a link that is used, too old or none.
   */
  readOwnerLink(secret: string): Promise<{ readonly for: "make" } | { readonly for: "password" }>;
  /**
   * Makes the owner, or gives the owner a new password (name and address stay) and ends every session.
   * Errors: `not-found` as above, `bad-input` for a name, address or password that is none; then the link is still good.
   */
  useOwnerLink(order: OwnerOrder): Promise<{ readonly email: string }>;
}

/** What of the library's paths staff need; all others are closed. */
export const AUTH_PATHS: ReadonlySet<string> = new Set([
  "sign-in/email",
  "sign-out",
  "change-password",
  "passkey/generate-register-options",
  "passkey/verify-registration",
  "passkey/generate-authenticate-options",
  "passkey/verify-authentication",
  "passkey/list-user-passkeys",
  "passkey/delete-passkey",
]);

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$|^[^\s@]+@localhost$/;

/** Opens the accounts and brings their tables up to date; several processes may do so at once. */
export async function openAccounts(options: AuthOptions & { readonly clock?: Clock }): Promise<Accounts> {
  const { db } = options;
  const clock = options.clock ?? systemClock;
  const auth = await buildAuth(options);
  await migrate(auth, options);
  const handler = toNodeHandler(auth);

  const owner = async (): Promise<{ id: string; email: string } | undefined> => {
    const context = await auth.$context;
    const found = await context.adapter.findMany<{ id: string; email: string }>({
      model: "user",
      where: [{ field: "role", value: "owner" }],
    });
    return found[0];
  };

  return {
    async handle(request, response, address) {
      request.headers[ADDRESS_HEADER] = address;
      await handler(request, response);
    },
    async signedIn(headers) {
      const session = await auth.api.getSession({ headers: fromNodeHeaders(headers) });
      if (!session) return null;
      const { id, name, email, role } = session.user;
      return { id, name, email, role: role === "owner" ? "owner" : null };
    },
    makeOwnerLink: () => makeOwnerLink(db, clock),
    hasOwner: async () => (await owner()) !== undefined,
    async readOwnerLink(secret) {
      if (!(await isOwnerLink(db, secret, clock))) throw linkGone();
      return { for: (await owner()) ? "password" : "make" };
    },
    useOwnerLink(order) {
      // One at a time, so that two links at once cannot make two owners.
      return withAdvisoryLock(db, "owner-link", async () => {
        checkPassword(order.password);
        const context = await auth.$context;
        const known = await owner();
        if (known) {
          if (!(await useOwnerLink(db, order.secret, "password-set", clock))) throw linkGone();
          await context.internalAdapter.updatePassword(known.id, await context.password.hash(order.password));
          await context.internalAdapter.deleteUserSessions(known.id);
          return { email: known.email };
        }
        const name = order.name.trim();
        const email = order.email.trim().toLowerCase();
        checkNameAndEmail(name, email);
        // A crash after this leaves a used link and no owner: another link is made on the server.
        if (!(await useOwnerLink(db, order.secret, "made", clock))) throw linkGone();
        const hash = await context.password.hash(order.password);
        const user = await context.internalAdapter.createUser(
          { name, email, emailVerified: true, role: "owner" },
          { method: "email-password" },
        );
        await context.internalAdapter.linkAccount({
          userId: user.id,
          providerId: "credential",
          accountId: user.id,
          password: hash,
        });
        return { email };
      });
    },
  };
}

async function migrate(auth: Auth, { db }: Pick<AuthOptions, "db">): Promise<void> {
  await withAdvisoryLock(db, "accounts-schema", async () => {
    await sql`create schema if not exists ${sql.id(AUTH_SCHEMA)}`.execute(db);
    const due = await getMigrations(auth.options);
    if (due.toBeCreated.length > 0 || due.toBeAdded.length > 0) await due.runMigrations();
    await oweEntries(db);
  });
}

function linkGone(): AssentError {
  return new AssentError("not-found", "this link has been used, or is more than a day old", {
    remedy: "Make a new one on the server: assent owner-link.",
  });
}

function checkPassword(password: string): void {
  if (password.length >= SHORTEST_PASSWORD && password.length <= LONGEST_PASSWORD) return;
  throw new AssentError(
    "bad-input",
    `a password has ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters`,
    { remedy: "A few words in a row are easy to remember and hard to guess." },
  );
}

function checkNameAndEmail(name: string, email: string): void {
  if (name === "" || name.length > 200 || /[\p{Cc}]/u.test(name)) {
    throw new AssentError("bad-input", "a name has 1 to 200 characters, in one line", {
      remedy: "People whose photos you look at will read it.",
    });
  }
  if (email.length > 254 || !EMAIL.test(email)) {
    throw new AssentError("bad-input", "this is no e-mail address", {
      remedy: "Write it as name@example.org.",
    });
  }
}
