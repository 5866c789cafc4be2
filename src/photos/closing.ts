import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import type { KeyRef } from "../crypto/index.ts";
import type { CollectionRow, Db, Trx } from "../db/index.ts";
import { chipsKey } from "./collections.ts";

/** Whether faces of the collection may be kept as chips: matching is on and people may still join. */
export function chipsAllowed(
  collection: Pick<CollectionRow, "matching" | "join_until" | "joining_closed_at">,
  now: Date,
): boolean {
  return (
    collection.matching === "enrolled" && collection.joining_closed_at === null && now < collection.join_until
  );
}

/** What is of no use any more once the transaction has committed. */
export interface Leftovers {
  readonly blobs: readonly string[];
  readonly keys: readonly KeyRef[];
}

/**
 * Ends joining: the rows let go of their chips; the caller removes the blobs and destroys the key once this is committed.
 * Closing again gives nothing but the key, so that an interrupted closing can be finished.
 */
export async function closeJoining(trx: Trx, collection: Id, clock: Clock): Promise<Leftovers> {
  const closed = await trx
    .updateTable("collection")
    .set((eb) => ({ joining_closed_at: eb.fn.coalesce("joining_closed_at", eb.val(clock.now())) }))
    .where("id", "=", collection)
    .returning("id")
    .executeTakeFirst();
  if (!closed) throw new AssentError("not-found", `there is no collection ${collection}`);
  const { rows } = await sql<{ chips: string }>`
    update photo p set chips = null
    from (select id, chips from photo where collection_id = ${collection} and chips is not null for update) was
    where p.id = was.id returning was.chips as chips`.execute(trx);
  await sql`update face set chip = null from photo p
    where p.id = face.photo_id and p.collection_id = ${collection} and face.chip is not null`.execute(trx);
  await record(trx, { kind: "joining-closed", payload: { collection, chips: rows.length } }, clock);
  return { blobs: rows.map((row) => row.chips), keys: [chipsKey(collection)] };
}

/** Collections whose joining has ended by date and is not closed yet. */
export async function joiningToClose(db: Db, clock: Clock): Promise<readonly Id[]> {
  const rows = await db
    .selectFrom("collection")
    .select("id")
    .where("joining_closed_at", "is", null)
    .where("join_until", "<=", clock.now())
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Deletes a collection with its photos, faces, matches, renditions and enrolments. The consents given for it alone go too:
 * their proof is the receipt that each person holds. The caller has deleted its templates before (templates/), and
 * removes blobs and keys once this is committed. Blobs that another collection still refers to are not among them.
 */
export async function deleteCollection(
  trx: Trx,
  collection: Id,
  by: string,
  clock: Clock,
): Promise<Leftovers> {
  const locked = await trx
    .selectFrom("collection")
    .select("id")
    .where("id", "=", collection)
    .forUpdate()
    .executeTakeFirst();
  if (!locked) throw new AssentError("not-found", `there is no collection ${collection}`);
  const { rows: before } = await sql<{ blob: string }>`
    select blob from photo where collection_id = ${collection}
    union select chips from photo where collection_id = ${collection} and chips is not null
    union select blob from rendition where collection_id = ${collection} and blob is not null`.execute(trx);
  const photos = await trx
    .selectFrom("photo")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("collection_id", "=", collection)
    .executeTakeFirstOrThrow();
  // The append-only record lets consents go with a whole person, or with the whole collection they were given for.
  await sql`select set_config('assent.erasing', 'yes', true)`.execute(trx);
  await trx.deleteFrom("collection").where("id", "=", collection).execute();
  await sql`select set_config('assent.erasing', 'no', true)`.execute(trx);
  const blobs = before.map((row) => row.blob);
  const kept = await stillUsed(trx, blobs);
  await record(trx, { kind: "collection-deleted", payload: { collection, photos: photos.n, by } }, clock);
  return { blobs: blobs.filter((blob) => !kept.has(blob)), keys: [chipsKey(collection)] };
}

/**
 * Deletes photos with their faces, matches and renditions, as `deleteCollection` does; returns what of files is of no use any
 * more. Those that are not there any more are passed over.
 */
export async function deletePhotos(
  trx: Trx,
  photos: readonly Id[],
  by: string,
  clock: Clock,
): Promise<{ readonly photos: number; readonly blobs: readonly string[] }> {
  const asked = [...photos];
  const { rows: made } = await sql<{ blob: string }>`
    select blob from rendition where photo_id = any(${asked}) and blob is not null`.execute(trx);
  const gone = await trx
    .deleteFrom("photo")
    .where("id", "in", asked)
    .returning(["blob", "chips", "collection_id"])
    .execute();
  const blobs = [
    ...made.map((row) => row.blob),
    ...gone.flatMap((row) => (row.chips === null ? [row.blob] : [row.blob, row.chips])),
  ];
  const kept = await stillUsed(trx, blobs);
  await record(
    trx,
    {
      kind: "photos-deleted",
      payload: { photos: asked, collection: gone[0]?.collection_id ?? null, by },
    },
    clock,
  );
  return { photos: gone.length, blobs: [...new Set(blobs)].filter((blob) => !kept.has(blob)) };
}

/** Which of the blobs some row refers to. Blobs are named by their content, so two photos may share one. */
export async function stillUsed(db: Db, blobs: readonly string[]): Promise<ReadonlySet<string>> {
  const asked = [...blobs];
  const { rows } = await sql<{ blob: string }>`
    select blob from photo where blob = any(${asked})
    union select chips from photo where chips = any(${asked})
    union select blob from rendition where blob = any(${asked})`.execute(db);
  return new Set(rows.map((row) => row.blob));
}
