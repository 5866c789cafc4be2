import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Chips are in no backup: that those of a photo are to be cut again is pending work, its subject the photo. Of a change of staff
 * accounts the row that changed is noted beside the account: of a passkey that was removed, which one.
 */
export const afterRestore: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table pending drop constraint pending_kind_check`.execute(db);
    await sql`alter table pending add constraint pending_kind_check check (kind in
      ('destroy-key', 'remove-blob', 'remove-file', 'render', 'refresh-folder', 'rescan', 'cut-chips'))`.execute(
      db,
    );
    await sql`alter table log_owed add column changed text`.execute(db);
  },
};
