import { sql } from "kysely";
import type { ConsentScope } from "../consent/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction, type Db } from "../db/index.ts";
import { closeJoining, joiningToClose } from "../photos/index.ts";
import {
  contactKey,
  endExpired,
  endIdleDevices,
  invitedChildren,
  personById,
  removeEnded,
} from "../people/index.ts";
import { deleteCollection, writeLeftovers } from "./collection.ts";
import { finishErasure, workOff } from "./finish-erasure.ts";
import type { Parts } from "./instance.ts";
import { endConsents } from "./withdraw.ts";

export interface Expired {
  readonly consents: number;
  readonly joiningClosed: number;
  readonly collections: number;
}

/**
 * What time ends: consents past their date are treated as withdrawn, joining that has closed loses its chips and
 * their key, invitations and devices that have had their time go, collections past their retention date are deleted. Safe to run at any time, as often as one likes.
 */
export async function expire(parts: Parts): Promise<Expired> {
  const now = parts.clock.now();
  const people = await expiredScopes(parts.db, now);
  let consents = 0;
  for (const id of people.keys()) {
    const person = await personById(parts.db, id);
    const ended = await inTransaction(parts.db, async (trx) => {
      // Looked at again under the person's lock: a renewal may have come in between, or another process been faster.
      await trx.selectFrom("person").select("id").where("id", "=", id).forUpdate().execute();
      const still = (await expiredScopes(trx, now, id)).get(id) ?? [];
      if (still.length === 0) return undefined;
      const ending = { event: "expired", by: "the program", dropTags: false } as const;
      return { erasure: await endConsents(parts, trx, person, still, ending), scopes: still.length };
    });
    if (!ended) continue;
    await finishErasure(parts, ended.erasure);
    consents += ended.scopes;
  }
  await endWaysIn(parts, now);
  return {
    consents,
    joiningClosed: await closeJoiningDue(parts),
    collections: await deleteCollectionsDue(parts, now),
  };
}

async function expiredScopes(
  db: Db,
  now: Date,
  person?: Id,
): Promise<ReadonlyMap<Id, readonly ConsentScope[]>> {
  const { rows } = await sql<ConsentScope & { person: Id }>`
    select last.person_id as person, last.purpose, last.channel, last.collection_id as collection
    from (
      select distinct on (person_id, purpose, channel, collection_id) *
      from consent_event order by person_id, purpose, channel, collection_id, sequence desc
    ) last
    where last.event = 'given' and last.valid_until <= ${now}
      -- A later word about every collection has taken its place already.
      and not exists (select 1 from consent_event later where later.person_id = last.person_id
        and later.purpose = last.purpose and later.channel is not distinct from last.channel
        and later.collection_id is null and later.sequence > last.sequence)
      and (${person ?? null}::uuid is null or last.person_id = ${person ?? null})`.execute(db);
  const people = new Map<Id, ConsentScope[]>();
  for (const { person, ...scope } of rows) people.set(person, [...(people.get(person) ?? []), scope]);
  return people;
}

/** Invitations that have run out let go of the name they hold; ended ones go, and devices that nobody has used for a year. */
async function endWaysIn(parts: Parts, now: Date): Promise<void> {
  const children = await invitedChildren(parts.db, { expiredBy: now });
  for (const { invitation, child } of children) {
    await inTransaction(parts.db, async (trx) => {
      if (!(await endExpired(trx, invitation, parts.clock))) return;
      await writeLeftovers(parts, trx, { blobs: [], keys: [contactKey(child)] });
    });
  }
  if (children.length > 0) await workOff(parts, null, "destroy-key");
  await inTransaction(parts.db, async (trx) => {
    await removeEnded(trx, parts.clock);
    await endIdleDevices(trx, parts.clock);
  });
}

async function closeJoiningDue(parts: Parts): Promise<number> {
  const due = await joiningToClose(parts.db, parts.clock);
  for (const id of due) {
    await inTransaction(parts.db, async (trx) => {
      const leftovers = await closeJoining(trx, id, parts.clock);
      await writeLeftovers(parts, trx, leftovers);
    });
  }
  return due.length;
}

async function deleteCollectionsDue(parts: Parts, now: Date): Promise<number> {
  const due = await parts.db.selectFrom("collection").select("id").where("retain_until", "<=", now).execute();
  for (const { id } of due) await deleteCollection(parts, id);
  return due.length;
}
