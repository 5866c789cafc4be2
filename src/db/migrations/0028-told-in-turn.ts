import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Other programs are told in turn, by however many processes: a webhook whose message is on its way is left alone by the others. And of
 * what changed by a match or a yes only with the staff's next publication: until then the rendition remembers that nobody was told.
 */
export const toldInTurn: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(
        `
-- A process has a message of it in hand until then; null: none has.
alter table webhook add column in_hand_until timestamptz;
-- Whether it changed since other programs were last told of it.
alter table rendition add column untold boolean not null default false;`,
      )
      .execute(db);
  },
};
