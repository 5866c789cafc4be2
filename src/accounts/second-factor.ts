import { createOTP } from "@better-auth/utils/otp";
import { generateRandomString, symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import { randomInt } from "node:crypto";
import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock } from "../core/index.ts";
import { inTransaction, type Db, type Trx } from "../db/index.ts";
import type { Auth } from "./auth.ts";
import { authTables } from "./auth-tables.ts";
import type { StaffAccount } from "./accounts.ts";
import type { Proof, Prover } from "./proof.ts";
import { takeCode } from "./used-codes.ts";

/** Whether accounts may have a second factor beside their password, or must. */
export type SecondFactorRule = "optional" | "required";

/** The second factor of an account: a code from an app, with recovery codes beside it. */
export interface SecondFactors {
  standing(account: string): Promise<{ readonly on: boolean; readonly recoveryCodes: number }>;
  /**
   * A new secret, which counts for nothing until `confirm`. `uri` is for an app to scan, `key` the same to be typed.
   * Errors: `refused` without proof, `too-often`, `conflict` where there is one already.
   */
  begin(proof: Proof): Promise<{ readonly uri: string; readonly key: string }>;
  /**
   * Puts the secret in force by a code made with it, ends the account's other sessions, and answers with the recovery codes, which
   * are shown here once. Errors: `refused` for a wrong code, `too-often`, `conflict` where none was begun.
   */
  confirm(order: { readonly account: StaffAccount; readonly code: string }): Promise<readonly string[]>;
  /** New recovery codes in place of the old ones. Errors: as `begin`, and `conflict` where there is no second factor. */
  renewRecoveryCodes(proof: Proof): Promise<readonly string[]>;
  /** Takes it away. Errors: as `begin`. */
  end(proof: Proof): Promise<void>;
}

const RECOVERY_CODES = 10;
/** 10 of 31 signs: 49 bits, and none that is taken for another. */
const CODE_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789";
const CODE_LENGTH = 10;
/** 160 bits and more, as RFC 4226 (4, R6) asks: 32 of 64 signs are 192. */
const SECRET_SIGNS = 32;

/** The library checks codes at the sign-in; switching on and off is ours, because a passkey can answer for it too. */
export function openSecondFactors(auth: Auth, db: Db, clock: Clock, prover: Prover): SecondFactors {
  const sealed = async (data: string): Promise<string> =>
    symmetricEncrypt({ key: (await auth.$context).secretConfig, data });
  const opened = async (data: string): Promise<string> =>
    symmetricDecrypt({ key: (await auth.$context).secretConfig, data });
  const rowOf = (from: Db | Trx, account: string) =>
    authTables(from).selectFrom("twoFactor").selectAll().where("userId", "=", account).executeTakeFirst();

  const requireOn = async (account: string): Promise<void> => {
    if ((await rowOf(db, account))?.verified) return;
    throw new AssentError("conflict", "this account has no second factor", { remedy: "Set one up first." });
  };

  return {
    async standing(account) {
      const row = await rowOf(db, account);
      if (!row?.verified) return { on: false, recoveryCodes: 0 };
      return { on: true, recoveryCodes: (JSON.parse(await opened(row.backupCodes)) as unknown[]).length };
    },
    async begin(proof) {
      await prover.require(proof);
      const { account } = proof;
      if ((await rowOf(db, account.id))?.verified) {
        throw new AssentError("conflict", "this account has a second factor already", {
          remedy: "Take it away first.",
        });
      }
      const secret = generateRandomString(SECRET_SIGNS, "a-z", "A-Z", "0-9", "-_");
      const row = { secret: await sealed(secret), backupCodes: await sealed("[]"), verified: false };
      await inTransaction(db, async (trx) => {
        await authTables(trx).deleteFrom("twoFactor").where("userId", "=", account.id).execute();
        await authTables(trx)
          .insertInto("twoFactor")
          .values({ id: newId(), userId: account.id, failedVerificationCount: 0, ...row })
          .execute();
      });
      const uri = createOTP(secret).url((await auth.$context).appName, account.email);
      return { uri, key: new URL(uri).searchParams.get("secret") ?? "" };
    },
    async confirm({ account, code }) {
      prover.count(account.id);
      const row = await rowOf(db, account.id);
      if (!row || row.verified) {
        throw new AssentError("conflict", "no second factor was begun", { remedy: "Begin again." });
      }
      const good = await createOTP(await opened(row.secret)).verify(code);
      if (!good || !(await takeCode(db, account.id, code))) {
        throw new AssentError("refused", "the code is wrong", {
          remedy: "Type the one that the app shows now, and see that its clock is right.",
        });
      }
      prover.attempts.forget(account.id);
      const codes = newCodes();
      const backupCodes = await sealed(JSON.stringify(codes));
      await inTransaction(db, async (trx) => {
        const tables = authTables(trx);
        await tables
          .updateTable("twoFactor")
          .set({ verified: true, backupCodes })
          .where("id", "=", row.id)
          .execute();
        await setFlag(trx, account.id, true, clock);
        const ended = await tables
          .deleteFrom("session")
          .where("userId", "=", account.id)
          .where("id", "<>", account.session.id)
          .executeTakeFirst();
        const sessions = Number(ended.numDeletedRows);
        if (sessions > 0) {
          const payload = { account: account.id, sessions };
          await record(trx, { kind: "staff-sessions-ended", payload }, clock);
        }
        // This one was begun with less: from now on it has both.
        await tables
          .updateTable("session")
          .set({ how: "second-factor" })
          .where("id", "=", account.session.id)
          .where("how", "=", "password")
          .execute();
      });
      return codes;
    },
    async renewRecoveryCodes(proof) {
      await prover.require(proof);
      await requireOn(proof.account.id);
      const codes = newCodes();
      const backupCodes = await sealed(JSON.stringify(codes));
      await inTransaction(db, (trx) =>
        authTables(trx)
          .updateTable("twoFactor")
          .set({ backupCodes })
          .where("userId", "=", proof.account.id)
          .execute(),
      );
      return codes;
    },
    async end(proof) {
      await prover.require(proof);
      await inTransaction(db, (trx) => dropSecondFactor(trx, proof.account.id, clock));
    },
  };
}

/** Takes an account's second factor away, where there is one; a trigger owes the log its entry. */
export async function dropSecondFactor(trx: Trx, account: string, clock: Clock): Promise<void> {
  await authTables(trx).deleteFrom("twoFactor").where("userId", "=", account).execute();
  await setFlag(trx, account, false, clock);
}

async function setFlag(trx: Trx, account: string, on: boolean, clock: Clock): Promise<void> {
  await authTables(trx)
    .updateTable("user")
    .set({ twoFactorEnabled: on, updatedAt: clock.now() })
    .where("id", "=", account)
    .execute();
}

/** In two halves, as people copy them. */
function newCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const signs = Array.from({ length: CODE_LENGTH }, () => CODE_SIGNS[randomInt(CODE_SIGNS.length)]);
    return `${signs.slice(0, CODE_LENGTH / 2).join("")}-${signs.slice(CODE_LENGTH / 2).join("")}`;
  });
}
