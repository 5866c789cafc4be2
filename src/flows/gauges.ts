import { sql, type RawBuilder } from "kysely";
import { workersOf, type Db } from "../db/index.ts";

/** Something that whoever runs the instance watches: a number, and nobody in it. */
export interface Watched {
  readonly name: string;
  readonly help: string;
  read(db: Db, now: Date): Promise<number>;
}

const counted = async (query: RawBuilder<{ n: number }>, db: Db): Promise<number> =>
  (await query.execute(db)).rows[0]?.n ?? 0;

/** Counts of what waits, and for how long: by themselves they tell nothing about anybody. */
export const GAUGES: readonly Watched[] = [
  {
    name: "assent_photos_waiting",
    help: "Photos that are not looked through yet.",
    read: (db) => counted(sql`select count(*)::int as n from photo where state = 'pending'`, db),
  },
  {
    name: "assent_workers",
    help: "Processes that do what is to be done.",
    read: workersOf,
  },
  {
    name: "assent_jobs_open",
    help: "Jobs that wait or go on.",
    read: (db) => counted(sql`select count(*)::int as n from job where state in ('waiting', 'running')`, db),
  },
  {
    name: "assent_jobs_failed",
    help: "Jobs that failed and were not gone on with.",
    read: (db) => counted(sql`select count(*)::int as n from job where state = 'failed'`, db),
  },
  {
    name: "assent_jobs_still_seconds",
    help: "For how long the open job that stands still longest has not moved; 0 where none is open.",
    read: (db, now) =>
      counted(
        sql`select coalesce(greatest(0, extract(epoch from ${now} - min(moved_at))), 0)::float8 as n from job
          where state in ('waiting', 'running')`,
        db,
      ),
  },
  {
    name: "assent_pending",
    help: "Work that a commit left to be done: renditions, keys and files to be destroyed.",
    read: (db) => counted(sql`select count(*)::int as n from pending`, db),
  },
  {
    name: "assent_pending_overdue_seconds",
    help: "By how much the oldest of that work is past its deadline; 0 where none is.",
    read: (db, now) =>
      counted(
        sql`select coalesce(greatest(0, extract(epoch from ${now} - min(deadline))), 0)::float8 as n from pending`,
        db,
      ),
  },
  {
    name: "assent_erasures_unfinished",
    help: "Withdrawals and erasures whose use has stopped and whose traces are not all gone.",
    read: (db) => counted(sql`select count(*)::int as n from erasure where erased_at is null`, db),
  },
  {
    name: "assent_requests_overdue",
    help: "Requests of people past their month.",
    read: (db, now) =>
      counted(sql`select count(*)::int as n from request where state = 'open' and due_at < ${now}`, db),
  },
  {
    name: "assent_log_unsequenced",
    help: "Entries of the transparency log that no signed head covers yet; more than a few for long means a stopped sequencer.",
    read: (db) => counted(sql`select count(*)::int as n from log_waiting`, db),
  },
  {
    name: "assent_letters_waiting",
    help: "Invitations in the outbox.",
    read: (db) => counted(sql`select count(*)::int as n from letter where state = 'waiting'`, db),
  },
  {
    name: "assent_suspended",
    help: "1 while nothing is matched, published or looked up, because a restore left a gap that nobody has accepted.",
    read: (db) =>
      counted(sql`select (exists (select 1 from restoration where state = 'suspended'))::int as n`, db),
  },
];
