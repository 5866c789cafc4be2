import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** A further kind of look: somebody reads the names of those whom an incident concerns. */
export const breachLook: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(
        `
alter table look drop constraint look_kind_check;
alter table look add constraint look_kind_check
  check (kind in ('find', 'lookup', 'deliver', 'publish', 'tag', 'list', 'breach'));`,
      )
      .execute(db);
  },
};
