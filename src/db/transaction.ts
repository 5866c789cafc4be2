import { AssentError } from "../core/index.ts";
import type { Db, Trx } from "./database.ts";

/** SQLSTATEs raised by our own triggers (migrations/0001-spine.ts). */
const NO_CONSENT = "AS001";
/** (migrations/0003-requests.ts) */
const HELD_BACK = "AS004";
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
      if (state === HELD_BACK) throw heldBack(error);
      throw error;
    }
  }
}

/** Reads everything as it is at one moment, whatever is written meanwhile; `work` cannot write. Only flows call this. */
export function inSnapshot<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(work);
}

/** A photo that somebody asked to be taken off public channels. */
function heldBack(cause: unknown): AssentError {
  return new AssentError("refused", "the photo is off public channels until a request about it is settled", {
    remedy: "`assent requests list` shows it.",
    cause,
  });
}

export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === "23505";
}
