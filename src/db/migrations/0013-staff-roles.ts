import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Who of the staff may do what in one collection. A role in the whole instance is in the accounts' own table, which is in
 * another schema and made after these: hence no reference to it, and whoever removes an account removes its rows here.
 */
export const staffRoles: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(
        `
create table staff_role (
  account_id uuid not null,
  collection_id uuid not null references collection (id) on delete cascade,
  role text not null check (role in ('editor', 'publisher', 'photographer')),
  given_at timestamptz not null,
  primary key (account_id, collection_id)
);
create index staff_role_collection on staff_role (collection_id);`,
      )
      .execute(db);
  },
};
