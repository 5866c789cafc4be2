import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * When a place was marked by hand, so that a mark can be taken back unless it was published since; and when a photo last
 * lost one, so that whoever publishes has looked since.
 */
export const marks: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table face add column marked_at timestamptz`.execute(db);
    await sql`update face set marked_at = coalesce(
        (select max(p.at) from entry_payload p where p.kind = 'face-marked' and p.payload ->> 'face' = face.id::text),
        now())
      where detection = 'hand'`.execute(db);
    await sql`alter table face add check ((marked_at is not null) = (detection = 'hand'))`.execute(db);
    await sql`alter table photo add column unmarked_at timestamptz`.execute(db);
  },
};
