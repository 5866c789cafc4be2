import { sql } from "kysely";
import type { Id } from "../core/index.ts";
import type { Db, Schema } from "../db/index.ts";
import { TABLE_HOLDINGS } from "./table-holdings.ts";

/** The rows of one table about a person, as they are given to that person. */
export interface HeldTable {
  readonly table: string;
  readonly purpose: string;
  readonly retention: string;
  /** Columns that are there and not given: sealed or secret, a place in our own storage, or about somebody else. */
  readonly withheld: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Sealed things are given opened, elsewhere; secrets of devices and places of files would serve a thief alone. */
const SECRET = /(^|_)(hash|sealed|salt|public_key|credential_id|blob|file|folder)$/;

/** What tells of somebody else: neither of two who look alike learns who the other is. */
const OF_OTHERS: Partial<Record<keyof Schema, readonly string[]>> = {
  conflict: ["enrolment_id", "earlier_person_id"],
};

/** Everything that the list of holdings finds about a person, table by table; tables without any rows are left out. */
export async function rowsAbout(db: Db, person: Id): Promise<readonly HeldTable[]> {
  const held: HeldTable[] = [];
  for (const { table, purpose, retention, columns, about } of TABLE_HOLDINGS) {
    if (!about) continue;
    const withheld = Object.keys(columns).filter(
      (column) => SECRET.test(column) || OF_OTHERS[table]?.includes(column) === true,
    );
    const given = Object.keys(columns).filter((column) => !withheld.includes(column));
    const { rows } = await sql<Record<string, unknown>>`
      select ${sql.join(given.map((column) => sql.ref(column)))} from ${sql.table(table)}
      where ${about(person)}`.execute(db);
    if (rows.length > 0) held.push({ table, purpose, retention, withheld, rows });
  }
  return held;
}
