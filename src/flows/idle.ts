import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { toPlainError, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { openContact, personById } from "../people/index.ts";
import { monthsAfter } from "../rights/index.ts";
import { erase } from "./erase.ts";
import { toItsEnd, type Finishing } from "./finishing.ts";
import type { Parts } from "./instance.ts";
import { idleMessage } from "./messages.ts";
import type { Sender } from "./sender.ts";
import type { Told } from "./tell-of-photos.ts";

/** From the message that says so to the end. Chosen, not measured: a month, as for whatever else is asked of people here. */
const WARNED_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Ends what is kept about people of whom nothing was heard for as long as the operator set, as their own erasure would. Whoever
 * can be written to (`contact` live, address confirmed) was told a month before; where that message never went out, nothing
 * ends. Returns how many. Nothing where the operator set no time.
 */
export async function endIdle(parts: Parts, finishing: Finishing = {}): Promise<number> {
  await forgetWarnings(parts);
  if (parts.idleMonths === undefined) return 0;
  const told = new Date(parts.clock.now().getTime() - WARNED_DAYS * DAY_MS);
  const idle = await idlePeople(parts, parts.idleMonths);
  const due = idle.filter((one) => !one.reachable || (one.warned !== null && one.warned <= told));
  for (const { id } of due) {
    if (finishing.signal?.aborted) break;
    await toItsEnd(() => erase(parts, { person: id, actor: "the program: unused for long" }), finishing);
  }
  return due.length;
}

/**
 * Writes to those of whom nothing was heard for that long, and who can be written to, that everything kept about them ends in a
 * month. To use their page is enough to be heard of. What is sent is noted after the server has taken it.
 */
export async function warnIdle(
  parts: Pick<Parts, "db" | "keys" | "clock" | "idleMonths">,
  { mailer, publicUrl, organisation }: Sender,
  signal?: AbortSignal,
): Promise<Told> {
  const failed: string[] = [];
  let messages = 0;
  const idle = parts.idleMonths === undefined ? [] : await idlePeople(parts, parts.idleMonths);
  for (const { id } of idle.filter((one) => one.reachable && one.warned === null)) {
    if (signal?.aborted) break;
    try {
      const person = await personById(parts.db, id);
      const { email } = await openContact(parts.keys, person);
      if (email === null) continue;
      const page = new URL("/me", publicUrl).href;
      const at = parts.clock.now();
      const endsAt = new Date(at.getTime() + WARNED_DAYS * DAY_MS);
      await mailer.send({ to: email, ...idleMessage(person.language, { organisation, page, endsAt }) });
      await inTransaction(parts.db, async (trx) => {
        await trx.insertInto("idle_warning").values({ person_id: id, at }).execute();
        await record(trx, { kind: "idle-warned", payload: {}, person: id }, parts.clock);
      });
      messages++;
    } catch (error) {
      // As with word of photos: somebody who left meanwhile, or a server that is away.
      failed.push(toPlainError(error).message);
    }
  }
  return { messages, failed };
}

/**
 * When a person was last heard of, as SQL over `p`: a device of theirs or of their guardian's in use, a word about a consent, an
 * enrolment, a claim, a demand. What the machine or staff did is no word of theirs.
 */
const LAST_HEARD = sql<Date>`greatest(
  p.created_at,
  (select max(d.last_seen_at) from device d where d.person_id = p.id),
  (select max(e.at) from consent_event e where e.person_id = p.id
    and e.event in ('given', 'renewed', 'refused', 'withdrawn')),
  (select max(e.created_at) from enrolment e where e.person_id = p.id),
  (select max(c.at) from claim c where c.person_id = p.id),
  (select max(q.opened_at) from request q where q.person_id = p.id))`;

async function idlePeople(
  { db, clock }: Pick<Parts, "db" | "clock">,
  months: number,
): Promise<readonly { readonly id: Id; readonly reachable: boolean; readonly warned: Date | null }[]> {
  const now = clock.now();
  const { rows } = await sql<{ id: Id; reachable: boolean; warned: Date | null }>`
    select p.id, w.at as warned,
      p.email_sealed is not null and consent_live(p.id, 'contact', null, null, ${now})
        and exists (select 1 from address a where a.person_id = p.id and a.verified_at is not null) as reachable
    from person p left join idle_warning w on w.person_id = p.id
    where ${LAST_HEARD} <= ${monthsAfter(now, -months)}
    order by p.id`.execute(db);
  return rows;
}

export interface IdleCount {
  /** After so many months without a word of theirs people are erased; null: never. */
  readonly months: number | null;
  /** Of whom nothing was heard for that long; of these, who was told that it ends. */
  readonly idle: number;
  readonly warned: number;
}

/** How many people the next runs of `endIdle` are about. */
export async function countIdle(parts: Pick<Parts, "db" | "clock" | "idleMonths">): Promise<IdleCount> {
  if (parts.idleMonths === undefined) return { months: null, idle: 0, warned: 0 };
  const people = await idlePeople(parts, parts.idleMonths);
  return {
    months: parts.idleMonths,
    idle: people.length,
    warned: people.filter((one) => one.warned !== null).length,
  };
}

/** Somebody who was told and was heard of since is nobody who is idle. */
async function forgetWarnings(parts: Pick<Parts, "db">): Promise<void> {
  await sql`delete from idle_warning w using person p
    where p.id = w.person_id and ${LAST_HEARD} > w.at`.execute(parts.db);
}
