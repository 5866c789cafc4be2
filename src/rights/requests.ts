import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { AssentError, newId, wipe, type Clock, type Id, type Point } from "../core/index.ts";
import { openSealed, sealText, sealTextAgain, type KeyRef, type KeyStore } from "../crypto/index.ts";
import {
  holdSealing,
  type Db,
  type Language,
  type PhotoRequestKind,
  type RequestKind,
  type RequestOutcome,
  type RequestRow,
  type Trx,
} from "../db/index.ts";
import { noteEvent } from "../webhooks/index.ts";

/** What somebody asks, joined or not. */
export interface NewRequest {
  readonly kind: PhotoRequestKind;
  readonly photo: Id;
  /** null where no face is at the place. */
  readonly face: Id | null;
  /** In shares (0 to 1) of the picture's width and height. */
  readonly place: Point | null;
  readonly contact: string | null;
  readonly note: string | null;
  readonly language: Language;
}

type SealedField = "contact" | "note";

const LONGEST: Readonly<Record<SealedField, number>> = { contact: 254, note: 1000 };

/** Open requests about one photo that are kept apart; what comes beyond them is part of the last of them. */
const MOST_OPEN = 10;

/**
 * Whoever asks is a person whom nobody knows but by the request: contact and note are sealed under a contact key of the
 * request's own id, which is destroyed when it is closed.
 */
export function requestKey(request: Id): KeyRef {
  return { kind: "person", id: request, group: "contact" };
}

/**
 * Opens a request, with its clock: one month, as GDPR art. 12(3) gives. Asked again about the same face, without anything
 * that is new, it is the one that was open already, so that pressing often does no more than pressing once.
 * Errors: `bad-input` for a contact or note that is too long.
 */
export async function openRequest(
  trx: Trx,
  keys: KeyStore,
  wanted: NewRequest,
  clock: Clock,
): Promise<{ readonly id: Id; readonly dueAt: Date; readonly fresh: boolean }> {
  const contact = checked(wanted.contact, "contact");
  const note = checked(wanted.note, "note");
  const open = await trx
    .selectFrom("request")
    .selectAll()
    .where("photo_id", "=", wanted.photo)
    .where("state", "=", "open")
    .orderBy("opened_at")
    .execute();
  const same = open.find((one) => one.face_id === wanted.face && one.kind === wanted.kind);
  const known = open.length >= MOST_OPEN ? (same ?? open.at(-1)) : same;
  const saysMore = contact !== null || note !== null;
  if (known && (!saysMore || open.length >= MOST_OPEN)) {
    return { id: known.id, dueAt: known.due_at, fresh: false };
  }
  const written = await writeRequest(trx, keys, { ...wanted, person: null, receivedAt: clock.now() }, clock);
  return { ...written, fresh: true };
}

/** A request as it is written down, whoever asks for whatever. */
export interface WrittenRequest extends Omit<NewRequest, "kind" | "photo"> {
  readonly kind: RequestKind;
  readonly person: Id | null;
  readonly photo: Id | null;
  /** The clock runs from here. */
  readonly receivedAt: Date;
}

/** Writes an open request with its entry. Errors: `bad-input` for a contact or note that is too long. */
export async function writeRequest(
  trx: Trx,
  keys: KeyStore,
  wanted: WrittenRequest,
  clock: Clock,
): Promise<{ readonly id: Id; readonly dueAt: Date }> {
  const contact = checked(wanted.contact, "contact");
  const note = checked(wanted.note, "note");
  const id = newId();
  const { kind, person, photo, face } = wanted;
  if (contact !== null || note !== null) await keys.create(requestKey(id));
  const row = await trx
    .insertInto("request")
    .values({
      id,
      kind,
      person_id: person,
      photo_id: photo,
      face_id: face,
      place_x: wanted.place?.x ?? null,
      place_y: wanted.place?.y ?? null,
      language: wanted.language,
      contact_sealed: await sealField(trx, keys, id, "contact", contact),
      note_sealed: await sealField(trx, keys, id, "note", note),
      state: "open",
      outcome: null,
      staff: null,
      opened_at: wanted.receivedAt,
      due_at: monthsAfter(wanted.receivedAt, 1),
      closed_at: null,
    })
    .returning("due_at")
    .executeTakeFirstOrThrow();
  const payload = { request: id, kind, photo, face };
  await record(trx, { kind: "request-opened", payload, ...(person === null ? {} : { person }) }, clock);
  await tellOf(trx, id, photo, clock);
  return { id, dueAt: row.due_at };
}

/** Other programs are told that there is a request, in which collection, and nothing of who asks or for what. */
async function tellOf(trx: Trx, request: Id, photo: Id | null, clock: Clock): Promise<void> {
  const row =
    photo === null
      ? undefined
      : await trx.selectFrom("photo").select("collection_id").where("id", "=", photo).executeTakeFirst();
  const collection = row?.collection_id ?? null;
  await noteEvent(trx, { kind: "request.opened", collection, subjects: [request] }, clock);
}

/** The same day of a later month, or its last day where it has none such. */
export function monthsAfter(from: Date, months: number): Date {
  const due = new Date(from);
  due.setUTCMonth(due.getUTCMonth() + months);
  if (due.getUTCDate() !== from.getUTCDate()) due.setUTCDate(0);
  return due;
}

function checked(text: string | null, field: SealedField): string | null {
  const trimmed = text?.trim().normalize("NFC") ?? "";
  if (trimmed === "") return null;
  if (trimmed.length > LONGEST[field]) {
    throw new AssentError("bad-input", `the ${field} must have at most ${LONGEST[field]} characters`);
  }
  return trimmed;
}

async function sealField(
  trx: Trx,
  keys: KeyStore,
  request: Id,
  field: SealedField,
  text: string | null,
): Promise<Buffer | null> {
  if (text === null) return null;
  await holdSealing(trx, requestKey(request));
  return sealText(keys, requestKey(request), text, `request-${field}:${request}`);
}

/** Seals what was written in a request by the newest of its keys; whether there was anything to seal. */
export async function sealRequestAgain(trx: Trx, keys: KeyStore, id: Id): Promise<boolean> {
  const row = await trx.selectFrom("request").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
  if (!row) return false;
  const again = (sealed: Buffer | null, field: SealedField): Promise<Buffer | null> =>
    sealTextAgain(keys, requestKey(id), sealed, `request-${field}:${id}`);
  const contact = await again(row.contact_sealed, "contact");
  const note = await again(row.note_sealed, "note");
  if (contact === null && note === null) return false;
  await trx
    .updateTable("request")
    .set({ contact_sealed: contact ?? row.contact_sealed, note_sealed: note ?? row.note_sealed })
    .where("id", "=", id)
    .execute();
  return true;
}

/** Forgets what was written in a request where its key is not the one that sealed it; whether that was so. */
export async function dropRequestText(trx: Trx, keys: KeyStore, id: Id): Promise<boolean> {
  const row = await trx.selectFrom("request").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
  if (!row || !(await keys.has(requestKey(id)))) return false;
  try {
    await openField(keys, id, "contact", row.contact_sealed);
    await openField(keys, id, "note", row.note_sealed);
    return false;
  } catch (error) {
    if (!(error instanceof AssentError) || error.code !== "signature") throw error;
  }
  await trx
    .updateTable("request")
    .set({ contact_sealed: null, note_sealed: null })
    .where("id", "=", id)
    .execute();
  return true;
}

/** A request as staff see it. */
export interface Request extends Omit<RequestRow, "contact_sealed" | "note_sealed"> {
  readonly contact: string | null;
  readonly note: string | null;
  readonly collection: { readonly id: Id; readonly name: string } | null;
  readonly fileName: string | null;
}

/** Requests with what was written in them, those due first; closed ones have nothing of that left. */
export async function requestsIn(
  db: Db,
  keys: KeyStore,
  which: "open" | "all",
  /** Whose; everybody's where absent. */
  person?: Id,
): Promise<readonly Request[]> {
  let query = db
    .selectFrom("request")
    .leftJoin("photo", "photo.id", "request.photo_id")
    .leftJoin("collection", "collection.id", "photo.collection_id")
    .selectAll("request")
    .select(["photo.file_name", "collection.id as collection_id", "collection.name as collection_name"]);
  if (which === "open") query = query.where("request.state", "=", "open");
  if (person !== undefined) query = query.where("request.person_id", "=", person);
  const rows = await query.orderBy("request.due_at").orderBy("request.id").execute();
  return Promise.all(
    rows.map(async ({ contact_sealed, note_sealed, file_name, collection_id, collection_name, ...row }) => ({
      ...row,
      contact: await openField(keys, row.id, "contact", contact_sealed),
      note: await openField(keys, row.id, "note", note_sealed),
      fileName: file_name,
      collection:
        collection_id !== null && collection_name !== null
          ? { id: collection_id, name: collection_name }
          : null,
    })),
  );
}

async function openField(
  keys: KeyStore,
  request: Id,
  field: SealedField,
  sealed: Buffer | null,
): Promise<string | null> {
  if (sealed === null) return null;
  return keys.withKey(requestKey(request), (key) => {
    const plain = openSealed(key, sealed, `request-${field}:${request}`);
    const text = Buffer.from(plain).toString("utf8");
    wipe(plain);
    return text;
  });
}

/**
 * Closes a request and lets go of what was written in it; the caller destroys its key. `hidden`: the face is hidden for
 * good. `withheld`: the photo stays off public channels. `no-change`: neither. `done` and `refused`: what a person demanded.
 * Errors: `not-found` for one that is not open.
 */
export async function closeRequest(
  trx: Trx,
  closing: { readonly request: Id; readonly outcome: RequestOutcome; readonly staff: string },
  clock: Clock,
): Promise<{ readonly photo: Id | null; readonly face: Id | null; readonly hadKey: boolean }> {
  const row = await trx
    .selectFrom("request")
    .selectAll()
    .where("id", "=", closing.request)
    .where("state", "=", "open")
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new AssentError("not-found", `there is no open request ${closing.request}`);
  await trx
    .updateTable("request")
    .set({
      state: "closed",
      outcome: closing.outcome,
      staff: closing.staff,
      closed_at: clock.now(),
      contact_sealed: null,
      note_sealed: null,
    })
    .where("id", "=", closing.request)
    .execute();
  const payload = { request: closing.request, outcome: closing.outcome, by: closing.staff };
  const about = row.person_id === null ? {} : { person: row.person_id };
  await record(trx, { kind: "request-closed", payload, ...about }, clock);
  return {
    photo: row.photo_id,
    face: row.face_id,
    hadKey: row.contact_sealed !== null || row.note_sealed !== null,
  };
}

/**
 * All photos that are off public channels because of a request or an objection: what the database's `photo_held` says of one,
 * said of all at once (0.4 ms a photo by the function, measured over 4,000).
 */
export const HELD_PHOTOS = sql`
  select photo_id from request where photo_id is not null and (state = 'open' or outcome = 'withheld')
  union all select photo_id from objection where photo_id is not null
  union all select f.photo_id from objection o join face f on f.id = o.face_id
  union all select f.photo_id from objection o join match m on m.person_id = o.person_id
    join face f on f.id = m.face_id where m.state in ('matched', 'confirmed')`;

/** Those of the photos that are held. */
export async function heldPhotos(db: Db, photos: readonly Id[]): Promise<ReadonlySet<Id>> {
  if (photos.length === 0) return new Set();
  const { rows } = await sql<{ id: Id }>`
    select asked.id from unnest(${[...photos]}::uuid[]) asked (id) where asked.id in (${HELD_PHOTOS})`.execute(
    db,
  );
  return new Set(rows.map((row) => row.id));
}
