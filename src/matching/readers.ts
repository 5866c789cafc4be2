import type { Box, Id } from "../core/index.ts";
import type { Db, MatchOrigin, MatchState } from "../db/index.ts";

/** Where a person was found. `fileName` is for staff only: names of originals are personal data too. */
export interface FoundIn {
  readonly face: Id;
  readonly photo: Id;
  readonly collection: Id;
  readonly fileName: string;
  readonly takenAt: Date | null;
  readonly box: Box;
  readonly origin: MatchOrigin;
  readonly state: Exclude<MatchState, "rejected">;
}

/** The faces that are, or may be, a person's, in the order in which the photos were taken; rejected ones are left out. */
export async function matchesOf(
  db: Db,
  person: Id,
  options: { collection?: Id | undefined } = {},
): Promise<readonly FoundIn[]> {
  let query = db
    .selectFrom("match")
    .innerJoin("face", "face.id", "match.face_id")
    .innerJoin("photo", "photo.id", "face.photo_id")
    .select([
      "face.id as face",
      "photo.id as photo",
      "photo.collection_id as collection",
      "photo.file_name as fileName",
      "photo.taken_at as takenAt",
      "face.x",
      "face.y",
      "face.w",
      "face.h",
      "match.origin",
      "match.state",
    ])
    .where("match.person_id", "=", person)
    .where("match.state", "<>", "rejected");
  if (options.collection !== undefined) query = query.where("photo.collection_id", "=", options.collection);
  const rows = await query
    .orderBy("photo.taken_at")
    .orderBy("photo.file_name")
    .orderBy("photo.id")
    .orderBy("face.x")
    .execute();
  return rows.map(({ x, y, w, h, state, ...row }) => ({
    ...row,
    box: { x, y, w, h },
    state: state as FoundIn["state"],
  }));
}

/** A match without its face. */
export interface FaceMatch {
  readonly person: Id;
  readonly origin: MatchOrigin;
  readonly state: MatchState;
}

/** The matches of every face of the photos, rejected ones included, by face; faces without any are left out. */
export async function matchesIn(
  db: Db,
  photos: readonly Id[],
): Promise<ReadonlyMap<Id, readonly FaceMatch[]>> {
  const found = new Map<Id, FaceMatch[]>();
  if (photos.length === 0) return found;
  const rows = await db
    .selectFrom("match")
    .innerJoin("face", "face.id", "match.face_id")
    .select(["match.face_id", "match.person_id", "match.origin", "match.state"])
    .where("face.photo_id", "in", [...photos])
    .orderBy("match.person_id")
    .execute();
  for (const row of rows) {
    const list = found.get(row.face_id) ?? [];
    list.push({ person: row.person_id, origin: row.origin, state: row.state });
    found.set(row.face_id, list);
  }
  return found;
}

/** The people for whom a face was rejected, for `decide`. */
export function rejectedOn(matches: readonly FaceMatch[] | undefined): ReadonlySet<Id> {
  return new Set(matches?.filter((match) => match.state === "rejected").map((match) => match.person));
}
