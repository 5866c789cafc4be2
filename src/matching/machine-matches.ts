import { record } from "../audit/index.ts";
import { assertPermit, type Permit } from "../consent/index.ts";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import type { MatchRow, NewMatch, Trx } from "../db/index.ts";
import type { Decision } from "./decide.ts";

export interface FaceDecision extends Decision {
  readonly face: Id;
}

export interface MachineSource {
  readonly packId: string;
  readonly policyVersion: string;
}

/** Counts of faces; `changed` are the photos in which anything is different now. */
export interface Recorded {
  readonly matched: number;
  readonly asked: number;
  readonly changed: readonly Id[];
}

/**
 * Writes what the machine decided about faces, in place of what it decided about them before; so a decision must come
 * from a search among all who may be searched in the collection, newcomers and others. Human decisions stay: a face that
 * somebody confirmed is left alone, a person for whom it was rejected is left out, and so is a face marked "do not
 * match". No score is stored. The caller has rechecked the permits in this transaction.
 * Errors: `no-consent` where a person has no permit for the face's collection.
 */
export async function recordMachineMatches(
  trx: Trx,
  decisions: readonly FaceDecision[],
  permits: readonly Permit<"match">[],
  source: MachineSource,
  clock: Clock,
): Promise<Recorded> {
  if (decisions.length === 0) return { matched: 0, asked: 0, changed: [] };
  const faces = await lockFaces(
    trx,
    decisions.map((decision) => decision.face),
  );
  // Every face may have gone with its photo or collection since it was looked at.
  if (faces.size === 0) return { matched: 0, asked: 0, changed: [] };
  const before = await trx
    .selectFrom("match")
    .selectAll()
    .where("face_id", "in", [...faces.keys()])
    .execute();
  const byPerson = new Map(permits.map((permit) => [`${permit.person} ${permit.collection}`, permit]));
  const rows: NewMatch[] = [];
  for (const { face, state, persons } of decisions) {
    const known = faces.get(face);
    if (!known) continue;
    if (state === "none" || known.doNotMatch) continue;
    const earlier = before.filter((row) => row.face_id === face);
    // A card that was held up beside the face says more than a likeness.
    if (earlier.some((row) => row.state === "confirmed" || isGivenByCard(row))) continue;
    for (const person of persons) {
      const permit = byPerson.get(`${person} ${known.collection}`);
      if (!permit) throw new AssentError("no-consent", "a machine match needs a permit of its person");
      assertPermit(permit, "match", clock);
      if (earlier.some((row) => row.person_id === person && row.state === "rejected")) continue;
      rows.push({
        face_id: face,
        person_id: person,
        origin: "machine",
        state,
        pack_id: source.packId,
        policy_version: source.policyVersion,
        decided_by: null,
        decided_at: clock.now(),
      });
    }
  }
  // A machine's answer about the one whom a card only asks about takes the question's place.
  const answered = before.filter(
    (row) =>
      row.origin === "card" &&
      row.state === "asked" &&
      rows.some((one) => one.face_id === row.face_id && one.person_id === row.person_id),
  );
  const changedFaces = await replace(trx, [...before.filter(isMachines), ...answered], rows);
  const changed = new Set([...changedFaces].map((face) => faces.get(face)?.photo as Id));
  const found = { matched: count(rows, "matched"), asked: count(rows, "asked"), changed: [...changed] };
  if (changed.size > 0) {
    const payload = { photos: found.changed, matched: found.matched, asked: found.asked, ...source };
    await record(trx, { kind: "matches-decided", payload }, clock);
  }
  return found;
}

/** A suggestion or match of the machine's that no human has answered. */
function isMachines(row: MatchRow): boolean {
  return row.origin === "machine" && (row.state === "matched" || row.state === "asked");
}

function isGivenByCard(row: MatchRow): boolean {
  return row.origin === "card" && row.state === "matched";
}

function count(rows: readonly NewMatch[], state: "matched" | "asked"): number {
  return new Set(rows.filter((row) => row.state === state).map((row) => row.face_id)).size;
}

/** Removes first and adds then, because a face has at most one match at every moment. Returns the faces that changed. */
async function replace(trx: Trx, before: readonly MatchRow[], now: readonly NewMatch[]): Promise<Set<Id>> {
  const key = (row: { face_id: string; person_id: string; state: string }): string =>
    `${row.face_id} ${row.person_id} ${row.state}`;
  const wanted = new Set(now.map(key));
  const stays = new Set(before.map(key));
  const gone = before.filter((row) => !wanted.has(key(row)));
  const added = now.filter((row) => !stays.has(key(row)));
  for (const row of gone) {
    await trx
      .deleteFrom("match")
      .where("face_id", "=", row.face_id)
      .where("person_id", "=", row.person_id)
      .execute();
  }
  if (added.length > 0) await trx.insertInto("match").values(added).execute();
  return new Set([...gone, ...added].map((row) => row.face_id));
}

/** Locked in the order of their ids until the transaction ends, against other decisions about the same faces. */
async function lockFaces(
  trx: Trx,
  faces: readonly Id[],
): Promise<ReadonlyMap<Id, { readonly photo: Id; readonly collection: Id; readonly doNotMatch: boolean }>> {
  const rows = await trx
    .selectFrom("face")
    .innerJoin("photo", "photo.id", "face.photo_id")
    .select(["face.id", "face.photo_id", "face.do_not_match", "photo.collection_id"])
    .where("face.id", "in", [...faces])
    .orderBy("face.id")
    .forNoKeyUpdate("face")
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      { photo: row.photo_id, collection: row.collection_id, doNotMatch: row.do_not_match },
    ]),
  );
}
