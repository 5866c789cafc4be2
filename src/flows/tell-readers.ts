import type { Clock, Id } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import { notify, stillHere } from "../people/index.ts";
import { readersShown, type ShownIn } from "../publishing/index.ts";

/**
 * Somebody agrees no longer to be seen by the people in the same photos: whoever took such a picture home is told so on their own
 * page (GDPR art. 19), without who it was, and once until they have read it. Call it before the consents are ended and before
 * what says who was shown to whom is taken out. Returns how many are told.
 */
export async function tellReaders(trx: Trx, person: Id, where: ShownIn, clock: Clock): Promise<number> {
  const readers = await stillHere(trx, await readersShown(trx, person, where, clock));
  for (const reader of readers) await notify(trx, reader, { kind: "shown-no-more" }, clock);
  return readers.length;
}
