import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Error rates that were measured here, on labelled photos, for the data-protection officer: rates and counts, nobody and no photo. */
export const evaluation: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(
        `
create table evaluation (
  id uuid primary key,
  at timestamptz not null,
  kept_by text not null check (kept_by <> ''),
  pack text not null,
  policy text not null,
  rates jsonb not null
);`,
      )
      .execute(db);
  },
};
