import { record } from "../audit/index.ts";
import { AssentError, newId, typedTagCode, type Clock, type Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { newTagCode } from "./secrets.ts";

export interface NewCard {
  readonly collection: Id;
  /** The other half, by which its owner joins. */
  readonly invitation: Id;
  /** For so long after the card the photos of the same camera are asked about, 0 to 60; 0: none. */
  readonly seriesMinutes: number;
}

/** The longest series that may be promised: a sitting of one family. Beyond it "the next card" is the only end that is sure. */
const LONGEST_SERIES_MINUTES = 60;

/** How a card stands: nobody has joined by it yet, somebody's, or ended. */
export type CardState = "waiting" | "taken" | "ended";

/** As staff see it: never whose it is, which would be a look. */
export interface Card {
  readonly id: Id;
  readonly code: string;
  readonly state: CardState;
  readonly seriesMinutes: number;
  readonly createdAt: Date;
}

/** Makes a card with its entry. Errors: `bad-input` for a series that is none. */
export async function createCard(
  trx: Trx,
  wanted: NewCard,
  clock: Clock,
): Promise<{ readonly id: Id; readonly code: string }> {
  const { seriesMinutes } = wanted;
  if (!Number.isInteger(seriesMinutes) || seriesMinutes < 0 || seriesMinutes > LONGEST_SERIES_MINUTES) {
    throw new AssentError("bad-input", `a series lasts 0 to ${LONGEST_SERIES_MINUTES} minutes`);
  }
  const card = { id: newId(), code: newTagCode() };
  await trx
    .insertInto("card")
    .values({
      ...card,
      collection_id: wanted.collection,
      invitation_id: wanted.invitation,
      person_id: null,
      series_minutes: seriesMinutes,
      created_at: clock.now(),
      ended_at: null,
    })
    .execute();
  await record(trx, { kind: "card-made", payload: { card: card.id, collection: wanted.collection } }, clock);
  return card;
}

/**
 * Whoever uses an invitation up takes the card that it is the other half of; false where it is of none, or the card was
 * ended. From then on nothing says by which invitation they joined.
 */
export async function takeCard(trx: Trx, invitation: Id, person: Id, clock: Clock): Promise<boolean> {
  const taken = await trx
    .updateTable("card")
    .set({ person_id: person, invitation_id: null })
    .where("invitation_id", "=", invitation)
    .where("ended_at", "is", null)
    .returning("id")
    .executeTakeFirst();
  if (!taken) return false;
  await record(trx, { kind: "card-taken", payload: { card: taken.id }, person }, clock);
  return true;
}

/**
 * Ends a card that was lost or copied: from now on it says nothing. Whoever holds its other half can still join. Returns its id.
 * Errors: `not-found`.
 */
export async function endCard(
  trx: Trx,
  which: { readonly collection: Id; readonly code: string },
  by: string,
  clock: Clock,
): Promise<Id> {
  const card = await trx
    .selectFrom("card")
    .select(["id", "person_id", "ended_at"])
    .where("collection_id", "=", which.collection)
    .where("code", "=", which.code)
    .forUpdate()
    .executeTakeFirst();
  if (!card) {
    throw new AssentError("not-found", `the collection has no card ${which.code}`, {
      remedy: "The code is printed below the square that the camera reads.",
    });
  }
  if (card.ended_at !== null) return card.id;
  await trx.updateTable("card").set({ ended_at: clock.now() }).where("id", "=", card.id).execute();
  await record(
    trx,
    { kind: "card-ended", payload: { card: card.id, by }, person: card.person_id ?? undefined },
    clock,
  );
  return card.id;
}

/** Ends every card of a person in the collections: they want no tags there any more. Returns how many. */
export async function endCardsOf(
  trx: Trx,
  person: Id,
  collections: readonly Id[] | "all",
  clock: Clock,
): Promise<number> {
  if (collections.length === 0) return 0;
  const ended = await trx
    .updateTable("card")
    .set({ ended_at: clock.now() })
    .where("person_id", "=", person)
    .$if(collections !== "all", (query) => query.where("collection_id", "in", [...collections]))
    .where("ended_at", "is", null)
    .returning("id")
    .execute();
  for (const { id } of ended) {
    await record(trx, { kind: "card-ended", payload: { card: id, by: null }, person }, clock);
  }
  return ended.length;
}

/** The cards of a collection, in the order in which they were made. */
export async function cardsOf(db: Db, collection: Id): Promise<readonly Card[]> {
  const rows = await db
    .selectFrom("card")
    .selectAll()
    .where("collection_id", "=", collection)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    code: row.code,
    state: row.ended_at !== null ? "ended" : row.person_id === null ? "waiting" : "taken",
    seriesMinutes: row.series_minutes,
    createdAt: row.created_at,
  }));
}

/** Whether photos of a collection may show a card that means something: else nobody need look for one. */
export async function hasCards(db: Db, collection: Id): Promise<boolean> {
  const row = await db
    .selectFrom("card")
    .select("id")
    .where("collection_id", "=", collection)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** A code as staff typed or scanned it. Errors: `bad-input`. */
export function tagCode(typed: string): string {
  const code = typedTagCode(typed);
  if (code !== null) return code;
  throw new AssentError("bad-input", "this is no code of a card", {
    remedy: "It has ten letters and digits, printed below the square that the camera reads.",
  });
}
