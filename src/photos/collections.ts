import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { KeyRef, KeyStore } from "../crypto/index.ts";
import { sql } from "kysely";
import type { CollectionRow, Db, MatchingMode, Preset, Trx } from "../db/index.ts";

export interface Channel {
  readonly name: string;
  /** Open to the public: publishing to it needs a human look at the photos. */
  readonly public: boolean;
}

export interface Collection extends Readonly<CollectionRow> {
  readonly channels: readonly Channel[];
}

export interface NewCollection {
  readonly name: string;
  readonly purpose: string;
  readonly matching: MatchingMode;
  readonly matchOnly?: "all-cleared" | undefined;
  /** A channel is public unless told. */
  readonly channels: readonly { readonly name: string; readonly public?: boolean | undefined }[];
  readonly retainUntil: Date;
  /** Ninety days from now, or the retention date where that is earlier, unless told. */
  readonly joinUntil?: Date | undefined;
  /** What the organisation states about its right to process these photos. */
  readonly attestation: string;
  readonly attestedBy: string;
  /** How many guardians of a child must agree; 1 unless told. */
  readonly guardians?: 1 | 2 | undefined;
  /** `event` unless told. */
  readonly preset?: Preset | undefined;
  /** Why faces are looked for; needed in a school or at an employer's. */
  readonly justification?: string | undefined;
}

/** Where those in the photos depend on the organisation, so that a yes may not be free: looking for faces is justified in writing. */
const DEPENDENT: ReadonlySet<Preset> = new Set(["school", "employer"]);
const SHORTEST_JUSTIFICATION = 40;

const DAY_MS = 86_400_000;
/** Face chips exist while joining is open, so the default is short. */
const JOIN_DAYS = 90;
const LONGEST_NAME = 100;
const LONGEST_TEXT = 2000;
/** The channel that every collection has: the other people in the same photo. */
const RESERVED_CHANNELS: ReadonlySet<string> = new Set(["companions"]);
const CHANNEL = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,39}$/u;

/**
 * Makes a collection; with matching on, the key of its face chips first (a crash leaves a key of nothing).
 * Errors: `bad-input` naming what is wrong; `exists` where a collection has the name in any spelling of capitals.
 */
export async function createCollection(
  trx: Trx,
  keys: KeyStore,
  wanted: NewCollection,
  clock: Clock,
): Promise<Collection> {
  const now = clock.now();
  const name = checkedText(wanted.name, "the name", LONGEST_NAME);
  const channels = checkedChannels(wanted.channels);
  const { retainUntil, joinUntil } = checkedDates(wanted, now);
  if (wanted.matchOnly !== undefined && wanted.matching === "off") {
    throw new AssentError("bad-input", "match-only makes no sense where matching is off", {
      remedy: "Leave it out, or switch matching on.",
    });
  }
  const preset = wanted.preset ?? "event";
  const justification = checkedJustification(wanted, preset);
  const id = newId();
  if (wanted.matching === "enrolled") await keys.create(chipsKey(id));
  const row = await trx
    .insertInto("collection")
    .values({
      id,
      name,
      purpose: checkedText(wanted.purpose, "the purpose", LONGEST_TEXT),
      matching: wanted.matching,
      match_only: wanted.matchOnly ?? null,
      retain_until: retainUntil,
      join_until: joinUntil,
      joining_closed_at: null,
      attestation: checkedText(wanted.attestation, "the attestation of rights", LONGEST_TEXT),
      attested_by: checkedText(wanted.attestedBy, "who attests", LONGEST_NAME),
      guardians: wanted.guardians ?? 1,
      preset,
      justification,
      created_at: now,
    })
    .onConflict((on) => on.expression(sql`lower(name)`).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!row) throw nameIsTaken(name);
  if (channels.length > 0) {
    await trx
      .insertInto("channel")
      .values(channels.map((channel) => ({ collection_id: id, ...channel })))
      .execute();
  }
  await record(
    trx,
    {
      kind: "collection-created",
      payload: {
        collection: id,
        matching: row.matching,
        matchOnly: row.match_only,
        channels: channels.length,
        retainUntil,
        joinUntil,
        preset,
        guardians: row.guardians,
        justification,
      },
    },
    clock,
  );
  return { ...row, channels };
}

/**
 * Another name, with its entry; everything that names the collection from now on uses it, and what was signed keeps the one it was
 * signed with. Errors: `not-found`; `bad-input`; `exists` where another has the name in any spelling of capitals.
 */
export async function renameCollection(
  trx: Trx,
  wanted: { readonly collection: Id; readonly name: string; readonly by: string },
  clock: Clock,
): Promise<void> {
  const name = checkedText(wanted.name, "the name", LONGEST_NAME);
  const other = await trx
    .selectFrom("collection")
    .select("id")
    .where(sql<boolean>`lower(name) = lower(${name})`)
    .where("id", "<>", wanted.collection)
    .executeTakeFirst();
  if (other) throw nameIsTaken(name);
  const done = await trx
    .updateTable("collection")
    .set({ name })
    .where("id", "=", wanted.collection)
    .executeTakeFirst();
  if (done.numUpdatedRows !== 1n) throw new AssentError("not-found", "there is no such collection");
  const payload = { collection: wanted.collection, by: wanted.by };
  await record(trx, { kind: "collection-renamed", payload }, clock);
}

function nameIsTaken(name: string): AssentError {
  return new AssentError("exists", `there is a collection named "${name}" already`, {
    remedy: "Choose another name.",
  });
}

/**
 * In a school or at an employer's the pupils' or employees' consent to face recognition has been held invalid, because they
 * cannot freely say no (administrative court of appeal in Stockholm, 5888-20, on a school in Skelleftea): whoever switches it
 * on there says why in writing.
 */
function checkedJustification(wanted: NewCollection, preset: Preset): string | null {
  const text = wanted.justification?.trim() ?? "";
  if (wanted.matching === "enrolled" && DEPENDENT.has(preset) && text.length < SHORTEST_JUSTIFICATION) {
    throw new AssentError(
      "bad-input",
      "face recognition in a school or at an employer's is justified in writing",
      {
        remedy: `Leave matching off (tags by hand and cards work), or say in at least ${SHORTEST_JUSTIFICATION} characters why those in the photos can freely say no.`,
      },
    );
  }
  return text === "" ? null : checkedText(text, "the justification", LONGEST_TEXT);
}

/** The key under which a collection's face chips are sealed. */
export function chipsKey(collection: Id): KeyRef {
  return { kind: "chips", id: collection };
}

/** The form in which channels are kept and compared. Errors: `bad-input`. */
export function channelName(text: string): string {
  const name = text.trim().normalize("NFC").toLowerCase();
  if (!CHANNEL.test(name)) {
    throw new AssentError("bad-input", `"${text}" cannot name a channel`, {
      remedy: "Use up to 40 letters, digits, dashes, dots or underscores, for example website.",
    });
  }
  return name;
}

function checkedChannels(wanted: NewCollection["channels"]): readonly Channel[] {
  const channels = wanted.map((channel) => ({
    name: channelName(channel.name),
    public: channel.public ?? true,
  }));
  channels.forEach(({ name }, i) => {
    if (RESERVED_CHANNELS.has(name)) {
      throw new AssentError("bad-input", `the channel "${name}" is built in and every collection has it`, {
        remedy: "Leave it out.",
      });
    }
    if (channels.findIndex((other) => other.name === name) !== i) {
      throw new AssentError("bad-input", `the channel "${name}" is named twice`);
    }
  });
  return channels;
}

function checkedDates(wanted: NewCollection, now: Date): { retainUntil: Date; joinUntil: Date } {
  const { retainUntil } = wanted;
  if (!(retainUntil > now)) {
    throw new AssentError("bad-input", "the retention date must lie in the future", {
      remedy: "Give the day until which the photos may be kept, as YYYY-MM-DD.",
    });
  }
  const usual = new Date(Math.min(now.getTime() + JOIN_DAYS * DAY_MS, retainUntil.getTime()));
  const joinUntil = wanted.joinUntil ?? usual;
  if (!(joinUntil > now && joinUntil <= retainUntil)) {
    throw new AssentError("bad-input", "the end of joining must lie between now and the retention date", {
      remedy: `Without it, joining ends on ${usual.toISOString().slice(0, 10)}.`,
    });
  }
  return { retainUntil, joinUntil };
}

function checkedText(text: string, what: string, longest: number): string {
  const trimmed = text.trim().normalize("NFC");
  // Control characters have no place in a line of text, and PostgreSQL refuses the first of them.
  const isPlain = !/[\p{Cc}]/u.test(trimmed.replace(/[\n\t]/g, ""));
  if (trimmed === "" || trimmed.length > longest || !isPlain) {
    throw new AssentError("bad-input", `${what} of a collection must have 1 to ${longest} characters`, {
      remedy: "Give it as plain text.",
    });
  }
  return trimmed;
}

export async function collectionById(db: Db, id: Id): Promise<Collection> {
  const row = await db.selectFrom("collection").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row) throw new AssentError("not-found", `there is no collection ${id}`);
  return withChannels(db, row);
}

/** By name, in any spelling of capitals. Errors: `not-found`. */
export async function collectionByName(db: Db, name: string): Promise<Collection> {
  const row = await db
    .selectFrom("collection")
    .selectAll()
    .where(sql<string>`lower(name)`, "=", sql<string>`lower(${name.trim().normalize("NFC")})`)
    .executeTakeFirst();
  if (!row) {
    throw new AssentError("not-found", `there is no collection named "${name}"`, {
      remedy: "`assent collection list` shows them all.",
    });
  }
  return withChannels(db, row);
}

async function withChannels(db: Db, row: CollectionRow): Promise<Collection> {
  const channels = await db
    .selectFrom("channel")
    .select(["name", "public"])
    .where("collection_id", "=", row.id)
    .orderBy("name")
    .execute();
  return { ...row, channels };
}

export interface CollectionCounts {
  readonly photos: number;
  /** Photos not scanned yet. */
  readonly pending: number;
  readonly faces: number;
  /** People enrolled in it. */
  readonly people: number;
}

/** Every collection by name, with counts. */
export async function listCollections(db: Db): Promise<readonly (Collection & CollectionCounts)[]> {
  const { rows } = await sql<CollectionRow & CollectionCounts & { channels: Channel[] }>`
    select c.*,
      coalesce((select json_agg(json_build_object('name', ch.name, 'public', ch.public) order by ch.name)
        from channel ch where ch.collection_id = c.id), '[]') as channels,
      (select count(*)::int from photo p where p.collection_id = c.id) as photos,
      (select count(*)::int from photo p where p.collection_id = c.id and p.state = 'pending') as pending,
      (select count(*)::int from face f join photo p on p.id = f.photo_id where p.collection_id = c.id) as faces,
      (select count(distinct e.person_id)::int from enrolment e where e.collection_id = c.id) as people
    from collection c order by lower(c.name)`.execute(db);
  return rows;
}
