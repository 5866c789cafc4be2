import { refuseWhileSuspended } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { holdPublished, smaller } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";

/** Large enough to find oneself in it, and smaller than what any publication or gallery gives away. */
const EDGE = 640;

/**
 * A picture that was published for a public channel, by the random name that its file has, for whoever holds that name and
 * wants to say something about it ("hide me"). What was taken off since is not shown, nor is any other audience's.
 * Errors: `not-found`.
 */
export async function publishedPicture(
  parts: Pick<Parts, "db" | "blobs">,
  name: string,
): Promise<Uint8Array> {
  await refuseWhileSuspended(parts.db);
  const bytes = await inTransaction(parts.db, async (trx) => {
    // Held against change: a withdrawal either comes first, and nothing is read, or waits until it is.
    const row = await trx
      .selectFrom("rendition")
      .innerJoin("channel", (join) =>
        join
          .onRef("channel.collection_id", "=", "rendition.collection_id")
          .onRef("channel.name", "=", "rendition.channel"),
      )
      .select("rendition.blob")
      .where("rendition.name", "=", name.replace(/\.jpe?g$/i, ""))
      .where("rendition.state", "=", "current")
      .where("channel.public", "=", true)
      .forShare("rendition")
      .executeTakeFirst();
    return row?.blob ? parts.blobs.read(row.blob) : undefined;
  });
  if (!bytes) throw new AssentError("not-found", "there is no such picture here");
  return smaller(bytes, EDGE);
}

/**
 * The same by the rendition's id, whole and of any channel, for a program of the controller's that shows what was published.
 * Errors: `not-found`, also for what was suspended since.
 */
export async function publishedRendition(
  parts: Pick<Parts, "db" | "blobs">,
  which: { readonly collection: Id; readonly rendition: Id },
): Promise<Uint8Array> {
  await refuseWhileSuspended(parts.db);
  const bytes = await inTransaction(parts.db, async (trx) => {
    // Held against change, as above.
    const blob = await holdPublished(trx, which);
    return blob === undefined ? undefined : parts.blobs.read(blob);
  });
  if (!bytes) throw new AssentError("not-found", "there is no such published picture");
  return bytes;
}
