import { recordLook } from "../audit/index.ts";
import { AssentError, type Box, type Id } from "../core/index.ts";
import { inTransaction, type Db, type Trx } from "../db/index.ts";
import { collectionById, faceById, unmarkFace } from "../photos/index.ts";
import { lastMadePublic } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";
import { refuseWhilePublishing } from "./jobs.ts";
import { planned, requireLook, wasPublishedSince, type LookOrder } from "./look-through.ts";
import { markPlace } from "./tag.ts";

/**
 * Hides more, never less: the place of a face, or any other, is marked by hand, and is hidden on every channel from now on.
 * Marked twice, a place is one mark. `box` is in pixels of the upright picture.
 * Errors: `not-found`, `bad-input` for a place outside the picture.
 */
export async function hideMore(
  parts: Pick<Parts, "db" | "journal" | "clock">,
  order: {
    readonly collection: Id;
    readonly photo: Id;
    readonly place: { readonly face: Id } | { readonly box: Box };
    readonly actor: string;
  },
): Promise<void> {
  await requirePhoto(parts.db, order);
  let box: Box;
  if ("face" in order.place) {
    const face = await faceById(parts.db, order.place.face);
    if (face.photo_id !== order.photo) {
      throw new AssentError("not-found", "there is no such face in this photo");
    }
    box = { x: face.x, y: face.y, w: face.w, h: face.h };
  } else box = order.place.box;
  await markPlace(parts, { photo: order.photo, box, actor: order.actor });
}

/**
 * Takes back a mark that hides a place, in the look through what a channel would show. Whoever does it sees the place
 * again, so it is a look at those whom the photo shows then, recorded with it; anybody else who publishes has to begin
 * their look anew (`hasLooked`). Once the photo was made for a public channel with the place hidden it stays so: a picture
 * made again after somebody's withdrawal would show the place without anybody having looked.
 * Errors: `not-found`; `conflict` while the collection is being published; `refused` where the look was not begun, the photo was published since, or the mark was built upon.
 */
export async function showAgain(
  parts: Pick<Parts, "db" | "clock">,
  order: LookOrder & { readonly photo: Id; readonly face: Id },
): Promise<void> {
  await requireLook(parts, order);
  await requirePhoto(parts.db, order);
  const { purpose } = await collectionById(parts.db, order.collection);
  await inTransaction(parts.db, async (trx) => {
    await refuseWhilePublishing(trx, order.collection);
    await unmark(parts, trx, order);
    const [after] = await planned({ db: trx, clock: parts.clock }, order, [order.photo]);
    await recordLook(
      trx,
      {
        kind: "look-through",
        actor: order.actor,
        reason: purpose.slice(0, 500),
        collection: order.collection,
        persons: after?.plan.shown.map((face) => face.person) ?? [],
      },
      parts.clock,
    );
  });
}

/**
 * Takes back a mark from the working view, where every face is hidden: nobody is shown by it, and who publishes looks anew.
 * Errors: as `showAgain`, without a look.
 */
export async function takeMarkBack(
  parts: Pick<Parts, "db" | "clock">,
  order: {
    readonly collection: Id;
    readonly photo: Id;
    readonly face: Id;
    readonly actor: string;
  },
): Promise<void> {
  await requirePhoto(parts.db, order);
  await inTransaction(parts.db, async (trx) => {
    await refuseWhilePublishing(trx, order.collection);
    await unmark(parts, trx, order);
  });
}

async function unmark(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  order: { readonly photo: Id; readonly face: Id; readonly actor: string },
): Promise<void> {
  const marked = await unmarkFace(trx, order, order.actor, parts.clock);
  if (wasPublishedSince(marked, (await lastMadePublic(trx, [order.photo])).get(order.photo))) {
    throw new AssentError("refused", "this photo was published with the place hidden", {
      remedy: "It stays hidden: what is made again by itself must not show a place that nobody looked at.",
    });
  }
}

async function requirePhoto(db: Db, what: { readonly collection: Id; readonly photo: Id }): Promise<void> {
  const photo = await db
    .selectFrom("photo")
    .select("id")
    .where("id", "=", what.photo)
    .where("collection_id", "=", what.collection)
    .executeTakeFirst();
  if (!photo) throw new AssentError("not-found", "there is no such photo in this collection");
}
