import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Mail: whether an address was verified, links that were mailed (of each only its SHA-256), and invitations addressed to
 * somebody, which wait in the outbox until they are sent or handed over.
 */
export const mail: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
  },
};

const TABLES = `
-- There while person.email_sealed is. guardian_id: who gave it, where that was a guardian.
create table address (
  person_id uuid primary key references person on delete cascade,
  guardian_id uuid references guardian on delete cascade,
  given_at timestamptz not null,
  verified_at timestamptz
);
insert into address (person_id, guardian_id, given_at)
  select p.id, (select g.id from guardian g where g.person_id = p.id order by g.created_at limit 1), now()
  from person p where p.email_sealed is not null;

create table mail_link (
  secret_hash bytea primary key check (octet_length(secret_hash) = 32),
  person_id uuid not null references person on delete cascade,
  purpose text not null check (purpose in ('verify', 'recover')),
  sent_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index mail_link_person on mail_link (person_id);

-- Address and secret are sealed under the contact key of the letter's own id; all three go when it is closed.
create table letter (
  id uuid primary key,
  invitation_id uuid not null unique references invitation on delete cascade,
  language text not null check (language in ('fr', 'en')),
  address_sealed bytea,
  secret_sealed bytea,
  state text not null check (state in ('waiting', 'sent', 'handed-over', 'cancelled', 'used', 'expired')),
  tries integer not null default 0 check (tries >= 0),
  failure text check (failure in ('address', 'server')),
  -- When it is sent by itself next; null: never, somebody hands it over.
  try_at timestamptz,
  created_at timestamptz not null,
  closed_at timestamptz,
  check ((state = 'waiting') = (address_sealed is not null)),
  check ((state = 'waiting') = (secret_sealed is not null)),
  check ((state = 'waiting') = (closed_at is null)),
  check (state = 'waiting' or try_at is null)
);

alter table device drop constraint device_how_check;
alter table device add constraint device_how_check check (how in ('join', 'link', 'recovery', 'passkey', 'mail'));
alter table notice drop constraint notice_kind_check;
alter table notice add constraint notice_kind_check check (kind in
  ('face-claimed', 'device-added', 'recovered', 'recovered-by-mail', 'link-made', 'retake-refused'));
`;
