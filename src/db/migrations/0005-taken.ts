import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** What a rendition showed when a person took it: the same picture taken twice is one that left, another one is not. */
export const taken: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table disclosure_rendition add column plan_digest text`.execute(db);
  },
};
