import type { Id } from "../core/index.ts";

/** A file as a folder lists it. */
export interface ListedFile {
  /** Relative to the folder, with `/` between its parts. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, as the folder says. */
  readonly modifiedAt: number;
}

/** A file that was taken from the folder. */
export interface KnownFile extends ListedFile {
  readonly id: Id;
  /** SHA-256 of its bytes, hex. */
  readonly digest: string;
  readonly missing: boolean;
}

/**
 * What the bytes of a listed file are: their SHA-256; `unknown`, not read yet, as of a file still being written; `none`, read, and
 * nothing that is ever taken.
 */
export type FileBytes = { readonly digest: string } | "unknown" | "none";

export interface Compared {
  /** Bytes that are not among those taken, or another file with the same. */
  readonly fresh: readonly (ListedFile & { readonly digest: string })[];
  /** Taken, and elsewhere now, there again, or with another time: the same file, at this place. */
  readonly placed: readonly { readonly id: Id; readonly at: ListedFile }[];
  /** Taken, and not there any more. */
  readonly gone: readonly Id[];
}

/** Whether a listed file is one that was taken from there, as far as can be told without reading it. */
export function looksKnown(listed: ListedFile, known: ListedFile | undefined): boolean {
  return known !== undefined && known.size === listed.size && known.modifiedAt === listed.modifiedAt;
}

/**
 * Compares what a folder lists with what was taken from it, by the bytes of each: a file is the one that was taken where the
 * same bytes are at the same place; else the first one with these bytes, by place, whose own place does not hold them any more,
 * the missing ones among them. The order in which files are given changes nothing. A file whose bytes are unknown is neither there nor gone.
 */
export function compareFiles(
  listed: readonly ListedFile[],
  bytesOf: (file: ListedFile) => FileBytes,
  known: readonly KnownFile[],
): Compared {
  const there = new Map(known.filter((file) => !file.missing).map((file) => [file.path, file]));
  const stays = new Set<Id>();
  const undecided = new Set<string>();
  const homeless: (ListedFile & { readonly digest: string })[] = [];
  const placed: { readonly id: Id; readonly at: ListedFile }[] = [];
  for (const file of [...listed].sort(byPath)) {
    const bytes = bytesOf(file);
    if (bytes === "unknown") undecided.add(file.path);
    if (typeof bytes === "string") continue;
    const own = there.get(file.path);
    if (own?.digest !== bytes.digest) {
      homeless.push({ ...file, digest: bytes.digest });
      continue;
    }
    stays.add(own.id);
    if (!looksKnown(file, own)) placed.push({ id: own.id, at: file });
  }
  const free = Map.groupBy(
    known.filter((file) => !stays.has(file.id)).sort((a, b) => byPath(a, b) || (a.id < b.id ? -1 : 1)),
    (file) => file.digest,
  );
  const found = new Set(stays);
  const fresh: (ListedFile & { readonly digest: string })[] = [];
  const elsewhere = homeless.filter((file) => !take(file, (one) => one.path === file.path));
  for (const file of elsewhere) if (!take(file, () => true)) fresh.push(file);
  const gone = known.filter((file) => !file.missing && !found.has(file.id) && !undecided.has(file.path));
  return { fresh, placed: placed.sort((a, b) => byPath(a.at, b.at)), gone: gone.map((file) => file.id) };

  function take(file: ListedFile & { readonly digest: string }, fits: (one: KnownFile) => boolean): boolean {
    const one = free.get(file.digest)?.find((each) => !found.has(each.id) && fits(each));
    if (!one) return false;
    found.add(one.id);
    const { path, size, modifiedAt } = file;
    placed.push({ id: one.id, at: { path, size, modifiedAt } });
    return true;
  }
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
