import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { newId, systemClock, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  alteredEntries,
  canonicalJson,
  commitment,
  entriesOf,
  forgetEntriesOf,
  record,
  type NewEntry,
} from "./index.ts";

/** Any JSON value as a database may give it back: no -0, which JSON does not know. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/** The same value with the members of every object in another order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, member]) => [key, turned(member)] as const)
        .toReversed(),
    );
  }
  return value;
}

describe("canonical JSON", () => {
  test("is JSON of the same value, so that values that differ give texts that differ", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  test("does not depend on the order of members", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(turned(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test("has no blanks, sorts by code unit, and leaves out what is undefined", () => {
    expect(canonicalJson({ b: [1, { z: null, a: "é" }], B: true, a: undefined })).toBe(
      '{"B":true,"b":[1,{"a":"é","z":null}]}',
    );
    expect(canonicalJson([undefined, 1])).toBe("[null,1]");
    expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
  });
});

describe("a commitment", () => {
  const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
  const at = new Date("2026-06-01T12:00:00.500Z");
  const leaf = (
    change: { salt?: Uint8Array; kind?: string; at?: Date; payload?: NewEntry["payload"] } = {},
  ) =>
    commitment(
      change.salt ?? salt,
      change.kind ?? "photo-added",
      change.at ?? at,
      change.payload ?? { photo: "p", n: 1 },
    ).toString("hex");

  test("is SHA-256 over the salt and the canonical JSON", () => {
    const text = '{"at":"2026-06-01T12:00:00.500Z","kind":"photo-added","payload":{"n":1,"photo":"p"}}';
    expect(leaf()).toBe(createHash("sha256").update(salt).update(text).digest("hex"));
  });

  test("changes with any of its parts, by a bit, a millisecond or a letter", () => {
    const leaves = [
      leaf(),
      leaf({ salt: salt.with(15, 16) }),
      leaf({ kind: "photo-addee" }),
      leaf({ at: new Date(at.getTime() + 1) }),
      leaf({ payload: { photo: "q", n: 1 } }),
      leaf({ payload: { photo: "p", n: 2 } }),
      leaf({ payload: { photo: "p" } }),
      leaf({ payload: { photo: "p", n: "1" } }),
      leaf({ payload: { photo: "p", n: 1, more: null } }),
    ];
    expect(new Set(leaves).size).toBe(leaves.length);
    expect(leaf({ payload: { n: 1, photo: "p" } })).toBe(leaf());
  });
});

describe("the log", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  const write = (entry: NewEntry): Promise<Id> =>
    inTransaction(database.db, (trx) => record(trx, entry, systemClock));

  test("gives back whatever was recorded, unaltered, after the database had it", async () => {
    // PostgreSQL refuses the character NUL in texts, and half of a surrogate pair is no text.
    const texts = fc
      .string({ unit: "grapheme" })
      .filter((text) => !text.includes("\0") && text.isWellFormed());
    const payloads = fc.dictionary(
      texts,
      fc.oneof(
        texts,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
      { maxKeys: 5 },
    );
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        const person = newId();
        const id = await write({ kind: "tried", payload, person });
        const [entry] = await entriesOf(database.db, person);
        expect(entry).toMatchObject({ id, kind: "tried", person });
        expect(canonicalJson(entry?.payload)).toBe(canonicalJson(payload));
        expect(await alteredEntries(database.db)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test("keeps the order of a person's entries and no other person's", async () => {
    const person = newId();
    const first = await write({ kind: "first", payload: {}, person });
    await write({ kind: "another's", payload: {}, person: newId() });
    await write({ kind: "nobody's", payload: {} });
    const second = await write({ kind: "second", payload: {}, person });
    expect((await entriesOf(database.db, person)).map((entry) => entry.id)).toEqual([first, second]);
  });

  test.each([
    ["payload", sql`payload = payload || '{"faces": 3}'`],
    ["kind", sql`kind = 'photo-removed'`],
    ["time", sql`at = at + interval '1 millisecond'`],
    ["salt", sql`salt = ${randomBytes(16)}`],
  ])("shows an entry whose %s was altered", async (_, change) => {
    const id = await write({ kind: "photo-scanned", payload: { faces: 2 } });
    const before = await alteredEntries(database.db);
    expect(before).not.toContain(id);
    await sql`update entry_payload set ${change} where entry_id = ${id}`.execute(database.db);
    expect(await alteredEntries(database.db)).toEqual([...before, id]);
    // Whatever is read at a time.
    expect(await alteredEntries(database.db, 2)).toEqual([...before, id]);
  });

  test("forgets a person's payloads with their salts, and keeps every leaf", async () => {
    const [person, other] = [newId(), newId()];
    for (const one of [person, person, other])
      await write({ kind: "consent-given", payload: {}, person: one });
    const leaves = await database.db.selectFrom("entry").selectAll().orderBy("sequence").execute();
    const altered = await alteredEntries(database.db);
    expect(await inTransaction(database.db, (trx) => forgetEntriesOf(trx, person))).toBe(2);
    expect(await entriesOf(database.db, person)).toEqual([]);
    expect(await entriesOf(database.db, other)).toHaveLength(1);
    expect(await database.db.selectFrom("entry").selectAll().orderBy("sequence").execute()).toEqual(leaves);
    expect(await alteredEntries(database.db)).toEqual(altered);
    expect(await inTransaction(database.db, (trx) => forgetEntriesOf(trx, person))).toBe(0);
  });

  test("has no entry of a change that was undone", async () => {
    const person = newId();
    const undone = inTransaction(database.db, async (trx) => {
      await record(trx, { kind: "undone", payload: {}, person }, systemClock);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await entriesOf(database.db, person)).toEqual([]);
  });
});
