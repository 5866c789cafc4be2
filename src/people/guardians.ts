import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import type { Holder } from "./devices.ts";

/** Somebody now acts for the person, a minor. Who they are is not kept: they are known by their devices. */
export async function addGuardian(trx: Trx, person: Id, clock: Clock): Promise<Id> {
  const id = newId();
  await trx.insertInto("guardian").values({ id, person_id: person, created_at: clock.now() }).execute();
  await record(trx, { kind: "guardian-added", payload: { guardian: id }, person }, clock);
  return id;
}

/** Those who act for the person, in the order in which they came; nobody for an adult. */
export async function guardiansOf(db: Db, person: Id): Promise<readonly Id[]> {
  const rows = await db
    .selectFrom("guardian")
    .select("id")
    .where("person_id", "=", person)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Guardians speak for the person no more: they go, with their devices, passkeys and recovery codes. Returns how many. The
 * caller ends what they agreed to in the same transaction; the database refuses otherwise.
 */
export async function endGuardians(trx: Trx, person: Id, clock: Clock): Promise<number> {
  const gone = await trx.deleteFrom("guardian").where("person_id", "=", person).executeTakeFirst();
  await trx.updateTable("person").set({ majority_at: null }).where("id", "=", person).execute();
  const guardians = Number(gone.numDeletedRows);
  await record(trx, { kind: "guardians-ended", payload: { guardians }, person }, clock);
  return guardians;
}

/**
 * Whether whoever holds the device may agree to something: a person for themself, a guardian for a child. A child with a
 * guardian may refuse, withdraw and leave, and agrees to nothing alone.
 * Errors: `refused`.
 */
export async function assertMayAgree(db: Db, holder: Holder): Promise<void> {
  if (holder.guardian !== null) return;
  if ((await guardiansOf(db, holder.person)).length === 0) return;
  throw new AssentError("refused", "a guardian agrees to this, not the child alone", {
    remedy: "Let the guardian do it on their own device. Leaving and saying no are always possible here.",
  });
}
