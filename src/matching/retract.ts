import { record } from "../audit/index.ts";
import type { Clock, Id } from "../core/index.ts";
import type { MatchState, Trx } from "../db/index.ts";

export interface Retraction {
  readonly collections: readonly Id[] | "all";
  /** Tags made by hand or card stay; what the machine found goes, also where it was confirmed since. */
  readonly machineOnly: boolean;
  /** "Not me" outlives a withdrawal, so that nobody suggests the person there again; only an erasure takes it. */
  readonly keepRejections: boolean;
}

export interface Retracted {
  /** Photos in which the person is not matched any more, so that no rendition may show them there as themselves. */
  readonly photos: readonly Id[];
  /** Rows by their state. */
  readonly counts: Readonly<Record<MatchState, number>>;
}

/**
 * Takes a person's matches back. Rejections that are kept keep the face from being suggested again.
 */
export async function retract(trx: Trx, person: Id, what: Retraction, clock: Clock): Promise<Retracted> {
  const counts: Record<MatchState, number> = { matched: 0, asked: 0, confirmed: 0, rejected: 0 };
  const photos = new Set<Id>();
  let query = trx
    .deleteFrom("match")
    .using("face")
    .innerJoin("photo", "photo.id", "face.photo_id")
    .whereRef("face.id", "=", "match.face_id")
    .where("match.person_id", "=", person);
  if (what.collections !== "all") {
    if (what.collections.length === 0) return { photos: [], counts };
    query = query.where("photo.collection_id", "in", [...what.collections]);
  }
  if (what.machineOnly) query = query.where("origin", "=", "machine");
  if (what.keepRejections) query = query.where("match.state", "<>", "rejected");
  const rows = await query.returning(["photo.id as photo", "match.state"]).execute();
  for (const row of rows) {
    counts[row.state] += 1;
    if (row.state !== "rejected") photos.add(row.photo);
  }
  await record(
    trx,
    {
      kind: "matches-retracted",
      payload: { ...counts, photos: photos.size, machineOnly: what.machineOnly },
      person,
    },
    clock,
  );
  return { photos: [...photos], counts };
}
