import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Keys of other programs, and what they were answered, for a day. Accounts are in another schema: hence no reference to them. */
export const apiKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
  },
};

const TABLES = `
create table api_key (
  id uuid primary key,
  name text not null check (length(name) between 1 and 80),
  prefix text not null unique,
  secret_hash bytea not null check (length(secret_hash) = 32),
  -- A key reads and invites: it never speaks for a person, whatever a program asks for.
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['see-collections', 'see-photos',
    'read-renditions', 'see-people', 'see-consents', 'invite-people', 'see-requests', 'look-up']),
  collection_id uuid references collection (id) on delete cascade,
  made_by uuid,
  made_by_name text not null,
  made_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  check (expires_at > made_at and expires_at <= made_at + interval '366 days')
);
create index api_key_collection on api_key (collection_id);
-- What people read who were looked at leads to one key.
create unique index api_key_name on api_key (lower(name)) where revoked_at is null;

create table api_answer (
  api_key_id uuid not null references api_key (id) on delete cascade,
  repeat_key bytea not null,
  asked bytea not null,
  sealed bytea not null,
  at timestamptz not null,
  primary key (api_key_id, repeat_key)
);
create index api_answer_at on api_answer (at);
alter table api_answer alter column sealed set statistics 0;
`;
