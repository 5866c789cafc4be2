import { AssentError } from "../core/index.ts";
import type { Db, Trx } from "./database.ts";

/** SQLSTATEs raised by our own triggers (migrations/0001-spine.ts). */
const NO_CONSENT = "AS001";
const SERIALIZATION = new Set(["40001", "40P01"]);
const TRIES = 5;

/**
 * Opens a transaction; only flows call this. Deadlocks and serialization failures are transient and tried again, so
 * `work` must have no effect outside the database. A consent that ended meanwhile surfaces as `no-consent`.
 */
export async function inTransaction<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      const state = sqlState(error);
      if (state !== undefined && SERIALIZATION.has(state) && attempt < TRIES) continue;
      if (state === NO_CONSENT) {
        throw new AssentError("no-consent", "the consent that this needs is not live", { cause: error });
      }
      throw error;
    }
  }
}

export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === "23505";
}
