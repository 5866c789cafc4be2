import { checkLooker, recordLook } from "../audit/index.ts";
import { COMPANIONS, lookupPermits, publishPermits } from "../consent/index.ts";
import { AssentError, type Id, type Size } from "../core/index.ts";
import { inTransaction, type PhotoRating } from "../db/index.ts";
import {
  countPhotosToTag,
  facesToTag,
  ownerOfFace,
  photosToTag,
  type FaceToTag,
  type PhotoFilter,
} from "../matching/index.ts";
import { boxArray, publishablePhotos, type BoxArray } from "../publishing/index.ts";
import { collectionById, photoById, ratePhotos as rate } from "../photos/index.ts";
import { finishObjection, objectFor } from "./hide-me.ts";
import type { Parts } from "./instance.ts";
import { namedPerson, type NamedPerson } from "./named-people.ts";
import { takeableBack } from "./look-through.ts";
import { standingIn } from "./own.ts";
import { pageOf } from "./page-of-photos.ts";
import { planFor } from "./render.ts";
import { staffPicture } from "./staff-picture.ts";
import { tagFace, untagFace } from "./tag.ts";

/**
 * What staff see of a collection's photos to tag by hand (docs/decisions/0017): every face hidden, and no name. One face
 * is seen, and whose it is said to be, by a look with its reason.
 */
export interface StaffPhoto {
  readonly photo: Id;
  /** The original's name. */
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly takenAt: string | null;
  readonly faces: number;
  readonly tagged: number;
  readonly rating: PhotoRating | null;
}

/** A page of the photos that were looked through, in the order of time. No look: it leads to nobody. Errors: `not-found`. */
export async function staffPhotos(
  parts: Pick<Parts, "db">,
  page: {
    readonly collection: Id;
    readonly filter?: PhotoFilter | undefined;
    readonly cursor?: string | undefined;
    readonly limit?: number | undefined;
  },
): Promise<{
  readonly photos: readonly StaffPhoto[];
  readonly next: string | null;
  /** On all pages. */
  readonly total: number;
}> {
  const { id: collection } = await collectionById(parts.db, page.collection);
  const { filter } = page;
  const [{ items, next }, total] = await Promise.all([
    pageOf(page, (at) => photosToTag(parts.db, { collection, filter, ...at })),
    countPhotosToTag(parts.db, { collection, filter }),
  ]);
  return {
    total,
    photos: items.map(({ fileName, takenAt, ...photo }) => ({
      ...photo,
      file: fileName,
      takenAt: takenAt?.toISOString() ?? null,
    })),
    next,
  };
}

interface OfPhoto {
  readonly collection: Id;
  readonly photo: Id;
}

/** One photo with the places of its faces. No look. Errors: `not-found`. */
export async function staffPhoto(
  parts: Pick<Parts, "db">,
  order: OfPhoto,
): Promise<{
  readonly photo: Id;
  readonly file: string;
  readonly size: Size;
  readonly faces: readonly {
    readonly face: Id;
    readonly box: BoxArray;
    readonly standing: FaceToTag["standing"];
    readonly matchable: boolean;
    readonly neverMatched: boolean;
    /** The mark by hand in its place; `mayTakeBack`: nothing was built upon it, and the photo not published since. */
    readonly mark: { readonly face: Id; readonly mayTakeBack: boolean } | null;
  }[];
  readonly rating: PhotoRating | null;
}> {
  const row = await photoIn(parts, order);
  const [faces, takeable] = await Promise.all([
    facesToTag(parts.db, row.id),
    takeableBack(parts.db, [row.id]),
  ]);
  return {
    photo: row.id,
    file: row.file_name,
    size: { width: row.width ?? 0, height: row.height ?? 0 },
    rating: row.rating,
    faces: faces.map(({ box, mark, ...face }) => ({
      ...face,
      box: boxArray(box),
      mark: mark === null ? null : { face: mark, mayTakeBack: takeable.has(mark) },
    })),
  };
}

async function photoIn(parts: Pick<Parts, "db">, order: OfPhoto) {
  const row = await photoById(parts.db, order.photo);
  if (row.collection_id === order.collection && row.state === "scanned") return row;
  throw new AssentError("not-found", "there is no such photo in this collection");
}

/** Errors: `not-found` for a face that is not in the photo, or that may be seen by nobody. */
async function faceIn(parts: Pick<Parts, "db">, order: OfPhoto & { readonly face: Id }): Promise<FaceToTag> {
  const { id } = await photoIn(parts, order);
  const found = (await facesToTag(parts.db, id)).find((one) => one.face === order.face);
  if (found) return found;
  throw new AssentError("not-found", "there is no such face in this photo");
}

/**
 * `tagged`: somebody said whose it is. `found`: recognised as somebody who joined, who sees the photo; it was not asked
 * whether it is them. `free`: nobody's; also what only its person may answer (`asked`).
 */
export interface SeenFace {
  readonly standing: "free" | "tagged" | "found";
  /** By what it was said or found; null where it is free. */
  readonly by: "hand" | "card" | "machine" | null;
  /** null: free, or somebody recognised who did not agree that staff are told. */
  readonly person: NamedPerson | null;
  readonly mayTakeBack: boolean;
  /** Of a person who is told: where they agreed that their face is shown, among the collection's channels and companions. */
  readonly channels: readonly { readonly channel: string; readonly agreed: boolean }[];
  /** JPEG: this face as it is, every other one hidden. */
  readonly picture: Buffer;
}

/**
 * One face as it is, to say whose it is. A look at whoever it is said or found to be, recorded before the answer, with an
 * empty list where it is nobody's. Whom the machine recognised is told only where `staff-lookup` is live; what it asks is
 * not told at all. Errors: `bad-input` without a reason; `not-found`; `refused` where the face is to be hidden.
 */
export async function seeFace(
  parts: Pick<Parts, "db" | "keys" | "clock" | "blobs" | "renderer">,
  order: OfPhoto & { readonly face: Id; readonly actor: string; readonly reason: string },
): Promise<SeenFace> {
  checkLooker(order);
  const { standing } = await faceIn(parts, order);
  if (standing === "hidden") throw staysHidden();
  const owner = await ownerOfFace(parts.db, order.face);
  await inTransaction(parts.db, (trx) =>
    recordLook(
      trx,
      {
        kind: "lookup",
        actor: order.actor,
        reason: order.reason,
        collection: order.collection,
        persons: owner ? [owner.person] : [],
      },
      parts.clock,
    ),
  );
  const picture = await oneFace(parts, order);
  if (!owner) {
    return { standing: "free", by: null, person: null, mayTakeBack: false, channels: [], picture };
  }
  const told =
    owner.origin !== "machine" ||
    (await lookupPermits(parts.db, order.collection, parts.clock)).some((one) => one.person === owner.person);
  return {
    standing: owner.state === "confirmed" ? "tagged" : "found",
    by: owner.origin,
    person: told ? await namedPerson(parts, owner.person) : null,
    mayTakeBack: owner.origin !== "machine" && owner.decidedBy !== owner.person,
    channels: told ? await channelsOf(parts, order.collection, owner.person) : [],
    picture,
  };
}

/** Where somebody agreed that their face is shown, as the gate says now. */
async function channelsOf(
  parts: Pick<Parts, "db" | "clock">,
  collection: Id,
  person: Id,
): Promise<SeenFace["channels"]> {
  const { channels } = await collectionById(parts.db, collection);
  const agreed: { channel: string; agreed: boolean }[] = [];
  for (const channel of [...channels.map((one) => one.name), COMPANIONS]) {
    const permits = await publishPermits(parts.db, collection, channel, parts.clock);
    agreed.push({ channel, agreed: permits.some((permit) => permit.person === person) });
  }
  return agreed;
}

/**
 * Staff say that a face is never compared with anybody: because its owner asked for it, is one of the team, or for any other
 * reason. What the machine found there is taken back, and its chip goes. It is not undone.
 * Errors: `not-found` for a face that is not in the photo.
 */
export async function neverMatchHere(parts: Parts, order: OfPhoto & { readonly face: Id }): Promise<void> {
  await faceIn(parts, order);
  const drop = await inTransaction(parts.db, (trx) => objectFor(parts, trx, order));
  await finishObjection(parts, drop);
}

/** Stars photos of a collection, rejects them, or takes that back. Errors: `not-found`. */
export async function ratePhotos(
  parts: Pick<Parts, "db" | "clock">,
  order: {
    readonly collection: Id;
    readonly photos: readonly Id[];
    readonly rating: PhotoRating | null;
    readonly actor: string;
  },
): Promise<{ readonly changed: number }> {
  const changed = await inTransaction(parts.db, (trx) =>
    rate(trx, { ...order, by: order.actor }, parts.clock),
  );
  return { changed };
}

function staysHidden(): AssentError {
  return new AssentError("refused", "this face is to stay hidden", {
    remedy: "Somebody marked its place, or asked for it: take the mark back, or close the request, first.",
  });
}

/**
 * A photo with one face as it is and every other one hidden, for staff to look at; the caller has recorded the look. Where
 * another hidden head covers the face, hidden wins here too. Errors: `not-found`.
 */
export async function oneFace(
  parts: Pick<Parts, "db" | "blobs" | "renderer">,
  what: { readonly photo: Id; readonly face: Id },
): Promise<Buffer> {
  const [photo] = await publishablePhotos(parts.db, [what.photo]);
  if (!photo) throw new AssentError("not-found", "there is no such photo");
  const others = { ...photo, faces: photo.faces.filter((face) => face.id !== what.face) };
  const plan = planFor(others, { audience: { kind: "hidden-view" }, reveal: "confirmed" }, []);
  return staffPicture(parts, photo, plan);
}

/**
 * Staff say by hand whose a face of the collection is: somebody who joined it. Works without any biometrics.
 * Errors: `not-found`; `refused` for somebody who has not joined here, or whose own claim is not settled, and as `tagFace`.
 */
export async function tagHere(
  parts: Parts,
  order: OfPhoto & { readonly face: Id; readonly person: Id; readonly actor: string },
): Promise<void> {
  const { standing } = await faceIn(parts, order);
  if (standing === "hidden") throw staysHidden();
  if ((await standingIn(parts.db, order.person, order.collection)) !== "joined") {
    throw new AssentError("refused", "nobody is tagged who has not joined this collection", {
      remedy: "They join first, with or without face recognition; a conflict about them is settled first.",
    });
  }
  await tagFace(parts, { face: order.face, person: order.person, actor: order.actor });
}

/** Takes back what staff said by hand. Errors: `not-found`; `refused` as `untagFace`. */
export async function untagHere(
  parts: Parts,
  order: OfPhoto & { readonly face: Id; readonly actor: string },
): Promise<void> {
  await faceIn(parts, order);
  await untagFace(parts, order);
}
