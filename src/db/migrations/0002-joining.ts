import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Joining without a member of staff: invitations, guardians, devices, recovery codes, passkeys, notices, and the count
 * of liveness attempts. Of every secret only its SHA-256 is here.
 */
export const joining: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
  },
};

const TABLES = `
-- Whoever acts for a minor: known by their devices alone. person_id is the child.
create table guardian (
  id uuid primary key,
  person_id uuid not null references person on delete cascade,
  created_at timestamptz not null
);
create index guardian_person on guardian (person_id);

create table invitation (
  id uuid primary key,
  kind text not null check (kind in ('public', 'single', 'guardian', 'personal')),
  collection_id uuid references collection on delete cascade,
  -- Whose device a personal one signs in.
  person_id uuid references person on delete cascade,
  guardian_id uuid references guardian on delete cascade,
  -- Of a guardian's, until it is used: the id that the child will have, and the name sealed under that id's key.
  child_id uuid,
  child_sealed bytea,
  secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
  created_by text not null check (created_by <> ''),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  hourly_limit integer check (hourly_limit > 0),
  hour timestamptz,
  hour_uses integer not null default 0,
  uses integer not null default 0,
  used_at timestamptz,
  revoked_at timestamptz,
  check ((kind = 'personal') = (person_id is not null)),
  check (kind = 'personal' or collection_id is not null),
  check (kind = 'guardian' or child_id is null),
  check ((child_id is null) = (child_sealed is null)),
  check ((kind = 'public') = (hourly_limit is not null)),
  check (guardian_id is null or person_id is not null),
  check (kind <> 'guardian' or child_id is not null or used_at is not null or revoked_at is not null)
);
create index invitation_collection on invitation (collection_id);
create index invitation_person on invitation (person_id);

create table device (
  id uuid primary key,
  person_id uuid not null references person on delete cascade,
  guardian_id uuid references guardian on delete cascade,
  secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
  how text not null check (how in ('join', 'link', 'recovery', 'passkey')),
  created_at timestamptz not null,
  last_seen_at timestamptz not null
);
create index device_person on device (person_id);

create table recovery_code (
  id uuid primary key,
  person_id uuid not null references person on delete cascade,
  guardian_id uuid references guardian on delete cascade,
  code_hash bytea not null unique check (octet_length(code_hash) = 32),
  created_at timestamptz not null
);
create unique index recovery_code_holder on recovery_code (person_id, guardian_id) nulls not distinct;

create table passkey (
  id uuid primary key,
  person_id uuid not null references person on delete cascade,
  guardian_id uuid references guardian on delete cascade,
  credential_id text not null unique check (credential_id <> ''),
  public_key bytea not null,
  counter bigint not null check (counter >= 0),
  transports text not null,
  created_at timestamptz not null,
  last_used_at timestamptz
);
create index passkey_person on passkey (person_id);

create table notice (
  id uuid primary key,
  person_id uuid not null references person on delete cascade,
  kind text not null check (kind in ('face-claimed', 'device-added', 'recovered', 'link-made', 'retake-refused')),
  device_id uuid references device on delete set null,
  at timestamptz not null,
  seen_at timestamptz
);
create index notice_person on notice (person_id);

create table liveness_attempt (
  day text not null check (day ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'),
  collection_id uuid not null references collection on delete cascade,
  outcome text not null check (outcome in ('passed', 'frozen', 'refused')),
  reason text not null,
  attempts integer not null,
  primary key (day, collection_id, outcome, reason)
);
`;
