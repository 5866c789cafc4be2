import { APIError } from "better-auth";
import { createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import { Type } from "typebox";
import { Check } from "typebox/value";
import { record, type Journal } from "../audit/index.ts";
import { AssentError, newId, type Clock } from "../core/index.ts";
import { sha256Hex } from "../crypto/index.ts";
import { inTransaction, withAdvisoryLock, type Db, type Trx } from "../db/index.ts";
import { removeWebhooksOf } from "../webhooks/index.ts";
import { endAddressLinks } from "./address.ts";
import { revokeKeysOf } from "./api-keys.ts";
import { authTables } from "./auth-tables.ts";
import { createOpenId, type Journey, type OpenIdSettings, type Vouched } from "./openid.ts";
import { dropSecondFactor } from "./second-factor.ts";
import { endAllSessions } from "./sessions.ts";

/** The organisation's own sign-in. */
export interface SingleSignOn {
  /** As the provider writes it, to the letter. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** On the button. */
  readonly name: string;
  /** Passwords open nothing, but for an owner's for a day after the link that the server made. */
  readonly only: boolean;
}

/** In the library's table of ways in, beside `credential`, which is a password. */
export const OPENID = "openid";

/** Between going there and coming back. */
const JOURNEY_S = 600;
const COOKIE = "assent-journey";

const Back = Type.Object({
  code: Type.String({ minLength: 1, maxLength: 2_000 }),
  state: Type.String({ minLength: 1, maxLength: 200 }),
  iss: Type.Optional(Type.String({ maxLength: 500 })),
});

/**
 * Two paths in the accounts' library: one says where to send the browser, one takes what it brings back. Both are asked by our own
 * page, so that no other site's request begins a session; the provider sends browsers to a page of ours that holds no data.
 */
export function singleSignOn(
  settings: OpenIdSettings,
  { db, journal, clock }: { readonly db: Db; readonly journal: Journal; readonly clock: Clock },
) {
  const openId = createOpenId(settings);
  return {
    id: "assent-single-sign-on",
    endpoints: {
      beginSingleSignOn: createAuthEndpoint("/single-sign-on/begin", { method: "POST" }, async (ctx) => {
        const { url, journey } = await asLibrary(openId.begin());
        const value = await symmetricEncrypt({
          key: ctx.context.secretConfig,
          data: JSON.stringify(journey),
        });
        await ctx.context.internalAdapter.createVerificationValue({
          identifier: nameOf(journey.state),
          value,
          expiresAt: new Date(Date.now() + JOURNEY_S * 1000),
        });
        // Whoever comes back does so in the browser that went.
        const cookie = ctx.context.createAuthCookie(COOKIE, { maxAge: JOURNEY_S });
        await ctx.setSignedCookie(cookie.name, journey.state, ctx.context.secret, cookie.attributes);
        return ctx.json({ url });
      }),
      finishSingleSignOn: createAuthEndpoint("/single-sign-on/callback", { method: "POST" }, async (ctx) => {
        const body: unknown = ctx.body;
        const cookie = ctx.context.createAuthCookie(COOKIE);
        const state = await ctx.getSignedCookie(cookie.name, ctx.context.secret);
        if (!Check(Back, body) || !state || body.state !== state) throw stale();
        // Once: whoever looks over a shoulder gets nothing by sending it again.
        const kept = await ctx.context.internalAdapter.consumeVerificationValue(nameOf(state));
        if (!kept) throw stale();
        const journey = JSON.parse(
          await symmetricDecrypt({ key: ctx.context.secretConfig, data: kept.value }),
        ) as Journey;
        const vouched = await asLibrary(openId.finish(journey, body));
        const account = await asLibrary(accountOf({ db, journal, clock }, vouched));
        const user = await ctx.context.internalAdapter.findUserById(account);
        if (!user) throw stale();
        await setSessionCookie(ctx, {
          session: await ctx.context.internalAdapter.createSession(account),
          user,
        });
        return ctx.json({ signedIn: true });
      }),
    },
  };
}

/**
 * The account of whoever the provider vouches for: the one that this person used before, or else the one that was made by an invitation
 * for this address. Nobody gets an account by it. Where nobody had shown yet whose the address is, other ways in end, and what works on by
 * itself under the account: somebody else may have written the address, and would sit in this person's account. Errors: `refused`.
 */
async function accountOf(
  { db, journal, clock }: { readonly db: Db; readonly journal: Journal; readonly clock: Clock },
  { subject, email }: Vouched,
): Promise<string> {
  return withAdvisoryLock(db, "staff-accounts", () =>
    inTransaction(db, async (trx) => {
      const tables = authTables(trx);
      const before = await tables
        .selectFrom("account")
        .select("userId")
        .where("providerId", "=", OPENID)
        .where("accountId", "=", subject)
        .executeTakeFirst();
      if (before) return before.userId;
      const user = await tables
        .selectFrom("user")
        .select(["id", "emailVerified"])
        .where("email", "=", email)
        .executeTakeFirst();
      if (!user) {
        throw new AssentError("refused", "nobody with this address was invited", {
          remedy: "Ask an owner for an invitation.",
        });
      }
      const other = await tables
        .selectFrom("account")
        .select("id")
        .where("providerId", "=", OPENID)
        .where("userId", "=", user.id)
        .executeTakeFirst();
      if (other) {
        throw new AssentError(
          "refused",
          "this account belongs to another person of the organisation's sign-in",
          {
            remedy: "An owner removes it and invites whoever has the address now.",
          },
        );
      }
      if (!user.emailVerified) await endOtherWaysIn(trx, user.id, { journal, clock });
      await tables
        .insertInto("account")
        .values({
          id: newId(),
          accountId: subject,
          providerId: OPENID,
          userId: user.id,
          password: null,
          createdAt: clock.now(),
          updatedAt: clock.now(),
        })
        .execute();
      await record(trx, { kind: "staff-single-sign-on-linked", payload: { account: user.id } }, clock);
      return user.id;
    }),
  );
}

async function endOtherWaysIn(
  trx: Trx,
  account: string,
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
): Promise<void> {
  const tables = authTables(trx);
  await tables.updateTable("account").set({ password: null }).where("userId", "=", account).execute();
  await tables.deleteFrom("passkey").where("userId", "=", account).execute();
  await endAllSessions(trx, account, clock);
  await dropSecondFactor(trx, account, clock);
  // Tapped later, one would put another address in this one's place.
  await endAddressLinks(trx, account);
  await tables.updateTable("user").set({ emailVerified: true }).where("id", "=", account).execute();
  const ended = [
    ...(await revokeKeysOf(trx, account, clock)),
    ...(await removeWebhooksOf(trx, account, OPENID, clock)),
  ];
  // As wherever these end: before the commit, so that no restore brings one back.
  await journal.append(
    ended.map((subject) => ({ event: "revoked" as const, subject })),
    clock.now(),
  );
}

function nameOf(state: string): string {
  return `assent-journey:${sha256Hex(new TextEncoder().encode(state))}`;
}

function stale(): APIError {
  return new APIError("UNAUTHORIZED", {
    message: "This sign-in was used, is too old, or was begun elsewhere.",
  });
}

/** Our own refusals, as the library answers them. */
async function asLibrary<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof AssentError) || error.code !== "refused") throw error;
    throw new APIError("FORBIDDEN", { message: error.message });
  }
}
