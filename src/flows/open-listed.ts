import { constants, createWriteStream, existsSync, type Stats } from "node:fs";
import { copyFile, lstat, open, readlink, realpath, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isErrno } from "../core/index.ts";
import { looksKnown, type ListedFile } from "../photos/index.ts";
import { sizeAndTime } from "./list-folder.ts";

/** Nobody waits for a pipe that has taken the place of a file. */
const HOW = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** What the system says where there is no file, or a link where none is followed. */
const ANOTHER = ["ENOENT", "ENOTDIR", "ELOOP", "EMLINK"];

/**
 * Opens a file of a folder, once, for everything that is to be read of it; undefined where what is at its place is not what was listed: gone, written
 * again, or a link, as which any folder above it may have been put there since. Errors: those of the file system.
 */
export async function openListed(folder: string, listed: ListedFile): Promise<FileHandle | undefined> {
  const path = join(folder, ...listed.path.split("/"));
  try {
    const seen = await lstat(path);
    if (!seen.isFile()) return undefined;
    const file = await open(path, HOW);
    if (await isListed(file, { path, listed, seen })) return file;
    await file.close();
    return undefined;
  } catch (error) {
    if (ANOTHER.some((code) => isErrno(error, code))) return undefined;
    throw error;
  }
}

async function isListed(
  file: FileHandle,
  { path, listed, seen }: { readonly path: string; readonly listed: ListedFile; readonly seen: Stats },
): Promise<boolean> {
  try {
    const opened = await file.stat();
    if (!opened.isFile() || opened.dev !== seen.dev || opened.ino !== seen.ino) return false;
    if (!looksKnown(listed, { path: listed.path, ...sizeAndTime(opened) })) return false;
    // Elsewhere than on Linux the path is asked, which somebody who may write above the folder can change in between.
    return (SAYS_PLACE ? await readlink(descriptor(file)) : await realpath(path)) === path;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Linux says of an open file where it lies, without links, and opens the same one again by this. */
const SAYS_PLACE = process.platform === "linux" && existsSync("/proc/self/fd");

function descriptor(file: FileHandle): string {
  return `/proc/self/fd/${file.fd}`;
}

/** Copies an open file to a path at which nothing is yet; on one file system that can, the copy shares its blocks. */
export async function copyOpen(file: FileHandle, to: string): Promise<void> {
  if (SAYS_PLACE) {
    return copyFile(descriptor(file), to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  }
  const from = file.createReadStream({ start: 0, autoClose: false });
  await pipeline(from, createWriteStream(to, { flags: "wx", mode: 0o600 }));
}
