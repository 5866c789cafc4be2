import { sql } from "kysely";
import type { Clock, Id } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import { isHeard, noteEvent } from "../webhooks/index.ts";

/**
 * Why a picture of a channel changes. Somebody's `no` (a withdrawal, an objection, a "not me") takes somebody off, and is told at once,
 * like the staff's own `publication`. A `match` is what the machine decides, a card says, or somebody confirms: that, or a yes, is told to
 * nobody else (promise 3), and other programs learn of the picture with the staff's next publication.
 */
export type Cause = "publication" | "no" | "match";

/**
 * In the transaction that changes renditions: other programs are told of those that went out to a channel. What is made for one person,
 * or only looked at, nobody is told of.
 */
export async function tellOf(
  trx: Trx,
  kind: "rendition.replaced" | "rendition.suspended",
  renditions: readonly Id[],
  clock: Clock,
): Promise<void> {
  if (renditions.length === 0) return;
  await trx
    .updateTable("rendition")
    .set({ untold: false })
    .where("id", "in", [...renditions])
    .where("untold", "=", true)
    .execute();
  if (!(await isHeard(trx, kind))) return;
  const { rows } = await sql<{ collection: Id; renditions: readonly Id[] }>`
    select r.collection_id as collection, array_agg(r.id::text order by r.id) as renditions from rendition r
    join channel c on c.collection_id = r.collection_id and c.name = r.channel
    where r.id = any(${[...renditions]}::uuid[]) and exists (
      select 1 from disclosure_rendition dr join disclosure d on d.id = dr.disclosure_id
      where dr.rendition_id = r.id and d.recipient = 'channel' and d.state = 'complete')
    group by r.collection_id`.execute(trx);
  for (const { collection, renditions: subjects } of rows) {
    await noteEvent(trx, { kind, collection, subjects }, clock);
  }
}

/** With the staff's publication: of its pictures, those that changed by a match or a yes since are told of now. */
export async function tellUntold(trx: Trx, renditions: readonly Id[], clock: Clock): Promise<void> {
  if (renditions.length === 0) return;
  const rows = await trx
    .selectFrom("rendition")
    .select("id")
    .where("id", "in", [...renditions])
    .where("state", "=", "current")
    .where("untold", "=", true)
    .orderBy("id")
    .execute();
  await tellOf(
    trx,
    "rendition.replaced",
    rows.map((row) => row.id),
    clock,
  );
}
