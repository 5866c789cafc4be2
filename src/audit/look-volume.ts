import { sql } from "kysely";
import { AssentError, type Clock } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { ACCOUNT_BEHIND, accountBehind, actedBy } from "./actors.ts";
import { record } from "./entries.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Lookups and finds by one account. Chosen, not measured: one a minute is what somebody does who searches by hand all hour,
 * and who needs more is asked to come back, or to say why to the data-protection officer.
 */
export const LOOKUPS_AN_HOUR = 60;
export const LOOKUPS_A_DAY = 300;
/** In a day: below this nothing is unusual, however little an account looks otherwise. Chosen, not measured. */
const USUAL_A_DAY = 20;
/** As many times what the account did on an average day of the thirty before. */
const UNUSUAL_TIMES = 3;
const BEFORE_DAYS = 30;

/** Looks that somebody asks for with a face or a person in hand; routine publishing and delivery are not among them. */
const ASKED = sql`kind in ('lookup', 'find')`;

/**
 * Counts one more lookup by an account, itself or by a key that it made, in the transaction that records it, and after the answer was reckoned but before it is
 * given: what is refused here was not told. The first one that makes a day unusual is an entry of its own.
 * Errors: `too-often`.
 */
export async function countLookup(trx: Trx, actor: string, clock: Clock): Promise<void> {
  const name = accountBehind(actor);
  // One at a time for each actor, so that many requests at once do not pass a limit together.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`lookups of ${name}`}, 0))`.execute(trx);
  const now = clock.now();
  const { hour, day } = await counted(trx, name, now);
  for (const [count, most, of, ms] of [
    [hour, LOOKUPS_AN_HOUR, "an hour", HOUR_MS],
    [day, LOOKUPS_A_DAY, "a day", DAY_MS],
  ] as const) {
    if (count < most) continue;
    throw new AssentError("too-often", `one account may look up ${most} times ${of}`, {
      remedy: `Go on when ${ms === HOUR_MS ? "the hour" : "the day"} is over; the data-protection officer sees how much is looked up.`,
    });
  }
  const usual = Math.max(USUAL_A_DAY, UNUSUAL_TIMES * (await meanBefore(trx, name, now)));
  if (day < usual && day + 1 >= usual) {
    await record(
      trx,
      { kind: "looks-unusual", payload: { looks: day + 1, usual: Math.round(usual) } },
      clock,
    );
  }
}

/** Refuses before anything is reckoned; `countLookup` is what counts. Errors: `too-often`. */
export async function refuseTooManyLookups(db: Db, actor: string, clock: Clock): Promise<void> {
  const { hour, day } = await counted(db, accountBehind(actor), clock.now());
  if (hour < LOOKUPS_AN_HOUR && day < LOOKUPS_A_DAY) return;
  throw new AssentError("too-often", "this account has looked up too many times", {
    remedy: `${LOOKUPS_AN_HOUR} an hour and ${LOOKUPS_A_DAY} a day are allowed.`,
  });
}

/** How much an account has looked up, for whoever is about to. */
export function lookupsOf(db: Db, actor: string, clock: Clock): Promise<{ hour: number; day: number }> {
  return counted(db, accountBehind(actor), clock.now());
}

async function counted(db: Db | Trx, account: string, now: Date): Promise<{ hour: number; day: number }> {
  const { rows } = await sql<{ hour: number; day: number }>`
    select count(*) filter (where at > ${new Date(now.getTime() - HOUR_MS)})::int as hour, count(*)::int as day
    from look where ${ASKED} and ${actedBy(account)} and at > ${new Date(now.getTime() - DAY_MS)}`.execute(
    db,
  );
  return rows[0] ?? { hour: 0, day: 0 };
}

async function meanBefore(db: Db | Trx, account: string, now: Date): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from look where ${ASKED} and ${actedBy(account)}
    and at > ${new Date(now.getTime() - (BEFORE_DAYS + 1) * DAY_MS)} and at <= ${new Date(now.getTime() - DAY_MS)}`.execute(
    db,
  );
  return (rows[0]?.n ?? 0) / BEFORE_DAYS;
}

/** How much an account looked, itself and by keys that it made. */
export interface LookVolume {
  readonly actor: string;
  /** Lookups and finds in the last 24 hours, and how many different people they led to. */
  readonly today: number;
  readonly people: number;
  /** On an average day of the thirty before. */
  readonly mean: number;
  readonly unusual: boolean;
}

/** Who looked how much, for the data-protection officer: the busiest first. */
export async function lookVolumes(db: Db, clock: Clock): Promise<readonly LookVolume[]> {
  const now = clock.now();
  const day = new Date(now.getTime() - DAY_MS);
  const { rows } = await sql<{ actor: string; today: number; people: number; before: number }>`
    select ${ACCOUNT_BEHIND} as actor, (count(distinct look.id) filter (where at > ${day}))::int as today,
      (count(distinct look_person.person_id) filter (where at > ${day}))::int as people,
      (count(distinct look.id) filter (where at <= ${day}))::int as before
    from look left join look_person on look_person.look_id = look.id
    where ${ASKED} and at > ${new Date(now.getTime() - (BEFORE_DAYS + 1) * DAY_MS)}
    group by 1 order by today desc, 1`.execute(db);
  return rows.map(({ actor, today, people, before }) => {
    const mean = before / BEFORE_DAYS;
    const unusual = today >= Math.max(USUAL_A_DAY, UNUSUAL_TIMES * mean);
    return { actor, today, people, mean, unusual };
  });
}
