import { refuseWhileSuspended } from "../audit/index.ts";
import { AssentError, type Id, type Size } from "../core/index.ts";
import { inTransaction, type Db, type GalleryLinkRow, type Trx } from "../db/index.ts";
import { secretHash } from "../people/index.ts";
import {
  changedInGallery,
  discloseSeen,
  galleryLinkByHash,
  galleryPictures,
  galleryState,
  holdGalleryPicture,
  noteGalleryOpened,
  smaller,
} from "../publishing/index.ts";
import type { Parts } from "./instance.ts";

/** Twice the height of a row of a gallery on a desktop, in pixels. */
const SMALL_EDGE = 640;

/** Pictures listed at once: two screens' rows for each of some twenty turns of the wheel. */
const PAGE = 300;

export interface OpenedGallery {
  readonly collection: string;
  readonly channel: string;
  /** null: open to the public. */
  readonly expiresAt: Date | null;
  readonly pictures: number;
  /** Changes whenever a picture is changed, taken off or let back. */
  readonly version: string;
  /** Pictures seen by this link that were changed or taken off since it was first opened. */
  readonly changed: number;
}

/**
 * What a gallery's link opens. The first opening is written down; who opens it is not. Errors: `not-found` for what never was, has
 * ended or was revoked, all alike; `suspended` after a restore that nobody has accepted yet.
 */
export async function openGallery(
  parts: Pick<Parts, "db" | "clock">,
  secret: string,
): Promise<OpenedGallery> {
  const link = await linkOf(parts, parts.db, secret);
  if (link.opened_at === null)
    await inTransaction(parts.db, (trx) => noteGalleryOpened(trx, link.id, parts.clock));
  const about = await parts.db
    .selectFrom("disclosure")
    .innerJoin("collection", "collection.id", "disclosure.collection_id")
    .select(["collection.name", "disclosure.channel"])
    .where("disclosure.id", "=", link.publication_id)
    .executeTakeFirst();
  if (!about) throw nothingHere();
  return {
    collection: about.name,
    channel: about.channel,
    expiresAt: link.expires_at,
    ...(await galleryState(parts.db, link.publication_id)),
    changed: await changedInGallery(parts.db, link.id),
  };
}

/** What a page that is open asks every few seconds: whether anything has changed. Errors: as `openGallery`. */
export async function watchGallery(
  parts: Pick<Parts, "db" | "clock">,
  secret: string,
): Promise<{ readonly version: string; readonly changed: number }> {
  const link = await linkOf(parts, parts.db, secret);
  const { version } = await galleryState(parts.db, link.publication_id);
  return { version, changed: await changedInGallery(parts.db, link.id) };
}

export interface ListedPicture extends Size {
  /** The random name of its file, by which anybody can ask that it be hidden. */
  readonly name: string;
  readonly version: string;
}

/** A page of the gallery's pictures from the one at `from` (0) on, in the sizes in which they are sent. Errors: as `openGallery`. */
export async function listGallery(
  parts: Pick<Parts, "db" | "clock">,
  secret: string,
  from: number,
): Promise<{ readonly pictures: readonly ListedPicture[]; readonly next: number | null }> {
  const link = await linkOf(parts, parts.db, secret);
  const page = await galleryPictures(parts.db, link.publication_id, { from, most: PAGE + 1 });
  return {
    pictures: page
      .slice(0, PAGE)
      .map(({ name, version, size }) => ({ name, version, ...within(size, link.max_edge) })),
    next: page.length > PAGE ? from + PAGE : null,
  };
}

function within({ width, height }: Size, edge: number): Size {
  const share = Math.min(1, edge / Math.max(width, height));
  return { width: Math.round(width * share), height: Math.round(height * share) };
}

/**
 * One picture of a gallery as it is now, JPEG: at most as large as the link allows, or small. It is read while its rendition is
 * held against change, and written down as seen. Errors: as `openGallery`; also where it is suspended or gone.
 */
export async function galleryPicture(
  parts: Pick<Parts, "db" | "blobs" | "clock">,
  secret: string,
  picture: { readonly name: string; readonly size: "small" | "full" },
): Promise<Uint8Array> {
  const read = await inTransaction(parts.db, async (trx) => {
    const link = await linkOf(parts, trx, secret);
    const held = await holdGalleryPicture(trx, link.publication_id, picture.name);
    if (!held) throw nothingHere();
    const bytes = await parts.blobs.read(held.blob);
    await discloseSeen(trx, link.disclosure_id, held.rendition);
    const { watermark } = await trx
      .selectFrom("disclosure")
      .select("watermark")
      .where("id", "=", link.publication_id)
      .executeTakeFirstOrThrow();
    return { bytes, maxEdge: link.max_edge, watermark };
  });
  const edge = picture.size === "small" ? Math.min(SMALL_EDGE, read.maxEdge) : read.maxEdge;
  return smaller(read.bytes, edge, read.watermark);
}

/** Sites whose pages may hold the gallery in a frame, by the link's id; none for what has ended. */
export async function galleryOrigins(parts: Pick<Parts, "db" | "clock">, id: Id): Promise<readonly string[]> {
  const row = await parts.db
    .selectFrom("gallery_link")
    .select(["origins", "expires_at"])
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (!row || (row.expires_at !== null && row.expires_at <= parts.clock.now())) return [];
  return row.origins;
}

async function linkOf(parts: Pick<Parts, "clock">, db: Db | Trx, secret: string): Promise<GalleryLinkRow> {
  await refuseWhileSuspended(db);
  const link = await galleryLinkByHash(db, secretHash(secret), parts.clock);
  if (!link) throw nothingHere();
  return link;
}

function nothingHere(): AssentError {
  return new AssentError("not-found", "there is no such gallery or picture, or not any more", {
    remedy: "Ask whoever gave you the link for another.",
  });
}
