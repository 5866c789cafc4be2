import { AssentError, type Id } from "../core/index.ts";
import { recordLook } from "../audit/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { confirm, matchesIn, reject, tag } from "../matching/index.ts";
import * as photos from "../photos/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";
import { checkedId, collectionNamed, personNamed, photoNamed } from "./named.ts";
import { renewStale, stopStale } from "./renew-renditions.ts";
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
  also: (trx: Trx) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ readonly face: Id; readonly person: Id; readonly state: State }> {
  checkedId(face, "face", "assent faces FILE lists them.");
  await personNamed(parts.db, person);
  await inTransaction(parts.db, async (trx) => {
    const { photo } = await decide(trx, { face, person, by: actor }, parts.clock);
    await stopStale(parts, trx, [photo]);
    await also(trx);
  });
  await renewStale(parts);
  return { face, person, state };
}

/** By hand, without any biometrics. A look as well: staff say who is in a picture, and the person sees that they did. */
export function tagFace(parts: Parts, decision: Decision) {
  const look = {
    kind: "tag",
    actor: decision.actor,
    reason: "tagged by hand",
    collection: null,
    persons: [decision.person],
  } as const;
  return decided(parts, decision, "confirmed", tag, (trx) => recordLook(trx, look, parts.clock));
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
  const photo = await photos.photoById(parts.db, photo_id);
  const collection = await photos.collectionById(parts.db, photo.collection_id);
  const photoCleared = await photos.isAllCleared(parts.db, photo.id);
  const looked =
    photoCleared && collection.matching === "enrolled"
      ? await rescanPhotos(parts, collection, [photo])
      : { matched: 0, asked: 0 };
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
  parts: Pick<Parts, "db" | "clock">,
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
  const marked = await inTransaction(parts.db, (trx) =>
    photos.markFace(trx, photo.id, { x, y, w, h }, order.actor, parts.clock),
  );
  return { face: marked.id, box: boxArray(marked) };
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
