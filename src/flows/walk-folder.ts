import { open, readdir, stat, type FileHandle } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import { AssentError, storageError } from "../core/index.ts";
import { HEAD_BYTES, identify, isRawName, type MediaType } from "../pictures/index.ts";

export interface Candidate {
  /** Absolute. */
  readonly path: string;
  /** Relative to the folder, with `/` between its parts. */
  readonly file: string;
  readonly mediaType: MediaType;
}

export interface LeftOut {
  readonly file: string;
  readonly reason: string;
}

export interface Walked {
  readonly candidates: readonly Candidate[];
  readonly skipped: readonly LeftOut[];
}

const LARGEST_FILE = 1_000_000_000;
const PICTURE_NAME = /\.(jpe?g|png|webp|avif|tiff?|hei[cf])$/i;

/**
 * The pictures of a folder and of everything below it, in the order of their names, and what is left out and why.
 * Hidden files are passed over, links are not followed. Errors: `not-found` where there is no such folder.
 */
export async function walkFolder(folder: string): Promise<Walked> {
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) {
    throw new AssentError("not-found", `there is no folder ${folder}`, {
      remedy: "Name a folder with photos.",
    });
  }
  let entries;
  try {
    entries = await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    throw storageError(error, "read the folder", folder);
  }
  const candidates: Candidate[] = [];
  const skipped: LeftOut[] = [];
  const names = entries
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .map(({ entry, path }) => ({ entry, path, file: relative(folder, path).split(sep).join("/") }))
    .filter(
      ({ file, entry }) => !entry.isDirectory() && !file.split("/").some((part) => part.startsWith(".")),
    )
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  const looks: { readonly path: string; readonly file: string; readonly look: Look }[] = [];
  for (const { entry, path, file } of names) {
    const look: Look = entry.isSymbolicLink()
      ? { kind: "left-out", reason: "a link: links are not followed", code: "link" }
      : !entry.isFile()
        ? { kind: "left-out", reason: "not a file", code: "not-a-picture" }
        : await lookAt(path, file);
    looks.push({ path, file, look });
  }
  const taken = new Map(
    looks.filter(({ look }) => look.kind === "picture").map(({ file }) => [stem(file), file]),
  );
  for (const { path, file, look } of looks) {
    switch (look.kind) {
      case "picture":
        candidates.push({ path, file, mediaType: look.mediaType });
        break;
      case "raw":
        skipped.push({ file, reason: raw(look.name, taken.get(stem(file))) });
        break;
      case "left-out":
        skipped.push({ file, reason: look.reason });
        break;
    }
  }
  return { candidates, skipped };
}

export type Look =
  | { readonly kind: "picture"; readonly mediaType: MediaType }
  | { readonly kind: "raw"; readonly name: string }
  | { readonly kind: "left-out"; readonly reason: string; readonly code: LeftOutCode };

export type LeftOutCode = "link" | "empty" | "too-large" | "unreadable-file" | "not-a-picture";

/** What kind of picture a file is, or why it is not taken. */
export async function lookAt(path: string, file: string): Promise<Look> {
  const raw = asRaw(file);
  if (raw) return raw;
  try {
    const tooMuch = asSized((await stat(path)).size);
    if (tooMuch) return tooMuch;
    const handle = await open(path, "r");
    try {
      return await lookInto(handle, file);
    } finally {
      await handle.close();
    }
  } catch (error) {
    // One file that is closed, or gone since, is no reason to leave out the others.
    if (error instanceof Error && "code" in error) {
      return leftOut(`cannot be read (${String(error.code)})`, "unreadable-file");
    }
    throw error;
  }
}

/** As `lookAt`, of an open file. Errors: those of the file system. */
export async function lookInto(handle: FileHandle, file: string): Promise<Look> {
  const known = asRaw(file) ?? asSized((await handle.stat()).size);
  if (known) return known;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const found = identify(buffer.subarray(0, bytesRead));
  if (found.kind !== "unknown") return found;
  return leftOut(
    PICTURE_NAME.test(file)
      ? "not a picture, whatever its name says"
      : "not a picture of a kind that is read (JPEG, PNG, WebP, AVIF, TIFF, HEIC)",
    "not-a-picture",
  );
}

function asRaw(file: string): Look | undefined {
  return isRawName(file) ? { kind: "raw", name: extname(file).slice(1).toUpperCase() } : undefined;
}

function asSized(size: number): Look | undefined {
  if (size === 0) return leftOut("an empty file", "empty");
  return size > LARGEST_FILE ? leftOut("larger than 1 GB", "too-large") : undefined;
}

function leftOut(reason: string, code: LeftOutCode): Look {
  return { kind: "left-out", reason, code };
}

function raw(name: string, pair: string | undefined): string {
  return pair === undefined
    ? `a RAW file (${name}): export it as JPEG first`
    : `a RAW file (${name}) beside ${basename(pair)}, which is taken`;
}

/** Name without extension, in small letters: what a RAW file and its JPEG have in common. */
function stem(file: string): string {
  return file.slice(0, file.length - extname(file).length).toLowerCase();
}
