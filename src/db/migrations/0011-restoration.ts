import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** That this database was brought back from a backup, and whether an officer has to accept a gap in what is known since. */
export const restoration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table restoration (
        id uuid primary key,
        backup_id uuid not null,
        backed_up_at timestamptz not null,
        restored_at timestamptz not null,
        restored_by text not null check (restored_by <> ''),
        -- How many entries the restriction journal had at the backup; those after them are replayed.
        journal_entries bigint not null check (journal_entries >= 0),
        -- The log's head that was signed last, where the log that was brought back is not that one.
        lost_head text,
        -- Why the journal does not reach far enough, one reason a line; null: it does.
        gap text check (gap <> ''),
        state text not null check (state in ('replaying', 'suspended', 'done')),
        accepted_by text,
        accepted_reason text,
        accepted_at timestamptz,
        check (state <> 'suspended' or gap is not null),
        check (gap is null or state <> 'done' or accepted_at is not null),
        check ((accepted_at is null) = (accepted_by is null)),
        check ((accepted_at is null) = (accepted_reason is null))
      )`.execute(db);
  },
};
