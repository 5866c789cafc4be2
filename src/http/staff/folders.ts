import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isErrno, isId } from "../../core/index.ts";
import { collectionName, type Parts } from "../../flows/index.ts";

/** An upload that was given up is gone after this long; a browser that comes back sooner goes on with it. */
const ABANDONED_MS = 2 * 86_400_000;

/** Where uploads are on their way in, and where publications are, both in the data folder and closed to other accounts. */
export interface StaffFolders {
  readonly uploads: string;
  readonly exports: string;
}

export async function openFolders(dataFolder: string): Promise<StaffFolders> {
  const folders = { uploads: join(dataFolder, "uploads"), exports: join(dataFolder, "exports") };
  for (const path of Object.values(folders)) await mkdir(path, { recursive: true, mode: 0o700 });
  return folders;
}

/**
 * Removes what nobody will come back for: uploads that were begun and never finished, what a crash left of a desk's picture,
 * and publications of collections that are deleted.
 */
export async function tidyFolders(
  parts: Pick<Parts, "db">,
  { uploads, exports }: StaffFolders,
): Promise<void> {
  for (const name of await readdir(uploads)) {
    const path = join(uploads, name);
    try {
      const age = Date.now() - (await stat(path)).mtimeMs;
      // A desk's picture is read in seconds.
      if (age > (name.startsWith("desk-") ? 600_000 : ABANDONED_MS)) await rm(path, { force: true });
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
  for (const name of await readdir(exports)) {
    if (!isId(name)) continue;
    if ((await collectionName(parts, name)) === null)
      await rm(join(exports, name), { recursive: true, force: true });
  }
}
