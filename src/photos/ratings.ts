import { record } from "../audit/index.ts";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import type { PhotoRating, Trx } from "../db/index.ts";

/**
 * Stars photos, rejects them, or takes either back (null), all of them or none. What is rejected is left out of the next
 * publishing. Returns how many were rated otherwise before. Errors: `not-found` where one of them is not in the collection.
 */
export async function ratePhotos(
  trx: Trx,
  order: {
    readonly collection: Id;
    readonly photos: readonly Id[];
    readonly rating: PhotoRating | null;
    readonly by: string;
  },
  clock: Clock,
): Promise<number> {
  const { collection, rating, by } = order;
  const photos = [...new Set(order.photos)];
  if (photos.length === 0) return 0;
  const there = await trx
    .selectFrom("photo")
    .select(["id", "rating"])
    .where("collection_id", "=", collection)
    .where("id", "in", photos)
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
  if (there.length < photos.length) {
    throw new AssentError("not-found", "one of these photos is not in this collection (any more)");
  }
  const changed = there.filter((one) => one.rating !== rating).map((one) => one.id);
  if (changed.length === 0) return 0;
  await trx.updateTable("photo").set({ rating }).where("id", "in", changed).execute();
  const payload = { collection, rating: rating ?? "none", photos: changed.length, by };
  await record(trx, { kind: "photos-rated", payload }, clock);
  return changed.length;
}
