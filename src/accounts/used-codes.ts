import { newId } from "../core/index.ts";
import { sha256Hex } from "../crypto/index.ts";
import { inTransaction, withAdvisoryLock, type Db } from "../db/index.ts";
import { authTables } from "./auth-tables.ts";

/** A code is good for its half minute and the ones beside it (RFC 6238, 5.2). */
const CODE_LIVES_MS = 120_000;

/**
 * Whether a code of this account is tried for the first time: none is good twice (RFC 6238, 5.2), on however many processes.
 * Remembered as a hash, for as long as it could be good; the time is that of the library, which compares codes by the machine's clock.
 */
export async function takeCode(db: Db, account: string, code: string): Promise<boolean> {
  const now = new Date();
  const identifier = `assent-code:${sha256Hex(new TextEncoder().encode(`${account}:${code}`))}`;
  return withAdvisoryLock(db, "staff-codes", () =>
    inTransaction(db, async (trx) => {
      const verification = authTables(trx);
      const known = await verification
        .selectFrom("verification")
        .select("id")
        .where("identifier", "=", identifier)
        .where("expiresAt", ">", now)
        .executeTakeFirst();
      if (known) return false;
      await verification
        .insertInto("verification")
        .values({
          id: newId(),
          identifier,
          value: "",
          expiresAt: new Date(now.getTime() + CODE_LIVES_MS),
          createdAt: now,
          updatedAt: now,
        })
        .execute();
      return true;
    }),
  );
}
