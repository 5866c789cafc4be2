import { createHash, randomBytes } from "node:crypto";
import { newId, type Clock, type Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";

/**
 * One line of the transparency log. `payload` holds ids and counts, never names, pictures or free text of people;
 * `person` says whose record it belongs to, so that an erasure finds it.
 */
export interface NewEntry {
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly person?: Id | undefined;
}

export interface Entry {
  readonly id: Id;
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly person: Id | null;
  readonly at: Date;
}

const SALT_BYTES = 16;

/**
 * Writes an entry in the transaction of the change that it records. The leaf is a salted commitment: SHA-256 over the
 * salt and the canonical JSON of kind, time and payload. Payload and salt live in a row of their own that an erasure
 * removes; the leaf stays, and says nothing without them.
 */
export async function record(trx: Trx, entry: NewEntry, clock: Clock): Promise<Id> {
  const id = newId();
  const at = clock.now();
  const salt = randomBytes(SALT_BYTES);
  await trx
    .insertInto("entry")
    .values({ id, leaf: commitment(salt, entry.kind, at, entry.payload) })
    .execute();
  await trx
    .insertInto("entry_payload")
    .values({
      entry_id: id,
      salt,
      kind: entry.kind,
      payload: JSON.stringify(entry.payload),
      person_id: entry.person ?? null,
      at,
    })
    .execute();
  return id;
}

/** The leaf of an entry, 32 bytes. */
export function commitment(salt: Uint8Array, kind: string, at: Date, payload: NewEntry["payload"]): Buffer {
  const text = canonicalJson({ kind, at: at.toISOString(), payload });
  return createHash("sha256").update(salt).update(text, "utf8").digest();
}

/** JSON with sorted keys and no blanks, so that equal values give equal bytes. Undefined members are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v ?? null)).join(",")}]`;
  if (value instanceof Date) return JSON.stringify(value);
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** The entries of one person, oldest first. */
export async function entriesOf(db: Db, person: Id): Promise<readonly Entry[]> {
  const rows = await db
    .selectFrom("entry_payload")
    .innerJoin("entry", "entry.id", "entry_payload.entry_id")
    .select(["entry_id", "kind", "payload", "person_id", "at"])
    .where("person_id", "=", person)
    .orderBy("entry.sequence")
    .execute();
  return rows.map((row) => ({
    id: row.entry_id,
    kind: row.kind,
    payload: row.payload as Record<string, unknown>,
    person: row.person_id,
    at: row.at,
  }));
}

/** Removes payload and salt of a person's entries; their leaves stay. Returns how many. */
export async function forgetEntriesOf(trx: Trx, person: Id): Promise<number> {
  const done = await trx.deleteFrom("entry_payload").where("person_id", "=", person).executeTakeFirst();
  return Number(done.numDeletedRows);
}

/** Entries whose leaf does not fit their payload any more: somebody has altered the record. */
export async function alteredEntries(db: Db): Promise<readonly Id[]> {
  const rows = await db
    .selectFrom("entry_payload")
    .innerJoin("entry", "entry.id", "entry_payload.entry_id")
    .select(["entry_id", "salt", "kind", "payload", "at", "leaf"])
    .execute();
  return rows
    .filter(
      (row) => !commitment(row.salt, row.kind, row.at, row.payload as NewEntry["payload"]).equals(row.leaf),
    )
    .map((row) => row.entry_id);
}
