import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Keys that are changed while they are in use: which secret turn each template is stored under, and which changes of all keys of a
 * kind have begun and are not finished.
 */
export const keys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
  },
};

const TABLES = `
-- By its version in the key store. A template refers to its own, so that none is stored under one that is being destroyed.
create table template_transform (version integer primary key check (version > 0));
insert into template_transform (version) values (1);
alter table template add column transform integer not null default 1 references template_transform;
create index template_transform_of on template (transform);

create table key_change (
  what text primary key check (what in ('transform', 'contact', 'face', 'chips')),
  begun_at timestamptz not null,
  begun_by text not null
);
`;
