import { createHmac, randomBytes } from "node:crypto";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import type { Db, Trx } from "../db/index.ts";

/** How long somebody who has left can fetch their receipt again. */
const CLAIM_MS = 30 * 86_400_000;

/** Crockford's base 32: no letter that is taken for a digit. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 20 characters of 5 bits: 100 bits, in five groups of four. */
const CHARACTERS = 20;
const GROUP = 4;

/** A new code, as it is shown once: `XXXX-XXXX-XXXX-XXXX-XXXX`. */
function newCode(): string {
  const characters = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]);
  const groups = [];
  for (let i = 0; i < CHARACTERS; i += GROUP) groups.push(characters.slice(i, i + GROUP).join(""));
  return groups.join("-");
}

/** As people type it: any case, with or without dashes and blanks, O for 0, I or L for 1. Undefined where it is no code. */
function normalised(code: string): string | undefined {
  const plain = code.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  return plain.length === CHARACTERS && [...plain].every((one) => ALPHABET.includes(one)) ? plain : undefined;
}

/** Keyed, so that a copy of the database alone tells nobody's code. */
function hashOf(keys: KeyStore, code: string): Promise<Buffer> {
  return keys.withSecret("pepper", (pepper) =>
    createHmac("sha256", pepper).update(`receipt-claim:${code}`, "utf8").digest(),
  );
}

/** Makes the code by which a receipt can be fetched for thirty days; only its keyed hash is kept. */
export async function offerReceipt(trx: Trx, keys: KeyStore, receipt: Id, clock: Clock): Promise<string> {
  const code = newCode();
  const plain = code.replaceAll("-", "");
  await trx
    .insertInto("receipt_claim")
    .values({
      code_hash: await hashOf(keys, plain),
      receipt_id: receipt,
      expires_at: new Date(clock.now().getTime() + CLAIM_MS),
    })
    .execute();
  return code;
}

/** The file of the receipt that a code is for. Errors: `not-found` for a code that is none, wrong, or past its time. */
export async function claimedFile(db: Db, keys: KeyStore, code: string, clock: Clock): Promise<string> {
  const plain = normalised(code);
  const row =
    plain === undefined
      ? undefined
      : await db
          .selectFrom("receipt_claim")
          .innerJoin("receipt", "receipt.id", "receipt_claim.receipt_id")
          .select("receipt.file")
          .where("receipt_claim.code_hash", "=", await hashOf(keys, plain))
          .where("receipt_claim.expires_at", ">", clock.now())
          .executeTakeFirst();
  if (row) return row.file;
  throw new AssentError("not-found", "no receipt waits under this code", {
    remedy: "Look at each character again. Codes hold for thirty days.",
  });
}

/** Lets go of receipts whose codes are past their time, and returns their files, which the caller removes. */
export async function dropUnclaimed(trx: Trx, clock: Clock): Promise<readonly string[]> {
  const rows = await trx
    .deleteFrom("receipt")
    .where("id", "in", (eb) =>
      eb.selectFrom("receipt_claim").select("receipt_id").where("expires_at", "<=", clock.now()),
    )
    .returning("file")
    .execute();
  return rows.map((row) => row.file);
}
