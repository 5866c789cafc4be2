import { resolve } from "node:path";
import { AssentError, type ErrorCode, type Id } from "../core/index.ts";
import { hashFile } from "../crypto/index.ts";
import { inTransaction, withAdvisoryLock } from "../db/index.ts";
import { hasCards } from "../people/index.ts";
import { collectionById, dropPhoto, pendingPhotos, type Collection } from "../photos/index.ts";
import { addPending } from "../rights/index.ts";
import { noteImportFailure } from "../webhooks/index.ts";
import { applyCardTags } from "./card-tags.ts";
import { workOff } from "./finish-erasure.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";
import { openMatcher, type Matcher } from "./match-faces.ts";
import { collectionNamed } from "./named.ts";
import { scanPhoto, type Scanned } from "./scan.ts";
import { takePhoto } from "./take-photo.ts";
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
  /** Faces that were given, or are asked about, by cards held up before the camera, in these photos or earlier ones. */
  readonly byCard: { readonly given: number; readonly asked: number };
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
 * Errors: `not-found`; `instance-busy` while another import into the collection is under way.
 */
export async function importFolder(parts: Parts, order: ImportOrder): Promise<Imported> {
  const collection = await collectionNamed(parts.db, order.collection);
  const { candidates, skipped } = await walkFolder(resolve(order.folder));
  const take = (): Promise<Imported> => run(parts, collection, candidates, skipped, order);
  const imported = await withAdvisoryLock(parts.db, lockName(collection.id), take, { wait: false });
  if (imported) return imported;
  throw new AssentError("instance-busy", `another import into "${collection.name}" is under way`, {
    remedy: "Wait for it to end, then start this one again.",
  });
}

/**
 * At a start: looks through the few photos that a killed import had taken and not looked through, unless an import is
 * at them now. Returns how many.
 */
export async function resumeScans(parts: Parts): Promise<number> {
  const rows = await parts.db
    .selectFrom("photo")
    .select("collection_id")
    .distinct()
    .where("state", "=", "pending")
    .execute();
  let scanned = 0;
  for (const row of rows) {
    const collection = await collectionById(parts.db, row.collection_id);
    const finish = (): Promise<Imported> => run(parts, collection, [], [], { progress: () => undefined });
    const done = await withAdvisoryLock(parts.db, lockName(collection.id), finish, { wait: false });
    scanned += done?.photos ?? 0;
  }
  return scanned;
}

/**
 * Looks through the photos of one collection that were taken and not looked through yet, for a server that takes them one
 * by one. Undefined where an import, in any process, is at them now. `onFailure` is told of each that cannot be looked through.
 */
export async function scanPending(
  parts: Parts,
  order: Pick<ImportOrder, "signal" | "progress"> & {
    readonly collection: Id;
    readonly onFailure: Tally["onFailure"];
  },
): Promise<Imported | undefined> {
  const collection = await collectionById(parts.db, order.collection);
  const finish = (): Promise<Imported> => run(parts, collection, [], [], order);
  return withAdvisoryLock(parts.db, lockName(collection.id), finish, { wait: false });
}

/** Undefined, and nothing done, while an import into the collection or a look through its photos is under way. */
export async function unlessImporting<T>(
  db: Parts["db"],
  collection: Id,
  work: () => Promise<T>,
): Promise<T | undefined> {
  return withAdvisoryLock(db, lockName(collection), work, { wait: false });
}

function lockName(collection: Id): string {
  return `import:${collection}`;
}

async function run(
  parts: Parts,
  collection: Collection,
  candidates: readonly Candidate[],
  skipped: readonly LeftOut[],
  order: Pick<ImportOrder, "signal" | "progress"> & Partial<Pick<Tally, "onFailure">>,
): Promise<Imported> {
  const started = performance.now();
  const left = await pendingPhotos(parts.db, collection.id);
  const vision = await parts.vision();
  const matcher =
    collection.matching === "enrolled" ? await openMatcher(parts, collection.id, vision.pack) : undefined;
  // No photo taken before the first card was made can show one, so none need ever be read again.
  const codes = await hasCards(parts.db, collection.id);
  const tally = newTally(skipped, order.onFailure);
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
      await one(parts, { collection, codes, matcher }, item, inHand, tally);
      order.progress(++done, total);
    });
  } finally {
    matcher?.close();
  }
  const byCard = codes && tally.photos > 0 ? await applyCardTags(parts, collection.id) : NOTHING_BY_CARD;
  return {
    photos: tally.photos,
    faces: tally.faces,
    matched: tally.matched,
    asked: tally.asked,
    byCard,
    skipped: tally.skipped.sort(byFile),
    failed: tally.failed.sort(byFile),
    interrupted: done < total,
    timings: { ...tally.timings, totalMs: Math.round(performance.now() - started) },
  };
}

const NOTHING_BY_CARD = { given: 0, asked: 0 } as const;

/** What the photos of one run are looked through with. */
interface Looking {
  readonly collection: Collection;
  /** Whether the codes of cards are looked for. */
  readonly codes: boolean;
  readonly matcher: Matcher | undefined;
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
  readonly onFailure: (file: string, code: ErrorCode) => void;
}

function newTally(skipped: readonly LeftOut[], onFailure: Tally["onFailure"] = () => undefined): Tally {
  const counts = { photos: 0, faces: 0, matched: 0, asked: 0 };
  return { ...counts, skipped: [...skipped], failed: [], timings: {}, onFailure };
}

async function one(
  parts: Parts,
  looking: Looking,
  item: Work,
  inHand: Map<string, string>,
  tally: Tally,
): Promise<void> {
  if ("photo" in item) return scanOrGiveUp(parts, looking, item.photo, item.file, tally);
  const started = performance.now();
  const digest = await hashFile(item.candidate.path);
  const twin = inHand.get(digest);
  if (twin !== undefined) {
    tally.skipped.push({ file: item.file, reason: `the same bytes as ${twin}` });
    return;
  }
  inHand.set(digest, item.file);
  const taken = await takePhoto(parts, looking.collection.id, { ...item.candidate, digest });
  if (taken.state === "known") {
    const reason =
      taken.twin === item.file ? "already imported" : `the same bytes as ${taken.twin}, already imported`;
    tally.skipped.push({ file: item.file, reason });
    return;
  }
  if (taken.state === "removed") {
    tally.skipped.push({ file: item.file, reason: "taken out at the demand of somebody in it" });
    return;
  }
  add(tally, { files: taken.storedAt - started, database: performance.now() - taken.storedAt });
  await scanOrGiveUp(parts, looking, taken.photo, item.file, tally);
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
const PICTURE_ERRORS = new Set(["unreadable-picture", "unsupported-picture", "worker-failed"]);

/** A photo that cannot be looked through is not kept: neither its row nor its bytes, and the reason is told. */
async function scanOrGiveUp(
  parts: Parts,
  { collection, codes, matcher }: Looking,
  photo: { readonly id: Id; readonly blob: string },
  file: string,
  tally: Tally,
): Promise<void> {
  try {
    count(tally, await scanPhoto(parts, collection, photo, matcher, codes));
  } catch (error) {
    if (!(error instanceof AssentError) || !PICTURE_ERRORS.has(error.code)) throw error;
    tally.failed.push({ file, reason: error.message });
    tally.onFailure(file, error.code);
    await inTransaction(parts.db, async (trx) => {
      await dropPhoto(trx, photo.id, error.code, parts.clock);
      await noteImportFailure(trx, collection.id);
      // Removed with the usual care: the same bytes may be another collection's photo.
      await addPending(trx, [{ kind: "remove-blob", subject: photo.blob, erasure: null }], parts.clock);
    });
    await workOff(parts, null, "remove-blob");
  }
}

function byFile(a: LeftOut, b: LeftOut): number {
  return a.file < b.file ? -1 : 1;
}
