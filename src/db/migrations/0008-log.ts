import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * The order of the transparency log: entries that are owed or wait for a position, positions, the hashes of the Merkle
 * tree over them, signed checkpoints and cosignatures. Entries written before this wait like any other.
 */
export const log: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
    await sql.raw(GUARDS).execute(db);
    await sql`insert into log_waiting select id from entry`.execute(db);
  },
};

const TABLES = `
-- Filled by a trigger on entry alone, so that no reference need be checked for each change of the instance.
create table log_waiting (
  entry_id uuid primary key
);

create table log_position (
  position bigint primary key check (position >= 0),
  entry_id uuid not null unique references entry
);

-- Hashes are random bytes, which no compression makes smaller.
create table log_tile (
  level integer not null check (level between 0 and 7),
  index bigint not null check (index >= 0),
  hashes bytea not null check (octet_length(hashes) % 32 = 0 and octet_length(hashes) between 32 and 8192),
  primary key (level, index)
);
alter table log_tile alter column hashes set storage external;

create table log_checkpoint (
  size bigint primary key check (size > 0),
  root bytea not null check (octet_length(root) = 32),
  note text not null,
  at timestamptz not null
);

create table log_cosignature (
  size bigint not null references log_checkpoint,
  witness text not null,
  line text not null,
  at timestamptz not null,
  primary key (size, witness)
);

-- What a library has changed in a transaction of its own, until the sequencer writes the entry.
create table log_owed (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  subject text not null,
  at timestamptz not null
);

create index entry_payload_in_force on entry_payload (kind)
  where kind in ('policy-in-force', 'texts-in-force', 'keys-in-force');
`;

const GUARDS = `
-- Whoever writes an entry cannot forget to put it in line.
create function await_position() returns trigger language plpgsql as $$
begin
  insert into log_waiting select id from written;
  return null;
end $$;
create trigger entry_awaits_position after insert on entry
  referencing new table as written for each statement execute function await_position();

create trigger log_position_append_only before update or delete or truncate on log_position
  for each statement execute function refuse_any_rewriting();
create trigger log_checkpoint_append_only before update or delete or truncate on log_checkpoint
  for each statement execute function refuse_any_rewriting();

-- A tile grows at its end, and is otherwise left as it is.
create function refuse_shortening() returns trigger language plpgsql as $$
begin
  if new.level <> old.level or new.index <> old.index
     or substring(new.hashes for octet_length(old.hashes)) <> old.hashes then
    raise exception '% is append-only', tg_table_name using errcode = 'AS002';
  end if;
  return new;
end $$;
create trigger log_tile_grows before update on log_tile
  for each row execute function refuse_shortening();
create trigger log_tile_never_emptied before delete or truncate on log_tile
  for each statement execute function refuse_any_rewriting();
`;
