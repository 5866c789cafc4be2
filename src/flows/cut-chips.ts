import { suspendedBecause } from "../audit/index.ts";
import { AssentError, toPlainError, wipe, type Id } from "../core/index.ts";
import { inTransaction, withAdvisoryLock, withoutServer, type Trx } from "../db/index.ts";
import {
  chipsAllowed,
  collectionById,
  facesToCut,
  keepChips,
  photosToCutAgain,
  sealChips,
} from "../photos/index.ts";
import { addPending, donePending, failedPending } from "../rights/index.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";

type CutParts = Pick<Parts, "db" | "blobs" | "keys" | "clock" | "vision">;

/**
 * Chips are in no backup, and without them whoever joins later is not looked for. So a restore writes down, with its end, the
 * photos of which they are cut again from the originals; by then it has replayed who objected. Returns how many photos.
 */
export async function oweChips(trx: Trx, clock: Parts["clock"]): Promise<number> {
  const photos = await photosToCutAgain(trx, clock);
  await addPending(
    trx,
    photos.map((photo) => ({ kind: "cut-chips" as const, subject: photo, erasure: null })),
    clock,
  );
  return photos.length;
}

/** How many photos wait to have their chips cut again. */
export async function chipsOwed(db: Parts["db"]): Promise<number> {
  const { n } = await db
    .selectFrom("pending")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("kind", "=", "cut-chips")
    .executeTakeFirstOrThrow();
  return n;
}

export interface CutAgain {
  /** Photos that have what chips they should have. */
  readonly photos: number;
  /** Photos whose original could not be read; they stay due. */
  readonly failed: number;
}

/**
 * Cuts the chips that a restore owes, photo by photo, each in a transaction of its own: a crash leaves the rest to the next
 * call. Nobody is embedded for it. Newcomers do not wait: their own look cuts what it comes to first (`chipsDue`).
 * Nothing is done while use is suspended, nor while another process is at it; `signal` ends it after the photos in hand.
 */
export async function cutChipsAgain(
  parts: CutParts & Pick<Parts, "processes">,
  options: {
    readonly signal?: AbortSignal;
    readonly progress?: (done: number, total: number) => void;
  } = {},
): Promise<CutAgain> {
  const none = { photos: 0, failed: 0 };
  if ((await suspendedBecause(parts.db)) !== undefined) return none;
  const cut = async (): Promise<CutAgain> => {
    const due = await parts.db
      .selectFrom("pending")
      .select("subject")
      .where("kind", "=", "cut-chips")
      .orderBy("created_at")
      .execute();
    const tally = { photos: 0, failed: 0 };
    await inParallel(due, parts.processes, async ({ subject }) => {
      if (options.signal?.aborted) return;
      const done = await cutAgain(parts, subject, false);
      tally[done === "failed" ? "failed" : "photos"]++;
      options.progress?.(tally.photos + tally.failed, due.length);
    });
    return tally;
  };
  return (await withAdvisoryLock(parts.db, "cut-chips", cut, { wait: false })) ?? none;
}

/** The chips of a photo that has none yet and is owed some, cut now because a look needs them; null where there are none. */
export async function chipsDue(parts: CutParts, photo: Id): Promise<string | null> {
  if ((await dueOf(parts.db, photo)).length > 0) await cutAgain(parts, photo, true);
  // Also where another look was faster.
  const row = await parts.db.selectFrom("photo").select("chips").where("id", "=", photo).executeTakeFirst();
  return row?.chips ?? null;
}

/** A face is objected to, or the original changed, while its chips are cut: then they are cut anew; this often at most. */
const TRIES = 4;

async function cutAgain(parts: CutParts, photo: Id, ahead: boolean): Promise<"done" | "failed"> {
  try {
    for (let attempt = 1; attempt <= TRIES; attempt++) if (await cutOnce(parts, photo, ahead)) return "done";
    throw new AssentError("conflict", "a photo changed each time while its faces were cut");
  } catch (error) {
    const { code } = toPlainError(error);
    if (code === "interrupted" || code === "internal") throw error;
    for (const { id } of await dueOf(parts.db, photo)) await failedPending(parts.db, id, code);
    return "failed";
  }
}

/**
 * Order of effects: the sealed file, then one transaction that names it and takes the row of work away. A crash between the two
 * leaves a file that no row names. False where the photo changed meanwhile.
 */
async function cutOnce(parts: CutParts, photo: Id, ahead: boolean): Promise<boolean> {
  const row = await parts.db
    .selectFrom("photo")
    .select(["collection_id", "blob", "chips", "pack_id"])
    .where("id", "=", photo)
    .executeTakeFirst();
  const vision = await parts.vision();
  const faces =
    row?.chips === null && row.pack_id === vision.pack.id ? await facesToCut(parts.db, photo) : [];
  const collection = row && (await collectionById(parts.db, row.collection_id));
  if (!row || !collection || faces.length === 0 || !chipsAllowed(collection, parts.clock.now())) {
    await inTransaction(parts.db, (trx) => noLongerDue(trx, photo));
    return true;
  }
  const landmarks = faces.map((face) => face.landmarks);
  const crops = await parts.blobs.withFile(row.blob, (path) => vision.cutChips(path, landmarks, { ahead }));
  let sealed: Uint8Array;
  try {
    sealed = await sealChips(parts.keys, collection.id, photo, crops);
  } finally {
    wipe(...crops);
  }
  const chips = await parts.blobs.put("chips", sealed);
  let kept = false;
  try {
    kept = await inTransaction(parts.db, async (trx) => {
      const cut = { photo, blob: row.blob, faces: faces.map((face) => face.id), chips };
      const done = await keepChips(trx, cut, parts.clock);
      if (done) await noLongerDue(trx, photo);
      return done;
    });
    if (!kept) await parts.blobs.remove(chips);
  } catch (error) {
    // Where the server was lost, nobody knows whether the commit came through; what no row names goes at the next start.
    if (withoutServer(error) === error) await parts.blobs.remove(chips);
    throw error;
  }
  return kept;
}

function dueOf(db: Parts["db"] | Trx, photo: Id): Promise<readonly { readonly id: Id }[]> {
  return db
    .selectFrom("pending")
    .select("id")
    .where("kind", "=", "cut-chips")
    .where("subject", "=", photo)
    .execute();
}

async function noLongerDue(trx: Trx, photo: Id): Promise<void> {
  for (const { id } of await dueOf(trx, photo)) await donePending(trx, id);
}
