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
import { chipsDue } from "./cut-chips.ts";
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

/** At a start: takes up what a killed process had begun, unless a living one is at it. Returns how many collections. */
export async function resumeRescans(parts: Parts): Promise<number> {
  let resumed = 0;
  for (const id of await collectionsToRescan(parts.db)) if (await resumeRescan(parts, id)) resumed++;
  return resumed;
}

/** Collections in which a newcomer's look through the earlier photos is due since then, or at all. */
export async function collectionsToRescan(db: Parts["db"], before?: Date): Promise<ReadonlySet<Id>> {
  const rows = (await pendingOf(db, null)).filter((row) => row.kind === "rescan");
  return new Set(rows.filter((row) => !before || row.created_at < before).map((row) => row.subject));
}

/** Looks through a collection for whom that is due, unless somebody is at it now: false. */
export async function resumeRescan(parts: Parts, id: Id, watching: LookWatch = {}): Promise<boolean> {
  // What is due goes with its collection; one that was deleted a moment ago has nothing left to look through.
  const row = await parts.db.selectFrom("collection").select("id").where("id", "=", id).executeTakeFirst();
  if (!row) return false;
  const collection = await collectionById(parts.db, id);
  const look = (): Promise<Rescanned> => rescanNow(parts, collection, watching);
  return (await withAdvisoryLock(parts.db, lockName(id), look, { wait: false })) !== undefined;
}

/** One process at a time looks through a collection. */
export function lockName(collection: Id): string {
  return `rescan:${collection}`;
}

async function rescanNow(parts: Parts, collection: Collection, watching: LookWatch): Promise<Rescanned> {
  const due = await dueIn(parts, collection.id);
  // Whoever had the lock before may have done it all.
  if (due.length === 0) return { photos: 0, faces: 0, matched: 0, asked: 0 };
  const photos = await photosForRescan(parts.db, collection.id);
  const tally = await rescanPhotos(parts, collection, photos, watching);
  // Cut off: it stays due, from its beginning.
  if (watching.signal?.aborted) return tally;
  for (const id of due) await donePending(parts.db, id);
  return tally;
}

/** The looks through a collection that are due now; who joins from here on writes a row of their own. */
export async function dueIn(parts: Pick<Parts, "db">, collection: Id): Promise<readonly Id[]> {
  const rows = await pendingOf(parts.db, null);
  return rows.filter((row) => row.kind === "rescan" && row.subject === collection).map((row) => row.id);
}

/** Who watches a look: told of each photo; ends it after those in hand. */
export interface LookWatch {
  readonly onPhoto?: () => void;
  readonly signal?: AbortSignal;
}

/** What is needed of a photo to look through it again. */
export interface LookedThrough {
  readonly id: Id;
  readonly taken_at: Date | null;
  readonly pack_id: string | null;
  readonly chips: string | null;
}

/** Looks again through some photos: after a crash all of them, after a clearance by hand the one. */
export async function rescanPhotos(
  parts: Parts,
  collection: Collection,
  photos: readonly LookedThrough[],
  { onPhoto, signal }: LookWatch = {},
): Promise<Rescanned> {
  const tally = { photos: 0, faces: 0, matched: 0, asked: 0 };
  if (photos.length === 0) return tally;
  const vision = await parts.vision();
  const matcher = await openMatcher(parts, collection.id, vision.pack);
  try {
    await inParallel(photos, parts.processes, async (photo) => {
      if (signal?.aborted) return;
      const found = await rescanPhoto(parts, collection, photo, matcher);
      tally.photos++;
      tally.faces += found.faces;
      tally.matched += found.matched;
      tally.asked += found.asked;
      onPhoto?.();
    });
  } finally {
    matcher.close();
  }
  await renewStale(parts);
  return tally;
}

/** What a look through one photo gave; `people` are those whom a face may be, by what was decided just now. */
export interface LookedAgain extends Omit<Rescanned, "photos"> {
  readonly people: ReadonlySet<Id>;
}

const NOTHING: LookedAgain = { faces: 0, matched: 0, asked: 0, people: new Set() };

/**
 * Looks through one photo again by its chips, unless they are of another pack or the collection's limit forbids it. Chips that
 * are owed since a restore are cut first.
 */
export async function rescanPhoto(
  parts: Pick<Parts, "db" | "blobs" | "keys" | "clock" | "vision">,
  collection: Collection,
  { id, pack_id, chips: listed }: LookedThrough,
  matcher: Matcher,
): Promise<LookedAgain> {
  if (pack_id !== matcher.packId) return NOTHING;
  if (collection.match_only !== null && !(await isAllCleared(parts.db, id))) return NOTHING;
  const chips = listed ?? (await chipsDue(parts, id));
  if (chips === null) return NOTHING;
  try {
    return await lookAgain(parts, collection.id, { id, chips }, matcher);
  } catch (error) {
    // The photo may have gone meanwhile, or its chips with the end of joining: then there is nothing to look at.
    const row = await parts.db.selectFrom("photo").select("chips").where("id", "=", id).executeTakeFirst();
    if (row?.chips !== chips) return NOTHING;
    throw error;
  }
}

async function lookAgain(
  parts: Pick<Parts, "db" | "blobs" | "keys" | "clock" | "vision">,
  collection: Id,
  photo: { readonly id: Id; readonly chips: string },
  matcher: Matcher,
): Promise<LookedAgain> {
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
        await stopStale(parts, trx, written.changed, "match");
        return written;
      });
      const people = new Set(decisions.flatMap((decision) => decision.persons));
      return { faces: probes.length, matched: done.matched, asked: done.asked, people };
    } catch (error) {
      if (!consentChanged(error) || attempt === TRIES) throw error;
    }
  }
}
