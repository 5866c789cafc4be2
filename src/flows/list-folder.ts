import type { Stats } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { AssentError, isErrno, isWithin } from "../core/index.ts";
import type { ListedFile } from "../photos/index.ts";
import { inParallel } from "./in-parallel.ts";

/**
 * The folder that a path leads to, without links in it, where the operator allows it. What lies elsewhere is refused alike,
 * there or not, so that nobody reads the server's disk by asking. Errors: `refused`, `not-found`.
 */
export async function allowedFolder(libraries: readonly string[], path: string): Promise<string> {
  const refused = (): AssentError =>
    new AssentError("refused", "this folder is not below one that may be watched", {
      remedy: "Whoever runs the server names such folders in ASSENT_LIBRARIES.",
    });
  const wanted = resolve(path);
  if (path.includes("\0") || !libraries.some((library) => isWithin(wanted, library))) throw refused();
  let place: string;
  try {
    place = await realpath(wanted);
    if (!(await lstat(place)).isDirectory()) throw notThere();
  } catch (error) {
    if (error instanceof AssentError) throw error;
    throw notThere(error);
  }
  for (const library of libraries) {
    const root = await realpath(library).catch(() => undefined);
    if (root !== undefined && isWithin(place, root)) return place;
  }
  throw refused();
}

function notThere(cause?: unknown): AssentError {
  return new AssentError("not-found", "there is no such folder, or it cannot be read", {
    remedy: "Name a folder that is there. Is the drive connected?",
    cause,
  });
}

/** A disk answers a few questions at once; a network drive as well. */
const ASKED_AT_ONCE = 8;

/**
 * The files of a folder and of everything below it, without opening any. Hidden files are passed over, links are not followed.
 * Errors: `not-found` where the folder or one below it cannot be read: what is in there would count as gone.
 */
export async function listFolder(folder: string): Promise<readonly ListedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw notThere(error);
  });
  const listed: ListedFile[] = [];
  await inParallel(entries, ASKED_AT_ONCE, async (entry) => {
    if (!entry.isFile()) return;
    const path = join(entry.parentPath, entry.name);
    const file = relative(folder, path).split(sep).join("/");
    if (file.split("/").some((part) => part.startsWith("."))) return;
    const seen = await statOf(path);
    if (seen) listed.push({ path: file, ...seen });
  });
  return listed;
}

/** A file may say any time; the database takes years of four digits. */
const LATEST_MS = Date.UTC(9999, 11, 31);

/** As a listing has them. */
export function sizeAndTime(info: Stats): Omit<ListedFile, "path"> {
  const modifiedAt = Math.floor(Math.min(Math.max(info.mtimeMs, 0), LATEST_MS));
  return { size: info.size, modifiedAt };
}

/** Size and time of a file; undefined where there is none (any more), or a link in its place. */
async function statOf(path: string): Promise<Omit<ListedFile, "path"> | undefined> {
  try {
    const info = await lstat(path);
    return info.isFile() ? sizeAndTime(info) : undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
    throw notThere(error);
  }
}
