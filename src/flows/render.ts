import { companionPermits, publishPermits, recheck, type Permit } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction, isUniqueViolation, withoutServer, type Reveal as RevealMode } from "../db/index.ts";
import {
  channelReveals,
  plan,
  publishablePhotos,
  readerReveals,
  renditionFor,
  saveRendition,
  type Audience,
  type NewRendition,
  type Plan,
  type PublishablePhoto,
  type Reveal,
  isIn,
} from "../publishing/index.ts";
import { addPending, donePending, pendingOf } from "../rights/index.ts";
import type { Parts } from "./instance.ts";

export interface RenderOrder {
  readonly photo: Id;
  readonly collection: Id;
  readonly audience: Audience;
  readonly reveal: RevealMode;
  /** `due`: it is made again by itself, or for somebody who looks. */
  readonly cause: NewRendition["cause"];
}

export interface Made {
  readonly rendition: Id;
  readonly name: string;
  readonly photo: PublishablePhoto;
  readonly plan: Plan;
  /** False where the rendition that was there already shows just this. */
  readonly fresh: boolean;
}

/** A consent that changes while a picture is made is met by making it again; this often at most. */
const TRIES = 5;

/** Permits are good for a minute; sets this old are asked for again. */
const PERMITS_MAX_AGE_MS = 15_000;

/** The publish permits for an audience, asked for again when they grow old, so that a long publishing needs few queries. */
export function permitSource(
  parts: Pick<Parts, "db" | "clock">,
  collection: Id,
  audience: Audience,
): (fresh?: boolean) => Promise<readonly Permit<"publish">[]> {
  let held: { at: number; permits: Promise<readonly Permit<"publish">[]> } | undefined;
  return (fresh = false) => {
    const now = parts.clock.now().getTime();
    if (!held || fresh || now - held.at > PERMITS_MAX_AGE_MS) {
      const permits = permitsFor(parts, collection, audience);
      held = { at: now, permits };
    }
    return held.permits;
  };
}

async function permitsFor(
  parts: Pick<Parts, "db" | "clock">,
  collection: Id,
  audience: Audience,
): Promise<readonly Permit<"publish">[]> {
  switch (audience.kind) {
    case "channel":
      return publishPermits(parts.db, collection, audience.channel, parts.clock);
    case "reader":
      return companionPermits(parts.db, collection, parts.clock);
    case "hidden-view":
      return [];
  }
}

/**
 * Makes the rendition of one photo for one audience, unless the one that is there shows the same: read and plan,
 * render outside any transaction, then recheck and replace. A crash before the replacement leaves a blob that no row
 * names (`prove` finds it, the next settling removes it); a crash after it leaves the old blob as pending work.
 * Undefined, and nothing made, where the reader is not in the photo any more, and nothing of it was made for them.
 */
export async function renderOne(
  parts: Pick<Parts, "db" | "blobs" | "clock" | "renderer">,
  order: RenderOrder,
  permitsOf: (fresh?: boolean) => Promise<readonly Permit<"publish">[]>,
): Promise<Made | undefined> {
  for (let attempt = 1; ; attempt++) {
    const permits = await permitsOf(attempt > 1);
    const photo = (await publishablePhotos(parts.db, [order.photo]))[0];
    if (!photo)
      throw new AssentError("not-found", "the photo is not there, or has not been looked through yet");
    const planned = planFor(photo, order, permits);
    const { audience } = order;
    const before = await renditionFor(parts.db, order.photo, order.audience);
    if (!before && audience.kind === "reader" && !isIn(photo, audience.person)) return undefined;
    if (
      before?.state === "current" &&
      before.blob !== null &&
      before.plan_digest === planned.digest &&
      before.reveal === order.reveal
    ) {
      return { rendition: before.id, name: before.name, photo, plan: planned, fresh: false };
    }
    const blob = await renderBlob(parts, photo, planned);
    try {
      const saved = await inTransaction(parts.db, async (trx) => {
        const shown = new Set(planned.shown.map((face) => face.person));
        const used = permits.filter((permit) => shown.has(permit.person));
        await recheck(trx, used, parts.clock);
        const done = await saveRendition(trx, { ...order, plan: planned, blob }, used, parts.clock);
        if (done.replaced !== null) {
          await addPending(
            trx,
            [{ kind: "remove-blob", subject: done.replaced, erasure: null }],
            parts.clock,
          );
        }
        return done;
      });
      if (saved.replaced !== null) await removeReplaced(parts, saved.replaced);
      return { rendition: saved.id, name: saved.name, photo, plan: planned, fresh: true };
    } catch (error) {
      // Where the server was lost, nobody knows whether the commit came through; what no row names goes at the next start.
      if (withoutServer(error) === error) await parts.blobs.remove(blob);
      // Two readings at once may both make the first rendition: the later one finds the other's there.
      const transient =
        (error instanceof AssentError && error.code === "no-consent") || isUniqueViolation(error);
      if (!transient || attempt === TRIES) throw error;
    }
  }
}

/** What the audience may see of the photo. */
export function planFor(
  photo: PublishablePhoto,
  order: Pick<RenderOrder, "audience" | "reveal">,
  permits: readonly Permit<"publish">[],
): Plan {
  const reveals = revealsFor(photo, order, permits);
  return plan({ size: photo.size, faces: photo.faces, reveals, hideMore: photo.codes });
}

function revealsFor(
  photo: PublishablePhoto,
  order: Pick<RenderOrder, "audience" | "reveal">,
  permits: readonly Permit<"publish">[],
): ReadonlyMap<Id, Reveal> {
  switch (order.audience.kind) {
    case "channel":
      return channelReveals(photo, permits, order.reveal);
    case "reader":
      return readerReveals(photo, order.audience.person, permits);
    case "hidden-view":
      return new Map();
  }
}

/** Renders a plan into a new blob. */
async function renderBlob(
  parts: Pick<Parts, "blobs" | "renderer">,
  photo: PublishablePhoto,
  planned: Plan,
): Promise<string> {
  const target = await parts.blobs.temporary();
  await renderFile(parts, photo, planned, target);
  return parts.blobs.put("renditions", { file: target });
}

/** Renders a plan into a file; `maxEdge` limits its longer side, in pixels. */
export async function renderFile(
  parts: Pick<Parts, "blobs" | "renderer">,
  photo: PublishablePhoto,
  planned: Plan,
  target: string,
  maxEdge?: number,
): Promise<void> {
  await parts.blobs.withFile(photo.blob, (source) =>
    parts.renderer().render({
      source,
      target,
      size: planned.size,
      hidden: planned.hidden.map((face) => face.shape),
      ...(maxEdge === undefined ? {} : { maxEdge }),
    }),
  );
}

/** Removes a picture that no row names any more, and the pending work that says so. */
export async function removeReplaced(parts: Pick<Parts, "db" | "blobs">, blob: string): Promise<void> {
  await parts.blobs.remove(blob);
  // Another process that settles at its start may have been faster: then there is nothing left to do.
  for (const row of await pendingOf(parts.db, null)) {
    if (row.kind === "remove-blob" && row.subject === blob) await donePending(parts.db, row.id);
  }
}
