import { sql } from "kysely";
import type { Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { TABLE_HOLDINGS } from "./table-holdings.ts";

/** Rows about the person, by table; tables without any are left out. */
export async function findPerson(db: Db, person: Id): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const { table, about } of TABLE_HOLDINGS) {
    if (!about) continue;
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from ${sql.table(table)} where ${about(person)}`.execute(db);
    const n = rows[0]?.n ?? 0;
    if (n > 0) found[table] = n;
  }
  return found;
}

/**
 * Deletes every row about the person, in the order of the list, and returns the counts by table. The append-only
 * consent record lets go of a whole person only inside this function. The erasure's own row is kept for its finish.
 */
export async function forgetPerson(trx: Trx, person: Id): Promise<Readonly<Record<string, number>>> {
  await sql`select set_config('assent.erasing', 'yes', true)`.execute(trx);
  const counts: Record<string, number> = {};
  for (const { table, about, forget } of TABLE_HOLDINGS) {
    if (forget !== "delete" || !about) continue;
    const done = await sql`delete from ${sql.table(table)} where ${about(person)}`.execute(trx);
    const n = Number(done.numAffectedRows ?? 0n);
    if (n > 0) counts[table] = n;
  }
  await sql`select set_config('assent.erasing', 'no', true)`.execute(trx);
  return counts;
}
