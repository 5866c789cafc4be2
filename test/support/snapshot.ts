import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import type { Db } from "../../src/db/index.ts";

/** Every row of every table, as text: table -> sorted rows. */
export type Snapshot = Readonly<Record<string, readonly string[]>>;

/** The whole database, row by row, the queue's tables too. The migration list and the queue's clocks are no data, and leases pass. */
export async function snapshot(db: Db): Promise<Snapshot> {
  const { rows: tables } = await sql<{ name: string }>`
    select case table_schema when 'public' then '' else table_schema || '.' end || table_name as name
    from information_schema.tables
    where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE' and table_name not like 'kysely_%'
      and table_name not in ('index_holder', 'version', 'queue') and table_name not like 'queue_stats%'
    order by 1`.execute(db);
  const all: Record<string, readonly string[]> = {};
  for (const { name } of tables) {
    const { rows } = await sql<{ text: string }>`select t::text as text from ${sql.table(name)} t`.execute(
      db,
    );
    all[name] = rows.map((row) => row.text).sort();
  }
  return all;
}

export interface Difference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Tables that differ, with the rows that came and went; a changed row is both. */
export function difference(before: Snapshot, after: Snapshot): Readonly<Record<string, Difference>> {
  const tables: Record<string, Difference> = {};
  for (const table of Object.keys(after)) {
    const old = new Set(before[table]);
    const fresh = new Set(after[table]);
    const added = [...fresh].filter((row) => !old.has(row));
    const removed = [...old].filter((row) => !fresh.has(row));
    if (added.length + removed.length > 0) tables[table] = { added, removed };
  }
  return tables;
}

/** Every file below a folder with its bytes, by relative path. */
export async function filesBelow(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.set(path.slice(folder.length + 1), await readFile(path));
  }
  return found;
}
