import { companionPermits } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { matchesIn, photosOf } from "../matching/index.ts";
import { discloseTaken, dropReaderRenditions, smaller, type Audience } from "../publishing/index.ts";
import { addPending } from "../rights/index.ts";
import type { FinishParts } from "./finish-erasure.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { noSuch, ownId, requireJoined } from "./own.ts";
import { renderOne } from "./render.ts";

/** `full`: as large as the original. `small`: at most SMALL_EDGE on its longer side. */
export type PictureSize = "small" | "full";

/** Twice the width of a picture in a phone's two columns. */
const SMALL_EDGE = 640;

/** What changes between making a picture and reading it is met by making it again; this often at most. */
const TRIES = 5;

export type PictureParts = FinishParts;

/** Called in the transaction that reads the picture. */
type Leaving = (trx: Trx, rendition: Id, collection: Id) => Promise<void>;

/**
 * One photo as this person may see it, JPEG: with their own face and those of companions who agreed, where they are found
 * or confirmed in it; else the hidden view, where they may browse it. Made when it is asked for and kept until consents or
 * matches change it. Never the original; of its metadata nothing but the colour profile. What is taken at full size has
 * left: it is written down with those it shows.
 * Errors: `not-found`.
 */
export async function pictureFor(
  parts: PictureParts,
  person: Id,
  photo: Id,
  size: PictureSize,
): Promise<Uint8Array> {
  ownId(photo, "photo");
  // At full size it is saved and passed on; a small one is a look through one's own page.
  const own = await ownPicture(parts, person, photo, async (trx, rendition, collection) => {
    if (size === "full") await discloseTaken(trx, { person, collection, rendition }, parts.clock);
  });
  return own ? sized(own, size) : hiddenView(parts, person, photo, size);
}

/**
 * A photo with every face hidden, for whoever joined its collection: to browse without face recognition, and to say yes or
 * no to what the machine asks. Errors: `not-found`.
 */
export async function hiddenView(
  parts: PictureParts,
  person: Id,
  photo: Id,
  size: PictureSize,
): Promise<Uint8Array> {
  ownId(photo, "photo");
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const row = await parts.db
      .selectFrom("photo")
      .select("collection_id")
      .where("id", "=", photo)
      .where("state", "=", "scanned")
      .executeTakeFirst();
    if (!row) throw noSuch("photo");
    await requireJoined(parts.db, person, row.collection_id, "photo");
    const bytes = await current(parts, photo, row.collection_id, { kind: "hidden-view" });
    if (bytes) return sized(bytes, size);
  }
  throw changing();
}

/**
 * The same for staff, of a photo in a collection of theirs; `edge`: its longer side at most, in pixels.
 * Errors: `not-found`.
 */
export async function hiddenViewForStaff(
  parts: PictureParts,
  collection: Id,
  photo: Id,
  edge: number,
): Promise<Uint8Array> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const there = await parts.db
      .selectFrom("photo")
      .select("id")
      .where("id", "=", photo)
      .where("collection_id", "=", collection)
      .where("state", "=", "scanned")
      .executeTakeFirst();
    if (!there) throw new AssentError("not-found", "there is no such photo in this collection");
    const bytes = await current(parts, photo, collection, { kind: "hidden-view" });
    if (bytes) return smaller(bytes, edge);
  }
  throw changing();
}

/** The reader's rendition of a photo in which they are found or confirmed; undefined where they are not. */
export async function ownPicture(
  parts: PictureParts,
  person: Id,
  photo: Id,
  leaving?: Leaving,
): Promise<Uint8Array | undefined> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const collection = await foundIn(parts.db, person, photo);
    if (collection === undefined) return undefined;
    const bytes = await current(parts, photo, collection, { kind: "reader", person }, leaving);
    if (bytes) return bytes;
  }
  throw changing();
}

/** The collection of a photo in which the person is found or confirmed. */
async function foundIn(db: Parts["db"] | Trx, person: Id, photo: Id): Promise<Id | undefined> {
  const [mine] = await photosOf(db, person, { photo, limit: 1 });
  return mine && mine.state !== "asked" ? mine.collection : undefined;
}

/**
 * Makes the rendition unless it is there, and reads it while its row is held against change: a withdrawal either comes
 * first, and nothing is read, or waits until it is.
 */
async function current(
  parts: PictureParts,
  photo: Id,
  collection: Id,
  audience: Audience,
  leaving?: Leaving,
): Promise<Uint8Array | undefined> {
  const permitsOf = async () =>
    audience.kind === "reader"
      ? companionPermits(parts.db, collection, parts.clock, await peopleIn(parts, photo))
      : [];
  const made = await renderOne(
    parts,
    { photo, collection, audience, reveal: "matched", cause: "due" },
    permitsOf,
  );
  if (!made) return undefined;
  const read = await inTransaction(parts.db, async (trx) => {
    const row = await trx
      .selectFrom("rendition")
      .select(["blob", "state"])
      .where("id", "=", made.rendition)
      .forShare()
      .executeTakeFirst();
    if (!row || row.state !== "current" || row.blob === null) return undefined;
    if (audience.kind === "reader" && (await foundIn(trx, audience.person, photo)) === undefined) {
      // Taken back while it was made: the withdrawal could not know of it, so it goes here.
      const blobs = await dropReaderRenditions(trx, audience.person, [photo]);
      const due = blobs.map((subject) => ({ kind: "remove-blob" as const, subject, erasure: null }));
      await addPending(trx, due, parts.clock);
      return "taken-back";
    }
    const bytes = await parts.blobs.read(row.blob);
    await leaving?.(trx, made.rendition, collection);
    return bytes;
  });
  if (read === "taken-back") await workOff(parts, null, "remove-blob");
  return read === "taken-back" ? undefined : read;
}

async function peopleIn(parts: Pick<Parts, "db">, photo: Id): Promise<readonly Id[]> {
  const matches = await matchesIn(parts.db, [photo]);
  return [...new Set([...matches.values()].flat().map((match) => match.person))];
}

function sized(bytes: Uint8Array, size: PictureSize): Promise<Uint8Array> {
  return size === "small" ? smaller(bytes, SMALL_EDGE) : Promise.resolve(bytes);
}

function changing(): AssentError {
  return new AssentError("no-consent", "the photo changes faster than it can be made", {
    remedy: "Open it again in a moment.",
  });
}
