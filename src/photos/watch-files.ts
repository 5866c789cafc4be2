import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { newId, type Clock, type Id } from "../core/index.ts";
import type { ArrivalState, Db, Trx } from "../db/index.ts";
import type { Compared, KnownFile, ListedFile } from "./compare-files.ts";

/** A file that is in a watched folder and was not taken (yet). */
export interface Arrival extends ListedFile {
  /** Since when it has had this size and time; milliseconds since 1970, by our clock. */
  readonly stillSince: number;
  readonly state: ArrivalState;
  /** Why it waits for a human, or is left out. */
  readonly reason: string | null;
  readonly digest: string | null;
  /** When it says it was taken, as far as that was read and counts still; milliseconds since 1970. */
  readonly takenAt: number | null;
}

/** Why a file waits for a human: no capture time, or one outside the window. */
export type WaitsFor = "no-time" | "outside";

/** Rows written by one statement, below the server's limit of 65,535 values. */
const ROWS_AT_ONCE = 1_000;

/** What was taken from a folder. */
export async function filesTaken(db: Db, folder: Id): Promise<readonly KnownFile[]> {
  const rows = await db
    .selectFrom("watch_file")
    .select(["id", "path", "size", "modified_at", "digest", "missing_since"])
    .where("folder_id", "=", folder)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    path: row.path,
    size: row.size,
    modifiedAt: row.modified_at.getTime(),
    digest: row.digest,
    missing: row.missing_since !== null,
  }));
}

/** What is there and was not taken. */
export async function arrivalsIn(db: Db, folder: Id): Promise<readonly Arrival[]> {
  const rows = await db.selectFrom("watch_arrival").selectAll().where("folder_id", "=", folder).execute();
  return rows.map((row) => ({
    path: row.path,
    size: row.size,
    modifiedAt: row.modified_at.getTime(),
    stillSince: row.still_since.getTime(),
    state: row.state,
    reason: row.reason,
    digest: row.digest,
    takenAt: row.taken_at?.getTime() ?? null,
  }));
}

/** Writes down what is there, in place of what was known of the same paths. */
export async function keepArrivals(trx: Trx, folder: Id, arrivals: readonly Arrival[]): Promise<void> {
  for (let from = 0; from < arrivals.length; from += ROWS_AT_ONCE) {
    await trx
      .insertInto("watch_arrival")
      .values(
        arrivals.slice(from, from + ROWS_AT_ONCE).map((one) => ({
          folder_id: folder,
          path: one.path,
          size: one.size,
          modified_at: new Date(one.modifiedAt),
          still_since: new Date(one.stillSince),
          state: one.state,
          reason: one.reason,
          digest: one.digest,
          taken_at: one.takenAt === null ? null : new Date(one.takenAt),
        })),
      )
      .onConflict((on) =>
        on.columns(["folder_id", "path"]).doUpdateSet((eb) => ({
          size: eb.ref("excluded.size"),
          modified_at: eb.ref("excluded.modified_at"),
          still_since: eb.ref("excluded.still_since"),
          state: eb.ref("excluded.state"),
          reason: eb.ref("excluded.reason"),
          digest: eb.ref("excluded.digest"),
          taken_at: eb.ref("excluded.taken_at"),
        })),
      )
      .execute();
  }
}

/** Forgets arrivals that are not there any more, or were taken. */
export async function forgetArrivals(trx: Trx, folder: Id, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  await sql`delete from watch_arrival where folder_id = ${folder} and path = any(${[...paths]})`.execute(trx);
}

/** Lets what waits for a human be taken. Returns how many files. */
export async function allowWaiting(trx: Trx, folder: Id, by: string, clock: Clock): Promise<number> {
  const done = await trx
    .updateTable("watch_arrival")
    .set({ state: "allowed", reason: null })
    .where("folder_id", "=", folder)
    .where("state", "=", "waiting")
    .executeTakeFirst();
  const files = Number(done.numUpdatedRows);
  if (files > 0) await record(trx, { kind: "watch-files-allowed", payload: { folder, files, by } }, clock);
  return files;
}

/**
 * A file of the folder is a photo of the collection from now on; null: one that was deleted, and is not taken again. `taken`: the photo came
 * from this file; false where the same bytes were in the collection before.
 */
export async function tieFile(
  trx: Trx,
  folder: Id,
  file: ListedFile & { readonly digest: string },
  { photo, taken }: { readonly photo: Id | null; readonly taken: boolean },
): Promise<void> {
  await trx
    .insertInto("watch_file")
    .values({
      id: newId(),
      folder_id: folder,
      path: file.path,
      size: file.size,
      modified_at: new Date(file.modifiedAt),
      digest: file.digest,
      photo_id: photo,
      taken_here: taken,
      dropped: null,
      missing_since: null,
    })
    .execute();
  await forgetArrivals(trx, folder, [file.path]);
}

/** Whether the same bytes were taken from this folder, and their photo was deleted since. */
export async function wasDeleted(db: Db, folder: Id, digest: string): Promise<boolean> {
  const row = await db
    .selectFrom("watch_file")
    .select("id")
    .where("folder_id", "=", folder)
    .where("digest", "=", digest)
    .where("photo_id", "is", null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Writes down what a look found: what is elsewhere now keeps its photo, which has its name from where it is; what is not there is missing
 * since now. What is missing and has no photo any more is forgotten.
 */
export async function writeCompared(
  trx: Trx,
  folder: Id,
  { placed, gone }: Pick<Compared, "placed" | "gone">,
  now: Date,
): Promise<void> {
  // All leave their places before any takes one: two may have changed places.
  const leaving = [...gone, ...placed.map((one) => one.id)];
  if (leaving.length > 0) {
    await sql`update watch_file set missing_since = ${now}
      where id = any(${leaving}) and missing_since is null`.execute(trx);
  }
  for (const { id, at } of placed) {
    await sql`update photo p set file_name = ${at.path} from watch_file f
      where f.id = ${id} and p.id = f.photo_id and p.file_name = f.path`.execute(trx);
    await trx
      .updateTable("watch_file")
      .set({ path: at.path, size: at.size, modified_at: new Date(at.modifiedAt), missing_since: null })
      .where("id", "=", id)
      .execute();
  }
  await forgetArrivals(
    trx,
    folder,
    placed.map((one) => one.at.path),
  );
  await trx
    .deleteFrom("watch_file")
    .where("folder_id", "=", folder)
    .where("missing_since", "is not", null)
    .where("photo_id", "is", null)
    .execute();
}

/** A photo of which no file of a folder is left. */
export interface MissingPhoto {
  readonly photo: Id;
  readonly path: string;
  readonly since: Date;
  /** Whether it came from this folder; one that was there before, by hand or from elsewhere, is not this folder's to take away. */
  readonly taken: boolean;
}

/** Photos of which no file of the folder is left, and since when, oldest first. */
export async function missingPhotos(db: Db | Trx, folder: Id): Promise<readonly MissingPhoto[]> {
  const { rows } = await sql<MissingPhoto>`
    select photo_id as photo, max(path) as path, max(missing_since) as since, bool_or(taken_here) as taken from watch_file
    where folder_id = ${folder} and photo_id is not null
    group by photo_id having bool_and(missing_since is not null)
    -- The same photo may be in another folder that is watched, and there still.
      and not exists (select 1 from watch_file o where o.photo_id = watch_file.photo_id
        and o.folder_id <> ${folder} and o.missing_since is null)
    order by since, path`.execute(db);
  return rows;
}

/** Holds the ties of photos to their files as they are, until the transaction ends: meanwhile no look finds one there again. */
export async function holdFiles(trx: Trx, photos: readonly Id[]): Promise<void> {
  await sql`select id from watch_file where photo_id = any(${[...photos]}) order by id for update`.execute(
    trx,
  );
}

/** A file as pages show it. */
export interface ToldFile {
  readonly path: string;
  readonly reason: string;
}

/** How a folder stands, by count, with the first of what somebody may have to do something about. */
export interface FolderStanding {
  /** Files whose photos are in the collection. */
  readonly taken: number;
  /** There, and neither taken nor left out yet. */
  readonly coming: number;
  readonly waiting: { readonly count: number; readonly files: readonly ToldFile[] };
  readonly leftOut: { readonly count: number; readonly files: readonly ToldFile[] };
}

/** More than anybody reads; the counts say how many there are. */
const MOST_TOLD = 200;

export async function standingOf(db: Db, folder: Id): Promise<FolderStanding> {
  const { rows } = await sql<{ taken: number; coming: number; waiting: number; left_out: number }>`
    select (select count(*)::int from watch_file where folder_id = ${folder} and photo_id is not null
        and missing_since is null) as taken,
      count(*) filter (where state in ('new', 'allowed'))::int as coming,
      count(*) filter (where state = 'waiting')::int as waiting,
      (count(*) filter (where state = 'left-out') + (select count(*) from watch_file
        where folder_id = ${folder} and dropped is not null))::int as left_out
    from watch_arrival where folder_id = ${folder}`.execute(db);
  const told = async (state: ArrivalState): Promise<readonly ToldFile[]> =>
    (
      await sql<ToldFile>`select path, reason from watch_arrival
        where folder_id = ${folder} and state = ${state} order by path limit ${MOST_TOLD}`.execute(db)
    ).rows;
  const dropped = await sql<ToldFile>`select path, dropped as reason from watch_file
    where folder_id = ${folder} and dropped is not null order by path limit ${MOST_TOLD}`.execute(db);
  const { taken = 0, coming = 0, waiting = 0, left_out: leftOut = 0 } = rows[0] ?? {};
  return {
    taken,
    coming,
    waiting: { count: waiting, files: await told("waiting") },
    leftOut: {
      count: leftOut,
      files: [...dropped.rows, ...(await told("left-out"))].slice(0, MOST_TOLD),
    },
  };
}
