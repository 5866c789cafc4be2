import type { Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { applyCards, sightingsIn, type Applied } from "../matching/index.ts";
import { cardsOf, endCard, tagCode, takeCard, type Card } from "../people/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";
import { collectionNamed } from "./named.ts";
import { renewStale, stopStale } from "./renew-renditions.ts";

/**
 * After photos were looked through: what the cards in them say about faces is made true, in one transaction of the
 * collection's own; then what is shown otherwise is made again. A crash before it leaves the sightings, and the next import,
 * join or change of a card does it.
 */
export async function applyCardTags(parts: Parts, collection: Id): Promise<Pick<Applied, "given" | "asked">> {
  const { given, asked } = await inTransaction(parts.db, (trx) => applied(parts, trx, collection, "match"));
  await renewStale(parts);
  return { given, asked };
}

async function applied(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  collection: Id,
  cause: "match" | "no",
): Promise<Applied> {
  const done = await applyCards(trx, collection, parts.clock);
  await stopStale(parts, trx, done.changed, cause);
  return done;
}

/**
 * In the transaction of a join, once its invitation is used up: the card that the invitation is the other half of is the
 * newcomer's from now on, and so are the photos in which it was held up before. The caller calls `renewStale` afterwards.
 */
export async function takeCardWith(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  joined: { readonly invitation: Id; readonly person: Id; readonly collection: Id },
): Promise<void> {
  if (!(await takeCard(trx, joined.invitation, joined.person, parts.clock))) return;
  await applied(parts, trx, joined.collection, "match");
}

/** After a restore: the card was ended since the backup was made. False where it is none, or ended already. */
export async function endCardAgain(parts: Pick<Parts, "clock">, trx: Trx, card: Id): Promise<boolean> {
  const row = await trx
    .updateTable("card")
    .set({ ended_at: parts.clock.now() })
    .where("id", "=", card)
    .where("ended_at", "is", null)
    .returning("collection_id")
    .executeTakeFirst();
  if (row) await applied(parts, trx, row.collection_id, "no");
  return row !== undefined;
}

/** For staff: the cards of a collection, and never whose they are. */
export async function listCards(
  parts: Pick<Parts, "db">,
  order: { readonly collection: string },
): Promise<readonly Card[]> {
  return cardsOf(parts.db, (await collectionNamed(parts.db, order.collection)).id);
}

export interface SeenCard {
  readonly photo: Id;
  /** The original's name, for staff. */
  readonly file: string;
  /** null: the secret half of a card, or a code that is no card of this collection (any more). */
  readonly code: string | null;
  readonly box: BoxArray;
  readonly standing: Awaited<ReturnType<typeof sightingsIn>>[number]["standing"];
  /** Whether a face is the card's owner's by it; `waiting`: nobody has joined by it, or staff have to say. */
  readonly face: "given" | "confirmed" | "rejected" | "waiting" | "none";
}

/** For staff: every place where a code was seen, and what stands in the way where no face is anybody's by it. */
export async function listSeenCards(
  parts: Pick<Parts, "db">,
  order: { readonly collection: string },
): Promise<readonly SeenCard[]> {
  const collection = await collectionNamed(parts.db, order.collection);
  return (await sightingsIn(parts.db, collection.id)).map(
    ({ photo, fileName, code, box, standing, match }) => ({
      photo,
      file: fileName,
      code,
      box: boxArray(box),
      standing,
      face: faceState(standing, match),
    }),
  );
}

function faceState(standing: SeenCard["standing"], match: string | null): SeenCard["face"] {
  if (standing !== "clear") return "none";
  if (match === "confirmed" || match === "rejected") return match;
  return match === "matched" ? "given" : "waiting";
}

/**
 * A card was lost, copied or taken by a wrong person: it says nothing any more, and what it said that nobody has answered is
 * taken back. Whoever holds its other half, unused, can still join: revoke that invitation as well. Errors: `bad-input`,
 * `not-found`.
 */
export async function stopCard(
  parts: Parts,
  order: { readonly collection: string; readonly code: string; readonly actor: string },
): Promise<{ readonly code: string; readonly state: "ended" }> {
  const collection = await collectionNamed(parts.db, order.collection);
  const code = tagCode(order.code);
  await inTransaction(parts.db, async (trx) => {
    const card = await endCard(trx, { collection: collection.id, code }, order.actor, parts.clock);
    await applied(parts, trx, collection.id, "no");
    // Before the commit: a crash in between leaves a restriction too many for a restore, never one too few.
    await parts.journal.append([{ event: "revoked", subject: card }], parts.clock.now());
  });
  await renewStale(parts);
  return { code, state: "ended" };
}
