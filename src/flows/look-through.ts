import { recordLook } from "../audit/index.ts";
import { AssentError, type Box, type Id, type Size } from "../core/index.ts";
import { inTransaction, type Db, type Reveal as RevealMode } from "../db/index.ts";
import {
  isSameBox,
  lastMadePublic,
  placesOf,
  publishablePhotos,
  type Plan,
  type PublishablePhoto,
} from "../publishing/index.ts";
import { collectionById, openMarks } from "../photos/index.ts";
import type { Parts } from "./instance.ts";
import { photosToPublish, requireChannel } from "./publish.ts";
import { permitSource, planFor } from "./render.ts";
import { staffPicture } from "./staff-picture.ts";

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
      { kind: "look-through", actor: order.actor, reason, collection: collection.id, persons: [...persons] },
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
  /** Of a mark by hand: whether it can be taken back (`showAgain`). */
  readonly canShowAgain: boolean;
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
  const ids = some.map(({ photo }) => photo.id);
  const takeable = await takeableBack(parts.db, ids);
  return { photos: some.map((one) => standing(one, takeable)), total: scanned.length };
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
  return staffPicture(parts, found.photo, found.plan);
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
  return staffPicture(
    parts,
    photo,
    planFor(photo, { audience: { kind: "hidden-view" }, reveal: "confirmed" }, []),
  );
}

/**
 * Whether somebody has begun the look through a collection that publishing asks for, not long ago, and since a place that
 * was hidden by hand was last shown again: whoever did that looked then.
 */
export async function hasLooked(
  parts: Pick<Parts, "db" | "clock">,
  order: Pick<LookOrder, "collection" | "actor">,
): Promise<boolean> {
  const begun = await lastLook(parts, order);
  if (begun === undefined) return false;
  const shownAgain = await parts.db
    .selectFrom("photo")
    .select("id")
    .where("collection_id", "=", order.collection)
    .where("unmarked_at", ">", begun)
    .limit(1)
    .executeTakeFirst();
  return shownAgain === undefined;
}

/**
 * The look that a publication rests upon still counts: for as long as one lasts, and while no place was shown again since.
 * Errors: `review-needed`.
 */
export async function requireFreshLook(
  parts: Pick<Parts, "db" | "clock">,
  order: { readonly collection: Id; readonly reviewedBy?: string | undefined },
): Promise<void> {
  const { collection, reviewedBy } = order;
  if (reviewedBy === undefined || (await hasLooked(parts, { collection, actor: reviewedBy }))) return;
  throw new AssentError("review-needed", "the look that this publication asks for has to be begun again", {
    remedy: "Look through the photos of the channel, then publish again.",
  });
}

/** When the look was last begun; undefined where it was not, or too long ago. */
async function lastLook(
  parts: Pick<Parts, "db" | "clock">,
  order: Pick<LookOrder, "collection" | "actor">,
): Promise<Date | undefined> {
  const row = await parts.db
    .selectFrom("look")
    .select("at")
    .where("kind", "=", "look-through")
    .where("actor", "=", order.actor)
    .where("collection_id", "=", order.collection)
    .where("at", ">", new Date(parts.clock.now().getTime() - LOOK_LASTS_MS))
    .orderBy("at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.at;
}

/** Errors: `refused` where the look was not begun. */
export async function requireLook(parts: Pick<Parts, "db" | "clock">, order: LookOrder): Promise<void> {
  if ((await lastLook(parts, order)) !== undefined) return;
  throw new AssentError("refused", "the look through these photos has not been begun", {
    remedy: "Open the page of the channel: that begins the look, and writes it down.",
  });
}

/** What the channel would show of each photo. */
export async function planned(
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

function standing(
  { photo, plan }: { readonly photo: PublishablePhoto; readonly plan: Plan },
  takeable: ReadonlySet<Id>,
): LookedPhoto {
  const shown = new Set(plan.shown.map((face) => face.face));
  const faces = placesOf(photo.faces)
    .map(
      (face) =>
        ({
          face: face.id,
          box: face.box,
          standing: shown.has(face.id) ? "shown" : face.detection === "marked" ? "by-hand" : "hidden",
          canShowAgain: takeable.has(face.id),
        }) as const,
    )
    .toSorted((a, b) => a.box.x - b.box.x);
  return { photo: photo.id, fileName: photo.fileName, size: photo.size, faces };
}

/** A face that was marked to be hidden is there twice; people count it once. */
function hiddenPlaces(plan: Plan): number {
  const boxes: Box[] = [];
  for (const { face, box } of plan.hidden) {
    // The place of a code is nobody.
    if (face !== null && !boxes.some((other) => isSameBox(other, box))) boxes.push(box);
  }
  return boxes.length;
}

/** Marks by hand that can be taken back: nothing was built upon them, and the photo was not made public since. */
export async function takeableBack(db: Db, photos: readonly Id[]): Promise<ReadonlySet<Id>> {
  const [marks, made] = [await openMarks(db, photos), await lastMadePublic(db, photos)];
  return new Set(
    marks.filter((mark) => !wasPublishedSince(mark.at, made.get(mark.photo))).map((mark) => mark.face),
  );
}

/** `made`: when the photo was last made for a public channel. */
export function wasPublishedSince(mark: Date, made: Date | undefined): boolean {
  return made !== undefined && made >= mark;
}
