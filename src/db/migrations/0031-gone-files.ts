import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * What a deletion of photos whose files are gone goes by: from which folder, whether the photo came from there at all, and on whose
 * behalf. When what is too young was taken. And what two persons decided about a collection stays to be read once that is gone.
 */
export const goneFiles: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(CHANGES).execute(db);
  },
};

const CHANGES = `
-- Not "set null": a role in one collection would become one in the whole instance.
alter table second_person drop constraint second_person_collection_id_fkey;
-- The watched folder from which the photos are missing; without a reference, so that one that is watched no more is no reason to delete more.
alter table second_person add column folder_id uuid;
alter table second_person add check (folder_id is null or kind = 'delete-photos');

-- Whether the photo was taken from this file; of the earlier ones nobody knows.
alter table watch_file add column taken_here boolean not null default false;
alter table watch_file alter column taken_here drop default;

-- When a photo that is too young yet was taken: its bytes need not be read again to say so.
alter table watch_arrival add column taken_at timestamptz;

-- null: on the command line. On whose behalf the earlier ones delete nobody knows: from now on they tell.
alter table watch_folder add column made_by_account uuid;
update watch_folder set when_gone = 'tell';
`;
