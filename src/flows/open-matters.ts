import { sql } from "kysely";
import { recordLook } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { conflicts, enrolmentsOf, openContact, personById, type Conflict } from "../people/index.ts";
import { acceptConflict } from "./conflicts.ts";
import { erase } from "./erase.ts";
import type { Parts } from "./instance.ts";

/** What of a collection waits for a human. */
export interface OpenMatters {
  readonly conflicts: number;
  readonly requests: number;
  /** "This is me", said without face recognition. */
  readonly claims: number;
  /** People who asked to be found, and have passed no challenge yet. */
  readonly provisional: number;
}

/** `enrolment` rows of people who asked to be found and whom nobody has vouched for, as a condition. */
export function isWaiting(now: Date) {
  return sql<boolean>`enrolment.state = 'provisional'
    and consent_live(enrolment.person_id, 'find-me', enrolment.collection_id, null, ${now})
    and not exists (select 1 from enrolment other where other.person_id = enrolment.person_id
      and other.collection_id = enrolment.collection_id and other.state <> 'provisional')`;
}

export async function openMatters(parts: Pick<Parts, "db" | "clock">, collection: Id): Promise<OpenMatters> {
  const { rows } = await sql<OpenMatters>`select
    (select count(*)::int from conflict c join enrolment e on e.id = c.enrolment_id
      where e.collection_id = ${collection} and c.state = 'open') as conflicts,
    (select count(*)::int from request q join photo p on p.id = q.photo_id
      where p.collection_id = ${collection} and q.state = 'open') as requests,
    (select count(*)::int from claim k join face f on f.id = k.face_id join photo p on p.id = f.photo_id
      where p.collection_id = ${collection} and k.state = 'open') as claims,
    (select count(*)::int from enrolment where collection_id = ${collection} and ${isWaiting(parts.clock.now())})
      as provisional`.execute(parts.db);
  return rows[0] ?? { conflicts: 0, requests: 0, claims: 0, provisional: 0 };
}

async function conflictOf(parts: Pick<Parts, "db">, enrolment: Id): Promise<Conflict> {
  const found = (await conflicts(parts.db)).find((one) => one.enrolment === enrolment);
  if (!found) throw new AssentError("not-found", "there is no such conflict");
  return found;
}

/**
 * Who the two are whose faces are alike. A look at both, recorded before the answer: neither learns who the other is.
 * Errors: `not-found`.
 */
export async function openConflict(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: { readonly enrolment: Id; readonly actor: string },
): Promise<{ readonly name: string | null; readonly earlierName: string | null }> {
  const { person, earlierPerson, collection } = await conflictOf(parts, order.enrolment);
  await inTransaction(parts.db, (trx) =>
    recordLook(
      trx,
      {
        kind: "lookup",
        actor: order.actor,
        reason: "two people who joined look alike: to settle whether they are two",
        collection,
        persons: [person, earlierPerson],
      },
      parts.clock,
    ),
  );
  const nameOf = async (id: Id) => (await openContact(parts.keys, await personById(parts.db, id))).name;
  return { name: await nameOf(person), earlierName: await nameOf(earlierPerson) };
}

/**
 * Settles a conflict: they are two real people, or the new claim goes with everything about whoever made it.
 * Errors: `not-found`; `refused` where whoever made the claim has joined elsewhere too: then they are not only a claim.
 */
export async function settleConflict(
  parts: Parts,
  order: {
    readonly enrolment: Id;
    readonly outcome: "both-real" | "removed";
    readonly actor: string;
  },
): Promise<void> {
  const { person } = await conflictOf(parts, order.enrolment);
  switch (order.outcome) {
    case "both-real":
      await acceptConflict(parts, order);
      return;
    case "removed": {
      const enrolments = await enrolmentsOf(parts.db, person);
      if (enrolments.some((one) => one.state !== "frozen" && one.state !== "provisional")) {
        throw new AssentError("refused", "whoever made this claim has joined another collection as well", {
          remedy: "Speak with them; they leave from their own page, or by `assent withdraw`.",
        });
      }
      await erase(parts, { person, actor: order.actor });
    }
  }
}
