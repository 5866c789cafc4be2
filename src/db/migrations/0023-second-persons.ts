import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** What one person has asked for and a second one must confirm. Accounts are in another schema: hence no reference to them. */
export const secondPersons: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLE).execute(db);
  },
};

const TABLE = `
create table second_person (
  id uuid primary key,
  kind text not null check (kind in ('delete-collection', 'delete-photos', 'give-role')),
  -- Of a role: the one that it is in; null: in the whole instance.
  collection_id uuid references collection (id) on delete cascade,
  photo_ids uuid[] not null default '{}',
  account_id uuid,
  role text check (role in ('owner', 'editor', 'publisher', 'photographer', 'officer')),
  -- null: on the command line.
  asked_by uuid,
  asked_by_name text not null,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'confirmed', 'withdrawn')),
  settled_by uuid,
  settled_by_name text,
  settled_at timestamptz,
  check ((kind = 'give-role') = (account_id is not null and role is not null)),
  check (kind = 'give-role' or collection_id is not null),
  check ((kind = 'delete-photos') = (cardinality(photo_ids) > 0)),
  check ((state = 'open') = (settled_at is null)),
  -- Nobody is their own second person, whatever a program asks for.
  check (state <> 'confirmed' or asked_by is distinct from settled_by)
);
create index second_person_collection on second_person (collection_id);
create index second_person_open on second_person (expires_at) where state = 'open';
`;
