import { newId, wipe, type Id } from "../core/index.ts";
import { inTransaction, withoutServer } from "../db/index.ts";
import { recordSightings } from "../matching/index.ts";
import {
  chipsAllowed,
  recordScan,
  replaceChips,
  sealChips,
  sealChipsAgain,
  type Collection,
  type ScannedFace,
} from "../photos/index.ts";
import type { FoundFaces } from "../vision/index.ts";
import type { Parts } from "./instance.ts";
import { consentChanged, writeDecisions, type Gallery, type Matcher } from "./match-faces.ts";

export interface Scanned {
  readonly faces: number;
  readonly matched: number;
  readonly asked: number;
  readonly timings: Readonly<Record<string, number>>;
}

/** Somebody who joins or leaves meanwhile makes the photos in hand be looked at again; this often at most. */
const TRIES = 8;

/**
 * Looks through one photo: find faces -> decide whose they are -> write. Embeddings exist from the first step to the
 * second and are overwritten there; faces without a match leave nothing but their place. A photo stays `pending` until
 * the transaction commits, so that after a crash anywhere the next start looks through it again; at worst a chip file
 * without a row is left, which the next start removes.
 */
export async function scanPhoto(
  parts: Pick<Parts, "db" | "blobs" | "keys" | "clock" | "vision">,
  collection: Collection,
  photo: { readonly id: Id; readonly blob: string },
  matcher: Matcher | undefined,
  /** Whether the collection has cards, whose codes are looked for. */
  codes = false,
): Promise<Scanned> {
  const vision = await parts.vision();
  for (let attempt = 1; ; attempt++) {
    const gallery = await matcher?.permits(attempt > 1);
    const chips = chipsAllowed(collection, parts.clock.now());
    // With `match-only: all-cleared` nobody is compared before a human has cleared the photo.
    const embed = gallery !== undefined && gallery.people.size > 0 && collection.match_only === null;
    const found = await parts.blobs.withFile(photo.blob, (path) =>
      vision.findFaces(path, { embed, chips, codes }),
    );
    try {
      const matching = matcher && gallery ? { matcher, gallery } : undefined;
      return await writeScan(parts, collection, photo.id, found, vision.pack.id, matching);
    } catch (error) {
      // The embeddings are overwritten by now: looking again is rare, and cheaper than keeping them.
      if (!consentChanged(error) || attempt === TRIES) throw error;
    } finally {
      for (const face of found.faces) {
        if (face.embedding) wipe(face.embedding);
        if (face.chip) wipe(face.chip);
      }
    }
  }
}

async function writeScan(
  parts: Pick<Parts, "db" | "blobs" | "keys" | "clock">,
  collection: Collection,
  photo: Id,
  found: FoundFaces,
  packId: string,
  matching: { readonly matcher: Matcher; readonly gallery: Gallery } | undefined,
): Promise<Scanned> {
  const started = performance.now();
  const crops: Uint8Array[] = [];
  const faces = found.faces.map((face): ScannedFace & { embedding: Float32Array | null } => ({
    id: newId(),
    box: face.box,
    landmarks: face.landmarks,
    detection: face.detection,
    norm: face.quality?.norm ?? null,
    frontality: face.quality?.frontality ?? null,
    matchable: face.matchable,
    chip: face.chip === null ? null : crops.push(face.chip) - 1,
    embedding: face.embedding,
  }));
  const decisions = matching
    ? matching.matcher.decideFaces(
        faces.flatMap(({ id, box, embedding }) =>
          embedding === null ? [] : [{ face: id, height: box.h, embedding, rejected: new Set<Id>() }],
        ),
        matching.gallery,
      )
    : [];
  const searched = performance.now();
  const sealed = crops.length === 0 ? null : await sealChips(parts.keys, collection.id, photo, crops);
  const chips = sealed && (await parts.blobs.put("chips", sealed));
  const made = chips === null ? [] : [chips];
  const stored = performance.now();
  let kept: string | null = null;
  try {
    return await inTransaction(parts.db, async (trx) => {
      const takenAt = found.takenAt === null ? null : new Date(found.takenAt);
      const scan = {
        photo,
        packId,
        size: found.size,
        takenAt,
        camera: found.camera,
        chips,
        faces: faces.map(({ embedding: _, ...face }) => face),
      };
      const done = await recordScan(trx, scan, parts.clock);
      if (done.recorded) {
        const seen = { photo, collection: collection.id, codes: found.codes, faces };
        await recordSightings(trx, seen, parts.clock);
      }
      const counts =
        done.recorded && matching
          ? await writeDecisions(
              parts,
              trx,
              matching.matcher,
              decisions.filter((one) => one.state !== "none"),
              matching.gallery,
            )
          : { matched: 0, asked: 0 };
      kept = done.chipsKept ? chips : null;
      if (kept !== null && sealed !== null) {
        // The collection's key may have been changed since: under the row's lock it is known which is the newest.
        const again = await sealChipsAgain(parts.keys, collection.id, photo, sealed);
        if (again) {
          const fresh = await parts.blobs.put("chips", again);
          made.push(fresh);
          await replaceChips(trx, photo, kept, fresh);
          kept = fresh;
        }
      }
      return {
        faces: done.recorded ? faces.length : 0,
        matched: counts.matched,
        asked: counts.asked,
        timings: {
          ...found.timings,
          search: searched - started,
          files: stored - searched,
          database: performance.now() - stored,
        },
      };
    });
  } catch (error) {
    // Where the server was lost, nobody knows whether the commit came through; what no row names goes at the next start.
    kept = withoutServer(error) === error ? null : kept;
    throw error;
  } finally {
    for (const blob of made) if (blob !== kept) await parts.blobs.remove(blob);
  }
}
