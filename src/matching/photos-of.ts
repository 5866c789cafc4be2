import { sql } from "kysely";
import type { Box, Id } from "../core/index.ts";
import type { Db } from "../db/index.ts";

/** Where a page of photos ends: the last photo's time (null: unknown, which comes last) and id. */
export interface After {
  readonly takenAt: Date | null;
  readonly photo: Id;
}

/** One photo of a person's, with the face in it that is surest to be theirs. */
export interface PersonsPhoto {
  readonly photo: Id;
  readonly collection: Id;
  readonly width: number;
  readonly height: number;
  readonly takenAt: Date | null;
  readonly state: "matched" | "asked" | "confirmed";
  readonly face: Id;
  readonly box: Box;
}

/**
 * A person's photos in the order in which they were taken, those of unknown time last; rejected ones and those of
 * collections in which the person's enrolment is frozen are left out: a frozen claim shows nothing.
 */
export async function photosOf(
  db: Db,
  person: Id,
  page: {
    readonly collection?: Id | undefined;
    readonly photo?: Id | undefined;
    readonly after?: After | undefined;
    readonly limit: number;
  },
): Promise<readonly PersonsPhoto[]> {
  const { rows } = await sql<
    Omit<PersonsPhoto, "box"> & { x: number; y: number; w: number; h: number }
  >`select * from (
      select distinct on (p.id) p.id as photo, p.collection_id as collection, p.width, p.height,
        p.taken_at as "takenAt", m.state, f.id as face, f.x, f.y, f.w, f.h
      from match m join face f on f.id = m.face_id join photo p on p.id = f.photo_id
      where m.person_id = ${person} and m.state <> 'rejected'
        and (${page.collection ?? null}::uuid is null or p.collection_id = ${page.collection ?? null})
        and (${page.photo ?? null}::uuid is null or p.id = ${page.photo ?? null})
        and not exists (select 1 from enrolment e where e.person_id = m.person_id
          and e.collection_id = p.collection_id and e.state = 'frozen')
      order by p.id, array_position(array['confirmed', 'matched', 'asked'], m.state), f.id
    ) one
    where ${follows(sql`one."takenAt"`, sql`one.photo`, page.after)}
    order by coalesce(one."takenAt", 'infinity'), one.photo
    limit ${page.limit}`.execute(db);
  return rows.map(({ x, y, w, h, ...row }) => ({ ...row, box: { x, y, w, h } }));
}

/** Whether a photo comes after the end of a page, in the order of time and id. */
export function follows(
  takenAt: ReturnType<typeof sql>,
  photo: ReturnType<typeof sql>,
  after: After | undefined,
): ReturnType<typeof sql<boolean>> {
  if (after === undefined) return sql<boolean>`true`;
  return sql<boolean>`(coalesce(${takenAt}, 'infinity'), ${photo})
    > (coalesce(${after.takenAt}::timestamptz, 'infinity'), ${after.photo}::uuid)`;
}
