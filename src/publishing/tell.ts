import { sql } from "kysely";
import type { Clock, Id } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import { isHeard, noteEvent } from "../webhooks/index.ts";

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
  if (renditions.length === 0 || !(await isHeard(trx, kind))) return;
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
