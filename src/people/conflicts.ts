import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { Db, EnrolmentState, Trx } from "../db/index.ts";
import { notify } from "./notices.ts";

/** A new enrolment whose face is near an enrolled person's. Neither is told who the other is. */
export interface Conflict {
  readonly id: Id;
  readonly enrolment: Id;
  /** Who claims now. */
  readonly person: Id;
  readonly earlierPerson: Id;
  /** null: the collection is gone. */
  readonly collection: Id | null;
  readonly at: Date;
}

/**
 * Freezes an enrolment that looks like earlier people's: from the commit on it is indexed nowhere and shows nothing. They
 * are told on their page that somebody claimed their face, and not who. The caller raises the index version in the same transaction (templates/).
 * Errors: `not-found`.
 */
export async function freeze(
  trx: Trx,
  enrolment: Id,
  earlierPersons: readonly Id[],
  clock: Clock,
): Promise<void> {
  const frozen = await setState(trx, enrolment, "frozen");
  const earlier = [...new Set(earlierPersons)].filter((person) => person !== frozen.person_id);
  if (earlier.length > 0) {
    await trx
      .insertInto("conflict")
      .values(
        earlier.map((person) => ({
          id: newId(),
          enrolment_id: enrolment,
          earlier_person_id: person,
          state: "open" as const,
          at: clock.now(),
        })),
      )
      .onConflict((on) => on.columns(["enrolment_id", "earlier_person_id"]).doNothing())
      .execute();
    for (const person of earlier) await notify(trx, person, { kind: "face-claimed" }, clock);
  }
  // The earlier people are not named here: the entry is shown to the one who claims.
  const payload = { enrolment, conflicts: earlier.length };
  await record(trx, { kind: "enrolment-frozen", payload, person: frozen.person_id }, clock);
}

/**
 * The officer has seen both: they are two people who look alike. The enrolment goes on, vouched for, and every face
 * that is near one of them is `asked` for ever (`twins`). The caller raises the index version.
 * Errors: `not-found`.
 */
export async function acceptBoth(trx: Trx, enrolment: Id, staff: string, clock: Clock): Promise<void> {
  const settled = await trx
    .updateTable("conflict")
    .set({ state: "both-real" })
    .where("enrolment_id", "=", enrolment)
    .where("state", "=", "open")
    .returning("id")
    .execute();
  if (settled.length === 0)
    throw new AssentError("not-found", `enrolment ${enrolment} is in no open conflict`);
  const { person_id } = await setState(trx, enrolment, "vouched", staff);
  const payload = { enrolment, conflicts: settled.length };
  await record(trx, { kind: "conflict-settled", payload, person: person_id }, clock);
}

async function setState(
  trx: Trx,
  enrolment: Id,
  state: EnrolmentState,
  staff?: string,
): Promise<{ person_id: Id }> {
  const row = await trx
    .updateTable("enrolment")
    .set((eb) => (staff === undefined ? { state } : { state, staff: eb.fn.coalesce("staff", eb.val(staff)) }))
    .where("id", "=", enrolment)
    .returning("person_id")
    .executeTakeFirst();
  if (!row) throw new AssentError("not-found", `there is no enrolment ${enrolment}`);
  return row;
}

/** Conflicts that the officer has to settle, oldest first. */
export async function conflicts(db: Db): Promise<readonly Conflict[]> {
  return db
    .selectFrom("conflict")
    .innerJoin("enrolment", "enrolment.id", "conflict.enrolment_id")
    .select([
      "conflict.id",
      "enrolment.id as enrolment",
      "enrolment.person_id as person",
      "conflict.earlier_person_id as earlierPerson",
      "enrolment.collection_id as collection",
      "conflict.at",
    ])
    .where("conflict.state", "=", "open")
    .orderBy("conflict.at")
    .execute();
}

/** People found to be both real though they look alike, each with the others: their faces are never given, only asked. */
export async function twins(db: Db): Promise<ReadonlyMap<Id, ReadonlySet<Id>>> {
  const pairs = await db
    .selectFrom("conflict")
    .innerJoin("enrolment", "enrolment.id", "conflict.enrolment_id")
    .select(["enrolment.person_id as a", "conflict.earlier_person_id as b"])
    .where("conflict.state", "=", "both-real")
    .execute();
  const found = new Map<Id, Set<Id>>();
  const add = (one: Id, other: Id): void => {
    found.set(one, (found.get(one) ?? new Set()).add(other));
  };
  for (const { a, b } of pairs) {
    add(a, b);
    add(b, a);
  }
  return found;
}
