import { must, type Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { withdrawSuggestions } from "../matching/index.ts";
import * as photos from "../photos/index.ts";
import { addPending } from "../rights/index.ts";
import { workOff } from "./finish-erasure.ts";
import type { Parts } from "./instance.ts";
import { renewStale, stopStale } from "./renew-renditions.ts";

/**
 * In the transaction of an objection: the face is never embedded again, what the machine suggested or gave for it is taken
 * back, what showed it so is stopped, and the chip is let go of. `finishDoNotMatch` destroys the chip after the commit.
 */
export async function stopMatching(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  what: { readonly face: Id; readonly photo: Id },
): Promise<readonly photos.ChipsToDrop[]> {
  const { drop } = await photos.doNotMatch(trx, { face: what.face }, parts.clock);
  await withdrawSuggestions(trx, what.face);
  await stopStale(parts, trx, [what.photo]);
  return drop;
}

/**
 * Writes the photo's chips again without those that were let go of: new file, row, old file as pending work. A crash
 * before the row leaves a file without a row, and the chip sealed where no face names it any more, until joining closes.
 */
export async function finishDoNotMatch(parts: Parts, drop: readonly photos.ChipsToDrop[]): Promise<void> {
  // Several faces of one photo are let go of at once: their file is written again once, and is gone then.
  for (const [chips, together] of Map.groupBy(drop, (one) => one.chips)) {
    const { photo } = must(together[0], "the photo");
    const positions = together.flatMap((one) => one.positions);
    const { collection_id: collection } = await photos.photoById(parts.db, photo);
    const sealed = await parts.blobs.read(chips);
    const left = await photos.dropChips(parts.keys, collection, photo, sealed, positions);
    const after = left === null ? null : await parts.blobs.put("chips", left);
    const replaced = await inTransaction(parts.db, async (trx) => {
      const done = await photos.replaceChips(trx, photo, chips, after);
      const stale = done ? chips : after;
      const due = stale === null ? [] : [{ kind: "remove-blob" as const, subject: stale, erasure: null }];
      await addPending(trx, due, parts.clock);
      return done;
    });
    // Somebody dropped another chip of the photo meanwhile: what we wrote would bring theirs back.
    if (!replaced) {
      const now = await photos.photoById(parts.db, photo);
      if (now.chips !== null) await finishDoNotMatch(parts, [{ photo, chips: now.chips, positions }]);
    }
  }
  await renewStale(parts);
  await workOff(parts, null, "remove-blob");
}
