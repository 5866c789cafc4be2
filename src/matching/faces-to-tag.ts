import { sql } from "kysely";
import type { Box, Id } from "../core/index.ts";
import type { Db, MatchOrigin, PhotoRating } from "../db/index.ts";
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
  readonly rating: PhotoRating | null;
}

/** Some of the photos: those with a face that is nobody's yet; without any face; by what staff think of them. */
export type PhotoFilter = "untagged" | "no-faces" | "star" | "rejected" | "kept";

function passes(filter: PhotoFilter | undefined): ReturnType<typeof sql<boolean>> {
  switch (filter) {
    case undefined:
      return sql<boolean>`true`;
    case "untagged":
      return sql<boolean>`of.tagged < of.faces`;
    case "no-faces":
      return sql<boolean>`of.faces = 0`;
    case "star":
    case "rejected":
      return sql<boolean>`p.rating = ${filter}`;
    case "kept":
      return sql<boolean>`p.rating is distinct from 'rejected'`;
  }
}

/** How many photos there are on all pages of `photosToTag`. */
export async function countPhotosToTag(
  db: Db,
  of: { readonly collection: Id; readonly filter?: PhotoFilter | undefined },
): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${FACES_OF_PHOTO}
    where p.collection_id = ${of.collection} and p.state = 'scanned' and ${passes(of.filter)}`.execute(db);
  return rows[0]?.n ?? 0;
}

const FACES_OF_PHOTO = sql`photo p cross join lateral (
      select count(*)::int as faces,
        (count(*) filter (where exists (select 1 from match m
          where m.face_id = f.id and m.state = 'confirmed')))::int as tagged
      from face f where f.photo_id = p.id and f.detection <> 'doubtful'
    ) of`;

/** The photos of a collection that were looked through, a page of them, in the order of `photosOf`. Says nobody's name. */
export async function photosToTag(
  db: Db,
  page: {
    readonly collection: Id;
    readonly filter?: PhotoFilter | undefined;
    readonly after?: After | undefined;
    readonly limit: number;
  },
): Promise<readonly PhotoToTag[]> {
  const { rows } = await sql<PhotoToTag>`select p.id as photo, p.file_name as "fileName", p.width, p.height,
      p.taken_at as "takenAt", of.faces, of.tagged, p.rating
    from ${FACES_OF_PHOTO}
    where p.collection_id = ${page.collection} and p.state = 'scanned' and ${passes(page.filter)}
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
  /** The mark by hand in its place, or that it is itself; null where there is none. */
  readonly mark: Id | null;
  /** Large and clear enough to be recognised. */
  readonly matchable: boolean;
  /** It is never compared with anybody. */
  readonly neverMatched: boolean;
}

/** The faces of a photo from left to right, each place once, without those that may be seen by nobody (`doubtful`). */
export async function facesToTag(db: Db, photo: Id): Promise<readonly FaceToTag[]> {
  const { rows } = await sql<Box & Omit<FaceToTag, "box">>`select f.id as face, f.x, f.y, f.w, f.h,
      case when ${wantsHidden} or covering.id is not null then 'hidden' when own.face_id is not null then 'tagged'
        else 'free' end as standing,
      case when f.detection = 'hand' then f.id else covering.id end as mark, f.matchable,
      f.do_not_match as "neverMatched"
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
