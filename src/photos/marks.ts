import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { AssentError, newId, type Box, type Clock, type Id } from "../core/index.ts";
import type { Db, FaceRow, Trx } from "../db/index.ts";

/** A mark smaller than this, in pixels of the upright picture, is a slip of the hand. */
const SMALLEST_MARK = 4;

/**
 * Two marks are of one place where no edge of one is farther from the other's than this share of its side. What hides a
 * mark reaches 15 % beyond it on every side (`HIDDEN_BOX_FACTOR`), so that the place marked second is hidden whole.
 */
const SAME_PLACE_SHARE = 0.05;

/**
 * Marks a face that the detector missed, so that it is hidden like any other until somebody tags it. It is never
 * embedded. A place that is marked already, and nobody's by a tag, stays as it is: then this is the mark that is there.
 * Errors: `not-found`; `refused` before the photo is scanned; `bad-input` for a box outside the picture.
 */
export async function markFace(trx: Trx, photo: Id, box: Box, by: string, clock: Clock): Promise<FaceRow> {
  // Held, so that of two marks at once the second finds the first.
  const found = await trx
    .selectFrom("photo")
    .select(["state", "width", "height"])
    .where("id", "=", photo)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!found) throw new AssentError("not-found", `there is no photo ${photo}`);
  const { width, height } = found;
  if (found.state !== "scanned" || width === null || height === null) {
    throw new AssentError("refused", "this photo has not been scanned yet", {
      remedy: "Scan it first, then mark what was missed.",
    });
  }
  const inside =
    [box.x, box.y, box.w, box.h].every(Number.isFinite) &&
    Math.min(box.w, box.h) >= SMALLEST_MARK &&
    box.x < width &&
    box.y < height &&
    box.x + box.w > 0 &&
    box.y + box.h > 0;
  if (!inside) {
    throw new AssentError("bad-input", `the box is not within the picture of ${width} x ${height} pixels`, {
      remedy: `Give x, y, width and height in pixels of the upright picture, at least ${SMALLEST_MARK} each way.`,
    });
  }
  const there = (await hidingMarks(trx, photo)).find((mark) => isSamePlace(mark, box));
  if (there) return there;
  const row = await trx
    .insertInto("face")
    .values({
      id: newId(),
      photo_id: photo,
      ...box,
      landmarks: null,
      detection: "hand",
      norm: null,
      frontality: null,
      matchable: false,
      chip: null,
      marked_at: clock.now(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await record(trx, { kind: "face-marked", payload: { face: row.id, photo, by } }, clock);
  return row;
}

/** Marks of a photo that are nobody's: what they cover is hidden. */
function hidingMarks(trx: Trx, photo: Id): Promise<FaceRow[]> {
  return trx
    .selectFrom("face")
    .selectAll()
    .where("photo_id", "=", photo)
    .where("detection", "=", "hand")
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("match")
            .select("match.face_id")
            .whereRef("match.face_id", "=", "face.id")
            .where("match.state", "in", ["matched", "confirmed"]),
        ),
      ),
    )
    .orderBy("marked_at")
    .orderBy("id")
    .execute();
}

function isSamePlace(mark: Box, box: Box): boolean {
  const [across, down] = [mark.w * SAME_PLACE_SHARE, mark.h * SAME_PLACE_SHARE];
  return (
    Math.abs(box.x - mark.x) <= across &&
    Math.abs(box.x + box.w - mark.x - mark.w) <= across &&
    Math.abs(box.y - mark.y) <= down &&
    Math.abs(box.y + box.h - mark.y - mark.h) <= down
  );
}

/** A mark that nothing was built upon: no tag or rejection, no claim, no request. */
export interface OpenMark {
  readonly face: Id;
  readonly photo: Id;
  readonly at: Date;
}

export async function openMarks(db: Db, photos: readonly Id[]): Promise<readonly OpenMark[]> {
  if (photos.length === 0) return [];
  return db
    .selectFrom("face")
    .select(["id as face", "photo_id as photo", "marked_at as at"])
    .where("photo_id", "in", [...photos])
    .where("marked_at", "is not", null)
    .where(
      sql<boolean>`not exists (select 1 from match m where m.face_id = face.id)
        and not exists (select 1 from claim c where c.face_id = face.id)
        and not exists (select 1 from request q where q.face_id = face.id)`,
    )
    .$narrowType<{ at: Date }>()
    .execute();
}

/**
 * Takes a mark back, as if it had not been made, and writes down when: who publishes has to have looked since. Returns when
 * it was made; the caller refuses where the photo was published since.
 * Errors: `not-found` where the photo has no such mark; `refused` where something was built upon it.
 */
export async function unmarkFace(
  trx: Trx,
  mark: { readonly photo: Id; readonly face: Id },
  by: string,
  clock: Clock,
): Promise<Date> {
  const { photo, face } = mark;
  // Held as in `markFace`, and against whoever tags or claims the face.
  await trx.selectFrom("photo").select("id").where("id", "=", photo).forNoKeyUpdate().execute();
  const row = await trx
    .selectFrom("face")
    .select("marked_at")
    .where("id", "=", face)
    .where("photo_id", "=", photo)
    .forUpdate()
    .executeTakeFirst();
  if (!row || row.marked_at === null) throw new AssentError("not-found", "this photo has no such mark");
  if (!(await openMarks(trx, [photo])).some((one) => one.face === face)) {
    throw new AssentError("refused", "somebody was tagged in this place, or asked about it", {
      remedy: "Settle that first; the place stays hidden meanwhile.",
    });
  }
  await trx.deleteFrom("face").where("id", "=", face).execute();
  await trx.updateTable("photo").set({ unmarked_at: clock.now() }).where("id", "=", photo).execute();
  await record(trx, { kind: "face-unmarked", payload: { face, photo, by } }, clock);
  return row.marked_at;
}
