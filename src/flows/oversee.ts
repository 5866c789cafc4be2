import { sql } from "kysely";
import { latestCheckpoint, latestCosigned, lookVolumes } from "../audit/index.ts";
import { DESK_LIMIT, secondings, vouchings, type Seconding, type Vouching } from "../people/index.ts";
import type { Parts } from "./instance.ts";

/** What the data-protection officer sees first. Counts alone: nobody is named but staff. */
export interface Overview {
  readonly requests: { readonly open: number; readonly overdue: number; readonly nextDue: Date | null };
  /** People who look alike, for a human to settle. */
  readonly conflicts: number;
  /** Staff who look at more people today than they usually do. */
  readonly unusual: readonly string[];
  /** Staff who have reached the day's limit of desk and paper enrolments. */
  readonly atLimit: readonly string[];
  /** Work after a withdrawal that is not done though it should be. */
  readonly lateErasures: number;
  /** What one person has asked for and a second one has not confirmed yet. */
  readonly waitingForSecond: number;
  readonly signed: number;
  /** Size of the newest head that somebody outside has signed; null: nobody has. */
  readonly witnessed: number | null;
}

export async function oversee(parts: Pick<Parts, "db" | "clock">): Promise<Overview> {
  const { db, clock } = parts;
  const now = clock.now();
  const [{ rows }, looks, vouched, head, cosigned] = await Promise.all([
    sql<{
      open: number;
      overdue: number;
      next: Date | null;
      conflicts: number;
      late: number;
      second: number;
    }>`select
      (select count(*)::int from request where state = 'open') as open,
      (select count(*)::int from request where state = 'open' and due_at < ${now}) as overdue,
      (select min(due_at) from request where state = 'open') as next,
      (select count(distinct enrolment_id)::int from conflict where state = 'open') as conflicts,
      (select count(*)::int from second_person where state = 'open' and expires_at > ${now}) as second,
      (select count(distinct erasure_id)::int from pending where erasure_id is not null and deadline < ${now}) as late`.execute(
      db,
    ),
    lookVolumes(db, clock),
    vouchings(db, clock),
    latestCheckpoint(db),
    latestCosigned(db),
  ]);
  const row = rows[0];
  return {
    requests: { open: row?.open ?? 0, overdue: row?.overdue ?? 0, nextDue: row?.next ?? null },
    conflicts: row?.conflicts ?? 0,
    unusual: looks.filter((one) => one.unusual).map((one) => one.actor),
    atLimit: vouched.filter((one) => one.today >= DESK_LIMIT).map((one) => one.staff),
    lateErasures: row?.late ?? 0,
    waitingForSecond: row?.second ?? 0,
    signed: head?.size ?? 0,
    witnessed: cosigned?.size ?? null,
  };
}

/** Desk and paper enrolments by account, with those who stood by them. */
export async function listVouchings(parts: Pick<Parts, "db" | "clock">): Promise<{
  readonly limit: number;
  readonly accounts: readonly Vouching[];
  readonly seconds: readonly Seconding[];
}> {
  const [accounts, seconds] = await Promise.all([vouchings(parts.db, parts.clock), secondings(parts.db)]);
  return { limit: DESK_LIMIT, accounts, seconds };
}
