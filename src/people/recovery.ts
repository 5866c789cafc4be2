import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import type { Holder } from "./devices.ts";
import { isHashOf, newRecoveryCode, readRecoveryCode, secretHash } from "./secrets.ts";

/** Makes a recovery code in place of the one before. It is returned once; its hash is kept. Writes the entry. */
export async function renewRecoveryCode(trx: Trx, holder: Holder, clock: Clock): Promise<string> {
  const code = newRecoveryCode();
  await trx
    .deleteFrom("recovery_code")
    .where("person_id", "=", holder.person)
    .where("guardian_id", holder.guardian === null ? "is" : "=", holder.guardian)
    .execute();
  await trx
    .insertInto("recovery_code")
    .values({
      id: newId(),
      person_id: holder.person,
      guardian_id: holder.guardian,
      code_hash: secretHash(code),
      created_at: clock.now(),
    })
    .execute();
  await record(trx, { kind: "recovery-code-made", payload: {}, person: holder.person }, clock);
  return code;
}

/**
 * Uses a code up, as somebody typed it, and says whose it was; of two at once the second finds none.
 * Errors: `not-found`, in the same words for a code that was used and one that never was.
 */
export async function takeRecoveryCode(trx: Trx, typed: string, clock: Clock): Promise<Holder> {
  const code = readRecoveryCode(typed);
  const row = await trx
    .deleteFrom("recovery_code")
    .where("code_hash", "=", secretHash(code))
    .returningAll()
    .executeTakeFirst();
  if (!row || !isHashOf(row.code_hash, code)) {
    throw new AssentError("not-found", "there is no such recovery code", {
      remedy: "Check it letter by letter. Each code is good once; at the desk you can have a new link.",
    });
  }
  await record(trx, { kind: "recovery-code-used", payload: {}, person: row.person_id }, clock);
  return { person: row.person_id, guardian: row.guardian_id };
}
