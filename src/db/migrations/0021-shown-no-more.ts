import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Whoever took a picture home is told that somebody in it agrees to be seen there no longer. */
export const shownNoMore: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table notice drop constraint notice_kind_check`.execute(db);
    await sql`alter table notice add constraint notice_kind_check check (kind in ('face-claimed', 'device-added', 'recovered',
      'recovered-by-mail', 'link-made', 'retake-refused', 'corrected', 'photos-deleted', 'shown-no-more'))`.execute(
      db,
    );
  },
};
