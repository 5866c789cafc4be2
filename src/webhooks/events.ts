import { sql } from "kysely";
import { newId, type Clock, type Id } from "../core/index.ts";
import type { Db, EventKind, Trx } from "../db/index.ts";

/** What happened: ids and counts, never anything of a person. */
export interface NewEvent {
  readonly kind: EventKind;
  /** null for what is in none. */
  readonly collection: Id | null;
  /** What it is about: renditions, a request. */
  readonly subjects?: readonly Id[];
  readonly counts?: Readonly<Record<string, number>>;
}

/** Whether anybody is to be told of such events, so that nothing is collected for nobody. */
export async function isHeard(db: Db | Trx, ...kinds: readonly EventKind[]): Promise<boolean> {
  const row = await db
    .selectFrom("webhook")
    .select("id")
    .where("state", "=", "on")
    .where(sql<boolean>`kinds && ${[...kinds]}::text[]`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Writes an event down in the transaction of what happened, where somebody is to be told of it. The next round of deliveries makes
 * messages of it; a crash in between loses nothing.
 */
export async function noteEvent(trx: Trx, event: NewEvent, clock: Clock): Promise<void> {
  const { kind, collection, subjects = [], counts = {} } = event;
  await sql`
    insert into webhook_event (id, kind, collection_id, subjects, counts, at)
    select ${newId()}, ${kind}, ${collection}::uuid, ${[...subjects]}::uuid[], ${JSON.stringify(counts)}::jsonb, ${clock.now()}
    where exists (select 1 from webhook where state = 'on' and ${kind} = any(kinds)
      and (collection_id is null or collection_id = ${collection}::uuid))`.execute(trx);
}

/** In the transaction in which a photo came in: its collection has an import whose end is to be told. */
export async function noteImport(trx: Trx, photo: Id): Promise<void> {
  if (!(await isHeard(trx, "import.finished"))) return;
  await sql`
    insert into webhook_import (collection_id, since) select collection_id, imported_at from photo where id = ${photo}
    on conflict do nothing`.execute(trx);
}

/** In the transaction that lets go of a photo which could not be looked through. */
export async function noteImportFailure(trx: Trx, collection: Id): Promise<void> {
  await trx
    .updateTable("webhook_import")
    .set(({ eb }) => ({ failed: eb("failed", "+", 1) }))
    .where("collection_id", "=", collection)
    .execute();
}

/** Collections into which photos came, of whose end nobody was told, with the last photo's time. */
export async function openImports(
  db: Db,
): Promise<readonly { readonly collection: Id; readonly lastAt: Date; readonly pending: boolean }[]> {
  const rows = await db
    .selectFrom("webhook_import as i")
    .leftJoin("photo as p", "p.collection_id", "i.collection_id")
    .select(({ fn }) => [
      "i.collection_id",
      "i.since",
      fn.max("p.imported_at").as("last"),
      sql<boolean>`coalesce(bool_or(p.state = 'pending'), false)`.as("pending"),
    ])
    .groupBy(["i.collection_id", "i.since"])
    .execute();
  return rows.map((row) => ({
    collection: row.collection_id,
    lastAt: row.last ?? row.since,
    pending: row.pending,
  }));
}

/** Writes down that an import has ended, unless there is something left of it after all. Whether it has. */
export async function noteImportFinished(trx: Trx, collection: Id, clock: Clock): Promise<boolean> {
  const open = await trx
    .selectFrom("webhook_import")
    .selectAll()
    .where("collection_id", "=", collection)
    .forUpdate()
    .executeTakeFirst();
  if (!open) return false;
  const { photos, pending } = await trx
    .selectFrom("photo")
    .select([
      sql<number>`count(*) filter (where state = 'scanned' and imported_at >= ${open.since})::int`.as(
        "photos",
      ),
      sql<number>`count(*) filter (where state = 'pending')::int`.as("pending"),
    ])
    .where("collection_id", "=", collection)
    .executeTakeFirstOrThrow();
  if (pending > 0) return false;
  await trx.deleteFrom("webhook_import").where("collection_id", "=", collection).execute();
  await noteEvent(
    trx,
    { kind: "import.finished", collection, counts: { photos, failed: open.failed } },
    clock,
  );
  return true;
}
