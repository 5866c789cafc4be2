import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import { isUniqueViolation, type Db, type Trx, type WatchFolderRow, type WhenGone } from "../db/index.ts";

export interface NewWatchFolder {
  readonly collection: Id;
  /** Absolute, without links in it; checked before. */
  readonly path: string;
  /** The collection's window: what was taken outside it waits for a human. */
  readonly from: Date;
  readonly until: Date;
  /** How old a photo must be, in minutes: 15 to 10,080. */
  readonly minutes: number;
  readonly whenGone: WhenGone;
  readonly by: string;
  /** Of whoever names it, on whose behalf photos are deleted; null: on the command line. */
  readonly account: Id | null;
}

/** The red line: what is taken is never live. */
export const LEAST_MINUTES = 15;
/** A week. */
const MOST_MINUTES = 10_080;

/** Watches a folder for a collection, from now on. Errors: `bad-input`, `exists`; `not-found` where there is no such collection. */
export async function addWatchFolder(trx: Trx, wanted: NewWatchFolder, clock: Clock): Promise<Id> {
  const { collection, path, from, until, minutes, whenGone, by, account } = wanted;
  if (!Number.isInteger(minutes) || minutes < LEAST_MINUTES || minutes > MOST_MINUTES) {
    throw new AssentError(
      "bad-input",
      `photos are taken when they are ${LEAST_MINUTES} to ${MOST_MINUTES} minutes old`,
    );
  }
  if (Number.isNaN(from.getTime()) || Number.isNaN(until.getTime()) || from >= until) {
    throw new AssentError("bad-input", "the time in which photos were taken ends before it begins", {
      remedy: "Give the first and the last day.",
    });
  }
  const there = await trx
    .selectFrom("collection")
    .select("id")
    .where("id", "=", collection)
    .forKeyShare()
    .executeTakeFirst();
  if (!there) throw new AssentError("not-found", `there is no collection ${collection}`);
  const id = newId();
  const now = clock.now();
  try {
    await trx
      .insertInto("watch_folder")
      .values({
        id,
        collection_id: collection,
        path,
        taken_from: from,
        taken_until: until,
        minutes,
        when_gone: whenGone,
        state: "on",
        problem: null,
        looked_at: null,
        next_look_at: now,
        made_by: by,
        made_by_account: account,
        made_at: now,
      })
      .execute();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AssentError("exists", "this folder is watched for this collection already", { cause: error });
  }
  const payload = { folder: id, collection, from, until, minutes, whenGone, by };
  await record(trx, { kind: "watch-folder-added", payload }, clock);
  return id;
}

/** Errors: `not-found`, also where it is another collection's. */
export async function watchFolderById(db: Db | Trx, id: Id, collection?: Id): Promise<WatchFolderRow> {
  const row = await db.selectFrom("watch_folder").selectAll().where("id", "=", id).executeTakeFirst();
  if (row && (collection === undefined || row.collection_id === collection)) return row;
  throw new AssentError("not-found", "there is no such watched folder");
}

/** Those of a collection, or all, in the order in which they were made. */
export function watchFolders(db: Db, collection?: Id): Promise<readonly WatchFolderRow[]> {
  const all = db.selectFrom("watch_folder").selectAll();
  return (collection === undefined ? all : all.where("collection_id", "=", collection))
    .orderBy("made_at")
    .orderBy("id")
    .execute();
}

/** Those that are to be looked at now. */
export async function watchFoldersDue(
  db: Db,
  now: Date,
): Promise<readonly { readonly id: Id; readonly collection: Id }[]> {
  const rows = await db
    .selectFrom("watch_folder")
    .select(["id", "collection_id"])
    .where("state", "=", "on")
    .where("next_look_at", "<=", now)
    .orderBy("next_look_at")
    .execute();
  return rows.map((row) => ({ id: row.id, collection: row.collection_id }));
}

/** Pauses a folder, or goes on. What was taken stays. */
export async function switchWatchFolder(
  trx: Trx,
  order: { readonly folder: Id; readonly on: boolean; readonly by: string },
  clock: Clock,
): Promise<void> {
  const { folder, on, by } = order;
  const changed = await trx
    .updateTable("watch_folder")
    .set({ state: on ? "on" : "paused", next_look_at: clock.now() })
    .where("id", "=", folder)
    .where("state", "=", on ? "paused" : "on")
    .executeTakeFirst();
  if (changed.numUpdatedRows === 0n) return;
  const kind = on ? "watch-folder-resumed" : "watch-folder-paused";
  await record(trx, { kind, payload: { folder, by } }, clock);
}

/**
 * Pauses every folder, as after a restore: whether one was to be watched still when the database was lost, nobody knows.
 */
export async function pauseWatchFolders(trx: Trx, clock: Clock): Promise<void> {
  for (const { id } of await trx
    .selectFrom("watch_folder")
    .select("id")
    .where("state", "=", "on")
    .orderBy("id")
    .execute())
    await switchWatchFolder(trx, { folder: id, on: false, by: "assent" }, clock);
}

/** Watches a folder no more: what was taken from it stays, and what is known of its files goes. */
export async function removeWatchFolder(
  trx: Trx,
  order: { readonly folder: Id; readonly by: string },
  clock: Clock,
): Promise<void> {
  await trx.deleteFrom("watch_folder").where("id", "=", order.folder).execute();
  await record(trx, { kind: "watch-folder-removed", payload: { ...order } }, clock);
}

/** A look begins: the next is due by then, whatever becomes of this one. */
export async function beginLook(db: Db, folder: Id, next: Date): Promise<void> {
  await db.updateTable("watch_folder").set({ next_look_at: next }).where("id", "=", folder).execute();
}

/** Writes down how a look at a folder ended, and when the next one is due; sooner, where something changed in it meanwhile. */
export async function noteLook(
  db: Db,
  folder: Id,
  look: { readonly problem: WatchFolderRow["problem"]; readonly at: Date; readonly next: Date },
): Promise<void> {
  await db
    .updateTable("watch_folder")
    .set((eb) => ({
      problem: look.problem,
      looked_at: look.at,
      next_look_at: eb.fn<Date>("least", ["next_look_at", eb.val(look.next)]),
    }))
    .where("id", "=", folder)
    .execute();
}

/** Something has changed in it: it is looked at by then, where it was to be later. */
export async function lookSooner(db: Db, folder: Id, at: Date): Promise<void> {
  await db
    .updateTable("watch_folder")
    .set({ next_look_at: at })
    .where("id", "=", folder)
    .where("next_look_at", ">", at)
    .execute();
}
