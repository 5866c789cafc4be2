import { checkLooker, countLookup, recordLook, refuseWhileSuspended } from "../audit/index.ts";
import { lookupPermits, recheck } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { matchesOf } from "../matching/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";
import { standingIn } from "./own.ts";

/**
 * In which photos of a collection somebody is, as far as staff may be told (docs/decisions/0017): what somebody said by hand or by
 * card; what the machine found only where `staff-lookup` is live; what it asks, not at all. A look, recorded before the answer.
 * Errors: `bad-input` without a reason; `not-found` for who has not joined the collection; `too-often`; `no-consent` where it was
 * withdrawn at this moment.
 */
export async function findInCollection(
  parts: Pick<Parts, "db" | "clock">,
  order: {
    readonly collection: Id;
    readonly person: Id;
    readonly reason: string;
    readonly actor: string;
  },
): Promise<
  readonly {
    readonly face: Id;
    readonly photo: Id;
    readonly box: BoxArray;
    readonly by: "machine" | "hand" | "card";
    readonly confirmed: boolean;
  }[]
> {
  const { db, clock } = parts;
  const { collection, person, reason, actor } = order;
  checkLooker(order);
  await refuseWhileSuspended(db);
  if ((await standingIn(db, person, collection)) !== "joined") {
    throw new AssentError("not-found", "nobody of this id has joined this collection");
  }
  const permits = (await lookupPermits(db, collection, clock)).filter((one) => one.person === person);
  const found = await inTransaction(db, async (trx) => {
    await countLookup(trx, actor, clock);
    await recheck(trx, permits, clock);
    await recordLook(trx, { kind: "find", actor, reason, collection, persons: [person] }, clock);
    // Whoever withdraws now waits: what is answered is what they were found in when the look was written.
    return matchesOf(trx, person, { collection });
  });
  return found
    .filter(({ state, origin }) => state !== "asked" && (origin !== "machine" || permits.length > 0))
    .map(({ face, photo, box, origin, state }) => ({
      face,
      photo,
      box: boxArray(box),
      by: origin,
      confirmed: state === "confirmed",
    }));
}
