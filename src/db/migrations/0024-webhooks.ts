import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Webhooks: where other programs are told of four kinds of events, what is still to be told, and what was sent; more scopes for keys, for
 * what writes nothing about anybody; and whether the instance is a sandbox, with made-up people alone.
 */
export const webhooks: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
    await sql.raw(SCOPES).execute(db);
    await sql.raw(SANDBOX).execute(db);
  },
};

/** Nothing is told of a match, nor of a person: the database has no other kinds. */
const KINDS = "'import.finished', 'rendition.replaced', 'rendition.suspended', 'request.opened'";

const TABLES = `
create table webhook (
  id uuid primary key,
  -- null: of the whole instance.
  collection_id uuid references collection on delete cascade,
  url text not null check (url ~ '^https?://' and length(url) <= 2000),
  kinds text[] not null check (cardinality(kinds) > 0 and kinds <@ array[${KINDS}]),
  -- Whether an owner allows addresses of this network, and then http.
  allow_private boolean not null,
  secret_sealed bytea not null,
  -- The one before, with which messages are signed as well until then.
  old_secret_sealed bytea,
  old_until timestamptz,
  state text not null check (state in ('on', 'off')),
  off_because text check (off_because in ('hand', 'gone', 'failing', 'maker')),
  off_at timestamptz,
  -- Since when no message was taken; null: the last one was.
  failing_since timestamptz,
  -- The account, which is in the accounts' own schema; null: the command line.
  made_by uuid,
  api_key_id uuid references api_key on delete cascade,
  made_by_name text not null check (made_by_name <> ''),
  made_at timestamptz not null,
  check (allow_private or url like 'https://%'),
  check ((old_secret_sealed is null) = (old_until is null)),
  check ((state = 'off') = (off_because is not null) and (state = 'off') = (off_at is not null))
);
create index webhook_collection on webhook (collection_id);
create index webhook_api_key on webhook (api_key_id);
alter table webhook alter column secret_sealed set statistics 0;
alter table webhook alter column old_secret_sealed set statistics 0;

-- What happened and is not put into messages yet: written with what happened. Its collection may be gone meanwhile.
create table webhook_event (
  id uuid primary key,
  kind text not null check (kind in (${KINDS})),
  collection_id uuid,
  subjects uuid[] not null,
  counts jsonb not null,
  at timestamptz not null
);
create index webhook_event_at on webhook_event (at);

create table webhook_delivery (
  id uuid primary key,
  webhook_id uuid not null references webhook on delete cascade,
  kind text not null check (kind in (${KINDS}, 'test')),
  -- As it is signed and sent, each time the same.
  body text not null,
  state text not null check (state in ('due', 'done', 'failed')),
  attempts integer not null default 0 check (attempts >= 0),
  next_at timestamptz,
  made_at timestamptz not null,
  -- Of the last attempt: when, the answer's status (null: there was none), why there was none, and how long it took.
  tried_at timestamptz,
  status integer,
  failure text check (failure in ('address', 'name', 'connection', 'certificate', 'time')),
  milliseconds integer,
  check ((state = 'due') = (next_at is not null))
);
create index webhook_delivery_webhook on webhook_delivery (webhook_id, made_at);
create index webhook_delivery_due on webhook_delivery (next_at) where state = 'due';
create index webhook_delivery_made on webhook_delivery (made_at);

-- Photos came into a collection since then, of which nobody was told yet that all are looked through.
create table webhook_import (
  collection_id uuid primary key references collection on delete cascade,
  since timestamptz not null,
  failed integer not null default 0 check (failed >= 0)
);
`;

const SCOPES = `
alter table api_key drop constraint api_key_scopes_check;
-- A key never speaks for a person, nor shows anybody: whatever a program asks for.
alter table api_key add constraint api_key_scopes_check check (cardinality(scopes) > 0 and scopes <@ array['see-collections',
  'see-photos', 'read-renditions', 'see-people', 'see-consents', 'invite-people', 'see-requests', 'look-up',
  'make-collections', 'change-collections', 'import-photos', 'delete-photos', 'hide-more', 'manage-webhooks']);
`;

const SANDBOX = `
alter table instance add column sandbox boolean not null default false;

create function instance_sandbox() returns trigger language plpgsql as $$
begin
  if old.sandbox and not new.sandbox then
    raise exception 'a sandbox stays one' using errcode = 'check_violation';
  end if;
  if new.sandbox and not old.sandbox and exists (select 1 from person) then
    raise exception 'there are people in this instance: it cannot become a sandbox' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger instance_sandbox before update on instance for each row execute function instance_sandbox();

-- Nobody's face is looked for in a sandbox.
create function sandbox_has_no_templates() returns trigger language plpgsql as $$
begin
  if exists (select 1 from instance where sandbox) then
    raise exception 'a sandbox keeps no template' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger sandbox_has_no_templates before insert on template
  for each row execute function sandbox_has_no_templates();
`;
