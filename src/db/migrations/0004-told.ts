import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** When somebody who agreed to be written to was last told of new photos. */
export const told: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table told (
        person_id uuid primary key references person on delete cascade,
        at timestamptz not null
      )`.execute(db);
  },
};
