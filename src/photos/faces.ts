import { record } from "../audit/index.ts";
import { AssentError, landmarkPoints, type Clock, type Id, type Landmarks } from "../core/index.ts";
import type { Db, FaceRow, Trx } from "../db/index.ts";

/** x and y of each landmark in their order: the form in which a face row keeps them. */
export function landmarksToNumbers(landmarks: Landmarks): number[] {
  return landmarkPoints(landmarks).flatMap((point) => [point.x, point.y]);
}

/** Null where the row has none. */
export function landmarksOf(face: Pick<FaceRow, "landmarks">): Landmarks | null {
  const n = face.landmarks;
  if (!n) return null;
  const point = (i: number): { x: number; y: number } => ({ x: n[2 * i] ?? 0, y: n[2 * i + 1] ?? 0 });
  return {
    leftEye: point(0),
    rightEye: point(1),
    nose: point(2),
    leftMouth: point(3),
    rightMouth: point(4),
  };
}

export async function faceById(db: Db, id: Id): Promise<FaceRow> {
  const row = await db.selectFrom("face").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row) throw new AssentError("not-found", `there is no face ${id}`);
  return row;
}

/** The faces of a photo from left to right. */
export function facesOf(db: Db, photo: Id): Promise<readonly FaceRow[]> {
  return db.selectFrom("face").selectAll().where("photo_id", "=", photo).orderBy("x").orderBy("id").execute();
}

/** The faces of many photos; those without any are left out. */
export async function facesIn(db: Db, photos: readonly Id[]): Promise<ReadonlyMap<Id, readonly FaceRow[]>> {
  const found = new Map<Id, FaceRow[]>();
  if (photos.length === 0) return found;
  const rows = await db
    .selectFrom("face")
    .selectAll()
    .where("photo_id", "in", [...photos])
    .orderBy("x")
    .orderBy("id")
    .execute();
  for (const row of rows) {
    const list = found.get(row.photo_id) ?? [];
    list.push(row);
    found.set(row.photo_id, list);
  }
  return found;
}

/** A photo whose chip file must be written again without some of its chips: `replaceChips` ends that. */
export interface ChipsToDrop {
  readonly photo: Id;
  readonly chips: string;
  readonly positions: readonly number[];
}

/**
 * Faces that are never embedded again: an objection, or a decision of staff; for a whole photo, all of its faces. Their
 * rows let go of their chips here; the caller retracts machine matches, and writes the chip files again without them.
 * Errors: `not-found`.
 */
export async function doNotMatch(
  trx: Trx,
  what: { readonly face: Id } | { readonly photo: Id },
  clock: Clock,
): Promise<{ readonly faces: readonly Id[]; readonly drop: readonly ChipsToDrop[] }> {
  let query = trx
    .selectFrom("face")
    .innerJoin("photo", "photo.id", "face.photo_id")
    .select(["face.id", "face.chip", "photo.id as photo", "photo.chips"]);
  query =
    "face" in what ? query.where("face.id", "=", what.face) : query.where("face.photo_id", "=", what.photo);
  const rows = await query.orderBy("face.id").forNoKeyUpdate("face").execute();
  if (rows.length === 0) {
    if ("face" in what) throw new AssentError("not-found", `there is no face ${what.face}`);
    return { faces: [], drop: [] };
  }
  const faces = rows.map((row) => row.id);
  await trx.updateTable("face").set({ do_not_match: true, chip: null }).where("id", "in", faces).execute();
  await record(trx, { kind: "do-not-match", payload: { ...what, faces: faces.length } }, clock);
  const drop = new Map<Id, { chips: string; positions: number[] }>();
  for (const { photo, chip, chips } of rows) {
    if (chip === null || chips === null) continue;
    const known = drop.get(photo) ?? { chips, positions: [] };
    known.positions.push(chip);
    drop.set(photo, known);
  }
  return { faces, drop: [...drop].map(([photo, rest]) => ({ photo, ...rest })) };
}

/**
 * Puts another chip file, or none, in the place of `before`; false, and nothing changed, where the photo has another
 * by now. The caller removes the one that is not in use.
 */
export async function replaceChips(
  trx: Trx,
  photo: Id,
  before: string,
  after: string | null,
): Promise<boolean> {
  const done = await trx
    .updateTable("photo")
    .set({ chips: after })
    .where("id", "=", photo)
    .where("chips", "=", before)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** Says of a face that matching may go on although its owner is not enrolled (`match-only: all-cleared`). */
export async function clearFace(trx: Trx, face: Id, by: string, clock: Clock): Promise<void> {
  const done = await trx
    .updateTable("face")
    .set({ cleared: true })
    .where("id", "=", face)
    .returning("photo_id")
    .executeTakeFirst();
  if (!done) throw new AssentError("not-found", `there is no face ${face}`);
  await record(trx, { kind: "face-cleared", payload: { face, photo: done.photo_id, by } }, clock);
}

/**
 * Whether matching may look at the photo in a collection of `match-only: all-cleared`: each of its faces was cleared by
 * hand, or is confirmed as somebody enrolled in the collection.
 */
export async function isAllCleared(db: Db, photo: Id): Promise<boolean> {
  const open = await db
    .selectFrom("face")
    .innerJoin("photo", "photo.id", "face.photo_id")
    .select("face.id")
    .where("photo_id", "=", photo)
    .where("cleared", "=", false)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("match")
            .innerJoin("enrolment", "enrolment.person_id", "match.person_id")
            .select("match.face_id")
            .whereRef("match.face_id", "=", "face.id")
            .whereRef("enrolment.collection_id", "=", "photo.collection_id")
            .where("match.state", "=", "confirmed")
            .where("enrolment.state", "in", ["live", "vouched"]),
        ),
      ),
    )
    .limit(1)
    .executeTakeFirst();
  return open === undefined;
}
