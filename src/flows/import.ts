import { resolve } from "node:path";
import { AssentError, toPlainError, type Id } from "../core/index.ts";
import { hashFile } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import { addPhoto, pendingPhotos, type Collection } from "../photos/index.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";
import { openMatcher, type Matcher } from "./match-faces.ts";
import { collectionNamed } from "./named.ts";
import { scanPhoto, type Scanned } from "./scan.ts";
import { walkFolder, type Candidate, type LeftOut } from "./walk-folder.ts";

export interface ImportOrder {
  readonly folder: string;
  /** Name or id. */
  readonly collection: string;
  /** Ends the import after the photos in hand. */
  readonly signal?: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

export interface Imported {
  /** Photos taken and looked through by this run. */
  readonly photos: number;
  readonly faces: number;
  readonly matched: number;
  readonly asked: number;
  /** Files that were not taken, the same bytes among them. */
  readonly skipped: readonly LeftOut[];
  readonly failed: readonly LeftOut[];
  readonly interrupted: boolean;
  /** Milliseconds: the run by the clock, and each step summed over the photos, which are worked on side by side. */
  readonly timings: Readonly<Record<string, number>> & { readonly totalMs: number };
}

/**
 * Takes the photos of a folder into a collection and looks through them. Started again it goes on where it was:
 * what is in is passed over, what an earlier run took but did not look through is looked through now.
 */
export async function importFolder(parts: Parts, order: ImportOrder): Promise<Imported> {
  const started = performance.now();
  const collection = await collectionNamed(parts.db, order.collection);
  const { candidates, skipped } = await walkFolder(resolve(order.folder));
  const left = await pendingPhotos(parts.db, collection.id);
  const vision = await parts.vision();
  const matcher =
    collection.matching === "enrolled" ? await openMatcher(parts, collection.id, vision.pack) : undefined;
  const tally = newTally(skipped);
  const total = left.length + candidates.length;
  let done = 0;
  const work: readonly Work[] = [
    ...left.map((photo) => ({ photo, file: photo.file_name })),
    ...candidates.map((candidate) => ({ candidate, file: candidate.file })),
  ];
  // The same bytes twice in one folder, taken side by side, must not both count as new.
  const inHand = new Map<string, string>();
  try {
    await inParallel(work, parts.processes + 1, async (item) => {
      if (order.signal?.aborted) return;
      try {
        await one(parts, collection, item, matcher, inHand, tally);
      } catch (error) {
        await giveUp(parts, collection.id, item, error, tally);
      }
      order.progress(++done, total);
    });
  } finally {
    await matcher?.close();
  }
  return {
    photos: tally.photos,
    faces: tally.faces,
    matched: tally.matched,
    asked: tally.asked,
    skipped: tally.skipped.sort(byFile),
    failed: tally.failed.sort(byFile),
    interrupted: done < total,
    timings: { ...tally.timings, totalMs: Math.round(performance.now() - started) },
  };
}

type Work =
  | {
      readonly photo: { readonly id: Id; readonly blob: string; readonly file_name: string };
      readonly file: string;
    }
  | { readonly candidate: Candidate; readonly file: string };

interface Tally {
  photos: number;
  faces: number;
  matched: number;
  asked: number;
  readonly skipped: LeftOut[];
  readonly failed: LeftOut[];
  readonly timings: Record<string, number>;
}

function newTally(skipped: readonly LeftOut[]): Tally {
  return { photos: 0, faces: 0, matched: 0, asked: 0, skipped: [...skipped], failed: [], timings: {} };
}

/** `put` before the row: a crash in between leaves a file that no row names, never a row without its file. */
async function one(
  parts: Parts,
  collection: Collection,
  item: Work,
  matcher: Matcher | undefined,
  inHand: Map<string, string>,
  tally: Tally,
): Promise<void> {
  if ("photo" in item) {
    count(tally, await scanPhoto(parts, collection, item.photo, matcher));
    return;
  }
  const started = performance.now();
  const digest = await hashFile(item.candidate.path);
  const twin = inHand.get(digest);
  if (twin !== undefined) {
    tally.skipped.push({ file: item.file, reason: `the same bytes as ${twin}` });
    return;
  }
  inHand.set(digest, item.file);
  const known = await parts.db
    .selectFrom("photo")
    .select("file_name")
    .where("collection_id", "=", collection.id)
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (known) {
    const reason =
      known.file_name === item.file
        ? "already imported"
        : `the same bytes as ${known.file_name}, already imported`;
    tally.skipped.push({ file: item.file, reason });
    return;
  }
  const blob = await parts.blobs.put("originals", { file: item.candidate.path });
  const stored = performance.now();
  const added = await inTransaction(parts.db, (trx) =>
    addPhoto(
      trx,
      { collection: collection.id, digest, blob, fileName: item.file, mediaType: item.candidate.mediaType },
      parts.clock,
    ),
  );
  add(tally, { files: stored - started, database: performance.now() - stored });
  count(tally, await scanPhoto(parts, collection, { id: added.id, blob }, matcher));
}

function count(tally: Tally, scanned: Scanned): void {
  tally.photos++;
  tally.faces += scanned.faces;
  tally.matched += scanned.matched;
  tally.asked += scanned.asked;
  add(tally, scanned.timings);
}

function add(tally: Tally, timings: Readonly<Record<string, number>>): void {
  for (const [step, ms] of Object.entries(timings)) tally.timings[step] = (tally.timings[step] ?? 0) + ms;
}

/** What is wrong with the picture itself; anything else (disk, database, our own defects) ends the import. */
const PICTURE_ERRORS = new Set(["unreadable-picture", "unsupported-picture", "worker-failed", "not-found"]);

/** A photo that cannot be looked through is not kept: neither its row nor its bytes, and the reason is told. */
async function giveUp(parts: Parts, collection: Id, item: Work, error: unknown, tally: Tally): Promise<void> {
  const plain = toPlainError(error);
  if (!(error instanceof AssentError) || !PICTURE_ERRORS.has(plain.code)) throw error;
  tally.failed.push({ file: item.file, reason: plain.message });
  const row = await parts.db
    .selectFrom("photo")
    .select(["id", "blob"])
    .where("collection_id", "=", collection)
    .where("file_name", "=", item.file)
    .where("state", "=", "pending")
    .executeTakeFirst();
  if (!row) return;
  await inTransaction(parts.db, (trx) => trx.deleteFrom("photo").where("id", "=", row.id).execute());
  const used = await parts.db
    .selectFrom("photo")
    .select("id")
    .where("blob", "=", row.blob)
    .executeTakeFirst();
  if (!used) await parts.blobs.remove(row.blob);
}

function byFile(a: LeftOut, b: LeftOut): number {
  return a.file < b.file ? -1 : 1;
}
