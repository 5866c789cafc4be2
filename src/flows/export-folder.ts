import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { sql } from "kysely";
import {
  AssentError,
  isErrno,
  must,
  storageError,
  syncFolder,
  writeFileDurably,
  type Id,
} from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { formOfFolder, manifestOf, type ManifestItem, type PictureForm } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";

const MANIFEST = "manifest.json";

/** A file that says, from before the first picture on, that an export folder is ours. */
export interface FolderMark {
  readonly name: string;
  readonly text: string;
}

export const NOTICE: FolderMark = {
  name: "NOT-TO-BE-PUBLISHED.txt",
  text: `Only the folder "photos" is for publishing.
manifest.json says who is seen in which picture, and by which consent: it stays with you and must not be published.

Seul le dossier « photos » est destiné à la publication.
manifest.json dit qui apparaît sur quelle image, et par quel consentement : il reste chez vous et ne doit pas être publié.
`,
};

/**
 * Makes `OUT/photos`, or takes it over where an export of ours left its mark or the folder is empty. The mark comes
 * before the first picture, so that an export cut off anywhere can be started again.
 * Errors: `bad-input` where the folder holds something else, `storage-failed` where it cannot be made.
 */
export async function prepareFolder(
  parts: Pick<Parts, "db">,
  out: string,
  mark: FolderMark,
): Promise<string> {
  const photos = join(out, "photos");
  try {
    await mkdir(photos, { recursive: true });
    await holdingFolder(parts, out, async () => {
      const [inside, beside] = await Promise.all([readdir(photos), readdir(out)]);
      if (beside.includes(mark.name)) return;
      if (inside.some((name) => !name.endsWith(".part"))) {
        throw new AssentError("bad-input", `${photos} already holds files that are not ours`, {
          remedy: "Name an empty or new folder.",
        });
      }
      await writeFileDurably(join(out, mark.name), mark.text, { mode: 0o644 });
    });
  } catch (error) {
    throw storageError(error, "prepare the folder", out);
  }
  return photos;
}

/**
 * Runs `use` while nobody else completes or renews the same folder, so that what is written last is also newest, and
 * then removes the halves of files that a killed process left there.
 */
export async function holdingFolder<T>(
  parts: Pick<Parts, "db">,
  out: string,
  use: (trx: Trx) => Promise<T>,
): Promise<T> {
  return inTransaction(parts.db, async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`folder:${out}`}, 0))`.execute(trx);
    const result = await use(trx);
    for (const name of await readdir(out)) if (HALF.test(name)) await rm(join(out, name), { force: true });
    return result;
  });
}

/** As writeFileDurably names what it has not finished. */
const HALF = /^\..+\.[0-9a-f]{16}\.part$/;

const AS_IT_IS: PictureForm = { maxEdge: null, watermark: null };

/**
 * Copies one rendition to the folder while its row is held against change: a withdrawal either comes first, and the
 * rendition is suspended and not copied, or waits, and then renews the file. A smaller or marked one is written by a
 * render process. Says whether it was copied.
 */
export async function copyRendition(
  parts: Pick<Parts, "db" | "blobs" | "renderer">,
  rendition: Id,
  photos: string,
  form: PictureForm = AS_IT_IS,
): Promise<boolean> {
  return inTransaction(parts.db, async (trx) => {
    const row = await trx
      .selectFrom("rendition")
      .select(["name", "blob", "state"])
      .where("id", "=", rendition)
      .forUpdate()
      .executeTakeFirst();
    if (!row || row.state !== "current" || row.blob === null) return false;
    const target = join(photos, `${row.name}.jpg`);
    const part = join(photos, `.${row.name}.part`);
    await parts.blobs.withFile(row.blob, async (path) => {
      try {
        if (form.maxEdge === null && form.watermark === null) await copyFile(path, part);
        else await parts.renderer().form({ source: path, target: part, ...form });
        await rename(part, target);
      } catch (error) {
        await rm(part, { force: true });
        throw storageError(error, "write a picture", photos);
      }
    });
    return true;
  });
}

/**
 * Writes the manifest of the newest export into the folder beside `photos`, and removes pictures that it does not name.
 * A picture that an export cut off has not brought yet is not in it.
 */
export async function writeManifest(
  parts: Pick<Parts, "db">,
  out: string,
): Promise<{ readonly path: string; readonly items: readonly ManifestItem[] }> {
  const path = join(out, MANIFEST);
  const photos = join(out, "photos");
  try {
    return await holdingFolder(parts, out, async (trx) => {
      const newest = await trx
        .selectFrom("disclosure")
        .select("id")
        .where("folder", "=", out)
        .orderBy("at", "desc")
        .executeTakeFirst();
      const there = new Set(await readdir(photos));
      const { maxEdge, watermark } = await formOfFolder(trx, out);
      const items = (await manifestOf(trx, must(newest, "the disclosure").id))
        .filter((item) => there.has(basename(item.rendition)))
        .map((item) => ({
          ...item,
          ...(maxEdge === null ? {} : { maxEdge }),
          ...(watermark === null ? {} : { watermark }),
        }));
      await writeFileDurably(path, `${JSON.stringify(items, null, 1)}\n`);
      await removeOthers(photos, new Set(items.map((item) => basename(item.rendition))));
      return { path, items };
    });
  } catch (error) {
    throw storageError(error, "write the manifest", out);
  }
}

/** Pictures of an earlier export into the same folder that are no longer part of it, and halves of files. */
export async function removeOthers(photos: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(photos)) {
    const ours = /^\.?([0-9a-f]{32})\.(jpg|part)$/.exec(name);
    // The half of a picture that stays may be one that is being copied; its next copy takes the same place.
    if (HALF.test(name) || (ours && !keep.has(`${ours[1]}.jpg`)))
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
