import type { Permit } from "../consent/index.ts";
import type { Box, Id, Landmarks, Size } from "../core/index.ts";
import type { Db, MatchState, Reveal as RevealMode } from "../db/index.ts";
import type { PlanFace, Reveal } from "./plan.ts";

/** A photo as publishing sees it. `fileName` goes into the controller's manifest and nowhere else. */
export interface PublishablePhoto {
  readonly id: Id;
  readonly collection: Id;
  readonly blob: string;
  readonly fileName: string;
  readonly size: Size;
  readonly faces: readonly (PlanFace & { readonly state: MatchState | null })[];
  /** Places of codes, which are hidden in every rendition: a card's code says who a hidden face is to whoever knows the card. */
  readonly codes: readonly Box[];
}

/** The photos asked for that have been scanned, with every face and whose it is; in the order of their file names. */
export async function publishablePhotos(db: Db, photos: readonly Id[]): Promise<readonly PublishablePhoto[]> {
  if (photos.length === 0) return [];
  const ids = [...photos];
  const rows = await db
    .selectFrom("photo")
    .select(["id", "collection_id", "blob", "file_name", "width", "height"])
    .where("id", "in", ids)
    .where("state", "=", "scanned")
    .orderBy("file_name")
    .orderBy("id")
    .execute();
  const faces = await db
    .selectFrom("face")
    .leftJoin("match", (join) =>
      join.onRef("match.face_id", "=", "face.id").on("match.state", "in", ["matched", "confirmed"]),
    )
    .select([
      "face.id",
      "face.photo_id",
      "face.x",
      "face.y",
      "face.w",
      "face.h",
      "face.landmarks",
      "face.detection",
      "match.person_id",
      "match.state",
    ])
    .where("face.photo_id", "in", ids)
    .orderBy("face.id")
    .execute();
  const byPhoto = new Map<Id, (PlanFace & { state: MatchState | null })[]>(rows.map((row) => [row.id, []]));
  for (const face of faces) {
    byPhoto.get(face.photo_id)?.push({
      id: face.id,
      box: { x: face.x, y: face.y, w: face.w, h: face.h },
      landmarks: landmarksOf(face.landmarks),
      detection: face.detection === "hand" ? "marked" : face.detection,
      person: face.person_id,
      state: face.state,
    });
  }
  const seen = await db
    .selectFrom("card_sighting")
    .select(["photo_id", "x", "y", "w", "h"])
    .where("photo_id", "in", ids)
    .orderBy("id")
    .execute();
  const codes = Map.groupBy(seen, (code) => code.photo_id);
  return rows.map((row) => ({
    id: row.id,
    collection: row.collection_id,
    blob: row.blob,
    fileName: row.file_name,
    size: { width: row.width ?? 0, height: row.height ?? 0 },
    faces: byPhoto.get(row.id) ?? [],
    codes: (codes.get(row.id) ?? []).map(({ x, y, w, h }) => ({ x, y, w, h })),
  }));
}

function landmarksOf(numbers: readonly number[] | null): Landmarks | null {
  if (!numbers || numbers.length !== 10) return null;
  const at = (i: number): { x: number; y: number } => ({
    x: numbers[2 * i] ?? 0,
    y: numbers[2 * i + 1] ?? 0,
  });
  return { leftEye: at(0), rightEye: at(1), nose: at(2), leftMouth: at(3), rightMouth: at(4) };
}

/**
 * What a channel may show: faces whose match somebody confirmed (or, by the controller's explicit choice, also what the
 * machine matched) and whose person's permit names this channel.
 */
export function channelReveals(
  photo: PublishablePhoto,
  permits: readonly Permit<"publish">[],
  mode: RevealMode,
): ReadonlyMap<Id, Reveal> {
  const consents = new Map(permits.map((permit) => [permit.person, permit.consent]));
  const reveals = new Map<Id, Reveal>();
  for (const face of photo.faces) {
    if (face.person === null || (face.state !== "confirmed" && mode === "confirmed")) continue;
    const consent = consents.get(face.person);
    if (consent !== undefined) reveals.set(face.id, { person: face.person, consent });
  }
  return reveals;
}

/**
 * What one reader may see: their own face, and those who agreed to be seen by the others in the same photo. Who is not in it
 * (any more) is no companion, and sees nobody.
 */
export function readerReveals(
  photo: PublishablePhoto,
  reader: Id,
  companions: readonly Permit<"publish">[],
): ReadonlyMap<Id, Reveal> {
  if (!isIn(photo, reader)) return new Map();
  const reveals = new Map(channelReveals(photo, companions, "matched"));
  for (const face of photo.faces) {
    if (face.person === reader) reveals.set(face.id, { person: reader, consent: null });
  }
  return reveals;
}

/** Whether the person is found or confirmed in the photo. */
export function isIn(photo: PublishablePhoto, person: Id): boolean {
  return photo.faces.some((face) => face.person === person);
}

/** The controller's record of what a set of renditions shows; never to be published. */
export interface ManifestItem {
  readonly file: string;
  /** Relative to the manifest. */
  readonly rendition: string;
  readonly shown: readonly { readonly box: BoxArray; readonly person: Id; readonly consent: Id | null }[];
  readonly hidden: readonly { readonly box: BoxArray }[];
  /** Where the export was ordered so: the longest side of its pictures (boxes are in pixels of the original), and what is written across them. */
  readonly maxEdge?: number;
  readonly watermark?: string;
}

export type BoxArray = readonly [x: number, y: number, w: number, h: number];

/** The manifest of a disclosure, from what its renditions show now. */
export async function manifestOf(db: Db, disclosure: Id): Promise<readonly ManifestItem[]> {
  const rows = await db
    .selectFrom("disclosure_rendition")
    .innerJoin("rendition", "rendition.id", "disclosure_rendition.rendition_id")
    .innerJoin("photo", "photo.id", "rendition.photo_id")
    .leftJoin("face", "face.photo_id", "photo.id")
    .leftJoin("rendition_face", (join) =>
      join
        .onRef("rendition_face.rendition_id", "=", "rendition.id")
        .onRef("rendition_face.face_id", "=", "face.id"),
    )
    .select([
      "rendition.id",
      "rendition.name",
      "photo.file_name",
      "face.id as face",
      "face.x",
      "face.y",
      "face.w",
      "face.h",
      "rendition_face.person_id",
      "rendition_face.consent_event_id",
    ])
    .where("disclosure_rendition.disclosure_id", "=", disclosure)
    .where("rendition.state", "=", "current")
    .orderBy("photo.file_name")
    .orderBy("rendition.id")
    .orderBy("face.x")
    .orderBy("face.id")
    .execute();
  const items = new Map<
    Id,
    {
      file: string;
      rendition: string;
      shown: ManifestItem["shown"][number][];
      hidden: ManifestItem["hidden"][number][];
    }
  >();
  for (const row of rows) {
    const item = items.get(row.id) ?? {
      file: row.file_name,
      rendition: `photos/${row.name}.jpg`,
      shown: [],
      hidden: [],
    };
    items.set(row.id, item);
    if (row.face === null) continue;
    const box = boxArray({ x: row.x ?? 0, y: row.y ?? 0, w: row.w ?? 0, h: row.h ?? 0 });
    if (row.person_id === null) item.hidden.push({ box });
    else item.shown.push({ box, person: row.person_id, consent: row.consent_event_id });
  }
  return [...items.values()];
}

/** Whole pixels of the upright picture, as programs outside read them. */
export function boxArray(box: { x: number; y: number; w: number; h: number }): BoxArray {
  return [Math.round(box.x), Math.round(box.y), Math.round(box.w), Math.round(box.h)];
}
