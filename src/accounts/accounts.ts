import { fromNodeHeaders, toNodeHandler } from "better-auth/node";
import { getMigrations } from "better-auth/db/migration";
import { sql } from "kysely";
import { AssentError, newId, systemClock, type Clock } from "../core/index.ts";
import { inTransaction, withAdvisoryLock, type Trx } from "../db/index.ts";
import type { Grants, Role } from "./access.ts";
import { AUTH_SCHEMA, authTables } from "./auth-tables.ts";
import { openAddresses, type Addresses } from "./address.ts";
import { ADDRESS_HEADER, buildAuth, type Auth, type AuthOptions } from "./auth.ts";
import { checkedNameAndEmail, checkedPassword } from "./checked-account.ts";
import { createProver } from "./proof.ts";
import { howSignedIn, type HowSignedIn } from "./how-signed-in.ts";
import { oweEntries } from "./owed-entries.ts";
import { openOwnerDoor } from "./owner-door.ts";
import { makeOwnerLink, readOwnerLink, useOwnerLink } from "./owner-link.ts";
import { dropSecondFactor, openSecondFactors, type SecondFactors } from "./second-factor.ts";
import { grantsOf, readStaffLink, setCollectionRole, takeStaffLink, type Grant } from "./staff.ts";

/** As Node's server has them. */
type Exchange = Parameters<ReturnType<typeof toNodeHandler>>;
type Headers = Parameters<typeof fromNodeHeaders>[0];

/** A member of staff. People in photos are never among them. */
export interface StaffAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly grants: Grants;
  /** The session by which they ask. */
  readonly session: { readonly id: string; readonly how: HowSignedIn | null; readonly since: Date };
  /** A second factor is required, and there is none: nothing can be done but setting one up. */
  readonly lacksSecondFactor: boolean;
}

/** What somebody writes who makes an account by a one-time link. */
export interface AccountOrder {
  readonly secret: string;
  readonly name: string;
  readonly email: string;
  /** May be left out by a colleague where passwords are switched off. */
  readonly password?: string | undefined;
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
  makeOwnerLink(email?: string): Promise<string>;
  hasOwner(): Promise<boolean>;
  /** By what staff can sign in, besides a passkey: for the page that asks. */
  readonly waysIn: { readonly password: boolean; readonly singleSignOn: { readonly name: string } | null };
  readonly secondFactors: SecondFactors;
  readonly addresses: Addresses;
  /**
   * What a link is for, without using it up: `make` an owner, or set a new password for the one there is.
   * Errors: `not-found` for a link that is used, too old or none.
   */
  readOwnerLink(secret: string): Promise<{ readonly for: "make" } | { readonly for: "password" }>;
  /**
   * Makes the owner, or gives the link's owner a new password (name and address stay), and ends their sessions, passkeys and second
   * factor: somebody else may have made one, or it is lost.
   * Errors: `not-found` as above, `bad-input` for a name, address or password that is none; then the link is still good.
   */
  useOwnerLink(order: AccountOrder): Promise<{ readonly email: string }>;
  /** What an invitation of staff gives. Errors: `not-found` for one that is used, too old or none. */
  readStaffLink(secret: string): Promise<Grant & { readonly mailed: boolean }>;
  /**
   * Makes an account with what the invitation gives. Errors: `not-found` as above; `bad-input` for a name, address or
   * password that is none, `exists` for a name or an address that somebody here has; then the link is still good.
   */
  useStaffLink(order: AccountOrder): Promise<{ readonly email: string }>;
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
  "passkey/update-passkey",
  "passkey/delete-passkey",
  "two-factor/verify-totp",
  "two-factor/verify-backup-code",
  "single-sign-on/begin",
  "single-sign-on/callback",
]);

/** Opens the accounts and brings their tables up to date; several processes may do so at once. */
export async function openAccounts(options: AuthOptions & { readonly clock?: Clock }): Promise<Accounts> {
  const { db } = options;
  const clock = options.clock ?? systemClock;
  const auth = await buildAuth(options);
  await migrate(auth, options);
  const handler = toNodeHandler(auth);
  const prover = createProver(auth, clock);
  const passwordsOff = options.singleSignOn?.only === true;

  const owners = (): Promise<readonly { readonly id: string; readonly email: string }[]> =>
    authTables(db).selectFrom("user").select(["id", "email"]).where("role", "=", "owner").execute();

  return {
    async handle(request, response, address) {
      request.headers[ADDRESS_HEADER] = address;
      await handler(request, response);
    },
    async signedIn(headers) {
      const session = await auth.api.getSession({ headers: fromNodeHeaders(headers) });
      if (!session) return null;
      const { id, name, email, role } = session.user;
      const grants = await grantsOf(db, id, role ?? null);
      const how = howSignedIn(session.session.how);
      // A passkey counts as both factors, and the organisation's own sign-in answers for its own.
      const both = session.user.twoFactorEnabled === true || how === "passkey" || how === "single-sign-on";
      return {
        id,
        name,
        email,
        grants,
        session: { id: session.session.id, how, since: session.session.createdAt },
        lacksSecondFactor: options.secondFactor === "required" && !both,
      };
    },
    makeOwnerLink: (email) => makeOwnerLink(db, clock, email),
    secondFactors: openSecondFactors(auth, db, clock, prover),
    addresses: openAddresses(auth, db, clock, prover),
    waysIn: {
      password: !passwordsOff,
      singleSignOn: options.singleSignOn ? { name: options.singleSignOn.name } : null,
    },
    hasOwner: async () => (await owners()).length > 0,
    async readOwnerLink(secret) {
      const account = await readOwnerLink(db, secret, clock);
      if (account === undefined) throw linkGone();
      return { for: account === null ? "make" : "password" };
    },
    useOwnerLink(order) {
      // One at a time, so that two links at once cannot make two owners.
      return withAdvisoryLock(db, "owner-link", async () => {
        const password = checkedPassword(order.password);
        const context = await auth.$context;
        const account = await readOwnerLink(db, order.secret, clock);
        if (account === undefined) throw linkGone();
        if (account !== null) {
          const known = (await owners()).find((one) => one.id === account);
          if (!known) throw linkGone();
          if (!(await useOwnerLink(db, order.secret, "password-set", clock))) throw linkGone();
          await context.internalAdapter.updatePassword(known.id, await context.password.hash(password));
          await context.internalAdapter.deleteUserSessions(known.id);
          await inTransaction(db, async (trx) => {
            await authTables(trx).deleteFrom("passkey").where("userId", "=", known.id).execute();
            await dropSecondFactor(trx, known.id, clock);
            if (passwordsOff) await openOwnerDoor(trx, known.id, clock);
          });
          return { email: known.email };
        }
        if ((await owners()).length > 0) throw linkGone();
        const { name, email } = checkedNameAndEmail(order);
        // A crash after this leaves a used link and no owner: another link is made on the server.
        if (!(await useOwnerLink(db, order.secret, "made", clock))) throw linkGone();
        const hash = await context.password.hash(password);
        await inTransaction(db, async (trx) => {
          // The link came from the server itself: whoever has it answers for what they write.
          const made = await makeAccount(trx, { name, email, verified: true, hash, role: "owner" }, clock);
          if (passwordsOff) await openOwnerDoor(trx, made, clock);
        });
        return { email };
      });
    },
    readStaffLink: (secret) => readStaffLink(db, secret, clock),
    async useStaffLink(order) {
      const password = passwordsOff ? null : checkedPassword(order.password);
      const { name, email } = checkedNameAndEmail(order);
      const hash = password === null ? null : await (await auth.$context).password.hash(password);
      return withAdvisoryLock(db, "staff-accounts", () =>
        inTransaction(db, async (trx) => {
          const { grant, mailedTo } = await takeStaffLink(trx, order.secret, clock);
          const role = grant.collection === null ? grant.role : null;
          // Whoever has a link that was mailed reads what is sent to that address; of any other nobody knows.
          const verified = mailedTo(email);
          const account = await makeAccount(trx, { name, email, verified, hash, role }, clock);
          if (grant.collection !== null) {
            await setCollectionRole(trx, account, grant.collection, grant.role, clock);
          }
          return { email };
        }),
      );
    },
  };
}

/** Names are what people read who were looked at: no two accounts share one. Errors: `exists`. */
async function makeAccount(
  trx: Trx,
  order: {
    readonly name: string;
    readonly email: string;
    readonly verified: boolean;
    readonly hash: string | null;
    readonly role: Role | null;
  },
  clock: Clock,
): Promise<string> {
  const { name, email, verified, hash, role } = order;
  const there = await authTables(trx)
    .selectFrom("user")
    .select(["name", "email"])
    .where(({ eb, or, fn }) =>
      or([eb("email", "=", email), eb(fn<string>("lower", ["name"]), "=", name.toLowerCase())]),
    )
    .execute();
  if (there.some((one) => one.email === email)) {
    throw new AssentError("exists", "somebody here has this e-mail address", {
      remedy: "Sign in with it, or use another.",
    });
  }
  if (there.length > 0) {
    throw new AssentError("exists", "somebody here has this name", {
      remedy: "Add something to yours, so that people can tell you apart.",
    });
  }
  const [id, now] = [newId(), clock.now()];
  await authTables(trx)
    .insertInto("user")
    .values({ id, name, email, emailVerified: verified, role, createdAt: now, updatedAt: now })
    .execute();
  await authTables(trx)
    .insertInto("account")
    .values({
      id: newId(),
      accountId: id,
      providerId: "credential",
      userId: id,
      password: hash,
      createdAt: now,
      updatedAt: now,
    })
    .execute();
  return id;
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
