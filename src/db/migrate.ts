import { sql, type Kysely } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { AssentError } from "../core/index.ts";
import { spine } from "./migrations/0001-spine.ts";
import { joining } from "./migrations/0002-joining.ts";
import { requests } from "./migrations/0003-requests.ts";
import { told } from "./migrations/0004-told.ts";
import { taken } from "./migrations/0005-taken.ts";
import type { Schema } from "./schema.ts";

/** In order, forward only; a migration that has shipped is never edited. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-spine": spine,
  "0002-joining": joining,
  "0003-requests": requests,
  "0004-told": told,
  "0005-taken": taken,
};

/** Brings the schema up to date; several processes may do so at once. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  if (await isCurrent(db)) return;
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === "Error")?.migrationName ?? "the schema";
    throw new AssentError("database-unavailable", `migration ${failed} failed: ${(error as Error).message}`, {
      cause: error,
      remedy: "Was this database made by a newer version of Assent? Otherwise see the server's log.",
    });
  }
}

async function isCurrent(db: Kysely<Schema>): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass('kysely_migration') is not null as there`.execute(db);
  if (!rows[0]?.there) return false;
  const done = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const names = Object.keys(MIGRATIONS).sort();
  return done.rows.length === names.length && done.rows.every((row, i) => row.name === names[i]);
}
