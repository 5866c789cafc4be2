import { stat } from "node:fs/promises";
import { AssentError, type Id } from "../core/index.ts";
import { hashFile } from "../crypto/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { addPhoto, collectionById } from "../photos/index.ts";
import type { MediaType } from "../pictures/index.ts";
import { wasRemoved } from "../rights/index.ts";
import { noteImport } from "../webhooks/index.ts";
import { orderJob } from "./order-job.ts";
import type { Parts } from "./instance.ts";
import { lookAt } from "./walk-folder.ts";

type Taken =
  | {
      readonly state: "added";
      readonly photo: { readonly id: Id; readonly blob: string };
      /** When its bytes were safe, by `performance.now`. */
      readonly storedAt: number;
    }
  /** The same bytes are in the collection, as this photo and under this name. */
  | { readonly state: "known"; readonly photo: Id; readonly twin: string }
  /** The same bytes were taken out because somebody in them demanded it. */
  | { readonly state: "removed" }
  /** Its bytes became others while they were read; nothing was taken. */
  | { readonly state: "changed" };

/**
 * Takes one file into a collection, to be looked through. `put` before the row: a crash in between leaves a file that no
 * row names, never a row without its file. The same bytes are taken once, however many do so at once.
 */
export async function takePhoto(
  parts: Pick<Parts, "id" | "db" | "blobs" | "clock">,
  collection: Id,
  file: {
    readonly path: string;
    readonly file: string;
    readonly mediaType: MediaType;
    readonly digest: string;
  },
  /** In the transaction that adds it, for whoever is to look through it. */
  andThen: (trx: Trx, photo: Id) => Promise<void> = () => Promise.resolve(),
): Promise<Taken> {
  const { digest } = file;
  const known = await twinOf(parts, collection, digest);
  if (known !== undefined) return { state: "known", photo: known.id, twin: known.file_name };
  if (await wasRemoved(parts.db, parts.id, digest)) return { state: "removed" };
  const blob = await parts.blobs.put("originals", { file: file.path });
  const storedAt = performance.now();
  // An original has its name from its bytes.
  if (!blob.endsWith(`/${digest}`)) return { state: "changed" };
  const photo = { collection, digest, blob, fileName: file.file, mediaType: file.mediaType };
  const { id, added } = await inTransaction(parts.db, async (trx) => {
    const done = await addPhoto(trx, photo, parts.clock);
    if (done.added) {
      await noteImport(trx, done.id);
      await andThen(trx, done.id);
    }
    return done;
  });
  if (added) return { state: "added", photo: { id, blob }, storedAt };
  const twin = (await twinOf(parts, collection, digest))?.file_name ?? file.file;
  return { state: "known", photo: id, twin };
}

async function twinOf(
  parts: Pick<Parts, "db">,
  collection: Id,
  digest: string,
): Promise<{ readonly id: Id; readonly file_name: string } | undefined> {
  return parts.db
    .selectFrom("photo")
    .select(["id", "file_name"])
    .where("collection_id", "=", collection)
    .where("digest", "=", digest)
    .executeTakeFirst();
}

/** What became of a file that was sent. */
export type Ingested =
  | { readonly state: "taken"; readonly photo: Id }
  | { readonly state: "known"; readonly photo: Id; readonly twin: string }
  | { readonly state: "left-out"; readonly reason: "raw" | "empty" | "not-a-picture" | "removed" };

/**
 * Takes a file that was sent into a collection, and has whoever works look through it. The file stays where it is: the caller
 * removes it. Errors: `not-found`, `refused` where the retention date has passed, those of storing.
 */
export async function ingest(
  parts: Pick<Parts, "id" | "db" | "blobs" | "clock" | "queue">,
  order: {
    readonly collection: Id;
    readonly path: string;
    readonly name: string;
    /** Writes what goes with a photo that is taken in the same transaction. */
    readonly along?: (trx: Trx, photo: Id) => Promise<void>;
  },
): Promise<Ingested> {
  const collection = await collectionById(parts.db, order.collection);
  if ((await stat(order.path)).size === 0) return { state: "left-out", reason: "empty" };
  const look = await lookAt(order.path, order.name);
  if (look.kind === "raw") return { state: "left-out", reason: "raw" };
  if (look.kind === "left-out") return { state: "left-out", reason: "not-a-picture" };
  const digest = await hashFile(order.path);
  const file = { path: order.path, file: order.name, mediaType: look.mediaType, digest };
  const taken = await takePhoto(parts, collection.id, file, async (trx, photo) => {
    await orderJob(parts, trx, { kind: "scan", collection: collection.id });
    await order.along?.(trx, photo);
  });
  switch (taken.state) {
    case "added":
      return { state: "taken", photo: taken.photo.id };
    case "known":
      return taken;
    case "removed":
      return { state: "left-out", reason: "removed" };
    case "changed":
      throw new AssentError("conflict", "the file changed while it was read", { remedy: "Send it again." });
  }
}

const LONGEST_NAME = 300;

/** The name of a file as a browser sent it, with folders above it: what no file is called is refused. */
export function sentName(name: string): string {
  const tidy = name.normalize("NFC").replaceAll("\\", "/").replace(/^\/+/, "");
  const wrong =
    tidy === "" || tidy.length > LONGEST_NAME || /\p{Cc}/u.test(tidy) || tidy.split("/").includes("..");
  if (wrong) throw new AssentError("bad-input", "this is no name of a file");
  return tidy;
}
