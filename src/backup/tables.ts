import { gunzipSync, gzipSync } from "node:zlib";
import { sql } from "kysely";
import { AssentError } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import type { RowsRecord, TableName, TableRecord } from "./format.ts";

/**
 * What a backup leaves out, and why. Tables and columns that are not named here are in it, those of later versions too.
 */
const LEFT_OUT: readonly { readonly what: string; readonly why: string }[] = [
  {
    what: "public.kysely_migration",
    why: "the backup names its migrations, and a restore makes the tables by them",
  },
  { what: "public.kysely_migration_lock", why: "as kysely_migration" },
  { what: "public.key_change", why: "about the key store, which is in no backup" },
  { what: "public.index_holder", why: "leases of processes, which last seconds" },
  {
    what: "public.photo.chips",
    why: "face chips are never backed up: whoever steals a backup must not find faces cut out",
  },
  { what: "public.face.chip", why: "as photo.chips" },
  { what: "public.api_answer", why: "answers to be repeated, which last a day" },
  {
    what: "public.job",
    why: "made again from what is to be done; the queue's own tables are in no backup either",
  },
  { what: "auth.session", why: "staff sign in again" },
  { what: "auth.verification", why: "one-time secrets, which last a day at most" },
];

const leftOut = new Set(LEFT_OUT.map((one) => one.what));
/** Our tables, and those of the accounts' library. */
const SCHEMAS = ["public", "auth"];

/** Rows read at a time: some 300 bytes each, so that a batch is about a megabyte of JSON. */
const ROWS_AT_ONCE = 4000;

interface Column {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly identity: boolean;
}

/** Tables that a backup has, each after those that it refers to. */
export async function tablesInOrder(db: Db | Trx): Promise<readonly TableRecord[]> {
  const { rows: columns } = await sql<Column>`
    select table_schema as schema, table_name as table, column_name as name, is_identity = 'YES' as identity
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = any(${SCHEMAS}) and table_type = 'BASE TABLE' and is_generated = 'NEVER'
    order by table_schema, table_name, ordinal_position`.execute(db);
  const { rows: references } = await sql<{ from: string; to: string }>`
    select fn.nspname || '.' || f.relname as from, tn.nspname || '.' || t.relname as to
    from pg_constraint c
    join pg_class f on f.oid = c.conrelid join pg_namespace fn on fn.oid = f.relnamespace
    join pg_class t on t.oid = c.confrelid join pg_namespace tn on tn.oid = t.relnamespace
    where c.contype = 'f' and fn.nspname = any(${SCHEMAS})`.execute(db);
  const kept = columns.filter(
    (one) =>
      !leftOut.has(`${one.schema}.${one.table}`) && !leftOut.has(`${one.schema}.${one.table}.${one.name}`),
  );
  const byTable = Map.groupBy(kept, (one) => `${one.schema}.${one.table}`);
  const tables: TableRecord[] = [];
  for (const name of inOrder([...byTable.keys()], references)) {
    const own = byTable.get(name) ?? [];
    const [{ schema, table } = { schema: "", table: "" }] = own;
    const counts = own.find((one) => one.identity);
    const last = counts && (await lastGiven(db, { schema, name: table }, counts.name));
    tables.push({
      kind: "table",
      table: { schema, name: table },
      columns: own.map((one) => one.name),
      ...(counts && last !== undefined ? { identity: { column: counts.name, last } } : {}),
    });
  }
  return tables;
}

/** Each name after those that it refers to; a reference to itself counts for nothing. */
function inOrder(
  names: readonly string[],
  references: readonly { readonly from: string; readonly to: string }[],
): readonly string[] {
  const left = new Set(names);
  const ordered: string[] = [];
  while (left.size > 0) {
    const free = [...left].filter(
      (name) => !references.some((one) => one.from === name && one.to !== name && left.has(one.to)),
    );
    if (free.length === 0) throw new AssentError("internal", "tables refer to one another in a circle");
    for (const name of free) {
      left.delete(name);
      ordered.push(name);
    }
  }
  return ordered;
}

async function lastGiven(db: Db | Trx, table: TableName, column: string): Promise<number | undefined> {
  const { rows } = await sql<{ last: number | null }>`
    select pg_sequence_last_value(pg_get_serial_sequence(${quoted(table)}, ${column})::regclass) as last`.execute(
    db,
  );
  return rows[0]?.last ?? undefined;
}

function quoted({ schema, name }: TableName): string {
  return `"${schema}"."${name}"`;
}

function named({ schema, name }: TableName): ReturnType<typeof sql.table> {
  return sql.table(`${schema}.${name}`);
}

/** All rows of a table as they are at the transaction's snapshot, some at a time. */
export async function* rowsOf(
  trx: Trx,
  { table, columns }: TableRecord,
): AsyncGenerator<{ readonly record: RowsRecord; readonly content: Buffer }> {
  const chosen = sql.join(columns.map((column) => sql.ref(column)));
  await sql`declare backup_rows no scroll cursor for
    select row_to_json(r)::text as row from (select ${chosen} from ${named(table)}) r`.execute(trx);
  for (;;) {
    const { rows } = await sql<{ row: string }>`fetch ${sql.lit(ROWS_AT_ONCE)} from backup_rows`.execute(trx);
    if (rows.length === 0) break;
    const content = gzipSync(`[${rows.map((one) => one.row).join(",\n")}]`, { level: 3 });
    yield { record: { kind: "rows", rows: rows.length, bytes: content.length }, content };
  }
  await sql`close backup_rows`.execute(trx);
}

/** Puts rows of a backup into the table. Types are those of the table; a column that the rows do not have gets its default. */
export async function putRows(
  trx: Trx,
  { table, columns }: TableRecord,
  content: Uint8Array,
): Promise<number> {
  const chosen = sql.join(columns.map((column) => sql.ref(column)));
  const done = await sql`
    insert into ${named(table)} (${chosen}) overriding system value
    select ${chosen} from json_populate_recordset(null::${named(table)}, ${gunzipSync(content).toString("utf8")}::json)`.execute(
    trx,
  );
  return Number(done.numAffectedRows ?? 0n);
}

/**
 * Runs `load` with our own triggers off: the rows were guarded when they were written, and some guards look at the clock, by
 * which a consent may have ended since. References, checks and unique columns hold all the same.
 */
export async function withoutGuards<T>(
  trx: Trx,
  tables: readonly TableRecord[],
  load: () => Promise<T>,
): Promise<T> {
  for (const { table } of tables) await sql`alter table ${named(table)} disable trigger user`.execute(trx);
  const done = await load();
  for (const { table } of tables) await sql`alter table ${named(table)} enable trigger user`.execute(trx);
  return done;
}

/** Lets the counting column go on behind what it gave last. */
export async function continueCounting(trx: Trx, { table, identity }: TableRecord): Promise<void> {
  if (!identity) return;
  await sql`select setval(pg_get_serial_sequence(${quoted(table)}, ${identity.column}), ${identity.last})`.execute(
    trx,
  );
}

/** Tables that have a row, though a new instance's have none. */
export async function tablesInUse(db: Db | Trx): Promise<readonly string[]> {
  const used: string[] = [];
  for (const { table } of await tablesInOrder(db)) {
    if (NEW_HAS.has(`${table.schema}.${table.name}`)) continue;
    const { rows } = await sql<{
      used: boolean;
    }>`select exists (select 1 from ${named(table)}) as used`.execute(db);
    if (rows[0]?.used) used.push(table.name);
  }
  return used;
}

/** What an instance has that was only just begun; a restore replaces it. */
const NEW_HAS: ReadonlySet<string> = new Set([
  "public.instance",
  "public.index_version",
  "public.template_transform",
]);

/** Removes what a new instance has, before its rows come back. */
export async function emptyNew(trx: Trx): Promise<void> {
  for (const name of NEW_HAS) {
    // Tables as an older backup has them may lack it.
    const { rows } = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(
      trx,
    );
    if (rows[0]?.there === true) await sql`delete from ${sql.table(name)}`.execute(trx);
  }
}
