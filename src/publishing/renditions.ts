import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { assertPermit, type Permit } from "../consent/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { Db, Reveal as RevealMode, RenditionRow, Trx } from "../db/index.ts";
import { holdShown } from "./hold-shown.ts";
import type { Plan } from "./plan.ts";
import { tellOf, type Cause } from "./tell.ts";

/** For whom a rendition is made: a channel of the collection, one reader, or whoever may see no face at all. */
export type Audience =
  | { readonly kind: "channel"; readonly channel: string }
  | { readonly kind: "reader"; readonly person: Id }
  | { readonly kind: "hidden-view" };

/** How a hidden view's row is told from a channel's: no channel's name begins with a colon. */
const HIDDEN_VIEW = ":hidden-view";

export interface NewRendition {
  readonly photo: Id;
  readonly collection: Id;
  readonly audience: Audience;
  readonly reveal: RevealMode;
  readonly plan: Plan;
  readonly blob: string;
  /** `due`: it had to be made again by itself, after whatever changed what it shows. */
  readonly cause: Extract<Cause, "publication"> | "due";
}

/**
 * Replaces the rendition of a photo for its audience, and says which blob is of no use any more. A face is saved as
 * shown only with a publish permit for its person and this audience; the reader's own face needs none. The database
 * refuses a shown face without a live consent by itself.
 * Errors: `no-consent`, also where a shown face has turned out to be somebody else's, or its person has left, since the plan
 * was made; the caller plans again.
 */
export async function saveRendition(
  trx: Trx,
  made: NewRendition,
  permits: readonly Permit<"publish">[],
  clock: Clock,
): Promise<{ readonly id: Id; readonly name: string; readonly replaced: string | null }> {
  const byPerson = new Map(permits.map((permit) => [permit.person, permit]));
  const reader = made.audience.kind === "reader" ? made.audience.person : null;
  for (const face of made.plan.shown) {
    if (made.audience.kind === "hidden-view")
      throw new AssentError("no-consent", "the hidden view shows no face");
    if (face.person === reader) continue;
    const permit = byPerson.get(face.person);
    if (!permit) throw new AssentError("no-consent", "a face is shown without a permit");
    assertPermit(permit, "publish", clock);
    const channel = made.audience.kind === "channel" ? made.audience.channel : "companions";
    if (permit.channel !== channel || permit.collection !== made.collection) {
      throw new AssentError("no-consent", "the permit is for another channel or collection");
    }
  }
  await holdShown(trx, made);
  const before = await renditionFor(trx, made.photo, made.audience, { lock: true });
  const row = {
    state: "current" as const,
    reveal: made.reveal,
    blob: made.blob,
    plan_digest: made.plan.digest,
    rendered_at: clock.now(),
  };
  const id = before?.id ?? newId();
  const name = before?.name ?? randomName();
  if (before) {
    await trx.deleteFrom("rendition_face").where("rendition_id", "=", id).execute();
    await trx.updateTable("rendition").set(row).where("id", "=", id).execute();
  } else {
    await trx
      .insertInto("rendition")
      .values({
        id,
        photo_id: made.photo,
        collection_id: made.collection,
        channel: channelOf(made.audience),
        reader_id: reader,
        name,
        ...row,
      })
      .execute();
  }
  if (made.plan.shown.length > 0) {
    await trx
      .insertInto("rendition_face")
      .values(
        made.plan.shown.map((face) => ({
          rendition_id: id,
          face_id: face.face,
          person_id: face.person,
          consent_event_id: face.consent,
        })),
      )
      .execute();
  }
  if (before && made.audience.kind === "channel") {
    // Who was told that it is off is told that it is there again; a yes and a match change it without a word.
    const isTold = made.cause === "publication" || (before.state === "suspended" && !before.untold);
    if (isTold) await tellOf(trx, "rendition.replaced", [id], clock);
    else await trx.updateTable("rendition").set({ untold: true }).where("id", "=", id).execute();
  }
  return { id, name, replaced: before?.blob && before.blob !== made.blob ? before.blob : null };
}

/** What the row's `channel` holds; null for a reader's. */
function channelOf(audience: Audience): string | null {
  switch (audience.kind) {
    case "channel":
      return audience.channel;
    case "hidden-view":
      return HIDDEN_VIEW;
    case "reader":
      return null;
  }
}

/** Says nothing about the photo, the person or the time. */
function randomName(): string {
  return randomBytes(16).toString("hex");
}

export async function renditionFor(
  db: Db | Trx,
  photo: Id,
  audience: Audience,
  options: { lock?: boolean } = {},
): Promise<RenditionRow | undefined> {
  let query = db.selectFrom("rendition").selectAll().where("photo_id", "=", photo);
  query =
    audience.kind === "reader"
      ? query.where("reader_id", "=", audience.person)
      : query.where("channel", "=", channelOf(audience));
  if (options.lock) query = query.forUpdate();
  return query.executeTakeFirst();
}

export async function renditionById(db: Db | Trx, id: Id): Promise<RenditionRow | undefined> {
  return db.selectFrom("rendition").selectAll().where("id", "=", id).executeTakeFirst();
}

/** By the random name that a published or delivered file has. */
export async function renditionNamed(db: Db, name: string): Promise<RenditionRow | undefined> {
  return db.selectFrom("rendition").selectAll().where("name", "=", name).executeTakeFirst();
}

/** A picture of a channel as it may be shown now. */
export interface PublishedRendition {
  readonly id: Id;
  readonly photo: Id;
  readonly channel: string;
  /** Of its file, without extension. */
  readonly name: string;
  readonly renderedAt: Date;
}

/**
 * Of a collection, what went out to a channel and was not suspended since; by id, `limit` after one of them. What was only looked
 * at, or is being made for a publication that is not complete, is not published.
 */
export async function publishedIn(
  db: Db,
  page: {
    readonly collection: Id;
    readonly channel?: string | undefined;
    readonly photo?: Id | undefined;
    readonly rendition?: Id | undefined;
    readonly after?: Id | undefined;
    readonly limit: number;
  },
): Promise<readonly PublishedRendition[]> {
  const rows = await published(db, page).orderBy("rendition.id").limit(page.limit).execute();
  return rows.map((row) => ({
    id: row.id,
    photo: row.photo_id,
    channel: row.channel ?? "",
    name: row.name,
    renderedAt: row.rendered_at,
  }));
}

/** Its file, with the row held against change until the transaction ends; undefined where it is not published. */
export async function holdPublished(
  trx: Trx,
  which: { readonly collection: Id; readonly rendition: Id },
): Promise<string | undefined> {
  const row = await published(trx, which).forShare("rendition").executeTakeFirst();
  return row?.blob ?? undefined;
}

function published(
  db: Db | Trx,
  which: {
    readonly collection: Id;
    readonly channel?: string | undefined;
    readonly photo?: Id | undefined;
    readonly rendition?: Id | undefined;
    readonly after?: Id | undefined;
  },
) {
  let query = db
    .selectFrom("rendition")
    .innerJoin("channel", (join) =>
      join
        .onRef("channel.collection_id", "=", "rendition.collection_id")
        .onRef("channel.name", "=", "rendition.channel"),
    )
    .selectAll("rendition")
    .where("rendition.collection_id", "=", which.collection)
    .where("rendition.state", "=", "current")
    .where("rendition.blob", "is not", null)
    // Of an internal channel nothing is suspended for a photo that somebody asked to be hidden; it leaves nobody's sight else.
    .where(sql<boolean>`(channel.public or not photo_held(rendition.photo_id))`)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom("disclosure_rendition")
          .innerJoin("disclosure", "disclosure.id", "disclosure_rendition.disclosure_id")
          .select("disclosure.id")
          .whereRef("disclosure_rendition.rendition_id", "=", "rendition.id")
          .where("disclosure.recipient", "=", "channel")
          .where("disclosure.state", "=", "complete"),
      ),
    );
  if (which.channel !== undefined) query = query.where("rendition.channel", "=", which.channel);
  if (which.photo !== undefined) query = query.where("rendition.photo_id", "=", which.photo);
  if (which.rendition !== undefined) query = query.where("rendition.id", "=", which.rendition);
  if (which.after !== undefined) query = query.where("rendition.id", ">", which.after);
  return query;
}

export function audienceOf(row: RenditionRow): Audience {
  if (row.channel === HIDDEN_VIEW) return { kind: "hidden-view" };
  if (row.channel !== null) return { kind: "channel", channel: row.channel };
  if (row.reader_id !== null) return { kind: "reader", person: row.reader_id };
  throw new AssentError("internal", "a rendition has neither channel nor reader");
}

/** What of a person's renditions a withdrawal stops. */
export interface Suspension {
  /** Channels whose renditions may not show the person any more; `companions` means other readers' renditions. */
  readonly channels: readonly string[] | "all";
  readonly collection: Id | null;
  /** Photos in which the person's match is gone, so that nothing may show that face as theirs. */
  readonly photos: readonly Id[];
}

/**
 * Suspends, in the withdrawing transaction, every rendition that shows the person where they may not be shown any
 * more, and takes the showing itself back. Returns the suspended renditions, to be made again.
 */
export async function suspendShowing(
  trx: Trx,
  person: Id,
  what: Suspension,
  clock: Clock,
): Promise<readonly Id[]> {
  const rows = await trx
    .selectFrom("rendition_face")
    .innerJoin("rendition", "rendition.id", "rendition_face.rendition_id")
    .select([
      "rendition.id",
      "rendition.channel",
      "rendition.reader_id",
      "rendition.collection_id",
      "rendition.photo_id",
    ])
    .where("rendition_face.person_id", "=", person)
    .execute();
  const photos = new Set(what.photos);
  const concerned = rows.filter((row) => {
    if (photos.has(row.photo_id)) return true;
    if (what.collection !== null && row.collection_id !== what.collection) return false;
    if (row.reader_id === person) return what.channels === "all";
    return what.channels === "all" || what.channels.includes(row.channel ?? "companions");
  });
  const ids = [...new Set(concerned.map((row) => row.id))].sort();
  if (ids.length === 0) return [];
  await trx.updateTable("rendition").set({ state: "suspended" }).where("id", "in", ids).execute();
  await trx
    .deleteFrom("rendition_face")
    .where("rendition_id", "in", ids)
    .where("person_id", "=", person)
    .execute();
  await record(trx, { kind: "renditions-suspended", payload: { count: ids.length }, person }, clock);
  await tellOf(trx, "rendition.suspended", ids, clock);
  return ids;
}

/**
 * Suspends renditions of the photos that show a face as somebody whom it is not matched to any more: after a "not me", a
 * tag for somebody else, or another look by the machine. Returns them, to be made again.
 */
export async function suspendStale(
  trx: Trx,
  photos: readonly Id[],
  cause: Exclude<Cause, "publication">,
  clock: Clock,
): Promise<readonly Id[]> {
  if (photos.length === 0) return [];
  const stale = await trx
    .selectFrom("rendition_face as shown")
    .innerJoin("rendition", "rendition.id", "shown.rendition_id")
    .select("shown.rendition_id")
    .distinct()
    .where("rendition.photo_id", "in", [...photos])
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("match")
            .select("match.face_id")
            .whereRef("match.face_id", "=", "shown.face_id")
            .whereRef("match.person_id", "=", "shown.person_id")
            .where("match.state", "in", ["matched", "confirmed"]),
        ),
      ),
    )
    .execute();
  const ids = stale.map((row) => row.rendition_id).sort();
  if (ids.length === 0) return [];
  await trx
    .updateTable("rendition")
    .set({
      state: "suspended",
      // Whoever was told that it is off, or was not told of what it was before, stays so.
      ...(cause === "match" ? { untold: sql<boolean>`untold or state = 'current'` } : {}),
    })
    .where("id", "in", ids)
    .execute();
  await record(trx, { kind: "renditions-suspended", payload: { count: ids.length } }, clock);
  if (cause === "no") await tellOf(trx, "rendition.suspended", ids, clock);
  return ids;
}

/**
 * Takes the photos' renditions for public channels off at once, because somebody asked for it. Returns them; the caller
 * has recorded the request or objection, under which the database refuses to bring them back.
 */
export async function suspendPublic(trx: Trx, photos: readonly Id[], clock: Clock): Promise<readonly Id[]> {
  const rows = await trx
    .updateTable("rendition")
    .set({ state: "suspended" })
    .where("photo_id", "in", [...photos])
    .where("state", "=", "current")
    .where((eb) => eb.fn<boolean>("rendition_public", ["rendition.id"]))
    .returning("id")
    .execute();
  const ids = rows.map((row) => row.id).sort();
  if (ids.length > 0) {
    await record(trx, { kind: "renditions-suspended", payload: { count: ids.length } }, clock);
    await tellOf(trx, "rendition.suspended", ids, clock);
  }
  return ids;
}

/**
 * When a rendition of each photo was last made for a public channel, suspended ones included: they may come back by
 * themselves. Photos without any are left out.
 */
export async function lastMadePublic(db: Db | Trx, photos: readonly Id[]): Promise<ReadonlyMap<Id, Date>> {
  if (photos.length === 0) return new Map();
  const rows = await db
    .selectFrom("rendition")
    .select(({ fn }) => ["photo_id", fn.max("rendered_at").as("at")])
    .where("photo_id", "in", [...photos])
    .where((eb) => eb.fn<boolean>("rendition_public", ["rendition.id"]))
    .groupBy("photo_id")
    .execute();
  return new Map(rows.map((row) => [row.photo_id, row.at]));
}

/** A photo's renditions that are suspended, for public channels alone. */
export async function suspendedPublic(db: Db | Trx, photo: Id): Promise<readonly Id[]> {
  const rows = await db
    .selectFrom("rendition")
    .select("id")
    .where("photo_id", "=", photo)
    .where("state", "=", "suspended")
    .where((eb) => eb.fn<boolean>("rendition_public", ["rendition.id"]))
    .orderBy("id")
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Renditions of one channel of a collection in photos where the person is found or tagged: those that another word of
 * theirs may change.
 */
export async function renditionsWith(
  db: Db | Trx,
  person: Id,
  where: { readonly collection: Id; readonly channel: string },
): Promise<readonly Id[]> {
  const rows = await db
    .selectFrom("rendition")
    .select("rendition.id")
    .where("rendition.collection_id", "=", where.collection)
    .where("rendition.channel", "=", where.channel)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom("match")
          .innerJoin("face", "face.id", "match.face_id")
          .select("match.face_id")
          .whereRef("face.photo_id", "=", "rendition.photo_id")
          .where("match.person_id", "=", person)
          .where("match.state", "in", ["matched", "confirmed"]),
      ),
    )
    .orderBy("rendition.id")
    .execute();
  return rows.map((row) => row.id);
}

/** Removes the renditions made for a reader, wholly or for some photos; returns their blobs. */
export async function dropReaderRenditions(
  trx: Trx,
  person: Id,
  photos: readonly Id[] | "all",
): Promise<readonly string[]> {
  if (photos !== "all" && photos.length === 0) return [];
  let query = trx.deleteFrom("rendition").where("reader_id", "=", person);
  if (photos !== "all") query = query.where("photo_id", "in", [...photos]);
  const rows = await query.returning("blob").execute();
  return rows.flatMap((row) => (row.blob === null ? [] : [row.blob]));
}

/** A suspended rendition lets go of its picture until it is made again; null where it is current, or has none. */
export async function dropSuspendedPicture(trx: Trx, id: Id): Promise<string | null> {
  const row = await trx
    .selectFrom("rendition")
    .select("blob")
    .where("id", "=", id)
    .where("state", "=", "suspended")
    .forUpdate()
    .executeTakeFirst();
  if (!row?.blob) return null;
  await trx.updateTable("rendition").set({ blob: null }).where("id", "=", id).execute();
  return row.blob;
}
