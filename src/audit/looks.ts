import { sql } from "kysely";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { Db, LookKind, Trx } from "../db/index.ts";
import { record } from "./entries.ts";

/** Who looks, and why. Both are shown to the person looked at. */
export interface Looker {
  readonly actor: string;
  readonly reason: string;
}

export interface NewLook extends Looker {
  readonly kind: LookKind;
  readonly collection: Id | null;
  /** The people that the look led to; empty where nobody was found. */
  readonly persons: readonly Id[];
}

export interface Look extends Looker {
  readonly id: Id;
  readonly kind: LookKind;
  readonly collection: { readonly id: Id; readonly name: string } | null;
  readonly at: Date;
}

const LONGEST_REASON = 500;

/** Errors: `bad-input` where actor or reason is empty or longer than 500 characters. */
export function checkLooker(looker: Looker): void {
  for (const [what, text] of [
    ["the actor", looker.actor],
    ["the reason", looker.reason],
  ] as const) {
    if (text.trim() === "" || text.length > LONGEST_REASON || text.includes("\0")) {
      throw new AssentError("bad-input", `${what} of a look must have 1 to ${LONGEST_REASON} characters`, {
        remedy: "Say in a sentence who looks and why: the person concerned will read it.",
      });
    }
  }
}

/**
 * Records a look with its entry, in the transaction that precedes the answer: no answer leaves before it is recorded.
 * Neither the picture asked about nor its hash is kept.
 */
export async function recordLook(trx: Trx, look: NewLook, clock: Clock): Promise<Id> {
  checkLooker(look);
  const id = newId();
  await trx
    .insertInto("look")
    .values({
      id,
      kind: look.kind,
      actor: look.actor.trim(),
      reason: look.reason.trim(),
      collection_id: look.collection,
      at: clock.now(),
    })
    .execute();
  const persons = [...new Set(look.persons)];
  if (persons.length > 0) {
    // Who was erased since the look began is nobody's to look at any more; whoever is there waits until this is written.
    await sql`insert into look_person (look_id, person_id)
      select ${id}::uuid, id from person where id = any(${persons}) order by id for key share`.execute(trx);
  }
  await record(trx, { kind: "look", payload: { look: id, kind: look.kind, persons: persons.length } }, clock);
  return id;
}

/** The looks at one person, newest first. */
export async function looksOf(db: Db, person: Id): Promise<readonly Look[]> {
  const rows = await db
    .selectFrom("look_person")
    .innerJoin("look", "look.id", "look_person.look_id")
    .leftJoin("collection", "collection.id", "look.collection_id")
    .select([
      "look.id",
      "look.kind",
      "look.actor",
      "look.reason",
      "look.at",
      "collection.id as collection_id",
      "collection.name as collection_name",
    ])
    .where("look_person.person_id", "=", person)
    .orderBy("look.at", "desc")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    actor: row.actor,
    reason: row.reason,
    at: row.at,
    collection:
      row.collection_id !== null && row.collection_name !== null
        ? { id: row.collection_id, name: row.collection_name }
        : null,
  }));
}
