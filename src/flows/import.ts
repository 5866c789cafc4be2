import { resolve } from "node:path";
import { AssentError, type Id } from "../core/index.ts";
import { hashFile } from "../crypto/index.ts";
import { inTransaction, withAdvisoryLock, withClaims, type Claims } from "../db/index.ts";
import { lastJob } from "../jobs/index.ts";
import { hasCards } from "../people/index.ts";
import { collectionById, dropPhoto, noteUnread, pendingPhotos, type Collection } from "../photos/index.ts";
import { addPending } from "../rights/index.ts";
import { noteImportFailure } from "../webhooks/index.ts";
import { applyCardTags } from "./card-tags.ts";
import { workOff } from "./pending-work.ts";
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
  const imported = await withClaims(parts.db, async (claims) => {
    if (!(await claims.take(lockName(collection.id)))) return undefined;
    return run(parts, collection, candidates, skipped, { ...order, claims });
  });
  if (imported) return imported;
  throw new AssentError("instance-busy", `another import into "${collection.name}" is under way`, {
    remedy: "Wait for it to end, then start this one again.",
  });
}

/**
 * At a start: looks through the few photos that a killed import had taken and not looked through, unless somebody is
 * at them now, or staff stopped it. Returns how many.
 */
export async function resumeScans(parts: Parts): Promise<number> {
  let scanned = 0;
  for (const id of await collectionsToScan(parts.db)) {
    const collection = await collectionById(parts.db, id);
    const done = await withClaims(parts.db, async (claims) => {
      if (!(await claims.take(lockName(id)))) return undefined;
      return run(parts, collection, [], [], { progress: () => undefined, claims });
    });
    scanned += done?.photos ?? 0;
  }
  return scanned;
}

/** Collections with photos that were taken and not looked through yet, but those where somebody stopped it, or it failed. */
export async function collectionsToScan(db: Parts["db"]): Promise<readonly Id[]> {
  const rows = await db
    .selectFrom("photo")
    .select("collection_id")
    .distinct()
    .where("state", "=", "pending")
    .execute();
  const due: Id[] = [];
  for (const { collection_id } of rows) {
    const last = await lastJob(db, "scan", collection_id);
    if (last?.state !== "cancelled" && last?.state !== "failed") due.push(collection_id);
  }
  return due;
}

/** What a look through the photos of one collection, one of several that go on side by side, is told. */
export interface ScanOrder {
  readonly collection: Id;
  readonly signal?: AbortSignal;
  /** Asked before each photo: whether it is somebody else's turn. */
  readonly isEnough?: () => boolean;
  /** Called for each photo that this look has done with, and for each that cannot be looked through. */
  readonly onPhoto?: () => void;
  /** No other photo than this. */
  readonly only?: Id;
}

/**
 * Looks through the photos of one collection that were taken and not looked through yet, sharing them out with whoever else
 * does so, in any process: a photo is somebody's while they look at it. Undefined where an import or a deletion is at them now.
 * What cannot be looked through is written down for staff.
 */
export async function scanPending(parts: Parts, order: ScanOrder): Promise<Imported | undefined> {
  const collection = await collectionById(parts.db, order.collection);
  return withClaims(parts.db, async (claims) => {
    if (!(await claims.take(lockName(collection.id), { shared: true }))) return undefined;
    const { onPhoto, ...told } = order;
    return run(parts, collection, [], [], {
      ...told,
      progress: () => undefined,
      onPhoto: onPhoto ?? (() => undefined),
      claims,
      noteUnread: true,
    });
  });
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

interface RunOrder extends Pick<ImportOrder, "signal" | "progress">, Partial<Pick<Tally, "onPhoto">> {
  readonly claims: Claims;
  readonly isEnough?: () => boolean;
  readonly noteUnread?: boolean;
  readonly only?: Id;
}

async function run(
  parts: Parts,
  collection: Collection,
  candidates: readonly Candidate[],
  skipped: readonly LeftOut[],
  order: RunOrder,
): Promise<Imported> {
  const started = performance.now();
  const left = (await pendingPhotos(parts.db, collection.id)).filter(
    (photo) => order.only === undefined || photo.id === order.only,
  );
  const vision = await parts.vision();
  const matcher =
    collection.matching === "enrolled" ? await openMatcher(parts, collection.id, vision.pack) : undefined;
  // No photo taken before the first card was made can show one, so none need ever be read again.
  const codes = await hasCards(parts.db, collection.id);
  const tally = newTally(skipped, order.onPhoto);
  const looking: Looking = {
    collection,
    codes,
    matcher,
    claims: order.claims,
    noteUnread: order.noteUnread ?? false,
  };
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
      if (order.signal?.aborted || order.isEnough?.()) return;
      await one(parts, looking, item, inHand, tally);
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
  readonly claims: Claims;
  /** Whether what cannot be looked through is written down, because nobody is there to be told. */
  readonly noteUnread: boolean;
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
  readonly onPhoto: () => void;
}

function newTally(skipped: readonly LeftOut[], onPhoto: Tally["onPhoto"] = () => undefined): Tally {
  const counts = { photos: 0, faces: 0, matched: 0, asked: 0 };
  return { ...counts, skipped: [...skipped], failed: [], timings: {}, onPhoto };
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
  if (taken.state === "changed") {
    tally.skipped.push({ file: item.file, reason: "it changed while it was read: import it again" });
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

/** Looks through a photo unless somebody else is at it, or was a moment ago. */
async function scanOrGiveUp(
  parts: Parts,
  looking: Looking,
  photo: { readonly id: Id; readonly blob: string },
  file: string,
  tally: Tally,
): Promise<void> {
  const name = `photo:${photo.id}`;
  if (!(await looking.claims.take(name))) return;
  try {
    const row = await parts.db
      .selectFrom("photo")
      .select("state")
      .where("id", "=", photo.id)
      .executeTakeFirst();
    if (row?.state !== "pending") return;
    await scanOrDrop(parts, looking, photo, file, tally);
    tally.onPhoto();
  } finally {
    await looking.claims.giveBack(name);
  }
}

/** A photo that cannot be looked through is not kept: neither its row nor its bytes, and the reason is told. */
async function scanOrDrop(
  parts: Parts,
  { collection, codes, matcher, noteUnread: isNoted }: Looking,
  photo: { readonly id: Id; readonly blob: string },
  file: string,
  tally: Tally,
): Promise<void> {
  try {
    count(tally, await scanPhoto(parts, collection, photo, matcher, codes));
  } catch (error) {
    if (!(error instanceof AssentError) || !PICTURE_ERRORS.has(error.code)) throw error;
    tally.failed.push({ file, reason: error.message });
    await inTransaction(parts.db, async (trx) => {
      await dropPhoto(trx, photo.id, error.code, parts.clock);
      await noteImportFailure(trx, collection.id);
      if (isNoted) await noteUnread(trx, { collection: collection.id, file, code: error.code }, parts.clock);
      // Removed with the usual care: the same bytes may be another collection's photo.
      await addPending(trx, [{ kind: "remove-blob", subject: photo.blob, erasure: null }], parts.clock);
    });
    await workOff(parts, null, "remove-blob");
  }
}

function byFile(a: LeftOut, b: LeftOut): number {
  return a.file < b.file ? -1 : 1;
}
