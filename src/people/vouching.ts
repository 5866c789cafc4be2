import { sql } from "kysely";
import type { Clock } from "../core/index.ts";
import type { Db } from "../db/index.ts";

const DAY_MS = 86_400_000;
const MONTH_DAYS = 30;

/** Desk and paper enrolments under one name: of people who are still here, since an erasure takes its enrolment along. */
export interface Vouching {
  readonly staff: string;
  /** In the last 24 hours, which is what `DESK_LIMIT` counts. */
  readonly today: number;
  /** In the last 30 days. */
  readonly month: number;
  readonly desk: number;
  readonly paper: number;
}

/** Who vouched for how many, the busiest first. */
export async function vouchings(db: Db, clock: Clock): Promise<readonly Vouching[]> {
  const now = clock.now().getTime();
  const { rows } = await sql<Vouching>`
    select staff, (count(*) filter (where created_at > ${new Date(now - DAY_MS)}))::int as today,
      (count(*) filter (where created_at > ${new Date(now - MONTH_DAYS * DAY_MS)}))::int as month,
      (count(*) filter (where given_how = 'desk'))::int as desk,
      (count(*) filter (where given_how = 'paper'))::int as paper
    from enrolment where given_how <> 'own-device' and staff is not null
    group by staff order by today desc, month desc, staff`.execute(db);
  return rows;
}

/** That one member of staff stood by enrolments of another. */
export interface Seconding {
  readonly staff: string;
  readonly second: string;
  readonly enrolments: number;
  readonly last: Date;
}

/** Second persons, as the log names them; the latest first. */
export async function secondings(db: Db): Promise<readonly Seconding[]> {
  const { rows } = await sql<Seconding>`
    select n.staff, x.payload ->> 'secondStaff' as second, count(*)::int as enrolments, max(x.at) as last
    from entry_payload x join enrolment n on n.id = (x.payload ->> 'enrolment')::uuid
    where x.kind = 'person-enrolled' and x.payload ? 'secondStaff' and n.staff is not null
    group by n.staff, second order by last desc, n.staff, second`.execute(db);
  return rows;
}
