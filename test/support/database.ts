import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { openDatabase, type Db } from "../../src/db/index.ts";
import { databaseUrl, statement } from "./database-server.ts";

export interface TestDatabase {
  readonly db: Db;
  /** Address of this database, for a second session or process. */
  readonly url: string;
  /** Ends the sessions and drops the database. */
  close(): Promise<void>;
}

/** A new migrated, empty database on the run's server. Make one per test file in `beforeAll`, close it in `afterAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  const { admin, template } = inject("databaseServer");
  const name = `assent_test_${randomBytes(8).toString("hex")}`;
  await statement(admin, `create database ${name} template ${template}`);
  const url = databaseUrl(admin, name);
  const database = await openDatabase({ kind: "url", url });
  return {
    db: database.db,
    url,
    async close() {
      await database.close();
      await statement(admin, `drop database ${name} with (force)`);
    },
  };
}
