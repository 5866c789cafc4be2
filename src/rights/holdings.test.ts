import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { newId } from "../core/index.ts";
import { BLOB_KINDS } from "../blobs/index.ts";
import { FILE_HOLDINGS, QUEUE_HOLDINGS, findPerson, holdingWords, TABLE_HOLDINGS } from "./index.ts";

describe("the holdings", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  test("claim every column of the live schema, and no other", async () => {
    const { rows } = await sql<{ name: string }>`
      select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = 'public' and table_name not like 'kysely_%'`.execute(database.db);
    const claimed = TABLE_HOLDINGS.flatMap(({ table, columns }) =>
      Object.keys(columns).map((column) => `${table}.${column}`),
    );
    expect(claimed.toSorted()).toEqual(rows.map((row) => row.name).toSorted());
  });

  test("claim every table of the queue", async () => {
    const { rows } = await sql<{ name: string }>`
      select table_name as name from information_schema.tables where table_schema = 'pgboss' and table_name not like 'queue_stats_%'`.execute(
      database.db,
    );
    expect(QUEUE_HOLDINGS.map((one) => one.table).toSorted()).toEqual(rows.map((row) => row.name).toSorted());
  });

  test("give every column a nature, and every table a purpose and a retention", () => {
    for (const { columns, purpose, retention } of TABLE_HOLDINGS) {
      for (const nature of Object.values(columns)) expect(["personal", "id", "technical"]).toContain(nature);
      expect(purpose).not.toBe("");
      expect(retention).not.toBe("");
    }
  });

  test("claim every kind of blob", () => {
    const claimed = FILE_HOLDINGS.filter((one) => one.kind === "blobs").map((one) => one.name);
    expect(claimed.toSorted()).toEqual([...BLOB_KINDS].toSorted());
  });

  test("say how to find and forget a person in every table that names one", async () => {
    const { rows } = await sql<{ name: string }>`
      select distinct table_name as name from information_schema.columns
      where table_schema = 'public' and column_name in ('person_id', 'reader_id', 'earlier_person_id')`.execute(
      database.db,
    );
    for (const { name } of rows) {
      const holding = TABLE_HOLDINGS.find((one) => one.table === name);
      expect(holding?.about, name).not.toBeNull();
      expect(holding?.forget, name).not.toBeNull();
    }
  });

  test("tell each person in French and English what is kept about them, why and until when", () => {
    for (const { table, about } of TABLE_HOLDINGS) {
      if (about === null) continue;
      const words = (["fr", "en"] as const).map((language) => holdingWords(table, language));
      for (const said of words) {
        for (const part of Object.values(said ?? { missing: "" })) expect(part, table).not.toBe("");
      }
      expect(words[0]?.purpose, table).not.toBe(words[1]?.purpose);
    }
  });

  test("find nothing about somebody who was never there", async () => {
    expect(await findPerson(database.db, newId())).toEqual({});
  });
});
