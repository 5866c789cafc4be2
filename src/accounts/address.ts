import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import { record } from "../audit/index.ts";
import { AssentError, type Clock } from "../core/index.ts";
import { inTransaction, withAdvisoryLock, type Db, type Trx } from "../db/index.ts";
import type { Auth } from "./auth.ts";
import { authTables } from "./auth-tables.ts";
import { createAttemptLimit } from "./attempt-limit.ts";
import { checkedEmail } from "./checked-account.ts";
import { endLinks, makeLink, useLink } from "./one-time-links.ts";
import type { Proof, Prover } from "./proof.ts";

/** The e-mail address by which somebody signs in, and whether they have shown that they read what is sent there. */
export interface Addresses {
  standing(account: string): Promise<{ readonly email: string; readonly verified: boolean }>;
  /**
   * A link to be mailed to the address that an account has, which verifies it. `cancel` where the message is not taken.
   * Errors: `refused` where it is verified, `too-often` beyond five messages a day.
   */
  verify(proof: Pick<Proof, "account">): Promise<Asked>;
  /** The same to another address, which takes the first one's place once it is tapped. Errors: also of `Prover`, `bad-input`, `exists`. */
  change(proof: Proof, email: string): Promise<Asked>;
  /**
   * Somebody tapped the link; to be called by POST only. It signs nobody in. Says the address of before, where it is another, so that
   * its reader is told. Errors: `not-found` for a link that is none any more, `exists` where somebody else has the address meanwhile.
   */
  confirm(secret: string): Promise<{ readonly before: string | null }>;
}

export interface Asked {
  readonly email: string;
  readonly secret: string;
  cancel(): Promise<void>;
}

const LINK_LIVES_MS = 24 * 3_600_000;
const MESSAGES = { most: 5, perMs: 24 * 3_600_000 };

export function openAddresses(auth: Auth, db: Db, clock: Clock, prover: Prover): Addresses {
  const messages = createAttemptLimit(MESSAGES);
  const key = async () => (await auth.$context).secretConfig;
  const standing = async (from: Db | Trx, account: string) => {
    const row = await authTables(from)
      .selectFrom("user")
      .select(["email", "emailVerified"])
      .where("id", "=", account)
      .executeTakeFirst();
    if (!row) throw new AssentError("not-found", "there is no such account");
    return { email: row.email, verified: row.emailVerified };
  };
  /** The newest link of an account alone is good. The address in it is sealed: whoever reads the table learns none. */
  const ask = async (account: string, email: string): Promise<Asked> => {
    if (!messages.take(account)) {
      throw new AssentError("too-often", "five messages went out today", { remedy: "Try again tomorrow." });
    }
    const value = JSON.stringify({
      account,
      sealed: await symmetricEncrypt({ key: await key(), data: email }),
    });
    const { secret, id } = await inTransaction(db, async (trx) => {
      await endAddressLinks(trx, account);
      return makeLink(trx, { kind: "address", value, validMs: LINK_LIVES_MS }, clock);
    });
    const cancel = async (): Promise<void> => {
      await inTransaction(db, (trx) => endLinks(trx, "address", { id }));
    };
    return { email, secret, cancel };
  };
  return {
    standing: (account) => standing(db, account),
    async verify({ account }) {
      const { email, verified } = await standing(db, account.id);
      if (verified) throw new AssentError("refused", "this address is verified already");
      return ask(account.id, email);
    },
    async change(proof, written) {
      await prover.require(proof);
      const email = checkedEmail(written);
      await refuseKnown(db, email, proof.account.id);
      return ask(proof.account.id, email);
    },
    confirm: (secret) =>
      withAdvisoryLock(db, "staff-accounts", () =>
        inTransaction(db, async (trx) => {
          const value = await useLink(trx, "address", secret, clock);
          if (value === undefined) throw gone();
          const { account, sealed } = JSON.parse(value) as { account: string; sealed: string };
          const email = await symmetricDecrypt({ key: await key(), data: sealed });
          const before = await standing(trx, account).catch(() => undefined);
          if (!before) throw gone();
          await refuseKnown(trx, email, account);
          await authTables(trx)
            .updateTable("user")
            .set({ email, emailVerified: true, updatedAt: clock.now() })
            .where("id", "=", account)
            .execute();
          if (before.email === email) {
            await record(trx, { kind: "staff-address-verified", payload: { account } }, clock);
            return { before: null };
          }
          await record(trx, { kind: "staff-address-changed", payload: { account } }, clock);
          return { before: before.email };
        }),
      ),
  };
}

/** Ends every link that would verify or change an account's address. */
export async function endAddressLinks(trx: Trx, account: string): Promise<void> {
  await endLinks(trx, "address", { valueLike: `{"account":"${account}"%` });
}

async function refuseKnown(from: Db | Trx, email: string, account: string): Promise<void> {
  const other = await authTables(from)
    .selectFrom("user")
    .select("id")
    .where("email", "=", email)
    .where("id", "<>", account)
    .executeTakeFirst();
  if (!other) return;
  throw new AssentError("exists", "somebody here has this e-mail address", { remedy: "Use another." });
}

function gone(): AssentError {
  return new AssentError(
    "not-found",
    "this link has been used, is more than a day old, or a newer one was sent",
    {
      remedy: "Ask for another under My account.",
    },
  );
}
