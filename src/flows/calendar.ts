import { sql } from "kysely";
import type { Id } from "../core/index.ts";
import type { Purpose } from "../db/index.ts";
import { countIdle, type IdleCount } from "./idle.ts";
import type { Parts } from "./instance.ts";

const DAY_MS = 86_400_000;
/** How far ahead consents that run out are counted, in days. */
const SOON_DAYS = 30;
const LATER_DAYS = 90;

/** What time will end, and when. Counts alone: nobody is named. */
export interface Calendar {
  readonly collections: readonly {
    readonly id: Id;
    readonly name: string;
    readonly photos: number;
    readonly joinUntil: Date;
    readonly joiningClosed: boolean;
    readonly retainUntil: Date;
  }[];
  /** Consents that are live and run out within so many days, by purpose; `later` holds those of `soon` too. */
  readonly consents: readonly { readonly purpose: Purpose; readonly soon: number; readonly later: number }[];
  readonly idle: IdleCount;
  /** Keys are wrapped anew each day; what was destroyed before `since` opens nothing any more. */
  readonly epoch: { readonly number: number; readonly since: Date; readonly nextRoll: Date };
  /** The last backup that was begun, as far as this instance knows. */
  readonly backup: { readonly at: Date; readonly by: string | null } | null;
}

/** The calendar of everything that is kept. */
export async function calendar(
  parts: Pick<Parts, "db" | "keys" | "clock" | "idleMonths">,
): Promise<Calendar> {
  const { db, keys } = parts;
  const [collections, consents, idle, epoch, backup] = await Promise.all([
    sql<Calendar["collections"][number]>`
      select c.id, c.name, (select count(*)::int from photo p where p.collection_id = c.id) as photos,
        c.join_until as "joinUntil", c.joining_closed_at is not null as "joiningClosed", c.retain_until as "retainUntil"
      from collection c order by c.retain_until, c.name`.execute(db),
    endingConsents(parts),
    countIdle(parts),
    keys.currentEpoch(),
    db
      .selectFrom("entry_payload")
      .select(["at", sql<string | null>`payload ->> 'by'`.as("by")])
      .where("kind", "=", "backup-begun")
      .orderBy("at", "desc")
      .limit(1)
      .executeTakeFirst(),
  ]);
  return {
    collections: collections.rows,
    consents,
    idle,
    epoch: {
      number: epoch.number,
      since: epoch.startedAt,
      nextRoll: new Date(epoch.startedAt.getTime() + DAY_MS),
    },
    backup: backup ?? null,
  };
}

/** The last word of each person (or guardian) for each scope, where it is a yes that is live today. */
async function endingConsents(parts: Pick<Parts, "db" | "clock">): Promise<Calendar["consents"]> {
  const now = parts.clock.now();
  const inDays = (days: number): Date => new Date(now.getTime() + days * DAY_MS);
  const { rows } = await sql<Calendar["consents"][number]>`
    select last.purpose, (count(*) filter (where last.valid_until <= ${inDays(SOON_DAYS)}))::int as soon,
      count(*)::int as later
    from (
      select distinct on (person_id, purpose, channel, collection_id, guardian_id) *
      from consent_event order by person_id, purpose, channel, collection_id, guardian_id, sequence desc
    ) last
    where last.event in ('given', 'renewed') and last.valid_until > ${now} and last.valid_until <= ${inDays(LATER_DAYS)}
      and consent_live(last.person_id, last.purpose, last.collection_id, last.channel, ${now})
    group by last.purpose order by last.purpose`.execute(parts.db);
  return rows;
}
