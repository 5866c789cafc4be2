import { AssentError, type Box, type Id } from "../core/index.ts";
import { recordLook } from "../audit/index.ts";
import { inTransaction, type FaceRow, type Trx } from "../db/index.ts";
import { confirm, matchesIn, reject, tag, untag } from "../matching/index.ts";
import * as photos from "../photos/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { checkedId, collectionNamed, personNamed, photoNamed } from "./named.ts";
import { dropOwnPicture, renewStale, stopStale } from "./renew-renditions.ts";
import { rescanPhotos } from "./rescan.ts";

interface Decision {
  readonly face: Id;
  readonly person: Id;
  readonly actor: string;
}

/**
 * What the three decisions have in common: the decision -> what showed the face otherwise is stopped -> `also`, all in one
 * transaction; then what was stopped is made again.
 */
async function decided<State extends "confirmed" | "rejected">(
  parts: Parts,
  { face, person, actor }: Decision,
  state: State,
  decide: typeof tag,
  also: (trx: Trx, photo: Id) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ readonly face: Id; readonly person: Id; readonly state: State }> {
  checkedId(face, "face", "assent faces FILE lists them.");
  await personNamed(parts.db, person);
  await inTransaction(parts.db, async (trx) => {
    const { photo } = await decide(trx, { face, person, by: actor }, parts.clock);
    await stopStale(parts, trx, [photo], state === "confirmed" ? "match" : "no");
    await also(trx, photo);
  });
  await renewStale(parts);
  return { face, person, state };
}

/** By hand, without any biometrics. A look as well: staff say who is in a picture, and the person sees that they did. */
export function tagFace(parts: Parts, decision: Decision) {
  const { actor, person } = decision;
  return decided(parts, decision, "confirmed", tag, async (trx, photo) => {
    const { collection_id: collection } = await photos.photoById(trx, photo);
    const look = { kind: "tag", actor, reason: "tagged by hand", collection, persons: [person] } as const;
    await recordLook(trx, look, parts.clock);
  });
}

/**
 * Takes a tag back, as a slip of the hand: what showed the face so is stopped, the picture that the person was shown is
 * taken back, and they read that it was. The machine is asked again about what is nobody's now, where it may look.
 * A look as well. Errors: `not-found` where there is no tag; `refused` where the person or the machine said so.
 */
export async function untagFace(
  parts: Parts,
  order: { readonly face: Id; readonly actor: string },
): Promise<{ readonly face: Id }> {
  checkedId(order.face, "face", "assent faces FILE lists them.");
  const photo = await inTransaction(parts.db, async (trx) => {
    const taken = await untag(trx, { face: order.face, by: order.actor }, parts.clock);
    const { collection_id: collection } = await photos.photoById(trx, taken.photo);
    await stopStale(parts, trx, [taken.photo], "no");
    await dropOwnPicture(parts, trx, taken.person, taken.photo);
    const look = { kind: "tag", actor: order.actor, reason: "took back a tag by hand", collection } as const;
    await recordLook(trx, { ...look, persons: [taken.person] }, parts.clock);
    // Before the commit: a crash in between leaves a restriction too many for a restore, never one too few.
    await parts.journal.append(
      [{ event: "untagged", person: taken.person, face: order.face }],
      parts.clock.now(),
    );
    return taken.photo;
  });
  await renewStale(parts);
  await workOff(parts, null, "remove-blob");
  await lookAgain(parts, photo);
  return { face: order.face };
}

async function lookAgain(parts: Parts, photo: Id) {
  const row = await photos.photoById(parts.db, photo);
  const collection = await photos.collectionById(parts.db, row.collection_id);
  if (collection.matching !== "enrolled") return { matched: 0, asked: 0 };
  return rescanPhotos(parts, collection, [row]);
}

export function confirmMatch(parts: Parts, decision: Decision) {
  return decided(parts, decision, "confirmed", confirm);
}

/**
 * For ever: the face is never suggested for that person again, and what showed it as theirs is stopped and made again.
 * The journal keeps it through a restore.
 */
export function rejectMatch(parts: Parts, decision: Decision) {
  // Before the commit: a crash in between leaves a restriction too many for a restore, never one too few.
  const event = { event: "rejected", person: decision.person, face: decision.face } as const;
  return decided(parts, decision, "rejected", reject, () => parts.journal.append([event], parts.clock.now()));
}

/**
 * Says of a face that matching may go on although its owner is not enrolled. Where the whole photo is cleared by that,
 * it is looked through at once (`match-only: all-cleared`).
 */
export async function clearFace(
  parts: Parts,
  order: { readonly face: Id; readonly actor: string },
): Promise<{
  readonly face: Id;
  readonly photoCleared: boolean;
  readonly matched: number;
  readonly asked: number;
}> {
  const { photo_id } = await photos.faceById(
    parts.db,
    checkedId(order.face, "face", "assent faces FILE lists them."),
  );
  await inTransaction(parts.db, (trx) => photos.clearFace(trx, order.face, order.actor, parts.clock));
  const photoCleared = await photos.isAllCleared(parts.db, photo_id);
  const looked = photoCleared ? await lookAgain(parts, photo_id) : { matched: 0, asked: 0 };
  return { face: order.face, photoCleared, matched: looked.matched, asked: looked.asked };
}

export interface ListedFace {
  readonly face: Id;
  readonly box: BoxArray;
  readonly detection: string;
  /** How it stands, without saying whose it is: that would be a look. */
  readonly standing: "hidden" | "matched" | "asked" | "confirmed";
}

export async function listFaces(
  parts: Pick<Parts, "db">,
  order: { readonly collection: string; readonly file: string },
): Promise<readonly ListedFace[]> {
  const photo = await requirePhoto(parts, order);
  const [faces, matches] = await Promise.all([
    photos.facesOf(parts.db, photo.id),
    matchesIn(parts.db, [photo.id]),
  ]);
  return faces.map((face) => {
    const states = new Set(matches.get(face.id)?.map((match) => match.state));
    const standing =
      (["confirmed", "matched", "asked"] as const).find((state) => states.has(state)) ?? "hidden";
    return { face: face.id, box: boxArray(face), detection: face.detection, standing };
  });
}

/** Marks a place that the detector missed; it is hidden from the next publishing on. */
export async function markFace(
  parts: Pick<Parts, "db" | "journal" | "clock">,
  order: { readonly collection: string; readonly file: string; readonly box: string; readonly actor: string },
): Promise<{ readonly face: Id; readonly box: BoxArray }> {
  const photo = await requirePhoto(parts, order);
  const numbers = order.box.split(",").map(Number);
  const [x = NaN, y = NaN, w = NaN, h = NaN] = numbers;
  if (numbers.length !== 4) {
    throw new AssentError("bad-input", `"${order.box}" is no box`, {
      remedy: "Write it as x,y,w,h in pixels.",
    });
  }
  const marked = await markPlace(parts, { photo: photo.id, box: { x, y, w, h }, actor: order.actor });
  return { face: marked.id, box: boxArray(marked) };
}

/**
 * Marks a place to be hidden. The journal knows that there was something to hide in the photo, not where: after a restore
 * it is off public channels until somebody has looked again.
 */
export function markPlace(
  parts: Pick<Parts, "db" | "journal" | "clock">,
  order: { readonly photo: Id; readonly box: Box; readonly actor: string },
): Promise<FaceRow> {
  return inTransaction(parts.db, async (trx) => {
    const marked = await photos.markFace(trx, order.photo, order.box, order.actor, parts.clock);
    await parts.journal.append([{ event: "reported", photo: order.photo }], parts.clock.now());
    return marked;
  });
}

async function requirePhoto(
  parts: Pick<Parts, "db">,
  order: { readonly collection: string; readonly file: string },
): Promise<{ readonly id: Id }> {
  const collection = await collectionNamed(parts.db, order.collection);
  const photo = await photoNamed(parts.db, collection.id, order.file);
  if (!photo) {
    throw new AssentError("not-found", `the collection has no photo "${order.file}"`, {
      remedy: "Name it by its path within the imported folder, or by its id.",
    });
  }
  return photo;
}
