import { AssentError, must, type Id } from "../core/index.ts";
import { inTransaction, type PhotoRow, type Trx } from "../db/index.ts";
import { withdrawSuggestions } from "../matching/index.ts";
import * as photos from "../photos/index.ts";
import { addPending } from "../rights/index.ts";
import { workOff } from "./pending-work.ts";
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
  await stopStale(parts, trx, [what.photo], "no");
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
    const sealed = await readUnlessGone(parts, chips);
    const now = await photoUnlessGone(parts, photo);
    if (now === null) continue;
    if (sealed === null || now.chips !== chips) {
      // Written again meanwhile, or deleted: these chips are to go from what there is now.
      if (now.chips !== null && now.chips !== chips)
        await finishDoNotMatch(parts, [{ photo, chips: now.chips, positions }]);
      continue;
    }
    const collection = now.collection_id;
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
    if (!replaced) await finishDoNotMatch(parts, [{ photo, chips, positions }]);
  }
  await renewStale(parts);
  await workOff(parts, null, "remove-blob");
}

const readUnlessGone = (parts: Pick<Parts, "blobs">, blob: string): Promise<Uint8Array | null> =>
  parts.blobs.read(blob).catch(ifGone);

const photoUnlessGone = (parts: Pick<Parts, "db">, photo: Id): Promise<PhotoRow | null> =>
  photos.photoById(parts.db, photo).catch(ifGone);

function ifGone(error: unknown): null {
  if (error instanceof AssentError && error.code === "not-found") return null;
  throw error;
}
