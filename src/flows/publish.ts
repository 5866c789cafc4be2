import { resolve } from "node:path";
import { record, recordLook, refuseWhileSuspended } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction, type Reveal as RevealMode } from "../db/index.ts";
import {
  beginDisclosure,
  checkedWatermark,
  completeDisclosure,
  tellUntold,
  type Audience,
  type PictureForm,
} from "../publishing/index.ts";
import { heldPhotos } from "../rights/index.ts";
import { copyRendition, NOTICE, prepareFolder, writeManifest } from "./export-folder.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";
import { collectionNamed } from "./named.ts";
import { permitSource, renderOne, type RenderOrder } from "./render.ts";

/** Long edges of exported pictures, in pixels: from a thumbnail to beyond any camera. */
const EDGES = { least: 320, most: 20_000 } as const;

export interface PublishOrder {
  readonly collection: string;
  readonly channel: string;
  readonly out: string;
  readonly reveal: RevealMode;
  /** Who looked through the pictures; a public channel is refused without. */
  readonly reviewedBy: string | undefined;
  readonly actor: string;
  /** Longest side of the pictures in pixels, 320 to 20,000; as large as the originals unless given. */
  readonly maxEdge?: number | undefined;
  /** Written across each picture. */
  readonly watermark?: string | undefined;
  readonly progress: (done: number, total: number) => void;
  /** Ends it while pictures are made; once some are about to leave it goes through. Errors then: `interrupted`. */
  readonly signal?: AbortSignal;
}

export interface Published {
  readonly renditions: number;
  /** Path of the manifest. */
  readonly manifest: string;
  readonly out: string;
  readonly rendered: number;
  readonly shown: number;
  readonly hidden: number;
  /** Photos left out because they have not been looked through yet. */
  readonly waiting: number;
  /** Photos left out of a public channel because somebody asked for it, and nobody has let them back. */
  readonly heldBack: number;
  readonly timings: { readonly totalMs: number };
}

/**
 * Publishes a collection's photos for a channel into a folder:
 * render what changed -> write down what is about to leave -> copy each rendition under its row's lock -> manifest.
 * Killed anywhere, the same command started again completes it; a withdrawal meanwhile is met at each step.
 */
export async function publish(parts: Parts, order: PublishOrder): Promise<Published> {
  const started = performance.now();
  await refuseWhileSuspended(parts.db);
  const collection = await collectionNamed(parts.db, order.collection);
  const channel = await requireChannel(parts, collection.id, order.channel);
  if (channel.public && !order.reviewedBy?.trim()) {
    throw new AssentError(
      "review-needed",
      `"${order.channel}" is a public channel: somebody has to look first`,
      {
        remedy:
          "Make a contact sheet (assent contact-sheet), look through it, mark what must be hidden (assent mark), then " +
          "publish with --reviewed-by NAME.",
      },
    );
  }
  const form = formOf(order);
  const out = resolve(order.out);
  const photosFolder = await prepareFolder(parts, out, NOTICE);
  const { scanned, waiting } = await photosToPublish(parts, collection.id);
  const held = channel.public ? await heldPhotos(parts.db, scanned) : new Set<Id>();
  const made = await renderAll(
    parts,
    collection.id,
    { kind: "channel", channel: order.channel },
    order,
    scanned.filter((photo) => !held.has(photo)),
  );

  const disclosure = await inTransaction(parts.db, async (trx) => {
    if (order.reveal === "matched") {
      const payload = { collection: collection.id, channel: order.channel, by: order.actor };
      await record(trx, { kind: "reveal-matched-chosen", payload }, parts.clock);
    }
    await recordLook(
      trx,
      {
        kind: "publish",
        actor: order.actor,
        reason: collection.purpose.slice(0, 500),
        collection: collection.id,
        persons: made.persons,
      },
      parts.clock,
    );
    return beginDisclosure(
      trx,
      {
        collection: collection.id,
        channel: order.channel,
        recipient: { kind: "channel" },
        folder: out,
        reviewedBy: order.reviewedBy?.trim() ?? null,
        reveal: order.reveal,
        form,
        renditions: made.renditions,
      },
      parts.clock,
    );
  });

  await inParallel(made.renditions, parts.processes, async (rendition) => {
    // A rendition suspended since it was made is left to the withdrawal, which renews it and this folder.
    await copyRendition(parts, rendition, photosFolder, form);
  });
  const manifest = await writeManifest(parts, out);
  await inTransaction(parts.db, async (trx) => {
    await completeDisclosure(trx, disclosure);
    await tellUntold(trx, made.renditions, parts.clock);
  });
  return {
    renditions: manifest.items.length,
    manifest: manifest.path,
    out,
    rendered: made.fresh,
    shown: manifest.items.reduce((sum, item) => sum + item.shown.length, 0),
    hidden: manifest.items.reduce((sum, item) => sum + item.hidden.length, 0),
    waiting,
    heldBack: held.size,
    timings: { totalMs: Math.round(performance.now() - started) },
  };
}

/** Errors: `bad-input`. */
export function formOf(order: Pick<PublishOrder, "maxEdge" | "watermark">): PictureForm {
  const { maxEdge, watermark } = order;
  if (
    maxEdge !== undefined &&
    !(Number.isInteger(maxEdge) && maxEdge >= EDGES.least && maxEdge <= EDGES.most)
  ) {
    throw new AssentError(
      "bad-input",
      `the longest side of pictures is ${EDGES.least} to ${EDGES.most} pixels`,
    );
  }
  return {
    maxEdge: maxEdge ?? null,
    watermark: watermark === undefined ? null : checkedWatermark(watermark),
  };
}

export async function requireChannel(
  parts: Pick<Parts, "db">,
  collection: Id,
  name: string,
): Promise<{ readonly name: string; readonly public: boolean }> {
  const channels = await parts.db
    .selectFrom("channel")
    .selectAll()
    .where("collection_id", "=", collection)
    .execute();
  const found = channels.find((channel) => channel.name === name);
  if (!found) {
    const known = channels.map((channel) => channel.name).join(", ") || "none";
    throw new AssentError("not-found", `the collection has no channel "${name}"`, {
      remedy: `Its channels: ${known}. They are named when the collection is created, because people consent to each.`,
    });
  }
  return found;
}

/** The photos of a collection but those that staff rejected, in the order of their file names. */
export async function photosToPublish(
  parts: Pick<Parts, "db">,
  collection: Id,
): Promise<{ readonly scanned: readonly Id[]; readonly waiting: number }> {
  const rows = await parts.db
    .selectFrom("photo")
    .select(["id", "state"])
    .where("collection_id", "=", collection)
    .where((eb) => eb.or([eb("rating", "is", null), eb("rating", "<>", "rejected")]))
    .orderBy("file_name")
    .execute();
  return {
    scanned: rows.filter((row) => row.state === "scanned").map((row) => row.id),
    waiting: rows.filter((row) => row.state === "pending").length,
  };
}

/** Makes every rendition that is missing or out of date, as many at once as there are processes. */
export async function renderAll(
  parts: Pick<Parts, "db" | "blobs" | "clock" | "renderer" | "processes">,
  collection: Id,
  audience: Audience,
  order: Pick<PublishOrder, "reveal" | "progress" | "signal">,
  photos: readonly Id[],
): Promise<{ readonly renditions: readonly Id[]; readonly persons: readonly Id[]; readonly fresh: number }> {
  const permits = permitSource(parts, collection, audience);
  const renditions: Id[] = [];
  const persons = new Set<Id>();
  let fresh = 0;
  let done = 0;
  await inParallel(photos, parts.processes, async (photo) => {
    if (order.signal?.aborted) throw new AssentError("interrupted", "the publication was stopped");
    const wanted: RenderOrder = { photo, collection, audience, reveal: order.reveal, cause: "publication" };
    const made = await renderOne(parts, wanted, permits).catch(ifHeldBack);
    if (made) {
      renditions.push(made.rendition);
      for (const face of made.plan.shown) persons.add(face.person);
      if (made.fresh) fresh++;
    }
    order.progress(++done, photos.length);
  });
  return { renditions, persons: [...persons], fresh };
}

/** Somebody has asked that the photo be taken off since it was listed: the database refused it, and it is left out. */
function ifHeldBack(error: unknown): undefined {
  if (error instanceof AssentError && error.code === "refused") return undefined;
  throw error;
}
