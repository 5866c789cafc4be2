import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { COMPANIONS } from "../consent/index.ts";
import { newId, type Clock, type Id } from "../core/index.ts";
import type { PictureForm } from "./smaller.ts";
import type { Db, RecipientKind, Reveal as RevealMode, Trx } from "../db/index.ts";

/** Something that leaves the instance: for a channel, or to a person. */
export interface NewDisclosure {
  readonly collection: Id | null;
  readonly channel: string;
  readonly recipient:
    { readonly kind: "channel" | "link" } | { readonly kind: "person"; readonly person: Id };
  /** Absolute path of the folder that it is written to; null for a download. */
  readonly folder: string | null;
  readonly reviewedBy: string | null;
  readonly reveal: RevealMode;
  /** How its pictures are written, where it is not as the renditions are. */
  readonly form?: PictureForm;
  /** What leaves; of a download, which grows as it leaves (`discloseOne`), none yet. */
  readonly renditions: readonly Id[];
  /** How many pictures it is meant to have, where that is more than `renditions`. */
  readonly planned?: number;
}

/**
 * Writes down what is about to leave, before the first file does: a withdrawal that comes in between already knows
 * of the folder. A crash leaves the disclosure `writing`; the same export started again writes a new one.
 */
export async function beginDisclosure(trx: Trx, leaving: NewDisclosure, clock: Clock): Promise<Id> {
  const id = newId();
  const renditions = await stillThere(trx, leaving.renditions);
  await trx
    .insertInto("disclosure")
    .values({
      id,
      collection_id: leaving.collection,
      channel: leaving.channel,
      recipient: leaving.recipient.kind,
      folder: leaving.folder,
      reviewed_by: leaving.reviewedBy,
      reveal: leaving.reveal,
      pictures: renditions.length,
      state: "writing",
      at: clock.now(),
      max_edge: leaving.form?.maxEdge ?? null,
      watermark: leaving.form?.watermark ?? null,
    })
    .execute();
  for (let i = 0; i < renditions.length; i += 1000) {
    await trx
      .insertInto("disclosure_rendition")
      .values(renditions.slice(i, i + 1000).map((rendition_id) => ({ disclosure_id: id, rendition_id })))
      .execute();
  }
  await trx
    .insertInto("disclosure_person")
    .columns(["disclosure_id", "person_id", "role", "pictures"])
    .expression((eb) =>
      eb
        .selectFrom("disclosure_rendition")
        .innerJoin("rendition_face", "rendition_face.rendition_id", "disclosure_rendition.rendition_id")
        .select((e) => [
          e.val(id).as("disclosure_id"),
          "rendition_face.person_id",
          e.val("shown" as const).as("role"),
          e.fn.countAll<number>().as("pictures"),
        ])
        .where("disclosure_rendition.disclosure_id", "=", id)
        .groupBy("rendition_face.person_id"),
    )
    .execute();
  if (leaving.recipient.kind === "person") {
    await trx
      .insertInto("disclosure_person")
      .values({
        disclosure_id: id,
        person_id: leaving.recipient.person,
        role: "recipient",
        pictures: renditions.length,
      })
      .execute();
  }
  await record(
    trx,
    {
      kind: "disclosed",
      payload: {
        disclosure: id,
        collection: leaving.collection,
        pictures: leaving.planned ?? renditions.length,
      },
      person: leaving.recipient.kind === "person" ? leaving.recipient.person : undefined,
    },
    clock,
  );
  return id;
}

export interface ShownIn {
  readonly collections: readonly Id[] | "all";
  /** Only where the person agrees to be seen at this moment: of what ended before, readers were told then. */
  readonly stillAgreed: boolean;
}

/**
 * Who took home a picture that shows a person: every other reader, but those who have a word of such a thing before them that they
 * have not read yet.
 */
export async function readersShown(
  trx: Trx,
  person: Id,
  { collections, stillAgreed }: ShownIn,
  clock: Clock,
): Promise<readonly Id[]> {
  const among =
    collections === "all"
      ? sql<boolean>`true`
      : sql<boolean>`enrolment.collection_id = any(${[...collections]}::uuid[])`;
  // A download may be of all collections that the reader is in; it names none then.
  const { rows } = await sql<{ id: Id }>`
    select distinct reader.person_id as id from disclosure_person shown
    join disclosure_person reader on reader.disclosure_id = shown.disclosure_id and reader.role = 'recipient'
    join disclosure on disclosure.id = shown.disclosure_id
    join enrolment on enrolment.person_id = shown.person_id
      and enrolment.collection_id = coalesce(disclosure.collection_id, enrolment.collection_id)
    where ${among} and (not ${stillAgreed}
        or consent_live(${person}, 'publish', enrolment.collection_id, ${COMPANIONS}, ${clock.now()}))
      and shown.person_id = ${person} and shown.role = 'shown' and reader.person_id <> ${person}
      and not exists (select 1 from notice where notice.person_id = reader.person_id
        and notice.kind = 'shown-no-more' and notice.seen_at is null)
    order by id`.execute(trx);
  return rows.map((row) => row.id);
}

/** Those that have not gone since they were made, with their reader or their photo; held until the transaction ends. */
async function stillThere(trx: Trx, renditions: readonly Id[]): Promise<readonly Id[]> {
  if (renditions.length === 0) return [];
  const { rows } = await sql<{ id: Id }>`
    select id from rendition where id = any(${[...renditions]}) order by id for share`.execute(trx);
  return rows.map((row) => row.id);
}

/**
 * Adds a rendition to a disclosure that leaves picture by picture, with those it shows, in the transaction that reads
 * it: what is cut off half way is recorded as far as it went.
 */
export async function discloseOne(trx: Trx, disclosure: Id, rendition: Id): Promise<void> {
  const { plan_digest } = await trx
    .selectFrom("rendition")
    .select("plan_digest")
    .where("id", "=", rendition)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto("disclosure_rendition")
    .values({ disclosure_id: disclosure, rendition_id: rendition, plan_digest })
    .onConflict((on) => on.columns(["disclosure_id", "rendition_id"]).doUpdateSet({ plan_digest }))
    .execute();
  await trx
    .updateTable("disclosure")
    .set((eb) => ({ pictures: eb("pictures", "+", 1) }))
    .where("id", "=", disclosure)
    .execute();
  await trx
    .updateTable("disclosure_person")
    .set((eb) => ({ pictures: eb("pictures", "+", 1) }))
    .where("disclosure_id", "=", disclosure)
    .where("role", "=", "recipient")
    .execute();
  const shown = await trx
    .selectFrom("rendition_face")
    .select("person_id")
    .where("rendition_id", "=", rendition)
    .orderBy("person_id")
    .execute();
  for (const { person_id } of shown) {
    await trx
      .insertInto("disclosure_person")
      .values({ disclosure_id: disclosure, person_id, role: "shown", pictures: 1 })
      .onConflict((on) =>
        on.columns(["disclosure_id", "person_id", "role"]).doUpdateSet((eb) => ({
          pictures: eb("disclosure_person.pictures", "+", 1),
        })),
      )
      .execute();
  }
}

/**
 * Writes down that a rendition was seen by a gallery's link, in the transaction that reads it: once while it shows the same,
 * whoever looks and however often.
 */
export async function discloseSeen(trx: Trx, disclosure: Id, rendition: Id): Promise<void> {
  if (await isDisclosed(trx, disclosure, rendition)) return;
  // Two who look at the same picture at once must not both count it.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`seen:${disclosure}`}, 0))`.execute(trx);
  if (!(await isDisclosed(trx, disclosure, rendition))) await discloseOne(trx, disclosure, rendition);
}

/** Whether the disclosure has the rendition already, as it is now. */
async function isDisclosed(trx: Trx, disclosure: Id, rendition: Id): Promise<boolean> {
  const before = await trx
    .selectFrom("disclosure_rendition")
    .innerJoin("rendition", "rendition.id", "disclosure_rendition.rendition_id")
    .select("disclosure_rendition.rendition_id")
    .where("disclosure_rendition.disclosure_id", "=", disclosure)
    .where("disclosure_rendition.rendition_id", "=", rendition)
    .whereRef("disclosure_rendition.plan_digest", "=", "rendition.plan_digest")
    .executeTakeFirst();
  return before !== undefined;
}

/**
 * Writes down that a person took a rendition at full size: one disclosure a person, collection and day (UTC), in the
 * transaction that reads it. The same picture taken again that day is not counted again; one that was made again since is.
 */
export async function discloseTaken(
  trx: Trx,
  taken: { readonly person: Id; readonly collection: Id; readonly rendition: Id },
  clock: Clock,
): Promise<void> {
  // Two takes of one person at once must not both begin the day.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`taken:${taken.person}`}, 0))`.execute(trx);
  const today = await trx
    .selectFrom("disclosure")
    .innerJoin("disclosure_person", "disclosure_person.disclosure_id", "disclosure.id")
    .select("disclosure.id")
    .where("disclosure_person.person_id", "=", taken.person)
    .where("disclosure_person.role", "=", "recipient")
    .where("disclosure.collection_id", "=", taken.collection)
    .where("disclosure.folder", "is", null)
    .where("disclosure.state", "=", "complete")
    .where("disclosure.at", ">=", startOfDay(clock.now()))
    .orderBy("disclosure.at")
    .executeTakeFirst();
  const into = today?.id ?? (await beginDay(trx, taken, clock));
  if (!(await isDisclosed(trx, into, taken.rendition))) await discloseOne(trx, into, taken.rendition);
}

async function beginDay(
  trx: Trx,
  taken: { readonly person: Id; readonly collection: Id },
  clock: Clock,
): Promise<Id> {
  const id = await beginDisclosure(
    trx,
    {
      collection: taken.collection,
      channel: COMPANIONS,
      recipient: { kind: "person", person: taken.person },
      folder: null,
      reviewedBy: null,
      reveal: "matched",
      renditions: [],
      planned: 1,
    },
    clock,
  );
  await completeDisclosure(trx, id);
  return id;
}

function startOfDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
}

/** One disclosure as a person it concerns may know of it. */
export interface Disclosed {
  readonly channel: string;
  /** `person`: it was handed to the person themself. `link`: seen by whoever has the link of a gallery. */
  readonly recipient: RecipientKind;
  readonly collection: string | null;
  /** That show the person, or that they were handed. */
  readonly pictures: number;
  readonly at: Date;
}

/** What left of a person, and what they were handed, newest first. Who else was handed something is not said. */
export async function disclosedOf(db: Db, person: Id): Promise<readonly Disclosed[]> {
  const rows = await db
    .selectFrom("disclosure_person")
    .innerJoin("disclosure", "disclosure.id", "disclosure_person.disclosure_id")
    .leftJoin("collection", "collection.id", "disclosure.collection_id")
    .select([
      "disclosure.id",
      "disclosure.channel",
      "disclosure.at",
      "disclosure.recipient",
      "collection.name as collection",
      "disclosure_person.role",
      "disclosure_person.pictures",
    ])
    .where("disclosure_person.person_id", "=", person)
    .where("disclosure_person.pictures", ">", 0)
    .orderBy("disclosure.at", "desc")
    .orderBy("disclosure.id")
    .execute();
  const handed = new Set(rows.filter((row) => row.role === "recipient").map((row) => row.id));
  return rows
    .filter((row) => row.role === "recipient" || !handed.has(row.id))
    .map((row) => ({
      channel: row.channel,
      recipient: row.role === "recipient" ? "person" : row.recipient === "link" ? "link" : "channel",
      collection: row.collection,
      pictures: row.pictures,
      at: row.at,
    }));
}

/** One disclosure as the controller must be able to say who was told of what (GDPR art. 19). */
export interface ListedDisclosure {
  readonly id: Id;
  readonly at: Date;
  readonly collection: string | null;
  readonly channel: string;
  /** `person`: handed to one of the people in the pictures; who that is, is not said. `link`: seen in a gallery. */
  readonly recipient: RecipientKind;
  readonly pictures: number;
  /** People shown in it who are still here; who has left entirely is in no list any more. */
  readonly shown: number;
  /** Of those, who no longer agrees to this channel: its recipients are to be told. null: the collection is gone, and with it the answer. */
  readonly withdrawn: number | null;
  /** In a folder of this instance, which is made anew after a withdrawal; otherwise nothing here can reach it. */
  readonly renewed: boolean;
  readonly reviewedBy: string | null;
  readonly complete: boolean;
}

const DISCLOSURES_A_PAGE = 50;

/** What left the instance, newest first, before the disclosure that is named. */
export async function listDisclosures(
  db: Db,
  clock: Clock,
  before?: Id,
): Promise<{ readonly disclosures: readonly ListedDisclosure[]; readonly next: Id | null }> {
  const { rows } = await sql<ListedDisclosure>`
    select d.id, d.at, c.name as collection, d.channel, d.recipient, d.pictures,
      (select count(*)::int from disclosure_person s where s.disclosure_id = d.id and s.role = 'shown') as shown,
      case when d.recipient = 'person' then 0 when d.collection_id is null then null else
        (select count(*)::int from disclosure_person s where s.disclosure_id = d.id and s.role = 'shown'
          and not consent_live(s.person_id, 'publish', d.collection_id, d.channel, ${clock.now()})) end as withdrawn,
      d.folder is not null as renewed, d.reviewed_by as "reviewedBy", d.state = 'complete' as complete
    from disclosure d left join collection c on c.id = d.collection_id
    where ${before ?? null}::uuid is null or (d.at, d.id) < (select o.at, o.id from disclosure o where o.id = ${before ?? null})
    order by d.at desc, d.id desc limit ${DISCLOSURES_A_PAGE + 1}`.execute(db);
  const disclosures = rows.slice(0, DISCLOSURES_A_PAGE);
  return {
    disclosures,
    next: rows.length > DISCLOSURES_A_PAGE ? (disclosures.at(-1)?.id ?? null) : null,
  };
}

export async function completeDisclosure(trx: Trx, id: Id): Promise<void> {
  await trx.updateTable("disclosure").set({ state: "complete" }).where("id", "=", id).execute();
}

/** How often, and in how many pictures, a person left by each channel; what was delivered to them is theirs. */
export async function whatLeft(
  db: Db | Trx,
  person: Id,
): Promise<readonly { readonly channel: string; readonly times: number; readonly pictures: number }[]> {
  const rows = await db
    .selectFrom("disclosure_person")
    .innerJoin("disclosure", "disclosure.id", "disclosure_person.disclosure_id")
    .select((eb) => [
      "disclosure.channel",
      eb.fn.countAll<number>().as("times"),
      eb.fn.sum<string>("disclosure_person.pictures").as("pictures"),
    ])
    .where("disclosure_person.person_id", "=", person)
    .where("disclosure_person.role", "=", "shown")
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("disclosure_person as own")
            .select("own.person_id")
            .whereRef("own.disclosure_id", "=", "disclosure.id")
            .where("own.person_id", "=", person)
            .where("own.role", "=", "recipient"),
        ),
      ),
    )
    .groupBy("disclosure.channel")
    .execute();
  return rows.map((row) => ({ channel: row.channel, times: row.times, pictures: Number(row.pictures) }));
}

/** How pictures are written into a folder: as its newest export was ordered. */
export async function formOfFolder(db: Db | Trx, folder: string): Promise<PictureForm> {
  const row = await db
    .selectFrom("disclosure")
    .select(["max_edge", "watermark"])
    .where("folder", "=", folder)
    .orderBy("at", "desc")
    .executeTakeFirst();
  return { maxEdge: row?.max_edge ?? null, watermark: row?.watermark ?? null };
}

/** Folders to which renditions were written, with the renditions concerned, for renewing them after a withdrawal. */
export async function foldersHolding(
  db: Db | Trx,
  renditions: readonly Id[],
): Promise<readonly { readonly disclosure: Id; readonly folder: string }[]> {
  if (renditions.length === 0) return [];
  const rows = await db
    .selectFrom("disclosure_rendition")
    .innerJoin("disclosure", "disclosure.id", "disclosure_rendition.disclosure_id")
    .select(["disclosure.id", "disclosure.folder"])
    .distinct()
    .where("disclosure_rendition.rendition_id", "in", [...renditions])
    .where("disclosure.folder", "is not", null)
    .execute();
  return rows.flatMap((row) => (row.folder === null ? [] : [{ disclosure: row.id, folder: row.folder }]));
}
