import { sql } from "kysely";
import type { Box, Id } from "../core/index.ts";
import type { Db, MatchOrigin } from "../db/index.ts";
import { follows, type After } from "./photos-of.ts";
import { wantsHidden } from "./wants-hidden.ts";

/** A photo that was looked through, for staff: `fileName` is the original's. */
export interface PhotoToTag {
  readonly photo: Id;
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
  readonly takenAt: Date | null;
  /** Places that the detector is sure of, or somebody marked. */
  readonly faces: number;
  /** Of these, confirmed as somebody's. */
  readonly tagged: number;
}

/** The photos of a collection that were looked through, a page of them, in the order of `photosOf`. Says nobody's name. */
export async function photosToTag(
  db: Db,
  page: { readonly collection: Id; readonly after?: After | undefined; readonly limit: number },
): Promise<readonly PhotoToTag[]> {
  const { rows } = await sql<PhotoToTag>`select p.id as photo, p.file_name as "fileName", p.width, p.height,
      p.taken_at as "takenAt", of.faces, of.tagged
    from photo p cross join lateral (
      select count(*)::int as faces,
        (count(*) filter (where exists (select 1 from match m
          where m.face_id = f.id and m.state = 'confirmed')))::int as tagged
      from face f where f.photo_id = p.id and f.detection <> 'doubtful'
    ) of
    where p.collection_id = ${page.collection} and p.state = 'scanned'
      and ${follows(sql`p.taken_at`, sql`p.id`, page.after)}
    order by coalesce(p.taken_at, 'infinity'), p.id
    limit ${page.limit}`.execute(db);
  return rows;
}

/**
 * How a face stands for whoever tags by hand. `hidden`: by a mark of staff on its very place, or because somebody asked for
 * it; nobody is tagged there meanwhile. What the machine found or asks is not told here.
 */
export interface FaceToTag {
  readonly face: Id;
  readonly box: Box;
  readonly standing: "free" | "tagged" | "hidden";
}

/** The faces of a photo from left to right, each place once, without those that may be seen by nobody (`doubtful`). */
export async function facesToTag(db: Db, photo: Id): Promise<readonly FaceToTag[]> {
  const { rows } = await sql<Box & Omit<FaceToTag, "box">>`select f.id as face, f.x, f.y, f.w, f.h,
      case when ${wantsHidden} or covering.id is not null then 'hidden' when own.face_id is not null then 'tagged'
        else 'free' end as standing
    from face f
    left join match own on own.face_id = f.id and own.state = 'confirmed'
    left join lateral (select k.id from face k where k.photo_id = f.photo_id and k.id <> f.id and k.detection = 'hand'
      and (k.x, k.y, k.w, k.h) = (f.x, f.y, f.w, f.h)
      and not exists (select 1 from match m where m.face_id = k.id and m.state in ('matched', 'confirmed'))
      order by k.id limit 1) covering on true
    where f.photo_id = ${photo} and f.detection <> 'doubtful'
      and not (f.detection = 'hand' and own.face_id is null and exists (select 1 from face k
        where k.photo_id = f.photo_id and k.id <> f.id and (k.x, k.y, k.w, k.h) = (f.x, f.y, f.w, f.h)))
    order by f.x, f.id`.execute(db);
  return rows.map(({ x, y, w, h, ...row }) => ({ ...row, box: { x, y, w, h } }));
}

/** Whose a face is taken to be: by whom, and by what; undefined where it is nobody's, or only asked. */
export interface OwnerOfFace {
  readonly person: Id;
  readonly origin: MatchOrigin;
  readonly state: "matched" | "confirmed";
  readonly decidedBy: string | null;
}

export async function ownerOfFace(db: Db, face: Id): Promise<OwnerOfFace | undefined> {
  const row = await db
    .selectFrom("match")
    .select(["person_id", "origin", "state", "decided_by"])
    .where("face_id", "=", face)
    .where("state", "in", ["matched", "confirmed"])
    .executeTakeFirst();
  return (
    row && {
      person: row.person_id,
      origin: row.origin,
      state: row.state as OwnerOfFace["state"],
      decidedBy: row.decided_by,
    }
  );
}
