import { sql } from "kysely";
import type { Clock, Id } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import { notify, stillHere } from "../people/index.ts";
import { tellOf } from "../publishing/index.ts";
import type { ErasureCounts } from "./finish-erasure.ts";
import type { Parts } from "./instance.ts";

/** What a deletion by the organisation is counted as, and whom it is told to. */

/** To whoever shows them elsewhere, pictures that are no more are pictures that may be shown no more. */
export async function tellOfGone(
  trx: Trx,
  renditions: readonly { readonly id: Id }[],
  clock: Clock,
): Promise<void> {
  await tellOf(
    trx,
    "rendition.suspended",
    renditions.map((one) => one.id),
    clock,
  );
}

/** Everybody who is found, tagged or asked about in the photos reads how many went. */
export async function tellPeople(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  which: ReturnType<typeof sql>,
  collection: string,
): Promise<void> {
  const { rows } = await sql<{ person: Id; pictures: number }>`
    select m.person_id as person, count(distinct f.photo_id)::int as pictures
    from match m join face f on f.id = m.face_id
    where m.state in ('matched', 'confirmed') and f.photo_id in (${which})
    group by m.person_id order by m.person_id`.execute(trx);
  const here = new Set(
    await stillHere(
      trx,
      rows.map((row) => row.person),
    ),
  );
  for (const { person, pictures } of rows) {
    if (!here.has(person)) continue;
    await notify(trx, person, { kind: "photos-deleted", pictures, collection }, parts.clock);
  }
}

export async function countsOf(
  trx: Trx,
  which: ReturnType<typeof sql>,
): Promise<Readonly<Record<"photos" | "faces" | "matches and tags" | "renditions", number>>> {
  const { rows } = await sql<{ photos: number; faces: number; matches: number; renditions: number }>`
    with gone as (${which})
    select (select count(*)::int from gone) as photos,
      (select count(*)::int from face where photo_id in (table gone)) as faces,
      (select count(*)::int from match m join face f on f.id = m.face_id where f.photo_id in (table gone)) as matches,
      (select count(*)::int from rendition where photo_id in (table gone)) as renditions`.execute(trx);
  const { photos: n = 0, faces = 0, matches = 0, renditions = 0 } = rows[0] ?? {};
  return { photos: n, faces, "matches and tags": matches, renditions };
}

export function said(
  counts: Readonly<Record<string, number>>,
): Pick<ErasureCounts, "erased" | "purposes" | "stays"> {
  return {
    erased: Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0)),
    purposes: ["deletion"],
    stays: [
      { what: "people", why: "who joined stays until they leave" },
      {
        what: "entries of the log",
        why: "they say by random ids what was done, and name no photo's content",
      },
    ],
  };
}

/** What left the collection by each channel, as the record of disclosures has it. */
export async function leftBefore(trx: Trx, collection: Id): Promise<ErasureCounts["leftEarlier"]> {
  const rows = await trx
    .selectFrom("disclosure")
    .select((eb) => ["channel", eb.fn.sum<string>("pictures").as("pictures")])
    .where("collection_id", "=", collection)
    .groupBy("channel")
    .orderBy("channel")
    .execute();
  return named(rows);
}

/** The same of some photos. */
export async function leftWith(trx: Trx, ids: readonly Id[]): Promise<ErasureCounts["leftEarlier"]> {
  const rows = await trx
    .selectFrom("disclosure_rendition")
    .innerJoin("disclosure", "disclosure.id", "disclosure_rendition.disclosure_id")
    .innerJoin("rendition", "rendition.id", "disclosure_rendition.rendition_id")
    .select((eb) => ["disclosure.channel", eb.fn.countAll<string>().as("pictures")])
    .where("rendition.photo_id", "in", [...ids])
    .groupBy("disclosure.channel")
    .orderBy("disclosure.channel")
    .execute();
  return named(rows);
}

function named(
  rows: readonly { readonly channel: string; readonly pictures: string }[],
): ErasureCounts["leftEarlier"] {
  return rows
    .map((row) => ({ what: `pictures by ${row.channel}`, count: Number(row.pictures) }))
    .filter((one) => one.count > 0);
}
