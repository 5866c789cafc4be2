import type { Clock, Id } from "../core/index.ts";
import type { Db, LivenessOutcome } from "../db/index.ts";

export interface LivenessAttempt {
  readonly collection: Id;
  readonly outcome: LivenessOutcome;
  /** Why it was refused, a word of the check's own; empty where it was not. Never anything about the person. */
  readonly reason: string;
}

/** Counts one attempt at the challenge, by day, collection, outcome and reason. Whose it was is not kept. */
export async function countAttempt(db: Db, attempt: LivenessAttempt, clock: Clock): Promise<void> {
  await db
    .insertInto("liveness_attempt")
    .values({
      day: clock.now().toISOString().slice(0, 10),
      collection_id: attempt.collection,
      outcome: attempt.outcome,
      reason: attempt.reason,
      attempts: 1,
    })
    .onConflict((on) =>
      on
        .columns(["day", "collection_id", "outcome", "reason"])
        .doUpdateSet((eb) => ({ attempts: eb("liveness_attempt.attempts", "+", 1) })),
    )
    .execute();
}

/** Attempts of a collection, newest day first. */
export async function attemptsIn(
  db: Db,
  collection: Id,
): Promise<
  readonly (Omit<LivenessAttempt, "collection"> & { readonly day: string; readonly attempts: number })[]
> {
  return db
    .selectFrom("liveness_attempt")
    .select(["day", "outcome", "reason", "attempts"])
    .where("collection_id", "=", collection)
    .orderBy("day", "desc")
    .orderBy("outcome")
    .orderBy("reason")
    .execute();
}
