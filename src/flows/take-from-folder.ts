import { rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { AssentError, storageError, type ErrorCode, type Id } from "../core/index.ts";
import { hashFile } from "../crypto/index.ts";
import { inTransaction, type WatchFolderRow, type WatchProblem } from "../db/index.ts";
import { keepArrivals, tieFile, wasDeleted, type Arrival } from "../photos/index.ts";
import type { Parts } from "./instance.ts";
import { mayTake } from "./may-take.ts";
import { copyOpen, openListed } from "./open-listed.ts";
import { orderJob } from "./order-job.ts";
import { takePhoto } from "./take-photo.ts";
import { lookAt } from "./walk-folder.ts";

/** A file is left alone until size and time have been the same for so long. */
export const STILL_MS = 5_000;

export type LookParts = Pick<Parts, "id" | "db" | "blobs" | "clock" | "queue" | "vision" | "libraries">;

/** What a look takes from its folder, and how that goes. */
export interface Taking {
  readonly parts: LookParts;
  readonly folder: WatchFolderRow;
  /** When what is too young is old enough; milliseconds since 1970. */
  readonly later: number[];
  taken: number;
  problem: WatchProblem | null;
}

/** What is wrong with the picture itself; anything else ends the look. */
const PICTURE_ERRORS: ReadonlySet<ErrorCode> = new Set([
  "unreadable-picture",
  "unsupported-picture",
  "worker-failed",
]);

/** Takes a file whose bytes were not taken from this folder, if it may be. True where a photo was added. */
export async function takeOne(taking: Taking, arrival: Arrival): Promise<boolean> {
  const { parts, folder, later } = taking;
  const { db, clock, blobs } = parts;
  const { digest, takenAt } = arrival;
  if (digest === null || arrival.state === "waiting" || arrival.state === "left-out") return false;
  if (await wasDeleted(db, folder.id, digest)) {
    await tie(taking, { ...arrival, digest }, null);
    return false;
  }
  const known =
    takenAt === null ? undefined : mayTake(ruleOf(folder), arrival, takenAt, clock.now().getTime());
  if (known?.state === "later") {
    later.push(known.at);
    return false;
  }
  const there = await photoOf(parts, folder.collection_id, digest);
  if (there !== null) {
    await tie(taking, { ...arrival, digest }, there);
    return false;
  }
  const copy = await blobs.temporary();
  try {
    switch (await copyTo(folder, arrival, copy)) {
      case "copied":
        break;
      case "another":
        later.push(clock.now().getTime() + STILL_MS);
        return false;
      case "unreadable":
        await keep(taking, { ...arrival, state: "left-out", reason: "unreadable-file" });
        return false;
    }
    if ((await hashFile(copy)) === digest) return await takeCopy(taking, { ...arrival, digest }, copy);
    // Other bytes of the same size and time: they are read again.
    const now = clock.now().getTime();
    await keep(taking, { ...arrival, stillSince: now, digest: null, takenAt: null });
    later.push(now + STILL_MS);
    return false;
  } finally {
    await rm(copy, { force: true });
  }
}

/** Brings a file into the store's own folder, where nobody else changes it; `another`: at its place is not what was listed. */
async function copyTo(
  folder: WatchFolderRow,
  listed: Arrival,
  copy: string,
): Promise<"copied" | "another" | "unreadable"> {
  let file: FileHandle | undefined;
  try {
    file = await openListed(folder.path, listed);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return "unreadable";
  }
  if (!file) return "another";
  try {
    await copyOpen(file, copy);
    return "copied";
  } catch (error) {
    throw storageError(error, "copy a photo", dirname(copy));
  } finally {
    await file.close();
  }
}

type Read = Arrival & { readonly digest: string };

async function takeCopy(taking: Taking, arrival: Read, copy: string): Promise<boolean> {
  const { parts, folder, later } = taking;
  const { clock } = parts;
  const { path: file, digest } = arrival;
  const takenAt = await captureTime(parts, copy);
  if (typeof takenAt === "object" && takenAt !== null) {
    await keep(taking, { ...arrival, state: "left-out", reason: takenAt.reason });
    return false;
  }
  const may = mayTake(ruleOf(folder), arrival, takenAt, clock.now().getTime());
  switch (may.state) {
    case "later":
      later.push(may.at);
      await keep(taking, { ...arrival, takenAt });
      return false;
    case "waits":
      await keep(taking, { ...arrival, state: "waiting", reason: may.reason });
      return false;
    case "take":
      break;
  }
  const look = await lookAt(copy, file);
  if (look.kind !== "picture") return false;
  try {
    const taken = await takePhoto(
      parts,
      folder.collection_id,
      { path: copy, file, mediaType: look.mediaType, digest },
      async (trx, photo) => {
        await tieFile(trx, folder.id, arrival, { photo, taken: true });
        await orderJob(parts, trx, { kind: "scan", collection: folder.collection_id });
      },
    );
    switch (taken.state) {
      case "added":
        taking.taken++;
        return true;
      case "known":
        await tie(taking, arrival, await photoOf(parts, folder.collection_id, digest));
        return false;
      case "removed":
        await keep(taking, { ...arrival, state: "left-out", reason: "removed" });
        return false;
      case "changed":
        later.push(clock.now().getTime() + STILL_MS);
        return false;
    }
  } catch (error) {
    // The retention date has passed.
    if (!(error instanceof AssentError) || error.code !== "refused") throw error;
    taking.problem = "ended";
    return false;
  }
}

function ruleOf({ taken_from: from, taken_until: until, minutes }: WatchFolderRow) {
  return { from, until, minutes };
}

function keep({ parts, folder }: Taking, arrival: Arrival): Promise<void> {
  return inTransaction(parts.db, (trx) => keepArrivals(trx, folder.id, [arrival]));
}

/** To a photo that was there before, or to none. */
function tie({ parts, folder }: Taking, arrival: Read, photo: Id | null): Promise<void> {
  return inTransaction(parts.db, (trx) => tieFile(trx, folder.id, arrival, { photo, taken: false }));
}

/** Of a picture in a separate process: when it was taken, in milliseconds since 1970; or why it cannot be read. */
async function captureTime(
  { vision }: LookParts,
  path: string,
): Promise<number | null | { readonly reason: ErrorCode }> {
  try {
    const takenAt = await (await vision()).takenAt(path);
    return takenAt === null ? null : new Date(takenAt).getTime();
  } catch (error) {
    if (!(error instanceof AssentError) || !PICTURE_ERRORS.has(error.code)) throw error;
    return { reason: error.code };
  }
}

async function photoOf({ db }: LookParts, collection: Id, digest: string): Promise<Id | null> {
  const row = await db
    .selectFrom("photo")
    .select("id")
    .where("collection_id", "=", collection)
    .where("digest", "=", digest)
    .executeTakeFirst();
  return row?.id ?? null;
}
