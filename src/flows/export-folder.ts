import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AssentError, isErrno, storageError, syncFolder, writeFileDurably, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { manifestOf } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";

export const MANIFEST = "manifest.json";
const NOTICE = "NOT-TO-BE-PUBLISHED.txt";
const NOTICE_TEXT = `Only the folder "photos" is for publishing.
manifest.json says who is seen in which picture, and by which consent: it stays with you and must not be published.

Seul le dossier « photos » est destiné à la publication.
manifest.json dit qui apparaît sur quelle image, et par quel consentement : il reste chez vous et ne doit pas être publié.
`;

/**
 * Makes `OUT/photos`, or takes it over where an earlier export of ours left a manifest or the folder is empty.
 * Errors: `bad-input` where the folder holds something else, `storage-failed` where it cannot be made.
 */
export async function prepareFolder(out: string, mark: string): Promise<string> {
  const photos = join(out, "photos");
  try {
    await mkdir(photos, { recursive: true });
    const [inside, beside] = await Promise.all([readdir(photos), readdir(out)]);
    if (inside.some((name) => !name.endsWith(".part")) && !beside.includes(mark)) {
      throw new AssentError("bad-input", `${photos} already holds files that are not ours`, {
        remedy: "Name an empty or new folder.",
      });
    }
  } catch (error) {
    throw storageError(error, "prepare the folder", out);
  }
  return photos;
}

/**
 * Copies one rendition to the folder while its row is held against change: a withdrawal either comes first, and the
 * rendition is suspended and not copied, or waits, and then renews the file. Says whether it was copied.
 */
export async function copyRendition(
  parts: Pick<Parts, "db" | "blobs">,
  rendition: Id,
  photos: string,
): Promise<boolean> {
  return inTransaction(parts.db, async (trx) => {
    const row = await trx
      .selectFrom("rendition")
      .select(["name", "blob", "state"])
      .where("id", "=", rendition)
      .forShare()
      .executeTakeFirst();
    if (!row || row.state !== "current" || row.blob === null) return false;
    const target = join(photos, `${row.name}.jpg`);
    const part = join(photos, `.${row.name}.part`);
    await parts.blobs.withFile(row.blob, async (path) => {
      try {
        await copyFile(path, part);
        await rename(part, target);
      } catch (error) {
        await rm(part, { force: true });
        throw storageError(error, "write a picture", photos);
      }
    });
    return true;
  });
}

/** Writes the manifest and the notice beside `photos`, and removes pictures that the manifest does not name. */
export async function writeManifest(
  parts: Pick<Parts, "db">,
  disclosure: Id,
  out: string,
): Promise<{ readonly path: string; readonly items: Awaited<ReturnType<typeof manifestOf>> }> {
  const items = await manifestOf(parts.db, disclosure);
  const path = join(out, MANIFEST);
  try {
    await writeFileDurably(path, `${JSON.stringify(items, null, 1)}\n`);
    await writeFileDurably(join(out, NOTICE), NOTICE_TEXT, { mode: 0o644 });
    await removeOthers(
      join(out, "photos"),
      new Set(items.map((item) => item.rendition.slice("photos/".length))),
    );
  } catch (error) {
    throw storageError(error, "write the manifest", out);
  }
  return { path, items };
}

/** Pictures of an earlier export into the same folder that are no longer part of it. */
export async function removeOthers(photos: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(photos)) {
    if (!keep.has(name) && /^(\.?[0-9a-f]{32}\.(jpg|part))$/.test(name))
      await rm(join(photos, name), { force: true });
  }
  await syncFolder(photos);
}

/** Whether a folder that we wrote to can still be reached. */
export async function isReachable(folder: string): Promise<boolean> {
  try {
    return (await stat(join(folder, "photos"))).isDirectory();
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR") || isErrno(error, "EACCES")) return false;
    throw error;
  }
}
