import { readFileSync } from "node:fs";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";

/** A column as both sides put it: `text not null`, `text null`; a set of words where only some are taken. */
type Columns = Readonly<Record<string, string>>;

const source = readFileSync(new URL("./schema.ts", import.meta.url), "utf8");

/** The types of TypeScript that stand for a type of PostgreSQL. */
const TYPES: Readonly<Record<string, string>> = {
  uuid: "string",
  text: "string",
  "timestamp with time zone": "Date",
  integer: "number",
  bigint: "number",
  real: "number",
  "double precision": "number",
  boolean: "boolean",
  bytea: "Bytes",
  jsonb: "json",
  // Arrays by the name of their own type, which tells of what they are.
  _text: "string[]",
  _uuid: "string[]",
  _int4: "number[]",
  _float4: "number[]",
  _float8: "number[]",
};

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

/** Every column of the types in schema.ts, as `table.column` -> type, `| null` where it may be. */
function declared(): Columns {
  const unions = new Map(
    [...source.matchAll(/^export type (\w+) =\s*([^;]+);/gm)].map(([, name = "", text = ""]) => [name, text]),
  );
  const words = (text: string): string | undefined => {
    const found = [...text.matchAll(/"([^"]+)"/g)].map(([, word]) => word);
    return found.length > 0 ? found.sort().join("|") : undefined;
  };
  const tables = /interface Schema \{([^}]+)\}/.exec(source)?.[1] ?? "";
  const columns: Record<string, string> = {};
  for (const [, table = "", type = ""] of tables.matchAll(/(\w+): (\w+);/g)) {
    const body = new RegExp(`interface ${type} \\{([^}]+)\\}`).exec(source)?.[1] ?? "";
    for (const [, column = "", written = ""] of body.matchAll(/^ {2}(\w+): ([^;]+);/gm)) {
      const inner = written.replace(/^Generated<(.+)>$/, "$1");
      const nullable = inner.endsWith(" | null");
      const plain = inner
        .replace(/ \| null$/, "")
        .replace(/^ColumnType<number,.+>$/, "number")
        .replace(/^ColumnType<.+string, string>$/, "json")
        .replace(/^ColumnType<.+string \| null, string \| null>$/, "json | null");
      columns[`${table}.${column}`] =
        (words(unions.get(plain) ?? plain) ?? plain) + (nullable ? " | null" : "");
    }
  }
  return columns;
}

/** The same, from the live database; a check that lists words makes a union of them. */
async function live(): Promise<Columns> {
  const { rows } = await sql<{ name: string; type: string; nullable: boolean; words: string | null }>`
    select c.table_name || '.' || c.column_name as name, case c.data_type when 'ARRAY' then c.udt_name else c.data_type end as type, c.is_nullable = 'YES' as nullable,
      (select pg_get_constraintdef(k.oid) from pg_constraint k
        where k.conrelid = c.table_name::regclass and k.contype = 'c' and cardinality(k.conkey) = 1
          and k.conkey[1] = c.ordinal_position
          and pg_get_constraintdef(k.oid) ~ ('^CHECK \\(\\(' || c.column_name || ' = (ANY|''|\\()')
        limit 1) as words
    from information_schema.columns c
    where c.table_schema = 'public' and c.table_name not like 'kysely_%'`.execute(database.db);
  return Object.fromEntries(
    rows.map((row) => {
      const words = [...(row.words ?? "").matchAll(/'([^']+)'/g)].map(([, word]) => word);
      const type = words.length > 0 ? words.sort().join("|") : (TYPES[row.type] ?? row.type);
      return [row.name, type + (row.nullable ? " | null" : "")];
    }),
  );
}

test("the types of the tables are those of the migrated database: columns, nulls, and the words taken", async () => {
  const types = declared();
  expect(Object.keys(types).length).toBeGreaterThan(100);
  expect(types).toEqual(await live());
});

test("every reference, and every person's id, has an index: what goes with a person is found without reading whole tables", async () => {
  const { rows } = await sql<{ column: string }>`
    with followed as (
      select c.conrelid::regclass as "table", c.conkey as columns from pg_constraint c
        where c.contype = 'f' and c.connamespace = 'public'::regnamespace
      union
      select a.attrelid::regclass, array[a.attnum] from pg_attribute a join pg_class t on t.oid = a.attrelid
        where t.relkind = 'r' and t.relnamespace = 'public'::regnamespace and not a.attisdropped
          and a.attname in ('person_id', 'reader_id', 'earlier_person_id', 'child_id')
    )
    select "table" || '.' || (select string_agg(a.attname, ', ') from pg_attribute a
      where a.attrelid = "table" and a.attnum = any(columns)) as column
    from followed
    where not exists (select 1 from pg_index i where i.indrelid = "table"
      and (i.indkey::smallint[])[0:cardinality(columns) - 1] @> columns
      -- A partial index serves where it leaves out nothing but the rows without a reference.
      and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^[(][a-z_]+ IS NOT NULL[)]$'))
    order by 1`.execute(database.db);
  expect(rows.map((row) => row.column)).toEqual([]);
});
