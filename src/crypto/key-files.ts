import { randomBytes, randomFillSync } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isErrno, syncFolder } from "../core/index.ts";

/**
 * The folders of a key store. `passing` holds what is being written or destroyed: whoever holds the store's lock and finds
 * a file there has found what a crash left, and shreds it.
 */
export interface KeyFolders {
  readonly root: string;
  readonly keys: string;
  readonly epochs: string;
  readonly doomed: string;
  readonly passing: string;
}

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export async function makeKeyFolders(root: string): Promise<KeyFolders> {
  const folders = {
    root,
    keys: join(root, "keys"),
    epochs: join(root, "epochs"),
    doomed: join(root, "doomed"),
    passing: join(root, "passing"),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  await syncFolder(root);
  await syncFolder(dirname(root));
  return folders;
}

/** Undefined where there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

async function writePart(folders: KeyFolders, text: string): Promise<string> {
  const part = join(folders.passing, randomBytes(12).toString("hex"));
  const handle = await open(part, "wx", FILE_MODE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return part;
}

/**
 * Makes a file that was not there, whole and durable; false, and nothing changed, where there is one already.
 * A crash leaves at most a part in `passing`, or a second name of the new file there.
 */
export async function createDurably(folders: KeyFolders, path: string, text: string): Promise<boolean> {
  const part = await writePart(folders, text);
  try {
    await link(part, path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    return false;
  } finally {
    await rm(part, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

/** Replaces files of one folder, each whole or not at all; durable when it returns. Fewer than a hundred at a time. */
export async function replaceDurably(
  folders: KeyFolders,
  folder: string,
  files: readonly { readonly name: string; readonly text: string }[],
): Promise<void> {
  await Promise.all(
    files.map(async ({ name, text }) => rename(await writePart(folders, text), join(folder, name))),
  );
  await syncFolder(folder);
}

/**
 * Destroys a file: out of the way first, so that a reader meets all of it or nothing, then overwritten with random bytes,
 * then unlinked, each step on disk before the next. No error where there is none.
 * A crash leaves the file where it was, or in `passing`, where the next holder of the lock finishes the work.
 */
export async function shred(folders: KeyFolders, path: string): Promise<void> {
  const passing = join(folders.passing, randomBytes(12).toString("hex"));
  try {
    await rename(path, passing);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  await syncFolder(dirname(path));
  await overwriteAndUnlink(passing);
  await syncFolder(folders.passing);
}

/** Shreds what crashes left in `passing`. Only for the holder of the lock. */
export async function shredPassing(folders: KeyFolders): Promise<void> {
  const names = await readdir(folders.passing);
  for (const name of names) await overwriteAndUnlink(join(folders.passing, name));
  if (names.length > 0) await syncFolder(folders.passing);
}

async function overwriteAndUnlink(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    const { size, nlink } = await handle.stat();
    // A second name of a file in use (a crash in createDurably): its bytes must stay.
    if (nlink === 1) {
      await handle.write(randomFillSync(new Uint8Array(size)), 0, size, 0);
      await handle.sync();
    }
  } finally {
    await handle.close();
  }
  await rm(path, { force: true });
}
