import { sql } from "kysely";
import type { Clock, Id } from "../core/index.ts";
import type { ConsentEventKind, Db, GivenHow, Language } from "../db/index.ts";
import type { ConsentScope } from "./record.ts";
import { textDigest } from "./texts.ts";

/** A person's consent as it stands for one scope: the last word, and whether it is live at this moment. */
export interface Standing extends ConsentScope {
  readonly consent: Id;
  readonly live: boolean;
  /** A guardian has said yes, and no other no; not as many have as the collection demands. */
  readonly waiting: boolean;
  readonly event: ConsentEventKind;
  /** Of the guardian whose the last word is; null: of the person, or of staff who wrote it down. */
  readonly guardian: Id | null;
  readonly since: Date;
  readonly validUntil: Date;
  readonly givenHow: GivenHow;
  readonly language: Language;
  /** Digest of the text that was agreed to. */
  readonly text: string;
  /** The text has changed since: they are asked again, and what they agreed to holds meanwhile. */
  readonly textChanged: boolean;
}

/**
 * Every scope that the person was ever asked about, derived from the events; nothing is stored twice. Whether one is live
 * is what the gate says (`consent_live`). A later word about every collection takes the place of one about a single one.
 */
export async function standingOf(db: Db, person: Id, clock: Clock): Promise<readonly Standing[]> {
  const now = clock.now();
  const { rows } = await sql<Omit<Standing, "textChanged">>`
    select scope.purpose, scope.channel, scope.collection_id as collection,
      last.id as consent, last.event, last.guardian_id as guardian, last.at as since,
      last.valid_until as "validUntil", last.given_how as "givenHow", last.text_language as language,
      last.text_digest as text,
      consent_live(${person}, scope.purpose, scope.collection_id, scope.channel, ${now}) as live,
      consent_waits(${person}, scope.purpose, scope.collection_id, scope.channel, ${now}) as waiting
    from (
      select distinct purpose, channel, collection_id from consent_event where person_id = ${person}
    ) scope
    cross join lateral (
      select e.* from consent_event e
      where e.person_id = ${person} and e.purpose = scope.purpose and e.channel is not distinct from scope.channel
        and (e.collection_id = scope.collection_id or e.collection_id is null)
        and (scope.collection_id is not null or e.collection_id is null)
        and (e.guardian_id is null or exists (select 1 from guardian g where g.id = e.guardian_id))
      order by e.sequence desc limit 1
    ) last
    order by scope.purpose, scope.channel, scope.collection_id`.execute(db);
  return rows.map((row) => ({
    ...row,
    textChanged: row.text !== textDigest(row.purpose, row.channel, row.language),
  }));
}

/** A scope that ends, and the guardian whose word ends; null: the person's, or what staff wrote down. */
export type EndingScope = ConsentScope & { readonly guardian: Id | null };

/** What has run out by date and is not ended yet, by person; of one person alone where one is named. */
export async function runOut(
  db: Db,
  now: Date,
  person?: Id,
): Promise<ReadonlyMap<Id, readonly EndingScope[]>> {
  const { rows } = await sql<EndingScope & { person: Id }>`
    select last.person_id as person, last.purpose, last.channel, last.collection_id as collection,
      last.guardian_id as guardian
    from (
      select distinct on (person_id, purpose, channel, collection_id, guardian_id) *
      from consent_event order by person_id, purpose, channel, collection_id, guardian_id, sequence desc
    ) last
    where last.event in ('given', 'renewed') and last.valid_until <= ${now}
      and (last.guardian_id is null or exists (select 1 from guardian g where g.id = last.guardian_id))
      -- A later word about every collection has taken its place already.
      and not exists (select 1 from consent_event later where later.person_id = last.person_id
        and later.purpose = last.purpose and later.channel is not distinct from last.channel
        and (later.guardian_id is null or later.guardian_id is not distinct from last.guardian_id)
        and later.collection_id is null and later.sequence > last.sequence)
      and (${person ?? null}::uuid is null or last.person_id = ${person ?? null})`.execute(db);
  const people = new Map<Id, EndingScope[]>();
  for (const { person, ...scope } of rows) people.set(person, [...(people.get(person) ?? []), scope]);
  return people;
}
