import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** What is asked for while the same is being done is done once more afterwards. */
export const again: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(`alter table job add column again boolean not null default false;`).execute(db);
  },
};
