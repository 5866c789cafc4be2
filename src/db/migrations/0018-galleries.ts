import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Galleries that a link opens; how the pictures of a publication are written; and deletions of photos and collections that end
 * in a receipt, of which the people in them are told.
 */
export const galleries: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
  },
};

const TABLES = `
alter table disclosure
  drop constraint disclosure_recipient_check,
  add constraint disclosure_recipient_check check (recipient in ('channel', 'person', 'link')),
  -- Longest side of its pictures in pixels (null: as large as the originals), and what is written across them.
  add column max_edge integer check (max_edge > 0),
  add column watermark text check (watermark <> '');

create table gallery_link (
  id uuid primary key,
  collection_id uuid not null references collection on delete cascade,
  -- Whose pictures it opens, and its own: what was seen by it.
  publication_id uuid not null references disclosure on delete cascade,
  disclosure_id uuid not null references disclosure on delete cascade,
  secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
  max_edge integer not null check (max_edge > 0),
  origins text[] not null default '{}',
  made_by text not null check (made_by <> ''),
  made_at timestamptz not null,
  -- null: open to the public, for as long as the collection is there.
  expires_at timestamptz,
  opened_at timestamptz,
  revoked_at timestamptz
);
create index gallery_link_collection on gallery_link (collection_id);
create index gallery_link_publication on gallery_link (publication_id);
create index gallery_link_disclosure on gallery_link (disclosure_id);

alter table erasure
  drop constraint erasure_kind_check,
  add constraint erasure_kind_check check (kind in ('withdraw', 'erase', 'expire', 'photos', 'collection'));

alter table notice
  drop constraint notice_kind_check,
  add constraint notice_kind_check check (kind in ('face-claimed', 'device-added', 'recovered',
    'recovered-by-mail', 'link-made', 'retake-refused', 'corrected', 'photos-deleted')),
  -- How many photos of the person went, and of which collection.
  add column pictures integer check (pictures > 0),
  add column collection_name text,
  add check ((kind = 'photos-deleted') = (pictures is not null and collection_name is not null));
`;
