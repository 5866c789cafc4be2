import { readFile, rm } from "node:fs/promises";
import { recordLook } from "../audit/index.ts";
import { AssentError, type Box, type Id, type Size } from "../core/index.ts";
import { inTransaction, type Reveal as RevealMode } from "../db/index.ts";
import { publishablePhotos, type Plan, type PublishablePhoto } from "../publishing/index.ts";
import { collectionById, faceById, markFace } from "../photos/index.ts";
import type { Parts } from "./instance.ts";
import { photosToPublish, requireChannel } from "./publish.ts";
import { permitSource, planFor, renderFile } from "./render.ts";

/** Longer side of a picture that is looked through, in pixels: as the contact sheet's. */
const LOOK_EDGE = 1280;

/** Photos planned at once; each is a few rows and no pixels. */
const AT_ONCE = 500;

/** How long a look lasts before it has to be begun, and recorded, again. */
const LOOK_LASTS_MS = 12 * 3_600_000;

export interface LookOrder {
  readonly collection: Id;
  readonly channel: string;
  readonly reveal: RevealMode;
  readonly actor: string;
}

export interface BegunLook {
  readonly photos: number;
  /** Photos that show at least one face. */
  readonly showing: number;
  readonly shown: number;
  readonly hidden: number;
  /** Photos that nobody has looked for faces in yet: they are left out. */
  readonly waiting: number;
}

/**
 * Begins the look through what a channel would show. A look: it is recorded, with everybody whose face is seen because
 * they agreed, before the first picture is shown.
 */
export async function beginLook(parts: Pick<Parts, "db" | "clock">, order: LookOrder): Promise<BegunLook> {
  const collection = await collectionById(parts.db, order.collection);
  await requireChannel(parts, collection.id, order.channel);
  const { scanned, waiting } = await photosToPublish(parts, collection.id);
  const persons = new Set<Id>();
  let showing = 0;
  let shown = 0;
  let hidden = 0;
  for (let i = 0; i < scanned.length; i += AT_ONCE) {
    for (const photo of await planned(parts, order, scanned.slice(i, i + AT_ONCE))) {
      for (const face of photo.plan.shown) persons.add(face.person);
      showing += photo.plan.shown.length > 0 ? 1 : 0;
      shown += photo.plan.shown.length;
      hidden += hiddenPlaces(photo.plan);
    }
  }
  const reason = collection.purpose.slice(0, 500);
  await inTransaction(parts.db, (trx) =>
    recordLook(
      trx,
      { kind: "publish", actor: order.actor, reason, collection: collection.id, persons: [...persons] },
      parts.clock,
    ),
  );
  return { photos: scanned.length, showing, shown, hidden, waiting };
}

/** How a face of a photo stands for the channel. `by-hand`: somebody marked it to be hidden. */
export interface StandingFace {
  readonly face: Id;
  readonly box: Box;
  readonly standing: "shown" | "hidden" | "by-hand";
}

export interface LookedPhoto {
  readonly photo: Id;
  readonly fileName: string;
  readonly size: Size;
  readonly faces: readonly StandingFace[];
}

/** Some of the photos, in the order of their file names. Errors: `refused` where the look was not begun. */
export async function lookAtPhotos(
  parts: Pick<Parts, "db" | "clock">,
  order: LookOrder & { readonly from: number; readonly most: number },
): Promise<{ readonly photos: readonly LookedPhoto[]; readonly total: number }> {
  await requireLook(parts, order);
  const { scanned } = await photosToPublish(parts, order.collection);
  const some = await planned(parts, order, scanned.slice(order.from, order.from + order.most));
  return { photos: some.map(standing), total: scanned.length };
}

/** One photo as the channel would show it, JPEG. Errors: `not-found`, `refused` where the look was not begun. */
export async function lookAtPicture(
  parts: Pick<Parts, "db" | "clock" | "blobs" | "renderer">,
  order: LookOrder & { readonly photo: Id },
): Promise<Buffer> {
  await requireLook(parts, order);
  const [found] = await planned(parts, order, [order.photo]);
  if (!found || found.photo.collection !== order.collection) {
    throw new AssentError("not-found", "there is no such photo in this collection");
  }
  return picture(parts, found.photo, found.plan);
}

/** The photo that a request is about, with every face hidden: the place was tapped in such a picture. Errors: `not-found`. */
export async function requestedPicture(
  parts: Pick<Parts, "db" | "clock" | "blobs" | "renderer">,
  request: Id,
): Promise<Buffer> {
  const row = await parts.db
    .selectFrom("request")
    .select("photo_id")
    .where("id", "=", request)
    .executeTakeFirst();
  const [photo] = row?.photo_id ? await publishablePhotos(parts.db, [row.photo_id]) : [];
  if (!photo) throw new AssentError("not-found", "there is no picture of such a request");
  return picture(
    parts,
    photo,
    planFor(photo, { audience: { kind: "hidden-view" }, reveal: "confirmed" }, []),
  );
}

async function picture(
  parts: Pick<Parts, "blobs" | "renderer">,
  photo: PublishablePhoto,
  plan: Plan,
): Promise<Buffer> {
  const target = await parts.blobs.temporary();
  try {
    await renderFile(parts, photo, plan, target, LOOK_EDGE);
    return await readFile(target);
  } finally {
    await rm(target, { force: true });
  }
}

/**
 * Hides more, never less: the place of a face, or any other, is marked by hand, and is hidden on every channel from now on.
 * `box` is in pixels of the upright picture. Errors: `not-found`, `bad-input` for a place outside the picture.
 */
export async function hideMore(
  parts: Pick<Parts, "db" | "clock">,
  order: {
    readonly collection: Id;
    readonly photo: Id;
    readonly place: { readonly face: Id } | { readonly box: Box };
    readonly actor: string;
  },
): Promise<void> {
  const photo = await parts.db
    .selectFrom("photo")
    .select("id")
    .where("id", "=", order.photo)
    .where("collection_id", "=", order.collection)
    .executeTakeFirst();
  if (!photo) throw new AssentError("not-found", "there is no such photo in this collection");
  let box: Box;
  if ("face" in order.place) {
    const face = await faceById(parts.db, order.place.face);
    if (face.photo_id !== photo.id) throw new AssentError("not-found", "there is no such face in this photo");
    box = { x: face.x, y: face.y, w: face.w, h: face.h };
  } else box = order.place.box;
  await inTransaction(parts.db, (trx) => markFace(trx, photo.id, box, order.actor, parts.clock));
}

/** Whether somebody has begun the look through a collection that publishing asks for, not long ago. */
export async function hasLooked(
  parts: Pick<Parts, "db" | "clock">,
  order: Pick<LookOrder, "collection" | "actor">,
): Promise<boolean> {
  const row = await parts.db
    .selectFrom("look")
    .select("id")
    .where("kind", "=", "publish")
    .where("actor", "=", order.actor)
    .where("collection_id", "=", order.collection)
    .where("at", ">", new Date(parts.clock.now().getTime() - LOOK_LASTS_MS))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function requireLook(parts: Pick<Parts, "db" | "clock">, order: LookOrder): Promise<void> {
  if (await hasLooked(parts, order)) return;
  throw new AssentError("refused", "the look through these photos has not been begun", {
    remedy: "Open the page of the channel: that begins the look, and writes it down.",
  });
}

async function planned(
  parts: Pick<Parts, "db" | "clock">,
  order: LookOrder,
  ids: readonly Id[],
): Promise<readonly { readonly photo: PublishablePhoto; readonly plan: Plan }[]> {
  const audience = { kind: "channel", channel: order.channel } as const;
  const permits = await permitSource(parts, order.collection, audience)();
  const photos = await publishablePhotos(parts.db, ids);
  return photos.map((photo) => ({
    photo,
    plan: planFor(photo, { audience, reveal: order.reveal }, permits),
  }));
}

function standing({ photo, plan }: { readonly photo: PublishablePhoto; readonly plan: Plan }): LookedPhoto {
  const shown = new Set(plan.shown.map((face) => face.face));
  const marks = photo.faces.filter((face) => face.detection === "marked");
  const faces = photo.faces
    .filter((face) => face.detection === "marked" || !marks.some((mark) => samePlace(mark.box, face.box)))
    .map(
      (face) =>
        ({
          face: face.id,
          box: face.box,
          standing: shown.has(face.id) ? "shown" : face.detection === "marked" ? "by-hand" : "hidden",
        }) as const,
    )
    .toSorted((a, b) => a.box.x - b.box.x);
  return { photo: photo.id, fileName: photo.fileName, size: photo.size, faces };
}

/** A face that was marked to be hidden is there twice; people count it once. */
function hiddenPlaces(plan: Plan): number {
  const boxes: Box[] = [];
  for (const { box } of plan.hidden) if (!boxes.some((other) => samePlace(other, box))) boxes.push(box);
  return boxes.length;
}

function samePlace(a: Box, b: Box): boolean {
  return a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
}
