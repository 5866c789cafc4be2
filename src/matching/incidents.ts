import { sql } from "kysely";
import type { Clock, Id } from "../core/index.ts";
import type { Db, MatchRow, Trx } from "../db/index.ts";

/**
 * Counts a face that was given to a wrong person automatically, as that person says: it feeds the measured FPIR. Neither
 * person nor face is kept. A wrong question, or a wrong tag by hand, is none.
 */
export async function recordIncident(
  trx: Trx,
  wrong: Pick<MatchRow, "pack_id" | "policy_version">,
  collection: Id,
  clock: Clock,
): Promise<void> {
  if (wrong.pack_id === null || wrong.policy_version === null) return;
  await trx
    .insertInto("incident")
    .values({
      day: clock.now().toISOString().slice(0, 10),
      collection_id: collection,
      pack_id: wrong.pack_id,
      policy_version: wrong.policy_version,
      faces: 1,
    })
    .onConflict((on) =>
      on
        .columns(["day", "collection_id", "pack_id", "policy_version"])
        .doUpdateSet((eb) => ({ faces: eb("incident.faces", "+", 1) })),
    )
    .execute();
}

/** What one collection measured of one model pack under one policy. */
export interface MeasuredErrors {
  readonly collection: Id;
  readonly pack: string;
  readonly policy: string;
  /** Faces given to a person automatically who said that it was not them. */
  readonly wrong: number;
  /** Faces of the collection that could be searched; FPIR is at least `wrong / faces`, since not everybody answers. */
  readonly faces: number;
}

export async function measuredErrors(db: Db): Promise<readonly MeasuredErrors[]> {
  const { rows } = await sql<MeasuredErrors>`
    select i.collection_id as collection, i.pack_id as pack, i.policy_version as policy, sum(i.faces)::int as wrong,
      (select count(*)::int from face f join photo p on p.id = f.photo_id
        where p.collection_id = i.collection_id and f.matchable) as faces
    from incident i group by i.collection_id, i.pack_id, i.policy_version
    order by i.collection_id, i.pack_id, i.policy_version`.execute(db);
  return rows;
}
