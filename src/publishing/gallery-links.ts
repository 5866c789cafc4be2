import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { newId, type Clock, type Id, type Size } from "../core/index.ts";
import type { Db, GalleryLinkRow, Trx } from "../db/index.ts";

export interface NewGalleryLink {
  readonly collection: Id;
  /** Whose pictures it opens. */
  readonly publication: Id;
  /** Where it is written down what is seen by it. */
  readonly disclosure: Id;
  /** SHA-256 of the secret, 32 bytes; the secret is kept nowhere. */
  readonly secretHash: Buffer;
  /** Longest side of its pictures, in pixels. */
  readonly maxEdge: number;
  /** null: open to the public. */
  readonly expiresAt: Date | null;
  readonly by: string;
}

/** So long staff see what became of a link. */
const KEPT_AFTER_MS = 30 * 86_400_000;

/** Writes a link with its entry, which says whether it is open to the public. */
export async function addGalleryLink(trx: Trx, wanted: NewGalleryLink, clock: Clock): Promise<Id> {
  const id = newId();
  await trx
    .insertInto("gallery_link")
    .values({
      id,
      collection_id: wanted.collection,
      publication_id: wanted.publication,
      disclosure_id: wanted.disclosure,
      secret_hash: wanted.secretHash,
      max_edge: wanted.maxEdge,
      made_by: wanted.by,
      made_at: clock.now(),
      expires_at: wanted.expiresAt,
      opened_at: null,
      revoked_at: null,
    })
    .execute();
  const payload = {
    link: id,
    publication: wanted.publication,
    disclosure: wanted.disclosure,
    by: wanted.by,
    until: wanted.expiresAt?.toISOString() ?? null,
  };
  if (wanted.expiresAt === null) await record(trx, { kind: "gallery-made-public", payload }, clock);
  else await record(trx, { kind: "gallery-link-made", payload }, clock);
  return id;
}

/** From the commit on it opens nothing. False where it had been revoked before, or is not there. */
export async function revokeGalleryLink(trx: Trx, id: Id, by: string, clock: Clock): Promise<boolean> {
  const done = await trx
    .updateTable("gallery_link")
    .set({ revoked_at: clock.now() })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (done.numUpdatedRows === 0n) return false;
  await record(trx, { kind: "gallery-link-revoked", payload: { link: id, by } }, clock);
  return true;
}

/** Sites whose pages may hold the gallery in a frame, in place of those before. False where there is no such link. */
export async function setGalleryOrigins(
  trx: Trx,
  id: Id,
  origins: readonly string[],
  by: string,
  clock: Clock,
): Promise<boolean> {
  const done = await trx
    .updateTable("gallery_link")
    .set({ origins: [...origins] })
    .where("id", "=", id)
    .executeTakeFirst();
  if (done.numUpdatedRows === 0n) return false;
  await record(
    trx,
    { kind: "gallery-origins-set", payload: { link: id, origins: origins.length, by } },
    clock,
  );
  return true;
}

/** The link that a secret opens now; undefined for what never was, has ended or was revoked. */
export async function galleryLinkByHash(
  db: Db | Trx,
  secretHash: Buffer,
  clock: Clock,
): Promise<GalleryLinkRow | undefined> {
  return db
    .selectFrom("gallery_link")
    .selectAll()
    .where("secret_hash", "=", secretHash)
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", clock.now())]))
    .executeTakeFirst();
}

/** Notes the first opening, with its entry; later ones leave nothing, and none leaves who it was. */
export async function noteGalleryOpened(trx: Trx, id: Id, clock: Clock): Promise<void> {
  const done = await trx
    .updateTable("gallery_link")
    .set({ opened_at: clock.now() })
    .where("id", "=", id)
    .where("opened_at", "is", null)
    .executeTakeFirst();
  if (done.numUpdatedRows === 0n) return;
  await record(trx, { kind: "gallery-link-opened", payload: { link: id } }, clock);
}

/** A picture as a gallery lists it. */
export interface GalleryPicture {
  /** The rendition's random name. */
  readonly name: string;
  /** Changes whenever the picture does, and says nothing. */
  readonly version: string;
  /** Of the original, in pixels. */
  readonly size: Size;
}

/**
 * What a link opens: the publication's renditions that are neither suspended nor without their picture. Public channels'
 * renditions are suspended while somebody asks that the photo be taken off; those of other channels are left out here.
 */
const VISIBLE = sql`
  from disclosure_rendition d
    join rendition r on r.id = d.rendition_id
    join photo p on p.id = r.photo_id
    left join channel c on c.collection_id = r.collection_id and c.name = r.channel
  where r.state = 'current' and r.blob is not null and (c.public is true or not photo_held(p.id))`;

const PICTURE_VERSION = sql`left(md5(r.id::text || r.rendered_at::text), 16)`;

/** Pictures of a publication in the order in which they were taken, from the one at `from` (0) on, `most` at most. */
export async function galleryPictures(
  db: Db,
  publication: Id,
  { from, most }: { readonly from: number; readonly most: number },
): Promise<readonly GalleryPicture[]> {
  const { rows } = await sql<{ name: string; version: string; width: number; height: number }>`
    select r.name, ${PICTURE_VERSION} as version, p.width, p.height ${VISIBLE} and d.disclosure_id = ${publication}
    order by p.taken_at, p.id limit ${most} offset ${from}`.execute(db);
  return rows.map(({ name, version, width, height }) => ({ name, version, size: { width, height } }));
}

/** How many pictures a publication has now, and a word that changes with any of them. */
export async function galleryState(
  db: Db,
  publication: Id,
): Promise<{ readonly pictures: number; readonly version: string }> {
  const { rows } = await sql<{ pictures: number; version: string | null }>`
    select count(*)::int as pictures, md5(string_agg(${PICTURE_VERSION}, '' order by r.id)) as version
    ${VISIBLE} and d.disclosure_id = ${publication}`.execute(db);
  return { pictures: rows[0]?.pictures ?? 0, version: rows[0]?.version ?? "none" };
}

/**
 * One picture of a publication, held against change until the transaction ends: a withdrawal either comes first, and
 * there is none, or waits until it is read.
 */
export async function holdGalleryPicture(
  trx: Trx,
  publication: Id,
  name: string,
): Promise<{ readonly rendition: Id; readonly blob: string } | undefined> {
  const { rows } = await sql<{ rendition: Id; blob: string }>`
    select r.id as rendition, r.blob ${VISIBLE} and d.disclosure_id = ${publication} and r.name = ${name}
    for share of r`.execute(trx);
  return rows[0];
}

/** Of the link `g`: its pictures that somebody saw and that are others now, or none. */
const changedSinceOpened = sql<number>`(select count(*)::int from disclosure_rendition d join rendition r on r.id = d.rendition_id
  where d.disclosure_id = g.disclosure_id and (r.state <> 'current' or r.rendered_at > g.opened_at))`;

/** A link as staff see it; never its secret. */
export interface GalleryLink extends Omit<GalleryLinkRow, "secret_hash" | "disclosure_id"> {
  readonly channel: string;
  /** Pictures of it that somebody has seen. */
  readonly seen: number;
  /** Of those, how many were changed or taken off since it was first opened. */
  readonly changed: number;
}

/** The links of a collection, newest first. */
export async function galleryLinksOf(db: Db, collection: Id): Promise<readonly GalleryLink[]> {
  const { rows } = await sql<GalleryLink>`
    select g.id, g.collection_id, g.publication_id, g.max_edge, g.origins, g.made_by, g.made_at, g.expires_at,
      g.opened_at, g.revoked_at, o.channel, ${changedSinceOpened} as changed,
      (select count(*)::int from disclosure_rendition d where d.disclosure_id = g.disclosure_id) as seen
    from gallery_link g join disclosure o on o.id = g.disclosure_id
    where g.collection_id = ${collection} order by g.made_at desc, g.id`.execute(db);
  return rows;
}

/** How many pictures that were seen by a link were changed or taken off since it was first opened. */
export async function changedInGallery(db: Db, link: Id): Promise<number> {
  const { rows } = await sql<{ changed: number }>`
    select ${changedSinceOpened} as changed from gallery_link g where g.id = ${link}`.execute(db);
  return rows[0]?.changed ?? 0;
}

/** Removes links that ended so long ago that nobody asks about them any more. Their entries and disclosures stay. */
export async function removeEndedGalleryLinks(trx: Trx, clock: Clock): Promise<void> {
  const limit = new Date(clock.now().getTime() - KEPT_AFTER_MS);
  await trx
    .deleteFrom("gallery_link")
    .where((eb) => eb.or([eb("revoked_at", "<=", limit), eb("expires_at", "<=", limit)]))
    .execute();
}
