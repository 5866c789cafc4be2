import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { AssentError, iou, type Box, type Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { dropChips, facesIn } from "../photos/index.ts";
import {
  foldersHolding,
  headShape,
  publishablePhotos,
  tellOf,
  type PublishablePhoto,
} from "../publishing/index.ts";
import { markRemoved } from "../rights/index.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";

/** What else of somebody goes with their erasure (docs/decisions/0021-photos-of-me.md). */
export interface PhotosOfMe {
  /** Whether the controller lets the face be destroyed in the originals of photos with others in them. */
  readonly inOriginals: boolean;
  /** Whether photos go too in which only the machine, or a card, says that it is the person. */
  readonly matchedToo: boolean;
}

/** One picture, in however many collections its bytes are. */
interface Picture {
  readonly digest: string;
  readonly photos: readonly Id[];
  readonly blob: string;
  /** The person's faces in it, in every collection. */
  readonly faces: readonly Id[];
  readonly shapes: readonly {
    readonly box: Box;
    readonly landmarks: PublishablePhoto["faces"][number]["landmarks"];
  }[];
  readonly size: PublishablePhoto["size"];
  readonly becomes: "nothing" | "blanked";
}

/** What is to be done, and what was made for it before the transaction. */
export interface PhotosOut {
  readonly plan: readonly Picture[];
  /** By the old digest. */
  readonly blanked: ReadonlyMap<string, { readonly digest: string; readonly blob: string }>;
  /** By photo: the chip file without the person's chips; null where none is left. */
  readonly chips: ReadonlyMap<Id, { readonly before: string; readonly after: string | null }>;
}

/** In the transaction's pending work: what is of no use any more. */
export interface TakenOut {
  readonly photos: number;
  readonly faces: number;
  readonly blobs: readonly string[];
  readonly folders: readonly Id[];
}

export const NOTHING_TAKEN_OUT: TakenOut = { photos: 0, faces: 0, blobs: [], folders: [] };

/**
 * The same bytes in two collections were looked at by the same detector, perhaps of another version: its boxes of one face
 * overlap by far more than this, those of two faces by far less.
 */
const SAME_FACE_IOU = 0.5;

/**
 * JPEG quality of an original that is written again. Above a rendition's, because others' pictures are made from it for years;
 * beyond 95 the file grows faster than anybody sees a difference.
 */
const ORIGINAL_QUALITY = 95;

/**
 * Reads which photos go and in which the face is destroyed, and makes the new originals and chip files; a crash leaves files
 * that no row names, which the next start removes. Errors: `refused` where nobody but the machine says of a photo that the
 * person is in it, unless `matchedToo`; those of reading a picture.
 */
export async function preparePhotosOut(
  parts: Pick<Parts, "db" | "blobs" | "keys" | "renderer" | "processes">,
  person: Id,
  wanted: PhotosOfMe,
): Promise<PhotosOut> {
  const plan = await planPhotosOut(parts.db, person, wanted);
  const blanked = new Map<string, { digest: string; blob: string }>();
  const chips = new Map<Id, { before: string; after: string | null }>();
  const kept = plan.filter((one) => one.becomes === "blanked");
  await inParallel(kept, parts.processes, async (picture) => {
    const target = await parts.blobs.temporary();
    const rendered = await parts.blobs.withFile(picture.blob, (source) =>
      parts.renderer().render({
        source,
        target,
        size: picture.size,
        hidden: picture.shapes.map(({ box, landmarks }) => headShape(box, landmarks)),
        quality: ORIGINAL_QUALITY,
      }),
    );
    const blob = await parts.blobs.put("originals", { file: target });
    blanked.set(picture.digest, { digest: rendered.sha256, blob });
    await withoutChips(parts, picture, chips);
  });
  return { plan, blanked, chips };
}

async function withoutChips(
  parts: Pick<Parts, "db" | "blobs" | "keys">,
  picture: Picture,
  chips: Map<Id, { before: string; after: string | null }>,
): Promise<void> {
  const rows = await parts.db
    .selectFrom("photo")
    .select(["id", "collection_id", "chips"])
    .where("id", "in", [...picture.photos])
    .where("chips", "is not", null)
    .$narrowType<{ chips: string }>()
    .execute();
  const faces = await facesIn(parts.db, picture.photos);
  for (const row of rows) {
    const positions = (faces.get(row.id) ?? [])
      .filter((face) => picture.faces.includes(face.id))
      .flatMap((face) => (face.chip === null ? [] : [face.chip]));
    if (positions.length === 0) continue;
    const sealed = await parts.blobs.read(row.chips);
    const left = await dropChips(parts.keys, row.collection_id, row.id, sealed, positions);
    const after = left === null ? null : await parts.blobs.put("chips", left);
    chips.set(row.id, { before: row.chips, after });
  }
}

/** Removes what was made for a transaction that did not come through. */
export async function discardPhotosOut(parts: Pick<Parts, "blobs">, out: PhotosOut): Promise<void> {
  for (const { blob } of out.blanked.values()) await parts.blobs.remove(blob);
  for (const { after } of out.chips.values()) if (after !== null) await parts.blobs.remove(after);
}

/** Pictures in which the person is alone go; in others the face does, where that is wanted. Pure but for reading. */
async function planPhotosOut(db: Db, person: Id, wanted: PhotosOfMe): Promise<readonly Picture[]> {
  const { pictures, uncertain } = await picturesOf(db, person);
  if (uncertain > 0 && !wanted.matchedToo) {
    throw new AssentError(
      "refused",
      `of ${uncertain} photos nobody has said yet that the person is in them`,
      {
        remedy:
          "What is destroyed does not come back: have them confirmed first (assent confirm), or say --matched-too.",
      },
    );
  }
  return pictures.filter((one) => one.becomes === "nothing" || wanted.inOriginals);
}

async function picturesOf(
  db: Db,
  person: Id,
): Promise<{ readonly pictures: readonly Picture[]; readonly uncertain: number }> {
  const rows = await db
    .selectFrom("photo")
    .select(["id", "digest", "blob"])
    .where("digest", "in", (eb) =>
      eb
        .selectFrom("match")
        .innerJoin("face", "face.id", "match.face_id")
        .innerJoin("photo as with", "with.id", "face.photo_id")
        .select("with.digest")
        .where("match.person_id", "=", person)
        .where("match.state", "in", ["matched", "confirmed"]),
    )
    .orderBy("digest")
    .orderBy("id")
    .execute();
  const scanned = new Map(
    (
      await publishablePhotos(
        db,
        rows.map((row) => row.id),
      )
    ).map((photo) => [photo.id, photo]),
  );
  const pictures: Picture[] = [];
  let uncertain = 0;
  for (const group of Map.groupBy(rows, (row) => row.digest).values()) {
    const seen = group.flatMap((row) => scanned.get(row.id) ?? []);
    const faces = seen.flatMap((photo) => photo.faces);
    const said = faces.filter((face) => face.person === person);
    const isTheirs = (face: (typeof faces)[number]): boolean =>
      face.person === person ||
      (face.person === null && said.some((one) => iou(one.box, face.box) >= SAME_FACE_IOU));
    const theirs = faces.filter(isTheirs);
    const [first] = seen;
    const [row] = group;
    if (!first || !row) continue;
    if (said.every((face) => face.state === "matched")) uncertain++;
    pictures.push({
      digest: row.digest,
      photos: group.map((one) => one.id),
      blob: row.blob,
      faces: theirs.map((face) => face.id).sort(),
      shapes: theirs.map(({ box, landmarks }) => ({ box, landmarks })),
      size: first.size,
      becomes: theirs.length === faces.length ? "nothing" : "blanked",
    });
  }
  return { pictures, uncertain };
}

/**
 * In the erasing transaction, before anything of the person is deleted: holds the photos, and says whether what was prepared
 * is still what there is to do. Where it is not, the caller prepares anew.
 */
export async function isStillSo(trx: Trx, person: Id, wanted: PhotosOfMe, out: PhotosOut): Promise<boolean> {
  const photos = out.plan.flatMap((one) => one.photos);
  if (photos.length > 0) {
    await trx.selectFrom("photo").select("id").where("id", "in", photos).orderBy("id").forUpdate().execute();
  }
  const now = await planPhotosOut(trx, person, wanted);
  if (JSON.stringify(now) !== JSON.stringify(out.plan)) return false;
  if (out.chips.size === 0) return true;
  const rows = await trx
    .selectFrom("photo")
    .select(["id", "chips"])
    .where("id", "in", [...out.chips.keys()])
    .execute();
  // Chips that were dropped or let go of meanwhile must not come back.
  return rows.every((row) => row.chips === out.chips.get(row.id)?.before);
}

/**
 * In the same transaction, last: the photos go with all that hangs on them, and the payloads of the log's entries about them;
 * the others get their new original and lose the face. The old digests are marked, so that the next import of the same files
 * does not bring them back.
 */
export async function takePhotosOut(
  parts: Pick<Parts, "id" | "clock">,
  trx: Trx,
  out: PhotosOut,
): Promise<TakenOut> {
  const blobs: string[] = [];
  const gone = out.plan.filter((one) => one.becomes === "nothing");
  const folders = await deletePhotos(parts, trx, gone, blobs);
  let faces = 0;
  for (const picture of out.plan.filter((one) => one.becomes === "blanked")) {
    const fresh = out.blanked.get(picture.digest);
    if (!fresh) throw new AssentError("internal", "a new original was not made");
    blobs.push(picture.blob);
    for (const photo of picture.photos) {
      const chips = out.chips.get(photo);
      if (chips) blobs.push(chips.before);
      await trx
        .updateTable("photo")
        .set({ ...fresh, media_type: "image/jpeg", ...(chips ? { chips: chips.after } : {}) })
        .where("id", "=", photo)
        .execute();
    }
    await trx
      .deleteFrom("face")
      .where("id", "in", [...picture.faces])
      .execute();
    const payload = { photos: picture.photos, faces: picture.faces.length };
    await record(trx, { kind: "face-destroyed", payload }, parts.clock);
    faces += picture.faces.length;
  }
  await markRemoved(
    trx,
    parts.id,
    out.plan.map((one) => one.digest),
    parts.clock,
  );
  const photos = gone.flatMap((one) => one.photos);
  if (photos.length > 0) {
    await record(trx, { kind: "photos-erased", payload: { photos: photos.length } }, parts.clock);
  }
  return { photos: photos.length, faces, blobs, folders };
}

async function deletePhotos(
  { clock }: Pick<Parts, "clock">,
  trx: Trx,
  gone: readonly Picture[],
  blobs: string[],
): Promise<readonly Id[]> {
  const ids = gone.flatMap((one) => one.photos);
  if (ids.length === 0) return [];
  const renditions = await trx
    .selectFrom("rendition")
    .select(["id", "blob"])
    .where("photo_id", "in", ids)
    .execute();
  const made = renditions.map((row) => row.id);
  const folders = await foldersHolding(trx, made);
  await tellOf(trx, "rendition.suspended", made, clock);
  const rows = await trx.deleteFrom("photo").where("id", "in", ids).returning(["blob", "chips"]).execute();
  for (const row of rows) blobs.push(row.blob, ...(row.chips === null ? [] : [row.chips]));
  for (const row of renditions) if (row.blob !== null) blobs.push(row.blob);
  await forgetEntriesAbout(trx, ids);
  return folders.map((one) => one.disclosure);
}

/** Their leaves stay and say nothing. */
async function forgetEntriesAbout(trx: Trx, photos: readonly Id[]): Promise<void> {
  await trx
    .deleteFrom("entry_payload")
    .where(sql<boolean>`payload ->> 'photo' = any(${[...photos]})`)
    .execute();
}
