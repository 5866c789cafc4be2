import type { Id } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import { photosOf } from "../matching/index.ts";
import {
  dropReaderRenditions,
  foldersHolding,
  suspendPublic,
  suspendStale,
  type Cause,
} from "../publishing/index.ts";
import { addPending, heldPhotos } from "../rights/index.ts";
import type { FinishParts } from "./finish-erasure.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";

/**
 * In the transaction of a request or an objection: the photos' renditions for public channels are off, and as pending work
 * their pictures leave the folders that they were written to. Returns how many were taken off. Held against renditions that
 * are being made meanwhile: they are taken off here, or the database refuses them when they come.
 */
export async function takeOffPublic(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  photos: readonly Id[],
): Promise<number> {
  if (photos.length === 0) return 0;
  await trx
    .selectFrom("photo")
    .select("id")
    .where("id", "in", [...photos])
    .orderBy("id")
    .forUpdate()
    .execute();
  const suspended = await suspendPublic(trx, photos, parts.clock);
  await leaveFolders(parts, trx, suspended);
  return suspended.length;
}

/** As pending work the pictures of suspended renditions leave the folders that they were written to, made again or not. */
async function leaveFolders(parts: Pick<Parts, "clock">, trx: Trx, suspended: readonly Id[]): Promise<void> {
  const folders = await foldersHolding(trx, suspended);
  const due = folders.map(({ disclosure }) => ({
    kind: "refresh-folder" as const,
    subject: disclosure,
    erasure: null,
  }));
  await addPending(trx, due, parts.clock);
}

/**
 * In the transaction of a decision: stops what shows a face as somebody it is not, and writes down the work. Where somebody
 * who objected is in one of the photos now, it is taken off public channels. `cause` says whether other programs are told of what
 * is stopped; of what an objection takes off they are in any case, since a copy elsewhere has to go as well.
 */
export async function stopStale(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  photos: readonly Id[],
  cause: Exclude<Cause, "publication">,
): Promise<number> {
  // First, because a rendition that is suspended already would not be known to be in a folder.
  await takeOffPublic(parts, trx, [...(await heldPhotos(trx, photos))].sort());
  const stale = await suspendStale(trx, photos, cause, parts.clock);
  await addPending(
    trx,
    stale.map((subject) => ({ kind: "render" as const, subject, erasure: null })),
    parts.clock,
  );
  await leaveFolders(parts, trx, stale);
  return stale.length;
}

/** After the commit: makes the stopped renditions again, and renews the folders that they were written to. */
export async function renewStale(parts: FinishParts): Promise<void> {
  for (const kind of ["render", "refresh-folder"] as const) await workOff(parts, null, kind);
}

/**
 * In the transaction of a decision that a face is not somebody's: the picture that they were shown is taken back, unless
 * another face in it is theirs. Its file is pending work.
 */
export async function dropOwnPicture(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  person: Id,
  photo: Id,
): Promise<void> {
  const [left] = await photosOf(trx, person, { photo, limit: 1 });
  if (left && left.state !== "asked") return;
  const blobs = await dropReaderRenditions(trx, person, [photo]);
  const due = blobs.map((subject) => ({ kind: "remove-blob" as const, subject, erasure: null }));
  await addPending(trx, due, parts.clock);
}
