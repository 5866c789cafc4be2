import type { FileHandle } from "node:fs/promises";
import { toPlainError, type Id } from "../core/index.ts";
import { hashOpen } from "../crypto/index.ts";
import { inTransaction, withAdvisoryLock, type WatchFolderRow, type WatchProblem } from "../db/index.ts";
import {
  arrivalsIn,
  beginLook,
  compareFiles,
  filesTaken,
  forgetArrivals,
  keepArrivals,
  looksKnown,
  noteLook,
  watchFolderById,
  writeCompared,
  type Arrival,
  type FileBytes,
  type KnownFile,
  type ListedFile,
} from "../photos/index.ts";
import { inParallel } from "./in-parallel.ts";
import { allowedFolder, listFolder } from "./list-folder.ts";
import { openListed } from "./open-listed.ts";
import { STILL_MS, takeOne, type LookParts, type Taking } from "./take-from-folder.ts";
import { lookInto } from "./walk-folder.ts";

/** A folder is looked at that often at least: network drives tell of nothing. */
const LOOK_EVERY_MS = 600_000;
/** Files read at once. */
const READ_AT_ONCE = 4;

/** How a look at a folder went. */
export interface FolderLook {
  readonly problem: WatchProblem | null;
  /** Photos taken by this look. */
  readonly taken: number;
  readonly missing: number;
}

/**
 * Looks at a watched folder from end to end: notices what moved, went and came back, takes what is still, old enough and of the
 * collection's window, and writes down why the rest is not taken. Nothing in it is written. Killed anywhere, the next look goes on:
 * a photo is tied to its file in the transaction that adds it. Undefined where somebody else is looking at it now.
 * Errors: `not-found` for the folder's row, `storage-failed`, `database-unavailable`.
 */
export async function lookAtFolder(
  parts: LookParts,
  id: Id,
  options: { readonly signal?: AbortSignal; readonly onPhoto?: () => void } = {},
): Promise<FolderLook | undefined> {
  return withAdvisoryLock(parts.db, `look:${id}`, () => look(parts, id, options), { wait: false });
}

interface LookOptions {
  readonly signal?: AbortSignal;
  readonly onPhoto?: () => void;
}

async function look(parts: LookParts, id: Id, { signal, onPhoto }: LookOptions): Promise<FolderLook> {
  const { db, clock } = parts;
  const folder = await watchFolderById(db, id);
  if (folder.state === "paused") return { problem: folder.problem, taken: 0, missing: 0 };
  await beginLook(db, id, new Date(clock.now().getTime() + LOOK_EVERY_MS));
  const [known, arrivals] = await Promise.all([filesTaken(db, id), arrivalsIn(db, id)]);
  const listed = await listing(parts, folder, known);
  const at = clock.now();
  if (typeof listed === "string") {
    await noteLook(db, id, { problem: listed, at, next: new Date(at.getTime() + LOOK_EVERY_MS) });
    return { problem: listed, taken: 0, missing: 0 };
  }
  const there = known.filter((file) => !file.missing);
  const seen = await settle(parts, folder, { listed, there, arrivals, now: at.getTime() });
  const { fresh, placed, gone } = compareFiles(listed, (file) => bytesOf(file, seen), known);
  await inTransaction(db, (trx) => writeCompared(trx, id, { placed, gone }, at));
  const taking: Taking = { parts, folder, later: [], taken: 0, problem: null };
  await inParallel(fresh, READ_AT_ONCE, async ({ path }) => {
    const arrival = seen.arrivals.get(path);
    // Whoever pauses a folder, or watches it no more, need not wait for the end of the look.
    if (!arrival || taking.problem !== null || signal?.aborted || !(await isOn(parts, id))) return;
    if (await takeOne(taking, arrival)) onPhoto?.();
  });
  const end = clock.now().getTime();
  const due = [...seen.arrivals.values()].filter((one) => one.state === "new" && one.digest === null);
  const soonest = Math.min(
    end + LOOK_EVERY_MS,
    ...taking.later,
    ...due.map((one) => Math.max(end, one.stillSince + STILL_MS)),
  );
  await noteLook(db, id, { problem: taking.problem, at: new Date(end), next: new Date(soonest) });
  return { problem: taking.problem, taken: taking.taken, missing: gone.length };
}

async function isOn({ db }: LookParts, id: Id): Promise<boolean> {
  const row = await db.selectFrom("watch_folder").select("state").where("id", "=", id).executeTakeFirst();
  return row?.state === "on";
}

/** What is in the folder, or why that cannot be said: a drive that is not there has not lost its photos. */
async function listing(
  { libraries }: LookParts,
  folder: WatchFolderRow,
  known: readonly KnownFile[],
): Promise<readonly ListedFile[] | WatchProblem> {
  try {
    if ((await allowedFolder(libraries, folder.path)) !== folder.path) return "not-allowed";
    const listed = await listFolder(folder.path);
    // An empty mount point is a folder too.
    return listed.length === 0 && known.some((file) => !file.missing) ? "emptied" : listed;
  } catch (error) {
    const { code } = toPlainError(error);
    if (code === "refused") return "not-allowed";
    if (code === "not-found") return "unreachable";
    throw error;
  }
}

interface Seen {
  readonly there: ReadonlyMap<string, KnownFile>;
  /** What is there and not taken from there, by path. */
  readonly arrivals: Map<string, Arrival>;
}

/** What is there and was not taken as it is now: since when it is still and, where that is long enough, what its bytes are. */
async function settle(
  { db }: LookParts,
  folder: WatchFolderRow,
  seen: {
    readonly listed: readonly ListedFile[];
    readonly there: readonly KnownFile[];
    readonly arrivals: readonly Arrival[];
    readonly now: number;
  },
): Promise<Seen> {
  const { listed, now } = seen;
  const there = new Map(seen.there.map((file) => [file.path, file]));
  const before = new Map(seen.arrivals.map((file) => [file.path, file]));
  const arrivals = new Map<string, Arrival>();
  const changed: Arrival[] = [];
  for (const file of listed) {
    if (looksKnown(file, there.get(file.path))) continue;
    const earlier = before.get(file.path);
    if (earlier && looksKnown(file, earlier)) {
      arrivals.set(file.path, earlier);
      continue;
    }
    const arrival = {
      ...file,
      stillSince: now,
      state: "new",
      reason: null,
      digest: null,
      takenAt: null,
    } as const;
    arrivals.set(file.path, arrival);
    changed.push(arrival);
  }
  const toRead = [...arrivals.values()].filter(
    (one) =>
      one.digest === null &&
      // Whoever lets us read a file leaves its time as it was.
      (one.state !== "left-out" || one.reason === "unreadable-file") &&
      one.stillSince + STILL_MS <= now,
  );
  await inParallel(toRead, READ_AT_ONCE, async (one) => {
    const found = await readOne(folder, one);
    if (!found) return;
    const read = { ...one, ...found };
    arrivals.set(one.path, read);
    changed.push(read);
  });
  const left = [...before.keys()].filter((path) => !arrivals.has(path));
  await inTransaction(db, async (trx) => {
    await keepArrivals(trx, folder.id, [...new Map(changed.map((one) => [one.path, one])).values()]);
    await forgetArrivals(trx, folder.id, left);
  });
  return { there, arrivals };
}

/** The bytes of a file, or why it is none that is taken; nothing where another one is at its place by now, which the next look lists. */
async function readOne(folder: WatchFolderRow, file: ListedFile): Promise<Partial<Arrival> | undefined> {
  let opened: FileHandle | undefined;
  try {
    opened = await openListed(folder.path, file);
    if (!opened) return undefined;
    const found = await lookInto(opened, file.path);
    if (found.kind === "raw") return { state: "left-out", reason: "raw" };
    if (found.kind === "left-out") return { state: "left-out", reason: found.code };
    return { state: "new", reason: null, digest: await hashOpen(opened) };
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return { state: "left-out", reason: "unreadable-file" };
  } finally {
    await opened?.close();
  }
}

function bytesOf(file: ListedFile, { there, arrivals }: Seen): FileBytes {
  const own = there.get(file.path);
  if (own && looksKnown(file, own)) return { digest: own.digest };
  const arrival = arrivals.get(file.path);
  if (arrival?.digest) return { digest: arrival.digest };
  return arrival?.state === "left-out" ? "none" : "unknown";
}
