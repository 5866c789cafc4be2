import { record } from "../audit/index.ts";
import { newId, type Clock, type Id } from "../core/index.ts";
import type { Db, NoticeKind, Trx } from "../db/index.ts";

/** Something that a person must be told on their own page. It never says who else was concerned. */
export interface Notice {
  readonly id: Id;
  readonly kind: NoticeKind;
  /** Of `device-added` and `recovered`: the device, while it is signed in. */
  readonly device: Id | null;
  /** Of `photos-deleted`: how many photos of the person, and of which collection. */
  readonly pictures: number | null;
  readonly collection: string | null;
  readonly at: Date;
  readonly seen: boolean;
}

export type NewNotice =
  | { readonly kind: Exclude<NoticeKind, "photos-deleted">; readonly device?: Id | undefined }
  | { readonly kind: "photos-deleted"; readonly pictures: number; readonly collection: string };

/** Writes a notice with its entry. */
export async function notify(trx: Trx, person: Id, notice: NewNotice, clock: Clock): Promise<void> {
  const id = newId();
  await trx
    .insertInto("notice")
    .values({
      id,
      person_id: person,
      kind: notice.kind,
      device_id: notice.kind === "photos-deleted" ? null : (notice.device ?? null),
      ...(notice.kind === "photos-deleted"
        ? { pictures: notice.pictures, collection_name: notice.collection }
        : {}),
      at: clock.now(),
      seen_at: null,
    })
    .execute();
  await record(trx, { kind: `notice-${notice.kind}`, payload: { notice: id }, person }, clock);
}

/**
 * Those of whom a row is there, held until the transaction ends: nobody can be told anything who is being erased just now. In the
 * order of their ids, so that two who tell the same people do not wait for one another.
 */
export async function stillHere(trx: Trx, people: readonly Id[]): Promise<readonly Id[]> {
  if (people.length === 0) return [];
  const rows = await trx
    .selectFrom("person")
    .select("id")
    .where("id", "in", [...people])
    .orderBy("id")
    .forKeyShare()
    .execute();
  return rows.map((row) => row.id);
}

/** A person's notices, newest first. */
export async function noticesOf(db: Db, person: Id): Promise<readonly Notice[]> {
  const rows = await db
    .selectFrom("notice")
    .selectAll()
    .where("person_id", "=", person)
    .orderBy("at", "desc")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    device: row.device_id,
    pictures: row.pictures,
    collection: row.collection_name,
    at: row.at,
    seen: row.seen_at !== null,
  }));
}

/** The person has seen what was there at the moment given. */
export async function markNoticesSeen(trx: Trx, person: Id, clock: Clock): Promise<void> {
  await trx
    .updateTable("notice")
    .set({ seen_at: clock.now() })
    .where("person_id", "=", person)
    .where("seen_at", "is", null)
    .execute();
}
