import { sql } from "kysely";
import { record } from "../audit/index.ts";
import {
  AssentError,
  newId,
  type Box,
  type Clock,
  type Id,
  type Landmarks,
  type Size,
} from "../core/index.ts";
import type { Db, Detection, PhotoRow, Trx } from "../db/index.ts";
import { chipsAllowed } from "./closing.ts";
import { landmarksToNumbers } from "./faces.ts";

export interface NewPhoto {
  readonly collection: Id;
  /** SHA-256 of the original's bytes, hex. */
  readonly digest: string;
  /** Where the original is; stored before the row is made. */
  readonly blob: string;
  /** Relative to the imported folder; for staff only. */
  readonly fileName: string;
  readonly mediaType: string;
}

/**
 * Adds a photo to be scanned. The same bytes are taken once per collection: `added` is false, and the photo the one
 * that was there, however often and from wherever this is called.
 * Errors: `not-found`; `refused` where the collection's retention date has passed.
 */
export async function addPhoto(
  trx: Trx,
  photo: NewPhoto,
  clock: Clock,
): Promise<{ readonly id: Id; readonly added: boolean }> {
  const now = clock.now();
  const collection = await trx
    .selectFrom("collection")
    .select("retain_until")
    .where("id", "=", photo.collection)
    .forKeyShare()
    .executeTakeFirst();
  if (!collection) throw new AssentError("not-found", `there is no collection ${photo.collection}`);
  if (collection.retain_until <= now) {
    throw new AssentError("refused", "the retention date of this collection has passed", {
      remedy: "Make another collection for these photos.",
    });
  }
  const added = await trx
    .insertInto("photo")
    .values({
      id: newId(),
      collection_id: photo.collection,
      digest: photo.digest,
      blob: photo.blob,
      file_name: photo.fileName,
      media_type: photo.mediaType,
      width: null,
      height: null,
      taken_at: null,
      state: "pending",
      imported_at: now,
      scanned_at: null,
      pack_id: null,
      chips: null,
    })
    .onConflict((on) => on.columns(["collection_id", "digest"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  if (added) {
    const payload = { photo: added.id, collection: photo.collection };
    await record(trx, { kind: "photo-added", payload }, clock);
    return { id: added.id, added: true };
  }
  const there = await trx
    .selectFrom("photo")
    .select("id")
    .where("collection_id", "=", photo.collection)
    .where("digest", "=", photo.digest)
    .executeTakeFirstOrThrow();
  return { id: there.id, added: false };
}

/** A face as the scan found it. `id` is made by the caller, who decides about matches before anything is written. */
export interface ScannedFace {
  readonly id: Id;
  readonly box: Box;
  readonly landmarks: Landmarks | null;
  readonly detection: Exclude<Detection, "hand">;
  /** Length of the embedding before normalisation; null where the face was not embedded. */
  readonly norm: number | null;
  /** 0 (profile) to 1; null where there are no landmarks. */
  readonly frontality: number | null;
  readonly matchable: boolean;
  /** Position in the photo's chip file. */
  readonly chip: number | null;
}

export interface Scan {
  readonly photo: Id;
  readonly packId: string;
  /** Of the upright picture. */
  readonly size: Size;
  /** Capture time as the picture states it. */
  readonly takenAt: Date | null;
  /** Tells the very camera from others; null or absent where the picture does not. */
  readonly camera?: string | null;
  readonly faces: readonly ScannedFace[];
  /** Blob of the sealed chips, stored before. */
  readonly chips: string | null;
}

/**
 * Writes what a scan found: faces, never an embedding. Not `recorded`, and nothing written, where the photo is scanned
 * already or gone: another process was faster. Where joining has closed meanwhile, the faces are recorded without their
 * chips. Without `chipsKept` the caller removes the chips that it has stored.
 */
export async function recordScan(
  trx: Trx,
  scan: Scan,
  clock: Clock,
): Promise<{ readonly recorded: boolean; readonly chipsKept: boolean }> {
  // The collection is locked first, as in closeJoining, so that no chips are added behind its back.
  const collection = await trx
    .selectFrom("photo")
    .innerJoin("collection", "collection.id", "photo.collection_id")
    .select(["collection.id", "matching", "join_until", "joining_closed_at"])
    .where("photo.id", "=", scan.photo)
    .forShare("collection")
    .executeTakeFirst();
  if (!collection) return { recorded: false, chipsKept: false };
  const chipsKept = scan.chips !== null && chipsAllowed(collection, clock.now());
  const updated = await trx
    .updateTable("photo")
    .set({
      state: "scanned",
      width: scan.size.width,
      height: scan.size.height,
      taken_at: scan.takenAt,
      camera: scan.camera ?? null,
      scanned_at: clock.now(),
      pack_id: scan.packId,
      chips: chipsKept ? scan.chips : null,
    })
    .where("id", "=", scan.photo)
    .where("state", "=", "pending")
    .returning("id")
    .executeTakeFirst();
  if (!updated) return { recorded: false, chipsKept: false };
  if (scan.faces.length > 0) {
    await trx
      .insertInto("face")
      .values(
        scan.faces.map((face) => ({
          id: face.id,
          photo_id: scan.photo,
          ...face.box,
          landmarks: face.landmarks && landmarksToNumbers(face.landmarks),
          detection: face.detection,
          norm: face.norm,
          frontality: face.frontality,
          matchable: face.matchable,
          chip: chipsKept ? face.chip : null,
        })),
      )
      .execute();
  }
  const doubtful = scan.faces.filter((face) => face.detection === "doubtful").length;
  await record(
    trx,
    {
      kind: "photo-scanned",
      payload: {
        photo: scan.photo,
        collection: collection.id,
        pack: scan.packId,
        faces: scan.faces.length,
        doubtful,
      },
    },
    clock,
  );
  return { recorded: true, chipsKept };
}

/** Lets go of a photo that could not be looked through; the caller removes its blob where nobody else has it. */
export async function dropPhoto(trx: Trx, photo: Id, reason: string, clock: Clock): Promise<void> {
  // In a watched folder it is told, and not taken again as long as it is the same.
  await trx.updateTable("watch_file").set({ dropped: reason }).where("photo_id", "=", photo).execute();
  await trx.deleteFrom("photo").where("id", "=", photo).where("state", "=", "pending").execute();
  await record(trx, { kind: "photo-dropped", payload: { photo, reason } }, clock);
}

export async function photoById(db: Db, id: Id): Promise<PhotoRow> {
  const row = await db.selectFrom("photo").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row) throw new AssentError("not-found", `there is no photo ${id}`);
  return row;
}

/** Photos of a collection, or of all, still to be scanned. */
export function pendingPhotos(db: Db, collection?: Id): Promise<readonly PhotoRow[]> {
  const query = db.selectFrom("photo").selectAll().where("state", "=", "pending");
  return (collection === undefined ? query : query.where("collection_id", "=", collection))
    .orderBy("imported_at")
    .orderBy("id")
    .execute();
}

/** Scanned photos that have chips, or are to have them again, in the order of capture, those without a time last. */
export function photosForRescan(db: Db, collection: Id): Promise<readonly PhotoRow[]> {
  return db
    .selectFrom("photo")
    .selectAll()
    .where("collection_id", "=", collection)
    .where("state", "=", "scanned")
    .where(
      sql<boolean>`(chips is not null
      or id::text in (select subject from pending where kind = 'cut-chips'))`,
    )
    .orderBy("taken_at")
    .orderBy("id")
    .execute();
}
