import { randomBytes } from "node:crypto";
import { record } from "../audit/index.ts";
import { assertPermit, type Permit } from "../consent/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { Db, Reveal as RevealMode, RenditionRow, Trx } from "../db/index.ts";
import type { Plan } from "./plan.ts";

/** For whom a rendition is made: a channel of the collection, or one reader. */
export type Audience =
  { readonly kind: "channel"; readonly channel: string } | { readonly kind: "reader"; readonly person: Id };

export interface NewRendition {
  readonly photo: Id;
  readonly collection: Id;
  readonly audience: Audience;
  readonly reveal: RevealMode;
  readonly plan: Plan;
  readonly blob: string;
}

/**
 * Replaces the rendition of a photo for its audience, and says which blob is of no use any more. A face is saved as
 * shown only with a publish permit for its person and this audience; the reader's own face needs none. The database
 * refuses a shown face without a live consent by itself.
 * Errors: `no-consent`.
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
    if (face.person === reader) continue;
    const permit = byPerson.get(face.person);
    if (!permit) throw new AssentError("no-consent", "a face is shown without a permit");
    assertPermit(permit, "publish", clock);
    const channel = made.audience.kind === "channel" ? made.audience.channel : "companions";
    if (permit.channel !== channel || permit.collection !== made.collection) {
      throw new AssentError("no-consent", "the permit is for another channel or collection");
    }
  }
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
        channel: made.audience.kind === "channel" ? made.audience.channel : null,
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
  return { id, name, replaced: before?.blob && before.blob !== made.blob ? before.blob : null };
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
    audience.kind === "channel"
      ? query.where("channel", "=", audience.channel)
      : query.where("reader_id", "=", audience.person);
  if (options.lock) query = query.forUpdate();
  return query.executeTakeFirst();
}

export async function renditionById(db: Db | Trx, id: Id): Promise<RenditionRow | undefined> {
  return db.selectFrom("rendition").selectAll().where("id", "=", id).executeTakeFirst();
}

export function audienceOf(row: RenditionRow): Audience {
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
  return ids;
}

/**
 * Suspends renditions of the photos that show a face as somebody whom it is not matched to any more: after a "not me", a
 * tag for somebody else, or another look by the machine. Returns them, to be made again.
 */
export async function suspendStale(trx: Trx, photos: readonly Id[], clock: Clock): Promise<readonly Id[]> {
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
  await trx.updateTable("rendition").set({ state: "suspended" }).where("id", "in", ids).execute();
  await record(trx, { kind: "renditions-suspended", payload: { count: ids.length } }, clock);
  return ids;
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
