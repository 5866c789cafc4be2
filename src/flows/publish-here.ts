import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { refuseWhileSuspended } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { PictureForm } from "../publishing/index.ts";
import { hasLooked, type LookOrder } from "./look-through.ts";
import type { Parts } from "./instance.ts";
import { formOf, requireChannel, type PublishOrder } from "./publish.ts";

/** What is ordered; whoever works makes it. */
export type OrderedPublication = Omit<PublishOrder, "progress" | "signal">;

/**
 * What publishing into the data folder needs to be told, checked: a public channel wants somebody who says that they looked,
 * and whose look was begun here. The folder is the collection's and the channel's own, so that a later publishing renews it.
 * Errors: `not-found`, `review-needed`.
 */
export async function orderPublication(
  parts: Pick<Parts, "db" | "clock">,
  order: LookOrder & {
    readonly looked: boolean;
    readonly maxEdge?: number | undefined;
    readonly watermark?: string | undefined;
    /** Folder that the exports of every collection are in. */
    readonly exports: string;
  },
): Promise<OrderedPublication> {
  formOf(order);
  const channel = await requireChannel(parts, order.collection, order.channel);
  const looked = order.looked && (await hasLooked(parts, order));
  if (channel.public && !looked) {
    throw new AssentError(
      "review-needed",
      `"${order.channel}" is a public channel: somebody has to look first`,
      { remedy: "Look through the photos on this page, hide what must be hidden, and say that you looked." },
    );
  }
  return {
    collection: order.collection,
    channel: order.channel,
    reveal: order.reveal,
    reviewedBy: looked ? order.actor : undefined,
    actor: order.actor,
    maxEdge: order.maxEdge,
    watermark: order.watermark,
    out: join(order.exports, order.collection, folderName(order.channel)),
  };
}

/** Readable where it can be, and never another channel's. */
function folderName(channel: string): string {
  const readable = channel
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const hash = createHash("sha256").update(channel).digest("hex").slice(0, 8);
  return readable === "" ? hash : `${readable.slice(0, 40)}-${hash}`;
}

export interface Publication {
  readonly id: Id;
  readonly channel: string;
  readonly at: Date;
  readonly reviewedBy: string | null;
  readonly pictures: number;
  readonly folder: string;
  readonly maxEdge: number | null;
  readonly watermark: string | null;
  /** How many of its pictures were made again or taken off since. */
  readonly changed: number;
}

/** What was published of a collection, newest first: the last of each channel and folder. */
export async function listPublications(
  parts: Pick<Parts, "db">,
  collection: Id,
): Promise<readonly Publication[]> {
  const rows = await parts.db
    .selectFrom("disclosure")
    .distinctOn(["channel", "folder"])
    .select(["id", "channel", "at", "reviewed_by", "pictures", "folder", "max_edge", "watermark"])
    .select((eb) =>
      eb
        .selectFrom("disclosure_rendition")
        .innerJoin("rendition", "rendition.id", "disclosure_rendition.rendition_id")
        .select((e) => e.fn.countAll<number>().as("n"))
        .whereRef("disclosure_rendition.disclosure_id", "=", "disclosure.id")
        .where((e) =>
          e.or([
            e("rendition.state", "<>", "current"),
            e("rendition.rendered_at", ">", e.ref("disclosure.at")),
          ]),
        )
        .as("changed"),
    )
    .where("collection_id", "=", collection)
    .where("recipient", "=", "channel")
    .where("state", "=", "complete")
    .orderBy("channel")
    .orderBy("folder")
    .orderBy("at", "desc")
    .execute();
  return rows
    .map((row) => ({
      id: row.id,
      channel: row.channel,
      at: row.at,
      reviewedBy: row.reviewed_by,
      pictures: row.pictures,
      folder: row.folder ?? "",
      maxEdge: row.max_edge,
      watermark: row.watermark,
      changed: row.changed ?? 0,
    }))
    .toSorted((a, b) => b.at.getTime() - a.at.getTime());
}

/** A picture of a publication that is another one now, or none. */
export interface ChangedPicture {
  /** The original's name. */
  readonly file: string;
  /** That of its file in the folder. */
  readonly name: string;
  readonly became: "made-again" | "taken-off";
}

/** Which pictures of a publication were made again or taken off since, by a withdrawal or a request. Errors: `not-found`. */
export async function changedPictures(
  parts: Pick<Parts, "db">,
  publication: Id,
): Promise<readonly ChangedPicture[]> {
  const rows = await parts.db
    .selectFrom("disclosure")
    .innerJoin("disclosure_rendition", "disclosure_rendition.disclosure_id", "disclosure.id")
    .innerJoin("rendition", "rendition.id", "disclosure_rendition.rendition_id")
    .innerJoin("photo", "photo.id", "rendition.photo_id")
    .select(["photo.file_name", "rendition.name", "rendition.state"])
    .where("disclosure.id", "=", publication)
    .where("disclosure.recipient", "=", "channel")
    .where((eb) =>
      eb.or([
        eb("rendition.state", "<>", "current"),
        eb("rendition.rendered_at", ">", eb.ref("disclosure.at")),
      ]),
    )
    .orderBy("photo.file_name")
    .orderBy("rendition.id")
    .execute();
  return rows.map((row) => ({
    file: row.file_name,
    name: row.name,
    became: row.state === "current" ? "made-again" : "taken-off",
  }));
}

/**
 * The pictures of a publication as they are now, one at a time: what is suspended by then is left out. Names are the random
 * ones of renditions. Errors: `not-found`.
 */
export async function publishedPictures(
  parts: Pick<Parts, "db" | "blobs" | "renderer">,
  disclosure: Id,
): Promise<{
  readonly channel: string;
  readonly pictures: AsyncIterable<{ readonly name: string; readonly bytes: Uint8Array }>;
}> {
  await refuseWhileSuspended(parts.db);
  const found = await parts.db
    .selectFrom("disclosure")
    .select(["id", "channel", "max_edge", "watermark"])
    .where("id", "=", disclosure)
    .where("recipient", "=", "channel")
    .where("state", "=", "complete")
    .executeTakeFirst();
  if (!found) throw new AssentError("not-found", "there is no such publication");
  const rows = await parts.db
    .selectFrom("disclosure_rendition")
    .select("rendition_id")
    .where("disclosure_id", "=", disclosure)
    .execute();
  const form = { maxEdge: found.max_edge, watermark: found.watermark };
  async function* pictures() {
    for (const { rendition_id } of rows) {
      const now = (): Promise<{ name: string; blob: string | null } | undefined> =>
        parts.db
          .selectFrom("rendition")
          .select(["name", "blob"])
          .where("id", "=", rendition_id)
          .where("state", "=", "current")
          .executeTakeFirst();
      const row = await now();
      const bytes = row?.blob != null ? await readFormed(parts, row.blob, form).catch(ifGone) : undefined;
      // Replaced while it was read and formed: what it showed before must not go out.
      if (row && bytes && (await now())?.blob === row.blob) yield { name: `${row.name}.jpg`, bytes };
    }
  }
  return { channel: folderName(found.channel), pictures: pictures() };
}

async function readFormed(
  parts: Pick<Parts, "blobs" | "renderer">,
  blob: string,
  form: PictureForm,
): Promise<Uint8Array> {
  if (form.maxEdge === null && form.watermark === null) return parts.blobs.read(blob);
  const target = await parts.blobs.temporary();
  try {
    await parts.blobs.withFile(blob, (source) => parts.renderer().form({ source, target, ...form }));
    return await readFile(target);
  } finally {
    await rm(target, { force: true });
  }
}

function ifGone(error: unknown): undefined {
  if (error instanceof AssentError && error.code === "not-found") return undefined;
  throw error;
}
