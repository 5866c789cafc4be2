import { record } from "../audit/index.ts";
import { AssentError, must, newId, wipe, type Clock, type Id } from "../core/index.ts";
import { openSealed, sealText, sealTextAgain, type KeyRef, type KeyStore } from "../crypto/index.ts";
import { holdSealing, type Db, type Language, type PersonRow, type Trx } from "../db/index.ts";
import { forgetAddress, giveAddress } from "./addresses.ts";
import type { Holder } from "./devices.ts";

export interface NewPerson {
  /** Of a child whose name was sealed under it beforehand; a new one unless given. */
  readonly id?: Id | undefined;
  /** A person may be nameless, reachable by their link alone. */
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly language: Language;
  /** Of a child: when guardians cease to speak for them. */
  readonly majorityAt?: Date | null | undefined;
}

export interface Contact {
  readonly name: string | null;
  readonly email: string | null;
}

type ContactField = keyof Contact;

const LONGEST: Readonly<Record<ContactField, number>> = { name: 200, email: 254 };
/** Not whether the address exists: only a message that arrives can tell. */
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/**
 * Makes a person, with the keys of their contact data first (a crash leaves a key of nothing). Name and address are
 * sealed under it, each bound to the person and the field.
 * Errors: `bad-input` for a name or address that is none.
 */
export async function createPerson(
  trx: Trx,
  keys: KeyStore,
  wanted: NewPerson,
  clock: Clock,
): Promise<PersonRow> {
  const name = checked(wanted.name, "name");
  const email = (wanted.email ?? "").trim() === "" ? null : checkedEmail(wanted.email ?? "");
  const id = wanted.id ?? newId();
  await keys.create(contactKey(id));
  const row = await trx
    .insertInto("person")
    .values({
      id,
      created_at: clock.now(),
      language: wanted.language,
      name_sealed: await sealField(trx, keys, id, "name", name),
      email_sealed: await sealField(trx, keys, id, "email", email),
      majority_at: wanted.majorityAt ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  if (email !== null) await giveAddress(trx, { person: id, guardian: null }, clock);
  await record(trx, { kind: "person-created", payload: { person: id }, person: id }, clock);
  return row;
}

/**
 * Seals a name for somebody who will be a person of this id, and makes the key (a crash leaves a key of nothing).
 * Errors: `bad-input` for a name that is none.
 */
export async function sealName(trx: Trx, keys: KeyStore, id: Id, name: string): Promise<Buffer> {
  const plain = checked(name, "name");
  if (plain === null) throw new AssentError("bad-input", "a name is needed here");
  await keys.create(contactKey(id));
  return must(await sealField(trx, keys, id, "name", plain), "the sealed name");
}

/** Whether somebody of that id has joined: a child may be invited before. */
export async function hasJoined(db: Db, person: Id): Promise<boolean> {
  const row = await db.selectFrom("person").select("id").where("id", "=", person).executeTakeFirst();
  return row !== undefined;
}

/** The key of what a person tells about themself. */
export function contactKey(id: Id): KeyRef {
  return { kind: "person", id, group: "contact" };
}

function checked(text: string | undefined, field: ContactField): string | null {
  const trimmed = text?.trim().normalize("NFC") ?? "";
  if (trimmed === "") return null;
  if (trimmed.length > LONGEST[field] || /\p{Cc}/u.test(trimmed)) {
    throw new AssentError("bad-input", `the ${field} must have at most ${LONGEST[field]} plain characters`);
  }
  return trimmed;
}

/** An address as it is kept. Errors: `bad-input` for one that is none. */
export function checkedEmail(text: string): string {
  const plain = checked(text, "email");
  if (plain === null || !EMAIL.test(plain)) {
    throw new AssentError("bad-input", "this is no e-mail address", {
      remedy: "Give it as name@example.org.",
    });
  }
  return plain;
}

async function sealField(
  trx: Trx,
  keys: KeyStore,
  person: Id,
  field: ContactField,
  text: string | null,
): Promise<Buffer | null> {
  if (text === null) return null;
  await holdSealing(trx, contactKey(person));
  return sealText(keys, contactKey(person), text, purpose(person, field));
}

function purpose(person: Id, field: ContactField): string {
  return `person-${field}:${person}`;
}

/** Seals a person's name and address, or the name of a child who is invited, by the newest of their keys; whether there was any to seal. */
export async function sealContactAgain(trx: Trx, keys: KeyStore, id: Id): Promise<boolean> {
  const person = await trx
    .selectFrom("person")
    .selectAll()
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  const invited = await trx
    .selectFrom("invitation")
    .select(["id", "child_sealed"])
    .where("child_id", "=", id)
    .forUpdate()
    .execute();
  const again = (sealed: Buffer | null, field: ContactField): Promise<Buffer | null> =>
    sealTextAgain(keys, contactKey(id), sealed, purpose(id, field));
  const name = await again(person?.name_sealed ?? null, "name");
  const email = await again(person?.email_sealed ?? null, "email");
  if (name) await trx.updateTable("person").set({ name_sealed: name }).where("id", "=", id).execute();
  if (email) await trx.updateTable("person").set({ email_sealed: email }).where("id", "=", id).execute();
  let some = name !== null || email !== null;
  for (const { id: invitation, child_sealed } of invited) {
    const child = await again(child_sealed, "name");
    if (!child) continue;
    await trx.updateTable("invitation").set({ child_sealed: child }).where("id", "=", invitation).execute();
    some = true;
  }
  return some;
}

/** Errors: `not-found`. */
export async function personById(db: Db, id: Id): Promise<PersonRow> {
  const row = await db.selectFrom("person").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row) throw new AssentError("not-found", `there is no person ${id}`);
  return row;
}

/** Unseals what the person told about themself. Errors: `key-gone` for somebody who is being erased. */
export async function openContact(
  keys: KeyStore,
  person: Pick<PersonRow, "id" | "name_sealed" | "email_sealed">,
): Promise<Contact> {
  if (person.name_sealed === null && person.email_sealed === null) return { name: null, email: null };
  return keys.withKey(contactKey(person.id), (key) => {
    const open = (sealed: Buffer | null, field: ContactField): string | null => {
      if (sealed === null) return null;
      const plain = openSealed(key, sealed, purpose(person.id, field));
      const text = Buffer.from(plain).toString("utf8");
      wipe(plain);
      return text;
    };
    return { name: open(person.name_sealed, "name"), email: open(person.email_sealed, "email") };
  });
}

/**
 * Seals another address in the place of the one there was; it is not verified. `holder` says who gave it: the person, or a
 * guardian. Errors: `bad-input` for one that is none; `not-found`.
 */
export async function setEmail(
  trx: Trx,
  keys: KeyStore,
  holder: Holder,
  email: string,
  clock: Clock,
): Promise<void> {
  const plain = checkedEmail(email);
  const { person } = holder;
  const done = await trx
    .updateTable("person")
    .set({ email_sealed: await sealField(trx, keys, person, "email", plain) })
    .where("id", "=", person)
    .executeTakeFirst();
  if (done.numUpdatedRows === 0n) throw new AssentError("not-found", `there is no person ${person}`);
  await giveAddress(trx, holder, clock);
  await record(trx, { kind: "address-set", payload: { person }, person }, clock);
}

/**
 * Seals another name in the place of the one there was. Errors: `bad-input` for one that is none; `not-found`.
 */
export async function setName(
  trx: Trx,
  keys: KeyStore,
  person: Id,
  name: string,
  clock: Clock,
): Promise<void> {
  const sealed = await sealName(trx, keys, person, name);
  const done = await trx
    .updateTable("person")
    .set({ name_sealed: sealed })
    .where("id", "=", person)
    .executeTakeFirst();
  if (done.numUpdatedRows === 0n) throw new AssentError("not-found", `there is no person ${person}`);
  await record(trx, { kind: "name-set", payload: { person }, person }, clock);
}

/** The language in which a person is written to. Errors: `not-found`. */
export async function setLanguage(trx: Trx, person: Id, language: Language, clock: Clock): Promise<void> {
  const done = await trx.updateTable("person").set({ language }).where("id", "=", person).executeTakeFirst();
  if (done.numUpdatedRows === 0n) throw new AssentError("not-found", `there is no person ${person}`);
  await record(trx, { kind: "language-set", payload: { person, language }, person }, clock);
}

/** Forgets name, address or both; what was sealed stays unreadable once the key is destroyed. Returns what there was. */
export async function clearContact(
  trx: Trx,
  person: Id,
  fields: readonly ContactField[],
  clock: Clock,
): Promise<number> {
  const before = await trx
    .selectFrom("person")
    .selectAll()
    .where("id", "=", person)
    .forUpdate()
    .executeTakeFirst();
  if (!before) throw new AssentError("not-found", `there is no person ${person}`);
  const there = fields.filter((field) => before[`${field}_sealed`] !== null);
  if (fields.includes("email")) await forgetAddress(trx, person, clock);
  if (there.length === 0) return 0;
  await trx
    .updateTable("person")
    .set(Object.fromEntries(there.map((field) => [`${field}_sealed`, null])))
    .where("id", "=", person)
    .execute();
  await record(trx, { kind: "contact-cleared", payload: { person, fields: there.length }, person }, clock);
  return there.length;
}
