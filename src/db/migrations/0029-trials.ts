import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * A trial is known by a mark of its own, and no more by a sentence that anybody may write of a collection. Those of before are marked by
 * that sentence; what else may be in one is asked for when it is ended.
 */
export const trials: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TRIALS).execute(db);
  },
};

const TRIALS = `
alter table collection add column trial boolean not null default false;
update collection set trial = true where attestation in (
  'Photos d’exemple du paquet npm @vladmandic/face-api, pour un essai : aucune image n’est destinée à être transmise.',
  'Sample photos of the npm package @vladmandic/face-api, for a trial: none of the pictures is to be passed on.'
);
`;
