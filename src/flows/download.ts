import { COMPANIONS } from "../consent/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { photosOf, type After } from "../matching/index.ts";
import { beginDisclosure, completeDisclosure, discloseOne } from "../publishing/index.ts";
import { ownId } from "./own.ts";
import { ownPicture, type PictureParts } from "./picture.ts";

/** A file of the download. `name` says when it was taken, in UTC, and nothing of the original's name. */
export interface DownloadedFile {
  readonly name: string;
  bytes(): Promise<Uint8Array>;
}

/** Photos asked for at a time. */
const AT_ONCE = 200;

/**
 * A person's photos as they may see them, one after another, for a ZIP. The disclosure is written before the first and
 * grows with each, in the transaction that reads it: what is cut off is recorded as far as it went. Those that only
 * the person can say are them are left out, and so is what is taken back meanwhile.
 * Errors: `not-found`.
 */
export async function* downloadOf(
  parts: PictureParts,
  person: Id,
  wanted: { readonly collection?: Id | undefined } = {},
): AsyncGenerator<DownloadedFile, void, undefined> {
  const collection = wanted.collection === undefined ? undefined : ownId(wanted.collection, "collection");
  const photos = await surePhotos(parts, person, collection);
  if (photos.length === 0) return;
  const disclosure = await inTransaction(parts.db, (trx) =>
    beginDisclosure(
      trx,
      {
        collection: collection ?? null,
        channel: COMPANIONS,
        recipient: { kind: "person", person },
        folder: null,
        reviewedBy: null,
        reveal: "matched",
        renditions: [],
        planned: photos.length,
      },
      parts.clock,
    ),
  );
  const digits = String(photos.length).length;
  try {
    for (const [index, { photo, takenAt }] of photos.entries()) {
      const bytes = await ownPicture(parts, person, photo, (trx, rendition) =>
        discloseOne(trx, disclosure, rendition),
      );
      if (!bytes) continue;
      const day = takenAt === null ? "" : `-${takenAt.toISOString().slice(0, 10)}`;
      const number = String(index + 1).padStart(digits, "0");
      yield { name: `photo-${number}${day}.jpg`, bytes: () => Promise.resolve(bytes) };
    }
  } finally {
    await inTransaction(parts.db, (trx) => completeDisclosure(trx, disclosure));
  }
}

async function surePhotos(
  parts: PictureParts,
  person: Id,
  collection: Id | undefined,
): Promise<readonly After[]> {
  const sure: After[] = [];
  let after: After | undefined;
  for (;;) {
    const page = await photosOf(parts.db, person, { collection, after, limit: AT_ONCE });
    for (const { photo, takenAt, state } of page) if (state !== "asked") sure.push({ photo, takenAt });
    const last = page.at(-1);
    if (!last || page.length < AT_ONCE) return sure;
    after = { photo: last.photo, takenAt: last.takenAt };
  }
}
