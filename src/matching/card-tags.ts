import { sql } from "kysely";
import { record } from "../audit/index.ts";
import type { Clock, Id } from "../core/index.ts";
import type { Db, MatchRow, Trx } from "../db/index.ts";
import { seriesOf, type SeriesPhoto } from "./card-face.ts";

export interface Applied {
  /** Faces that were given, and faces that are asked about, by this call. */
  readonly given: number;
  readonly asked: number;
  /** Photos in which anything is different now. */
  readonly changed: readonly Id[];
}

interface Wanted {
  readonly face: Id;
  readonly photo: Id;
  readonly person: Id;
  readonly state: "matched" | "asked";
}

/**
 * Makes what cards say about the faces of a collection true: a face that a card stands by is its owner's (`matched`), those
 * of the series after it are asked about, and what no card says any more goes. Done twice it changes nothing. What a human
 * decided stays, a rejection for ever; a face that the machine gave to somebody else stays theirs, and staff decide.
 * One entry a person. One call at a time for each collection, so that of a scan and a join side by side the later sees
 * what the earlier wrote.
 */
export async function applyCards(trx: Trx, collection: Id, clock: Clock): Promise<Applied> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`cards:${collection}`}, 0))`.execute(trx);
  const said = [...(await givenByCards(trx, collection)), ...(await askedByCards(trx, collection))];
  const before = await undecidedByCard(trx, collection);
  if (said.length === 0 && before.length === 0) return { given: 0, asked: 0, changed: [] };
  // Somebody who is being erased just now is waited for, and left out.
  const people = await trx
    .selectFrom("person")
    .select("id")
    .where("id", "in", [...new Set([...said, ...before].map((one) => one.person))])
    .orderBy("id")
    .forKeyShare()
    .execute();
  const there = new Set(people.map((one) => one.id));
  const wanted = new Map(
    said.filter((one) => there.has(one.person)).map((one) => [`${one.face} ${one.person}`, one]),
  );
  const faces = await heldFaces(trx, [...new Set([...wanted.values(), ...before].map((one) => one.face))]);

  const changes: (Wanted & { readonly gone?: true })[] = [];
  for (const one of before) {
    const still = wanted.get(`${one.face} ${one.person}`);
    if (still?.state === one.state || !there.has(one.person)) continue;
    await remove(trx, one);
    if (!still) changes.push({ ...one, gone: true });
  }
  for (const one of wanted.values()) {
    const face = faces.get(one.face);
    if (!face || face.doNotMatch) continue;
    if (await write(trx, one, clock)) changes.push(one);
  }
  await writeEntries(trx, collection, changes, clock);
  const count = (state: Wanted["state"]): number =>
    changes.filter((one) => one.state === state && one.gone === undefined).length;
  return {
    given: count("matched"),
    asked: count("asked"),
    changed: [...new Set(changes.map((one) => one.photo))],
  };
}

/** Whether a card's word about a face is new; a human's, and what the machine gave, goes before it. */
async function write(trx: Trx, one: Wanted, clock: Clock): Promise<boolean> {
  const rows = await trx.selectFrom("match").selectAll().where("face_id", "=", one.face).execute();
  const mine = rows.find((row) => row.person_id === one.person);
  const isGiven = (row: MatchRow): boolean => row.state === "matched" || row.state === "confirmed";
  if (mine?.state === "rejected" || rows.some(isGiven)) return false;
  if (one.state === "asked" && mine) return false;
  // A card that is held up settles what the machine could only ask.
  if (one.state === "matched") {
    await trx.deleteFrom("match").where("face_id", "=", one.face).where("state", "=", "asked").execute();
  }
  await trx
    .insertInto("match")
    .values({
      face_id: one.face,
      person_id: one.person,
      origin: "card",
      state: one.state,
      pack_id: null,
      policy_version: null,
      decided_by: null,
      decided_at: clock.now(),
    })
    .execute();
  return true;
}

async function remove(trx: Trx, { face, person }: Wanted): Promise<void> {
  await trx.deleteFrom("match").where("face_id", "=", face).where("person_id", "=", person).execute();
}

async function writeEntries(
  trx: Trx,
  collection: Id,
  changes: readonly (Wanted & { readonly gone?: true })[],
  clock: Clock,
): Promise<void> {
  for (const person of new Set(changes.map((one) => one.person))) {
    const mine = changes.filter((one) => one.person === person);
    const count = (state: Wanted["state"]): number =>
      mine.filter((one) => one.state === state && one.gone === undefined).length;
    const payload = {
      collection,
      given: count("matched"),
      asked: count("asked"),
      takenBack: mine.filter((one) => one.gone).length,
    };
    await record(trx, { kind: "card-tags", payload, person }, clock);
  }
}

async function heldFaces(
  trx: Trx,
  faces: readonly Id[],
): Promise<ReadonlyMap<Id, { readonly doNotMatch: boolean }>> {
  if (faces.length === 0) return new Map();
  const rows = await trx
    .selectFrom("face")
    .select(["id", "do_not_match"])
    .where("id", "in", [...faces])
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
  return new Map(rows.map((row) => [row.id, { doNotMatch: row.do_not_match }]));
}

/** What cards gave or suggested in a collection that nobody has answered. */
async function undecidedByCard(db: Db, collection: Id): Promise<readonly Wanted[]> {
  const rows = await db
    .selectFrom("match")
    .innerJoin("face", "face.id", "match.face_id")
    .innerJoin("photo", "photo.id", "face.photo_id")
    .select(["match.face_id as face", "photo.id as photo", "match.person_id as person", "match.state"])
    .where("photo.collection_id", "=", collection)
    .where("match.origin", "=", "card")
    .where("match.state", "in", ["matched", "asked"])
    .execute();
  return rows.map((row) => ({ ...row, state: row.state === "asked" ? "asked" : "matched" }));
}

/** The faces by which somebody's card was held up, where this is all that is known of them. */
async function givenByCards(db: Db, collection: Id): Promise<readonly Wanted[]> {
  const rows = await db
    .selectFrom("card_sighting")
    .innerJoin("card", "card.id", "card_sighting.card_id")
    .innerJoin("face", "face.id", "card_sighting.face_id")
    .select(["face.id as face", "face.photo_id as photo", "card.person_id as person"])
    .where("card.collection_id", "=", collection)
    .where("card.person_id", "is not", null)
    .where("card.ended_at", "is", null)
    .where("card_sighting.standing", "=", "clear")
    .where("face.do_not_match", "=", false)
    .where(joined)
    .execute();
  return rows.map((row) => ({ ...row, person: row.person ?? "", state: "matched" }));
}

/** Its owner is in the collection still: a card says nothing for somebody who has left it. */
const joined = sql<boolean>`exists (select 1 from enrolment e
  where e.person_id = card.person_id and e.collection_id = card.collection_id)`;

/** The faces of the photos that follow a portrait with a card whose owner was promised a series. */
async function askedByCards(db: Db, collection: Id): Promise<readonly Wanted[]> {
  const { rows } = await sql<{
    id: Id;
    camera: string;
    takenAt: Date;
    codes: number;
    faces: number;
    face: Id | null;
    person: Id | null;
    minutes: number | null;
  }>`
    select p.id, p.camera, p.taken_at as "takenAt", s.codes, f.faces,
      case when f.faces = 1 and f.sure = 1 then f.face end as face,
      case when f.faces = 1 and s.tags = 1 then s.person end as person, s.minutes
    from photo p
    cross join lateral (
      select count(*)::int as codes, (count(*) filter (where cs.standing <> 'secret'))::int as tags,
        min(card.person_id::text)::uuid as person, min(card.series_minutes) as minutes
      from card_sighting cs
      left join card on card.id = cs.card_id and cs.standing = 'clear' and card.ended_at is null
        and card.series_minutes > 0 and ${joined}
      where cs.photo_id = p.id) s
    cross join lateral (
      select count(*)::int as faces, min(face.id::text)::uuid as face,
        (count(*) filter (where face.detection = 'certain' and not face.do_not_match))::int as sure
      from face where face.photo_id = p.id) f
    where p.collection_id = ${collection} and p.camera is not null and p.taken_at is not null
      and exists (select 1 from card c where c.collection_id = p.collection_id and c.series_minutes > 0
        and c.person_id is not null and c.ended_at is null)
    order by p.camera, p.taken_at, p.file_name, p.id`.execute(db);
  const byCamera = Map.groupBy(rows, (row) => row.camera);
  const photoOf = new Map(rows.map((row) => [row.face, row.id]));
  return [...byCamera.values()].flatMap((photos) =>
    seriesOf(
      photos.map((photo): SeriesPhoto => ({
        ...photo,
        start: photo.person === null ? null : { person: photo.person, minutes: photo.minutes ?? 0 },
      })),
    ).map((one): Wanted => ({ ...one, photo: photoOf.get(one.face) ?? "", state: "asked" })),
  );
}
