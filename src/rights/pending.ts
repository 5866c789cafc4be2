import { newId, type Clock, type Id } from "../core/index.ts";
import type { Db, PendingKind, PendingRow, Trx } from "../db/index.ts";

/** Time within which pending work of an erasure should be done; later it is residue. */
const DEADLINE_MS = 60_000;

/** Writes down work in the transaction that makes it necessary, so that a crash cannot lose it. */
export async function addPending(
  trx: Trx,
  work: readonly { readonly kind: PendingKind; readonly subject: string; readonly erasure: Id | null }[],
  clock: Clock,
): Promise<void> {
  if (work.length === 0) return;
  const now = clock.now();
  for (let i = 0; i < work.length; i += 1000) {
    await trx
      .insertInto("pending")
      .values(
        work.slice(i, i + 1000).map((item) => ({
          id: newId(),
          erasure_id: item.erasure,
          kind: item.kind,
          subject: item.subject,
          deadline: new Date(now.getTime() + DEADLINE_MS),
          last_error: null,
          created_at: now,
        })),
      )
      .execute();
  }
}

export function pendingOf(db: Db, erasure: Id | null): Promise<readonly PendingRow[]> {
  return db
    .selectFrom("pending")
    .selectAll()
    .where("erasure_id", erasure === null ? "is" : "=", erasure)
    .orderBy("created_at")
    .execute();
}

export async function donePending(db: Db | Trx, id: Id): Promise<void> {
  await db.deleteFrom("pending").where("id", "=", id).execute();
}

/** Keeps the reason of a failure by its code; the row stays and is tried again within the hour (`flows/keep-jobs.ts`), or at the next start. */
export async function failedPending(db: Db, id: Id, code: string): Promise<void> {
  await db
    .updateTable("pending")
    .set((eb) => ({ attempts: eb("attempts", "+", 1), last_error: code }))
    .where("id", "=", id)
    .execute();
}
