import { checkLooker, refuseWhileSuspended } from "../audit/index.ts";
import { AssentError, isId, type Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { newSecret, secretHash } from "../people/index.ts";
import {
  addGalleryLink,
  beginDisclosure,
  completeDisclosure,
  galleryLinksOf,
  revokeGalleryLink,
  setGalleryOrigins,
  type GalleryLink,
} from "../publishing/index.ts";
import type { Parts } from "./instance.ts";

const DAY_MS = 86_400_000;
const DAYS = 14;
const MOST_DAYS = 90;
/** Long edges of a gallery's pictures, in pixels. The largest fills a screen of twice the usual density. */
const EDGES = { least: 320, usual: 1600, most: 4096 } as const;
const MOST_ORIGINS = 10;

export interface GalleryOrder {
  /** Of a channel, as `listPublications` has it. */
  readonly publication: Id;
  /** For so many days, 1 to 90 (14 unless given), and never beyond the collection's retention date; `public`: without end. */
  readonly lasts?: number | "public" | undefined;
  /** Longest side of its pictures in pixels, 320 to 4096; 1600 unless given. */
  readonly maxEdge?: number | undefined;
  readonly actor: string;
}

export interface MadeGallery {
  readonly id: Id;
  /** Shown once: only its hash is kept. */
  readonly secret: string;
  readonly expiresAt: Date | null;
}

/**
 * Makes a link by which whoever has it sees the pictures of a publication, as they are at that moment. The link is a disclosure of
 * its own, which grows with what is seen by it. Open to the public is a choice with an entry of its own, and for public channels
 * alone, after the look.
 * Errors: `not-found`, `bad-input`, `refused` (a public gallery of an internal channel), `review-needed`, `suspended`.
 */
export async function makeGallery(
  parts: Pick<Parts, "db" | "clock">,
  order: GalleryOrder,
): Promise<MadeGallery> {
  const { lasts = DAYS, maxEdge = EDGES.usual, actor } = order;
  checkLooker({ actor, reason: "gallery" });
  if (lasts !== "public" && !(Number.isInteger(lasts) && lasts >= 1 && lasts <= MOST_DAYS)) {
    throw new AssentError("bad-input", `a gallery's link lasts 1 to ${MOST_DAYS} days`);
  }
  if (!(Number.isInteger(maxEdge) && maxEdge >= EDGES.least && maxEdge <= EDGES.most)) {
    throw new AssentError(
      "bad-input",
      `the pictures of a gallery are ${EDGES.least} to ${EDGES.most} pixels long`,
    );
  }
  await refuseWhileSuspended(parts.db);
  const secret = newSecret();
  return inTransaction(parts.db, async (trx) => {
    const found = await publicationOf(trx, order.publication);
    if (found.public && found.reviewed_by === null) {
      throw new AssentError(
        "review-needed",
        `nobody has looked through what was published for "${found.channel}"`,
        {
          remedy: "Look through the photos and publish again.",
        },
      );
    }
    if (lasts === "public" && !found.public) {
      throw new AssentError("refused", `"${found.channel}" is an internal channel`, {
        remedy: "A gallery that is open to the public is made of a public channel; make a link that ends.",
      });
    }
    const days = lasts === "public" ? null : parts.clock.now().getTime() + lasts * DAY_MS;
    const expiresAt = days === null ? null : new Date(Math.min(days, found.retain_until.getTime()));
    const disclosure = await beginDisclosure(
      trx,
      {
        collection: found.collection_id,
        channel: found.channel,
        recipient: { kind: "link" },
        folder: null,
        reviewedBy: found.reviewed_by,
        reveal: found.reveal,
        renditions: [],
        planned: found.pictures,
      },
      parts.clock,
    );
    await completeDisclosure(trx, disclosure);
    const id = await addGalleryLink(
      trx,
      {
        collection: found.collection_id,
        publication: order.publication,
        disclosure,
        secretHash: secretHash(secret),
        maxEdge: Math.min(maxEdge, found.max_edge ?? maxEdge),
        expiresAt,
        by: actor,
      },
      parts.clock,
    );
    return { id, secret, expiresAt };
  });
}

async function publicationOf(trx: Trx, id: Id) {
  const found = isId(id)
    ? await trx
        .selectFrom("disclosure")
        .innerJoin("collection", "collection.id", "disclosure.collection_id")
        .innerJoin("channel", (join) =>
          join
            .onRef("channel.collection_id", "=", "disclosure.collection_id")
            .onRef("channel.name", "=", "disclosure.channel"),
        )
        .select([
          "disclosure.channel",
          "disclosure.reviewed_by",
          "disclosure.reveal",
          "disclosure.pictures",
          "disclosure.max_edge",
          "collection.id as collection_id",
          "collection.retain_until",
          "channel.public",
        ])
        .where("disclosure.id", "=", id)
        .where("disclosure.recipient", "=", "channel")
        .where("disclosure.state", "=", "complete")
        .forShare("collection")
        .executeTakeFirst()
    : undefined;
  if (!found) throw new AssentError("not-found", "there is no such publication");
  return found;
}

/**
 * Ends a link at once: from the commit on it opens nothing, nor after a restore. Errors: `not-found` for what is not there or has
 * been revoked before.
 */
export async function revokeGallery(
  parts: Pick<Parts, "db" | "clock" | "journal">,
  id: Id,
  actor: string,
): Promise<void> {
  await inTransaction(parts.db, async (trx) => {
    if (!isId(id) || !(await revokeGalleryLink(trx, id, actor, parts.clock))) throw noSuchLink();
    // Before the commit: a crash in between leaves a restriction too many for a restore, never one too few.
    await parts.journal.append([{ event: "revoked", subject: id }], parts.clock.now());
  });
}

/**
 * Names the sites whose pages may hold the gallery in a frame, in place of those named before. Returns them as browsers know them.
 * Errors: `bad-input` for what is no origin; `not-found`.
 */
export async function allowFrames(
  parts: Pick<Parts, "db" | "clock">,
  id: Id,
  origins: readonly string[],
  actor: string,
): Promise<readonly string[]> {
  const checked = [...new Set(origins.map(checkedOrigin))];
  if (checked.length > MOST_ORIGINS) {
    throw new AssentError("bad-input", `a gallery is framed by ${MOST_ORIGINS} sites at most`);
  }
  await inTransaction(parts.db, async (trx) => {
    if (!isId(id) || !(await setGalleryOrigins(trx, id, checked, actor, parts.clock))) throw noSuchLink();
  });
  return checked;
}

/** `https://host[:port]` and nothing more: it goes into a header. */
function checkedOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (plain && url.protocol === "https:" && /^[a-z0-9.-]+(:\d+)?$/.test(url.host)) return url.origin;
  throw new AssentError("bad-input", "a site is named by its origin alone", {
    remedy: "Write it as https://www.example.org.",
  });
}

/** The links of a collection, newest first; no secret is among it. */
export async function listGalleries(
  parts: Pick<Parts, "db">,
  collection: Id,
): Promise<readonly GalleryLink[]> {
  return galleryLinksOf(parts.db, collection);
}

function noSuchLink(): AssentError {
  return new AssentError("not-found", "there is no such link");
}
