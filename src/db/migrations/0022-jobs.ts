import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Work that staff see: what is to be done, how far it is, and why it ended. The queue that wakes whoever does it is pg-boss's, in a
 * schema of its own, made by the first server that starts.
 */
export const jobs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
  },
};

const TABLES = `
create table job (
  id uuid primary key,
  kind text not null,
  collection_id uuid references collection (id) on delete cascade,
  -- A photo or an erasure, by the kind.
  subject_id uuid,
  state text not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  -- What was ordered, where the kind alone does not say it.
  details jsonb,
  asked_by text not null check (length(asked_by) between 1 and 200),
  done integer not null default 0 check (done >= 0),
  total integer check (total >= 0),
  attempts integer not null default 0,
  error text,
  created_at timestamptz not null,
  started_at timestamptz,
  moved_at timestamptz not null,
  ended_at timestamptz,
  check ((ended_at is null) = (state in ('waiting', 'running')))
);
-- The same work is to be done once, however often it is asked for.
create unique index job_open on job (kind, collection_id, subject_id) nulls not distinct
  where state in ('waiting', 'running');
create index job_collection on job (collection_id, created_at);
create index job_ended on job (ended_at) where ended_at is not null;

-- Files that were taken and could not be looked through, until somebody has read it.
create table unread_photo (
  id uuid primary key,
  collection_id uuid not null references collection (id) on delete cascade,
  file_name text not null,
  code text not null,
  at timestamptz not null
);
create index unread_photo_collection on unread_photo (collection_id, at);
`;
