import { sql } from "kysely";
import type { Clock, Id, Landmarks } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { chipsAllowed } from "./closing.ts";
import { facesOf, landmarksOf } from "./faces.ts";

/** A face whose chip is cut: certain and clear enough to be compared, and nobody has objected to that. */
const IS_CUT = sql<boolean>`f.matchable and not f.do_not_match and f.landmarks is not null`;

/** Photos whose chips a restore did not bring back, though people may still join and be looked for in them. */
export async function photosToCutAgain(trx: Trx, clock: Clock): Promise<readonly Id[]> {
  const { rows } = await sql<{ id: Id }>`
    select p.id from photo p join collection c on c.id = p.collection_id
    where p.state = 'scanned' and p.chips is null
      and c.matching = 'enrolled' and c.joining_closed_at is null and c.join_until > ${clock.now()}
      and exists (select 1 from face f where f.photo_id = p.id and ${IS_CUT})
      and not exists (select 1 from pending w where w.kind = 'cut-chips' and w.subject = p.id::text)
    order by p.taken_at, p.id`.execute(trx);
  return rows.map((row) => row.id);
}

/** The faces of a photo of which chips are cut. Landmarks are in pixels of the upright picture. */
export async function facesToCut(
  db: Db | Trx,
  photo: Id,
): Promise<readonly { readonly id: Id; readonly landmarks: Landmarks }[]> {
  return (await facesOf(db, photo)).flatMap((face) => {
    const landmarks = landmarksOf(face);
    return face.matchable && !face.do_not_match && landmarks ? [{ id: face.id, landmarks }] : [];
  });
}

/**
 * Gives a photo the chips that were cut again from its original `blob`, those of `faces` in their order. False, and nothing
 * changed, where they are not of what there is any more: joining has closed, the photo has gone, has chips or another original by now, or
 * somebody has objected about a face. The caller removes the file then.
 */
export async function keepChips(
  trx: Trx,
  cut: { readonly photo: Id; readonly blob: string; readonly faces: readonly Id[]; readonly chips: string },
  clock: Clock,
): Promise<boolean> {
  // The collection is locked first, as in closeJoining, then the photo, so that no chips are added behind anybody's back.
  const collection = await trx
    .selectFrom("photo")
    .innerJoin("collection", "collection.id", "photo.collection_id")
    .select(["matching", "join_until", "joining_closed_at"])
    .where("photo.id", "=", cut.photo)
    .forShare("collection")
    .executeTakeFirst();
  if (!collection || !chipsAllowed(collection, clock.now())) return false;
  const photo = await trx
    .selectFrom("photo")
    .select("id")
    .where("id", "=", cut.photo)
    .where("blob", "=", cut.blob)
    .where("chips", "is", null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!photo) return false;
  await trx
    .selectFrom("face")
    .select("id")
    .where("photo_id", "=", cut.photo)
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
  const faces = (await facesToCut(trx, cut.photo)).map((face) => face.id);
  if (faces.join() !== cut.faces.join()) return false;
  await trx.updateTable("photo").set({ chips: cut.chips }).where("id", "=", cut.photo).execute();
  await sql`update face set chip = given.place - 1
    from unnest(${[...cut.faces]}::uuid[]) with ordinality as given (id, place) where face.id = given.id`.execute(
    trx,
  );
  return true;
}
