import { sql } from "kysely";
import { actedBy, checkLooker, recordLook } from "../audit/index.ts";
import { AssentError, isId, type Id } from "../core/index.ts";
import { inTransaction, type InvitationKind } from "../db/index.ts";
import { openContact, personById } from "../people/index.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";

/** Where something can be done: in every collection, or in some. */
type Where = "all" | ReadonlySet<Id>;

/** How an account, a key or a link could come to data about people. */
export interface Access {
  /** Where it tells who the people are. */
  readonly names: Where;
  /** Where it shows photos. */
  readonly photos: Where;
  /** People whose own page it opens: names and photos of theirs, wherever they are. */
  readonly own: readonly Id[];
  /** The publication of which it shows the pictures as they are; null: none. */
  readonly publication: Id | null;
  /** Under which its looks are recorded, its keys' included; null: it makes none. */
  readonly actor: string | null;
}

export interface Reached {
  readonly person: Id;
  readonly names: boolean;
  /** Of the person, that could be seen. */
  readonly photos: number;
  /** Looks at the person that are on record under its name. */
  readonly looks: number;
}

/**
 * Whose data could be reached, by id: for a breach, to know whom to tell (GDPR art. 33 and 34). It says what was possible as things
 * stand now, and beside it what is on record; people who have left since are in neither. No look: nobody is named, no photo is.
 */
export async function reach(parts: Pick<Parts, "db">, access: Access): Promise<readonly Reached[]> {
  const everybody = access.names === "all";
  const [names, photos] = await Promise.all([idsOf(parts, access.names), idsOf(parts, access.photos)]);
  const own = [...access.own];
  const { rows } = await sql<Reached>`
    with here as (
      select person_id, collection_id from enrolment where collection_id is not null
      union select person_id, collection_id from consent_event where collection_id is not null
    ), seen as (
      select m.person_id, p.collection_id, p.id as photo
      from match m join face f on f.id = m.face_id join photo p on p.id = f.photo_id where m.state <> 'rejected'
    ), shown as (
      select rf.person_id, r.photo_id as photo from disclosure_rendition dr
      join rendition r on r.id = dr.rendition_id and r.state = 'current'
      join rendition_face rf on rf.rendition_id = r.id
      where dr.disclosure_id = ${access.publication}
    ), in_reach as (
      select s.person_id, s.photo from seen s
      where s.collection_id = any(${photos}::uuid[]) or s.person_id = any(${own}::uuid[])
      union select person_id, photo from shown
    ), known as (
      select n.id as person,
        ${everybody} or n.id = any(${own}::uuid[])
          or exists (select 1 from here h where h.person_id = n.id and h.collection_id = any(${names}::uuid[]))
          or exists (select 1 from seen s where s.person_id = n.id and s.collection_id = any(${names}::uuid[])) as names,
        (select count(*)::int from in_reach where in_reach.person_id = n.id) as photos,
        (select count(distinct l.id)::int from look_person lp join look l on l.id = lp.look_id
          where lp.person_id = n.id and ${access.actor === null ? sql`false` : actedBy(access.actor)}) as looks
      from person n
    )
    select * from known where names or photos > 0 or looks > 0 order by looks desc, photos desc, person`.execute(
    parts.db,
  );
  return rows;
}

/** How many photos could be seen, those with nobody who joined included: whoever else is in them, nobody here can name. */
export async function photosInReach(parts: Pick<Parts, "db">, access: Access): Promise<number> {
  const ids = await idsOf(parts, access.photos);
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from (
      select id from photo where collection_id = any(${[...ids]}::uuid[])
      union select f.photo_id from match m join face f on f.id = m.face_id
        where m.state <> 'rejected' and m.person_id = any(${[...access.own]}::uuid[])
      union select r.photo_id from disclosure_rendition dr
        join rendition r on r.id = dr.rendition_id and r.state = 'current' where dr.disclosure_id = ${access.publication}
    ) as reached`.execute(parts.db);
  return rows[0]?.n ?? 0;
}

async function idsOf({ db }: Pick<Parts, "db">, where: Where): Promise<readonly Id[]> {
  if (where !== "all") return [...where];
  return (await db.selectFrom("collection").select("id").execute()).map((row) => row.id);
}

/** Names unsealed at once, as where people are listed for tagging. */
const UNSEALED_AT_ONCE = 16;

/**
 * The names of those people, to write to them. A look at each of them, recorded with its reason before the answer. Whoever gave none,
 * or leaves meanwhile, has none. Errors: `bad-input` without a reason.
 */
export async function nameReached(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: { readonly access: Access; readonly actor: string; readonly reason: string },
): Promise<ReadonlyMap<Id, string>> {
  checkLooker(order);
  const people = (await reach(parts, order.access)).map((one) => one.person);
  const { actor, reason } = order;
  await inTransaction(parts.db, (trx) =>
    recordLook(trx, { kind: "breach", actor, reason, collection: null, persons: people }, parts.clock),
  );
  const named = new Map<Id, string>();
  await inParallel(people, UNSEALED_AT_ONCE, async (person) => {
    const name = await nameOf(parts, person).catch(ifGone);
    if (name !== null) named.set(person, name);
  });
  return named;
}

async function nameOf(parts: Pick<Parts, "db" | "keys">, person: Id): Promise<string | null> {
  return (await openContact(parts.keys, { ...(await personById(parts.db, person)), email_sealed: null }))
    .name;
}

function ifGone(error: unknown): null {
  if (error instanceof AssentError && (error.code === "key-gone" || error.code === "not-found")) return null;
  throw error;
}

/** A link that people were given, by its id; never its secret. */
export interface GivenLink {
  readonly id: Id;
  readonly kind: InvitationKind;
  readonly collection: string | null;
  readonly by: string;
  readonly at: Date;
}

/** The links on posters: whoever has one may join, and reaches nobody. Newest first. */
export async function publicLinks({ db }: Pick<Parts, "db">): Promise<readonly GivenLink[]> {
  const { rows } = await sql<GivenLink>`
    select i.id, i.kind, c.name as collection, i.created_by as by, i.created_at as at
    from invitation i left join collection c on c.id = i.collection_id
    where i.kind = 'public' order by i.created_at desc`.execute(db);
  return rows;
}

/**
 * What a link opens: a personal one the page of its person, every other the way to join, and nobody's data. Errors: `not-found`, also
 * for a link that went thirty days after its end.
 */
export async function accessByLink(
  { db }: Pick<Parts, "db">,
  id: string,
): Promise<{ readonly kind: InvitationKind; readonly access: Access }> {
  const row = isId(id)
    ? await db.selectFrom("invitation").select(["kind", "person_id"]).where("id", "=", id).executeTakeFirst()
    : undefined;
  if (!row) {
    throw new AssentError("not-found", "there is no such link", {
      remedy: "The log has its id: the entry invitation-made. Links go thirty days after their end.",
    });
  }
  const own = row.kind === "personal" && row.person_id !== null ? [row.person_id] : [];
  return {
    kind: row.kind,
    access: { names: new Set(), photos: new Set(), own, publication: null, actor: null },
  };
}

/** A link by which a gallery is looked at, by its id. */
export interface GalleryGiven {
  readonly id: Id;
  readonly collection: string;
  readonly channel: string;
  readonly by: string;
  readonly at: Date;
}

/** The links of galleries, those that have ended too: what was seen by them was seen. Newest first. */
export async function galleriesGiven({ db }: Pick<Parts, "db">): Promise<readonly GalleryGiven[]> {
  return db
    .selectFrom("gallery_link")
    .innerJoin("collection", "collection.id", "gallery_link.collection_id")
    .innerJoin("disclosure", "disclosure.id", "gallery_link.publication_id")
    .select([
      "gallery_link.id",
      "collection.name as collection",
      "disclosure.channel",
      "gallery_link.made_by as by",
      "gallery_link.made_at as at",
    ])
    .orderBy("gallery_link.made_at", "desc")
    .execute();
}

/** What a gallery's link shows: the pictures of its publication, as they are. Errors: `not-found`. */
export async function accessByGallery({ db }: Pick<Parts, "db">, id: Id): Promise<Access> {
  const row = await db
    .selectFrom("gallery_link")
    .select("publication_id")
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) throw new AssentError("not-found", "there is no such gallery");
  return { names: new Set(), photos: new Set(), own: [], publication: row.publication_id, actor: null };
}
