import { inTransaction } from "../db/index.ts";
import { beginTurn, endTurn, notTurned, turnSome } from "../templates/index.ts";
import { waitForHolders } from "./index-holders.ts";
import type { Parts } from "./instance.ts";
import { beginChange, pauseForReaders, writeEnd, type ChangeDone, type ChangeOrder } from "./key-change.ts";

/**
 * A new secret turn: made beside the old one; then new templates are stored under it, and every index in memory is loaded anew in
 * it; templates are turned on by a matrix and sealed again, some at a time; one transaction gives the old turn up, which the database
 * refuses while a template is stored under it; then it is destroyed. People join, are looked for and leave meanwhile: each template
 * says under which turn it is, and none is compared with one of another.
 */
export async function changeTransform(parts: Parts, order: ChangeOrder): Promise<ChangeDone> {
  const { keys, db } = parts;
  const begun = await db
    .selectFrom("key_change")
    .select("what")
    .where("what", "=", "transform")
    .executeTakeFirst();
  const fresh = await keys.succeed("transform");
  const to = (await keys.versions("transform"))[0]?.version ?? 1;
  // A crash between the end in the database and the end of the key leaves that alone to be done.
  if (begun || fresh || !(await isNewest(parts, to))) await beginChange(parts, order, "transform");
  await inTransaction(db, (trx) => beginTurn(trx, to));
  const total = await notTurned(db, to);
  let turned = 0;
  for (;;) {
    const some = await inTransaction(db, (trx) => turnSome(trx, keys, to));
    turned += some;
    order.progress(Math.min(turned, total), total);
    if (some > 0) continue;
    const ended = await inTransaction(db, async (trx) => {
      if (!(await endTurn(trx, to))) return false;
      await writeEnd(parts, trx, order, "transform", { templates: turned });
      return true;
    });
    if (ended) break;
  }
  const { version } = await db.selectFrom("index_version").select("version").executeTakeFirstOrThrow();
  await waitForHolders(parts, version);
  await pauseForReaders(order);
  await keys.retire("transform");
  return { keys: 1, sealedAgain: turned, finished: true };
}

async function isNewest({ db }: Pick<Parts, "db">, version: number): Promise<boolean> {
  const rows = await db.selectFrom("template_transform").select("version").execute();
  return rows.length === 1 && rows[0]?.version === version;
}
