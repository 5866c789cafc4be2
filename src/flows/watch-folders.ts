import { AssentError, toPlainError, type Id } from "../core/index.ts";
import { inTransaction, type WatchFolderRow, type WhenGone } from "../db/index.ts";
import {
  addWatchFolder,
  allowWaiting,
  collectionById,
  LEAST_MINUTES,
  missingPhotos,
  removeWatchFolder,
  standingOf,
  switchWatchFolder,
  watchFolderById,
  watchFolders,
  type FolderStanding,
} from "../photos/index.ts";
import { takesTwo, type Actor, type TwoPersonRule } from "../rights/index.ts";
import { NONE_MISSING } from "./commit-deletion.ts";
import { deletePhotos } from "./delete-photos.ts";
import type { Parts } from "./instance.ts";
import { allowedFolder } from "./list-folder.ts";
import { lookAtFolder, type FolderLook } from "./look-at-folder.ts";
import { orderJob } from "./order-job.ts";
import { purge, type PurgeOutcome } from "./second-persons.ts";

export interface WatchOrder {
  readonly collection: Id;
  readonly path: string;
  /** First and last day on which its photos were taken, "2026-05-01", by the server's clock. */
  readonly from: string;
  readonly until: string;
  /** How old a photo must be; 15 minutes unless told, and no less. */
  readonly minutes?: number | undefined;
  /** Whether photos are deleted once their file has been gone for a day; otherwise staff are told. */
  readonly whenGone?: WhenGone | undefined;
  /** Who names it, and on whose behalf photos are deleted. */
  readonly by: Actor;
}

/**
 * Watches a folder for a collection. Errors: `bad-input`, `exists`; `refused` where the operator does not allow it, `not-found`
 * where there is no such folder.
 */
export async function addWatch(
  parts: Pick<Parts, "db" | "clock" | "queue" | "libraries">,
  order: WatchOrder,
): Promise<Id> {
  const collection = await collectionById(parts.db, order.collection);
  const path = await allowedFolder(parts.libraries, order.path);
  const from = startOf(order.from);
  const until = startOf(order.until);
  until.setDate(until.getDate() + 1);
  return inTransaction(parts.db, async (trx) => {
    const { name: by, account } = order.by;
    const wanted = { collection: collection.id, path, from, until, by, account };
    const { minutes = LEAST_MINUTES, whenGone = "tell" } = order;
    const id = await addWatchFolder(trx, { ...wanted, minutes, whenGone }, parts.clock);
    await orderJob(parts, trx, { kind: "watch", collection: collection.id, subject: id }, by);
    return id;
  });
}

/** Midnight of a day as the server's clock has it, as capture times without a zone are read. */
function startOf(day: string): Date {
  const start = new Date(`${day}T00:00:00`);
  if (/^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(start.getTime())) return start;
  throw new AssentError("bad-input", "this is no day", { remedy: "Give it as 2026-05-01." });
}

/** A watched folder as staff see it. Paths can name people: for staff who may change the collection, and in no log. */
export interface WatchedFolder extends FolderStanding {
  readonly id: Id;
  readonly collection: Id;
  readonly path: string;
  readonly state: WatchFolderRow["state"];
  readonly problem: WatchFolderRow["problem"];
  readonly lookedAt: Date | null;
  readonly from: Date;
  /** The first moment after the window. */
  readonly until: Date;
  readonly minutes: number;
  readonly whenGone: WhenGone;
  readonly madeBy: string;
  readonly madeAt: Date;
  readonly missing: { readonly count: number; readonly files: readonly { path: string; since: Date }[] };
}

const MOST_TOLD = 200;

/** The watched folders of a collection, or all of them, and how each stands. */
export async function listWatched(
  parts: Pick<Parts, "db">,
  collection?: Id,
): Promise<readonly WatchedFolder[]> {
  const all: WatchedFolder[] = [];
  for (const row of await watchFolders(parts.db, collection)) {
    const missing = await missingPhotos(parts.db, row.id);
    all.push({
      id: row.id,
      collection: row.collection_id,
      path: row.path,
      state: row.state,
      problem: row.problem,
      lookedAt: row.looked_at,
      from: row.taken_from,
      until: row.taken_until,
      minutes: row.minutes,
      whenGone: row.when_gone,
      madeBy: row.made_by,
      madeAt: row.made_at,
      ...(await standingOf(parts.db, row.id)),
      missing: {
        count: missing.length,
        files: missing.slice(0, MOST_TOLD).map(({ path, since }) => ({ path, since })),
      },
    });
  }
  return all;
}

interface FolderOrder {
  readonly folder: Id;
  /** Where it must be of this collection. */
  readonly collection?: Id;
  readonly actor: string;
}

/** Pauses a folder, or goes on. Errors: `not-found`. */
export async function switchWatch(
  parts: Pick<Parts, "db" | "clock">,
  order: FolderOrder & { readonly on: boolean },
): Promise<void> {
  const { id } = await watchFolderById(parts.db, order.folder, order.collection);
  const change = { folder: id, on: order.on, by: order.actor };
  await inTransaction(parts.db, (trx) => switchWatchFolder(trx, change, parts.clock));
}

/** Watches a folder no more; its photos stay. Errors: `not-found`. */
export async function removeWatch(parts: Pick<Parts, "db" | "clock">, order: FolderOrder): Promise<void> {
  const { id } = await watchFolderById(parts.db, order.folder, order.collection);
  await inTransaction(parts.db, (trx) =>
    removeWatchFolder(trx, { folder: id, by: order.actor }, parts.clock),
  );
}

/** Has a folder looked at now. Errors: `not-found`; `conflict` while it is paused. */
export async function orderLook(
  parts: Pick<Parts, "db" | "clock" | "queue">,
  order: FolderOrder,
): Promise<void> {
  const row = await watchFolderById(parts.db, order.folder, order.collection);
  if (row.state === "paused") {
    throw new AssentError("conflict", "this folder is paused", { remedy: "Go on watching it first." });
  }
  const wanted = { kind: "watch", collection: row.collection_id, subject: row.id } as const;
  await inTransaction(parts.db, (trx) => orderJob(parts, trx, wanted, order.actor));
}

/** Lets what waits for a human be taken: outside the window, or without a time. Errors: `not-found`. */
export async function takeWaiting(
  parts: Pick<Parts, "db" | "clock" | "queue">,
  order: FolderOrder,
): Promise<{ readonly files: number }> {
  const row = await watchFolderById(parts.db, order.folder, order.collection);
  const wanted = { kind: "watch", collection: row.collection_id, subject: row.id } as const;
  const files = await inTransaction(parts.db, async (trx) => {
    const allowed = await allowWaiting(trx, row.id, order.actor, parts.clock);
    if (allowed > 0 && row.state === "on") await orderJob(parts, trx, wanted, order.actor);
    return allowed;
  });
  return { files };
}

/**
 * Deletes the photos whose files are gone from the folder, with everything made from them and a receipt; or asks a second person, where
 * that takes two (`purge`). Errors: `not-found`, also where nothing is missing; those of `purge`.
 */
export async function deleteMissing(
  parts: Parts,
  rule: TwoPersonRule,
  order: { readonly folder: Id; readonly collection?: Id; readonly by: Actor },
): Promise<PurgeOutcome> {
  const row = await watchFolderById(parts.db, order.folder, order.collection);
  const photos = (await missingPhotos(parts.db, row.id)).map((one) => one.photo);
  if (photos.length === 0) throw new AssentError("not-found", NONE_MISSING);
  return purge(parts, rule, { collection: row.collection_id, photos, missingFrom: row.id, by: order.by });
}

/** A file that is moved by copying and removing, or saved anew, is gone for seconds; a drive that is being changed, for hours. */
const GONE_FOR_MS = 86_400_000;
/** More at once is a drive or a folder that somebody moved away, not photos that somebody sorted out. */
const MOST_GONE = 0.5;

/** Whether whoever named a folder (null: the command line) may delete photos of its collection now. */
export type MayDelete = (maker: { readonly account: Id | null; readonly collection: Id }) => Promise<boolean>;

/**
 * A look, and what the folder's choice asks for after it: with `delete`, photos that came from it and whose file has been gone for a day are
 * deleted, on behalf of whoever chose so and as long as they may; not where more than half of the folder is missing, or deleting takes two
 * persons: humans decide then. Undefined where somebody else is looking. Errors: as `lookAtFolder`; a folder that is gone is done.
 */
export async function lookAtWatched(
  parts: Parts,
  id: Id,
  options: Parameters<typeof lookAtFolder>[2] & {
    readonly twoPersons?: TwoPersonRule | undefined;
    readonly mayDelete?: MayDelete | undefined;
  } = {},
): Promise<FolderLook | undefined> {
  if (!(await watchFolders(parts.db)).some((row) => row.id === id)) return NOTHING;
  const looked = await lookAtFolder(parts, id, options);
  if (!looked || looked.problem !== null || options.signal?.aborted) return looked;
  await deleteGone(parts, id, options);
  return looked;
}

async function deleteGone(
  parts: Parts,
  id: Id,
  { twoPersons = TWO_UNLESS_TOLD, mayDelete = byCommandAlone }: Parameters<typeof lookAtWatched>[2] = {},
): Promise<void> {
  const { collection_id: collection, ...row } = await watchFolderById(parts.db, id);
  if (row.when_gone === "tell" || row.state === "paused") return;
  if (await takesTwo(parts.db, twoPersons, "purge")) return;
  const missing = await missingPhotos(parts.db, id);
  const before = parts.clock.now().getTime() - GONE_FOR_MS;
  const due = missing.filter((one) => one.taken && one.since.getTime() <= before);
  const { taken } = await standingOf(parts.db, id);
  if (due.length === 0 || missing.length > MOST_GONE * (taken + missing.length)) return;
  if (!(await mayDelete({ account: row.made_by_account, collection }))) return;
  const photos = due.map((one) => one.photo);
  const order = { collection, photos, missingFrom: id, actor: row.made_by };
  await deletePhotos(parts, order).catch((error: unknown) => {
    // Photos are being looked through: the next look finds these missing still. Or somebody was faster, or the files are there again.
    const { code } = toPlainError(error);
    if (code !== "instance-busy" && code !== "not-found") throw error;
  });
}

/** Where nobody can say what an account may do. */
const byCommandAlone: MayDelete = ({ account }) => Promise.resolve(account === null);

const TWO_UNLESS_TOLD: TwoPersonRule = new Set(["purge"]);
const NOTHING: FolderLook = { problem: null, taken: 0, missing: 0 };
