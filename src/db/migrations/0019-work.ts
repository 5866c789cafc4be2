import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * What staff need day by day: a list that is taken out is a look (`list`); photos are starred or left out before they are
 * published; an invitation is sent again to whoever has not answered.
 */
export const work: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
  },
};

const TABLES = `
alter table look drop constraint look_kind_check;
alter table look add constraint look_kind_check
  check (kind in ('find', 'lookup', 'deliver', 'publish', 'tag', 'list'));

-- What staff think of a photo before it is published; what is rejected is not.
alter table photo add column rating text check (rating in ('star', 'rejected'));

-- An invitation that is sent again to whoever has not answered waits on after it went out: how often it still will be.
alter table letter add column reminders integer not null default 0 check (reminders between 0 and 3);
alter table letter add column sent_at timestamptz;
`;
