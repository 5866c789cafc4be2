import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Folders that are watched: which, what was taken from them and from where, and what waits or is left out, and why. */
export const watchFolders: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
  },
};

const TABLES = `
create table watch_folder (
  id uuid primary key,
  collection_id uuid not null references collection (id) on delete cascade,
  -- Absolute, without links in it.
  path text not null check (path <> ''),
  -- What was taken at another time waits for a human.
  taken_from timestamptz not null,
  taken_until timestamptz not null,
  -- How old a photo must be before it is taken.
  minutes integer not null check (minutes between 15 and 10080),
  when_gone text not null check (when_gone in ('tell', 'delete')),
  state text not null check (state in ('on', 'paused')),
  problem text check (problem in ('not-allowed', 'unreachable', 'emptied', 'ended')),
  looked_at timestamptz,
  next_look_at timestamptz not null,
  made_by text not null check (made_by <> ''),
  made_at timestamptz not null,
  unique (collection_id, path),
  check (taken_from < taken_until)
);
create index watch_folder_next on watch_folder (next_look_at) where state = 'on';

-- A file that was taken: its photo is null once that is deleted, so that it is not taken again.
create table watch_file (
  id uuid primary key,
  folder_id uuid not null references watch_folder (id) on delete cascade,
  path text not null,
  size bigint not null check (size >= 0),
  modified_at timestamptz not null,
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  photo_id uuid references photo (id) on delete set null,
  -- Why nothing was kept of it after it had been taken.
  dropped text,
  missing_since timestamptz
);
create unique index watch_file_there on watch_file (folder_id, path) where missing_since is null;
create index watch_file_folder on watch_file (folder_id, digest);
create index watch_file_photo on watch_file (photo_id) where photo_id is not null;

-- A file that is there and not taken.
create table watch_arrival (
  folder_id uuid not null references watch_folder (id) on delete cascade,
  path text not null,
  size bigint not null check (size >= 0),
  modified_at timestamptz not null,
  -- Since when it has had this size and time.
  still_since timestamptz not null,
  state text not null check (state in ('new', 'waiting', 'allowed', 'left-out')),
  reason text,
  digest text check (digest ~ '^[0-9a-f]{64}$'),
  primary key (folder_id, path),
  check ((reason is null) = (state in ('new', 'allowed')))
);
create index watch_arrival_state on watch_arrival (folder_id, state);
`;
