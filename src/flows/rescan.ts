import { wipe, type Id } from "../core/index.ts";
import { inTransaction, withAdvisoryLock } from "../db/index.ts";
import { matchesIn, rejectedOn } from "../matching/index.ts";
import {
  collectionById,
  facesOf,
  isAllCleared,
  openChips,
  photosForRescan,
  type Collection,
} from "../photos/index.ts";
import { donePending, pendingOf } from "../rights/index.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";
import { renewStale, stopStale } from "./renew-renditions.ts";
import { consentChanged, openMatcher, writeDecisions, type Matcher, type Probe } from "./match-faces.ts";

export interface Rescanned {
  readonly photos: number;
  /** Faces looked at. */
  readonly faces: number;
  readonly matched: number;
  readonly asked: number;
}

/** Somebody who joins or leaves meanwhile makes the photos in hand be looked at again; this often at most. */
const TRIES = 8;

/**
 * Looks again through the photos that were there before a newcomer, by their chips: embeds, decides among everybody
 * enrolled, writes. Human decisions stay as they are. The join has written down that this is due; a crash leaves that
 * row, and the next start does it again. One process does it at a time.
 */
export async function rescan(
  parts: Parts,
  collection: Collection,
  progress: (done: number, total: number) => void,
): Promise<Rescanned> {
  return withAdvisoryLock(parts.db, lockName(collection.id), () => rescanNow(parts, collection, progress));
}

/** At a start: takes up what a killed process had begun, unless a living one is at it. Returns how many collections. */
export async function resumeRescans(parts: Parts): Promise<number> {
  const due = new Set(
    (await pendingOf(parts.db, null)).filter((row) => row.kind === "rescan").map((row) => row.subject),
  );
  let resumed = 0;
  for (const id of due) {
    // What is due goes with its collection; one that was deleted a moment ago has nothing left to look through.
    const row = await parts.db.selectFrom("collection").select("id").where("id", "=", id).executeTakeFirst();
    if (!row) continue;
    const collection = await collectionById(parts.db, id);
    const look = (): Promise<Rescanned> => rescanNow(parts, collection, () => undefined);
    if (await withAdvisoryLock(parts.db, lockName(id), look, { wait: false })) resumed++;
  }
  return resumed;
}

function lockName(collection: Id): string {
  return `rescan:${collection}`;
}

async function rescanNow(
  parts: Parts,
  collection: Collection,
  progress: (done: number, total: number) => void,
): Promise<Rescanned> {
  // Who joins from here on writes a row of their own.
  const due = (await pendingOf(parts.db, null)).filter(
    (row) => row.kind === "rescan" && row.subject === collection.id,
  );
  const photos = await photosForRescan(parts.db, collection.id, null);
  const tally = await rescanPhotos(parts, collection, photos, progress);
  for (const row of due) await donePending(parts.db, row.id);
  return tally;
}

/** Looks again through some photos: for a newcomer all of them, after a clearance by hand the one. */
export async function rescanPhotos(
  parts: Parts,
  collection: Collection,
  photos: readonly { readonly id: Id; readonly pack_id: string | null; readonly chips: string | null }[],
  progress: (done: number, total: number) => void,
): Promise<Rescanned> {
  const tally = { photos: 0, faces: 0, matched: 0, asked: 0 };
  if (photos.length === 0) return tally;
  const vision = await parts.vision();
  const matcher = await openMatcher(parts, collection.id, vision.pack);
  try {
    await inParallel(photos, parts.processes, async (photo) => {
      const mayLook = collection.match_only === null || (await isAllCleared(parts.db, photo.id));
      if (photo.pack_id === vision.pack.id && photo.chips !== null && mayLook) {
        const found = await rescanPhoto(parts, collection.id, { id: photo.id, chips: photo.chips }, matcher);
        tally.faces += found.faces;
        tally.matched += found.matched;
        tally.asked += found.asked;
      }
      progress(++tally.photos, photos.length);
    });
  } finally {
    await matcher.close();
  }
  await renewStale(parts);
  return tally;
}

async function rescanPhoto(
  parts: Pick<Parts, "db" | "blobs" | "keys" | "clock" | "vision">,
  collection: Id,
  photo: { readonly id: Id; readonly chips: string },
  matcher: Matcher,
): Promise<Omit<Rescanned, "photos">> {
  const vision = await parts.vision();
  for (let attempt = 1; ; attempt++) {
    const [faces, matches] = await Promise.all([
      facesOf(parts.db, photo.id),
      matchesIn(parts.db, [photo.id]),
    ]);
    const chips = await openChips(parts.keys, collection, photo.id, await parts.blobs.read(photo.chips));
    const wanted = faces.flatMap((face) => {
      const chip = face.chip === null ? null : chips[face.chip];
      const decided = matches.get(face.id)?.some((match) => match.state === "confirmed");
      return chip && !face.do_not_match && !decided ? [{ face, chip }] : [];
    });
    const embeddings = await vision.embedChips(wanted.map((one) => one.chip));
    for (const chip of chips) if (chip) wipe(chip);
    const probes = wanted.flatMap(({ face }, i): Probe[] => {
      const embedding = embeddings[i];
      const rejected = rejectedOn(matches.get(face.id));
      return embedding ? [{ face: face.id, height: face.h, embedding, rejected }] : [];
    });
    const gallery = await matcher.permits(attempt > 1);
    const decisions = matcher.decideFaces(probes, gallery);
    try {
      const done = await inTransaction(parts.db, async (trx) => {
        const written = await writeDecisions(parts, trx, matcher, decisions, gallery);
        await stopStale(parts, trx, written.changed);
        return written;
      });
      return { faces: probes.length, matched: done.matched, asked: done.asked };
    } catch (error) {
      if (!consentChanged(error) || attempt === TRIES) throw error;
    }
  }
}
