import { sql } from "kysely";
import type { Clock, Id } from "../core/index.ts";
import type { Db, Purpose } from "../db/index.ts";

/**
 * How somebody stands to one use, for a table of many people. `yes`: live. `waiting`: one guardian has agreed, another is
 * still to. `no`: refused or taken back. `ended`: it was a yes whose time has run out, or that gave way to another text.
 */
export type ConsentState = "yes" | "waiting" | "no" | "ended";

/** One word that was said; what a person was never asked has none. */
export interface ConsentCell {
  readonly person: Id;
  readonly purpose: Purpose;
  readonly channel: string | null;
  readonly state: ConsentState;
  readonly since: Date;
  readonly until: Date;
}

/**
 * What everybody who joined a collection said about it, by person, use and channel. Whether a yes is live is what the gate
 * says (`consent_live`); the last word about every collection counts here too.
 */
export async function consentTable(db: Db, collection: Id, clock: Clock): Promise<readonly ConsentCell[]> {
  const now = clock.now();
  const { rows } = await sql<ConsentCell>`
    select last.person_id as person, last.purpose, last.channel, last.at as since, last.valid_until as until,
      case when consent_live(last.person_id, last.purpose, ${collection}, last.channel, ${now}) then 'yes'
        when consent_waits(last.person_id, last.purpose, ${collection}, last.channel, ${now}) then 'waiting'
        when last.event in ('refused', 'withdrawn') then 'no'
        when last.event in ('given', 'renewed') and last.valid_until > ${now} then 'no'
        else 'ended' end as state
    from (
      select distinct on (e.person_id, e.purpose, e.channel) e.*
      from consent_event e
      where e.person_id in (select n.person_id from enrolment n where n.collection_id = ${collection})
        and (e.collection_id = ${collection} or e.collection_id is null)
        and (e.guardian_id is null or exists (select 1 from guardian g where g.id = e.guardian_id))
      order by e.person_id, e.purpose, e.channel, e.sequence desc
    ) last`.execute(db);
  return rows;
}
