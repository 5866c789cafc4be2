import { createHash } from "node:crypto";
import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { newId, type Clock, type Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";

/** Against the publication of all photos of a person, now and later; of the photo with a face; or of one photo. */
export type ObjectionSubject =
  | { readonly kind: "person"; readonly id: Id }
  | { readonly kind: "face"; readonly id: Id }
  | { readonly kind: "photo"; readonly id: Id };

/** What an id that somebody names is; undefined where it is none of the three. */
export async function objectionSubject(db: Db, id: Id): Promise<ObjectionSubject | undefined> {
  for (const kind of ["person", "face", "photo"] as const) {
    const row = await db.selectFrom(kind).select("id").where("id", "=", id).executeTakeFirst();
    if (row) return { kind, id };
  }
  return undefined;
}

/** The photos that an objection is about, in the order of their ids, as they are known now. */
export async function photosOfSubject(db: Db, subject: ObjectionSubject): Promise<readonly Id[]> {
  switch (subject.kind) {
    case "photo":
      return [subject.id];
    case "face": {
      const rows = await db.selectFrom("face").select("photo_id").where("id", "=", subject.id).execute();
      return rows.map((row) => row.photo_id);
    }
    case "person": {
      const rows = await db
        .selectFrom("match")
        .innerJoin("face", "face.id", "match.face_id")
        .select("face.photo_id")
        .distinct()
        .where("match.person_id", "=", subject.id)
        .where("match.state", "in", ["matched", "confirmed"])
        .orderBy("face.photo_id")
        .execute();
      return rows.map((row) => row.photo_id);
    }
  }
}

/**
 * Writes an objection with its entry; false where it was there. The database refuses it unless the caller has taken the
 * photos' public renditions off in the same transaction, and from then on refuses to bring one back.
 */
export async function writeObjection(
  trx: Trx,
  subject: ObjectionSubject,
  by: string,
  clock: Clock,
): Promise<boolean> {
  const done = await trx
    .insertInto("objection")
    .values({ id: newId(), [`${subject.kind}_id`]: subject.id, at: clock.now() })
    .onConflict((on) => on.doNothing())
    .executeTakeFirst();
  if (done.numInsertedOrUpdatedRows !== 1n) return false;
  await record(
    trx,
    { kind: "objected", payload: { [subject.kind]: subject.id, by }, ...about(subject) },
    clock,
  );
  return true;
}

/** Takes an objection back; false where there was none. The photos may be published again, if nothing else holds them. */
export async function liftObjection(
  trx: Trx,
  subject: ObjectionSubject,
  by: string,
  clock: Clock,
): Promise<boolean> {
  const done = await trx
    .deleteFrom("objection")
    .where(`${subject.kind}_id`, "=", subject.id)
    .executeTakeFirst();
  if (done.numDeletedRows === 0n) return false;
  const payload = { [subject.kind]: subject.id, by };
  await record(trx, { kind: "objection-lifted", payload, ...about(subject) }, clock);
  return true;
}

function about(subject: ObjectionSubject): { readonly person?: Id } {
  return subject.kind === "person" ? { person: subject.id } : {};
}

/**
 * The matches by which a person's objection finds their photos are about to go, or the person is: those photos stay off
 * public channels, by objections that name nobody. Returns how many.
 */
export async function keepObjections(trx: Trx, person: Id, clock: Clock): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into objection (id, photo_id, at)
    select gen_random_uuid(), held.photo_id, ${clock.now()} from (
      select distinct f.photo_id from match m join face f on f.id = m.face_id
      where m.person_id = ${person} and m.state in ('matched', 'confirmed')
        and exists (select 1 from objection o where o.person_id = ${person})
    ) held on conflict do nothing`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

/** How an original that was taken out is known again: it says nothing to whoever has not got the file. */
function markOf(instance: Id, digest: string): Buffer {
  return createHash("sha256").update(`assent-removed-original\0${instance}\0${digest}`).digest();
}

/** Remembers originals, by their SHA-256 in hexadecimal, that must not be taken in again. */
export async function markRemoved(
  trx: Trx,
  instance: Id,
  digests: readonly string[],
  clock: Clock,
): Promise<void> {
  if (digests.length === 0) return;
  await trx
    .insertInto("removed_original")
    .values([...new Set(digests)].map((digest) => ({ mark: markOf(instance, digest), at: clock.now() })))
    .onConflict((on) => on.doNothing())
    .execute();
}

/** Whether an original was taken out at somebody's demand. */
export async function wasRemoved(db: Db, instance: Id, digest: string): Promise<boolean> {
  const row = await db
    .selectFrom("removed_original")
    .select("at")
    .where("mark", "=", markOf(instance, digest))
    .executeTakeFirst();
  return row !== undefined;
}
