import { sql, type Kysely } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { AssentError } from "../core/index.ts";
import { spine } from "./migrations/0001-spine.ts";
import { joining } from "./migrations/0002-joining.ts";
import { requests } from "./migrations/0003-requests.ts";
import { told } from "./migrations/0004-told.ts";
import { taken } from "./migrations/0005-taken.ts";
import { mail } from "./migrations/0006-mail.ts";
import { cards } from "./migrations/0007-cards.ts";
import { log } from "./migrations/0008-log.ts";
import { marks } from "./migrations/0009-marks.ts";
import { rights } from "./migrations/0010-rights.ts";
import { restoration } from "./migrations/0011-restoration.ts";
import { agreeing } from "./migrations/0012-agreeing.ts";
import { staffRoles } from "./migrations/0013-staff-roles.ts";
import { followed } from "./migrations/0014-followed.ts";
import { afterRestore } from "./migrations/0015-after-restore.ts";
import { keys } from "./migrations/0016-keys.ts";
import { apiKeys } from "./migrations/0017-api-keys.ts";
import { galleries } from "./migrations/0018-galleries.ts";
import { work } from "./migrations/0019-work.ts";
import { breachLook } from "./migrations/0020-breach-look.ts";
import { shownNoMore } from "./migrations/0021-shown-no-more.ts";
import { jobs } from "./migrations/0022-jobs.ts";
import { secondPersons } from "./migrations/0023-second-persons.ts";
import { webhooks } from "./migrations/0024-webhooks.ts";
import { watchFolders } from "./migrations/0025-watch-folders.ts";
import { evaluation } from "./migrations/0026-evaluation.ts";
import { lookThrough } from "./migrations/0027-look-through.ts";
import { toldInTurn } from "./migrations/0028-told-in-turn.ts";
import { trials } from "./migrations/0029-trials.ts";
import { again } from "./migrations/0030-again.ts";
import { goneFiles } from "./migrations/0031-gone-files.ts";
import type { Schema } from "./schema.ts";

/** In order, forward only; a migration that has shipped is never edited. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-spine": spine,
  "0002-joining": joining,
  "0003-requests": requests,
  "0004-told": told,
  "0005-taken": taken,
  "0006-mail": mail,
  "0007-cards": cards,
  "0008-log": log,
  "0009-marks": marks,
  "0010-rights": rights,
  "0011-restoration": restoration,
  "0012-agreeing": agreeing,
  "0013-staff-roles": staffRoles,
  "0014-followed": followed,
  "0015-after-restore": afterRestore,
  "0016-keys": keys,
  "0017-api-keys": apiKeys,
  "0018-galleries": galleries,
  "0019-work": work,
  "0020-breach-look": breachLook,
  "0021-shown-no-more": shownNoMore,
  "0022-jobs": jobs,
  "0023-second-persons": secondPersons,
  "0024-webhooks": webhooks,
  "0025-watch-folders": watchFolders,
  "0026-evaluation": evaluation,
  "0027-look-through": lookThrough,
  "0028-told-in-turn": toldInTurn,
  "0029-trials": trials,
  "0030-again": again,
  "0031-gone-files": goneFiles,
};

/** Names of the migrations that made the schema, in order; empty for a database without any. */
export async function migrationsOf(db: Kysely<Schema>): Promise<readonly string[]> {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass('kysely_migration') is not null as there`.execute(db);
  if (!rows[0]?.there) return [];
  const done = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return done.rows.map((row) => row.name);
}

/**
 * Brings the schema up to date; several processes may do so at once. With `only`, up to those: a backup's tables are made as
 * they were, and brought up to date with its rows in them.
 */
export async function migrate(db: Kysely<Schema>, only?: readonly string[]): Promise<void> {
  const wanted = Object.keys(MIGRATIONS).filter((name) => !only || only.includes(name));
  const done = await migrationsOf(db);
  if (wanted.length === done.length && wanted.every((name, i) => name === done[i])) return;
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: () =>
        Promise.resolve(
          Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => wanted.includes(name))),
        ),
    },
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
