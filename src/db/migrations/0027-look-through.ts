import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * The look that a public channel asks for is a kind of its own: publishing an internal channel is no such look, and whose face is seen
 * in it reads what was done.
 */
export const lookThrough: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(
        `
alter table look drop constraint look_kind_check;
alter table look add constraint look_kind_check
  check (kind in ('find', 'lookup', 'deliver', 'publish', 'tag', 'list', 'breach', 'look-through'));`,
      )
      .execute(db);
  },
};
