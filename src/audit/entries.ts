import { createHash, randomBytes } from "node:crypto";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import type { RestrictingEvent, StaffRevoked } from "./journal.ts";

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
  // One statement: every change of the instance pays for it.
  await trx
    .with("written", (statement) =>
      statement.insertInto("entry").values({ id, leaf: commitment(salt, entry.kind, at, entry.payload) }),
    )
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

/** What of a staff account is void after a change: an old database must not bring it back. */
const REVOKES: Readonly<Partial<Record<string, StaffRevoked>>> = {
  "staff-account-removed": "account",
  "staff-role-changed": "role",
  "staff-password-changed": "password",
  "staff-passkey-removed": "passkey",
};

/**
 * Writes the entries that are owed: of changes which the accounts' library makes in transactions of its own, where a trigger
 * notes them. Their time is that of the change. Returns what of it restricts, for the caller to append to the journal before the
 * commit.
 */
export async function recordOwed(
  trx: Trx,
): Promise<readonly { readonly event: RestrictingEvent; readonly at: Date }[]> {
  const owed = await trx.selectFrom("log_owed").selectAll().orderBy("at").forUpdate().skipLocked().execute();
  const revoked: { event: RestrictingEvent; at: Date }[] = [];
  for (const { id, kind, subject: account, changed, at } of owed) {
    await record(trx, { kind, payload: { account } }, { now: () => at });
    await trx.deleteFrom("log_owed").where("id", "=", id).execute();
    const what = REVOKES[kind];
    const subject = what === "passkey" ? changed : account;
    if (what && subject) revoked.push({ event: { event: "staff-revoked", what, subject }, at });
  }
  // Roles in one collection are in a table of ours: their change has its entry already, which waits for its position now.
  const roles = await trx
    .selectFrom("log_waiting")
    .innerJoin("entry_payload", "entry_payload.entry_id", "log_waiting.entry_id")
    .select(["payload", "at"])
    .where("kind", "=", "staff-role-set")
    .orderBy("at")
    .execute();
  for (const { payload, at } of roles) {
    const { account: subject, collection } = payload as { readonly account: Id; readonly collection: Id };
    revoked.push({ event: { event: "staff-revoked", what: "role", subject, collection }, at });
  }
  return revoked;
}

/** What the last entry of a kind says, of kinds that tell what is in force. */
export async function lastInForce(db: Db, kind: InForce): Promise<NewEntry["payload"] | undefined> {
  const row = await db
    .selectFrom("entry_payload")
    .innerJoin("entry", "entry.id", "entry_payload.entry_id")
    .select("payload")
    .where("kind", "=", kind)
    .orderBy("entry.sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.payload as NewEntry["payload"] | undefined;
}

/** By which policy faces are matched, to which texts people agree, by which keys is signed and sealed. */
export type InForce = "policy-in-force" | "texts-in-force" | "keys-in-force";

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

/** What an entry's leaf commits to, for somebody who is to compute it: salt in base64. Errors: `not-found`, also once it was erased. */
export async function entryCommitted(
  db: Db,
  id: Id,
): Promise<{
  readonly salt: string;
  readonly at: string;
  readonly kind: string;
  readonly payload: NewEntry["payload"];
}> {
  const row = await db
    .selectFrom("entry_payload")
    .select(["salt", "kind", "payload", "at"])
    .where("entry_id", "=", id)
    .executeTakeFirst();
  if (!row) throw new AssentError("not-found", `the log says nothing of an entry ${id}`);
  return {
    salt: row.salt.toString("base64"),
    at: row.at.toISOString(),
    kind: row.kind,
    payload: row.payload as NewEntry["payload"],
  };
}

/** Removes payload and salt of a person's entries; their leaves stay. Returns how many. */
export async function forgetEntriesOf(trx: Trx, person: Id): Promise<number> {
  const done = await trx.deleteFrom("entry_payload").where("person_id", "=", person).executeTakeFirst();
  return Number(done.numDeletedRows);
}

/** Payloads read at a time: some 300 bytes each, so that a log of any length takes a megabyte or two of memory. */
const PAYLOADS_AT_ONCE = 4000;

/**
 * Entries whose leaf does not fit their payload any more, in their order: somebody has altered the record. `progress` is told
 * how many were read.
 */
export async function alteredEntries(
  db: Db,
  atOnce = PAYLOADS_AT_ONCE,
  progress?: (read: number) => void,
): Promise<readonly Id[]> {
  const altered: Id[] = [];
  let read = 0;
  for (let last = -1; ;) {
    const rows = await db
      .selectFrom("entry")
      .innerJoin("entry_payload", "entry_payload.entry_id", "entry.id")
      .select(["entry.id", "entry.sequence", "leaf", "salt", "kind", "payload", "at"])
      .where("entry.sequence", ">", last)
      .orderBy("entry.sequence")
      .limit(atOnce)
      .execute();
    for (const { id, leaf, salt, kind, payload, at } of rows) {
      if (!commitment(salt, kind, at, payload as NewEntry["payload"]).equals(leaf)) altered.push(id);
    }
    read += rows.length;
    progress?.(read);
    if (rows.length < atOnce) return altered;
    last = rows.at(-1)?.sequence ?? last;
  }
}
