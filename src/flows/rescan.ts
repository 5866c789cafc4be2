import { wipe, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { matchesIn, rejectedOn } from "../matching/index.ts";
import { facesOf, isAllCleared, openChips, photosForRescan, type Collection } from "../photos/index.ts";
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

const TRIES = 3;

/**
 * Looks again through the photos that were there before a newcomer, by their chips: embeds, decides among everybody
 * enrolled, writes. Human decisions stay as they are. May be run again at any time; a crash leaves some photos not
 * yet looked through again, and nothing half written.
 */
export async function rescan(
  parts: Parts,
  collection: Collection,
  progress: (done: number, total: number) => void,
): Promise<Rescanned> {
  const photos = await photosForRescan(parts.db, collection.id, null);
  const tally = { photos: 0, faces: 0, matched: 0, asked: 0 };
  if (photos.length === 0) return tally;
  const vision = await parts.vision();
  const matcher = await openMatcher(parts, collection.id, vision.pack);
  try {
    await inParallel(photos, parts.processes, async (photo) => {
      if (photo.pack_id !== vision.pack.id || photo.chips === null) return;
      if (collection.match_only === "all-cleared" && !(await isAllCleared(parts.db, photo.id))) return;
      const found = await rescanPhoto(parts, collection.id, { id: photo.id, chips: photo.chips }, matcher);
      tally.faces += found.faces;
      tally.matched += found.matched;
      tally.asked += found.asked;
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
      const done = await inTransaction(parts.db, (trx) =>
        writeDecisions(parts, trx, matcher, decisions, gallery),
      );
      return { faces: probes.length, matched: done.matched, asked: done.asked };
    } catch (error) {
      if (!consentChanged(error) || attempt === TRIES) throw error;
    }
  }
}
