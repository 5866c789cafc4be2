import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { DAY_MS, scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import { entriesOf } from "../audit/index.ts";
import { newId, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  acceptBoth,
  clearContact,
  conflicts,
  DESK_LIMIT,
  enrol,
  enrolmentsOf,
  freeze,
  openContact,
  personById,
  twins,
  type NewEnrolment,
} from "./index.ts";

let database: TestDatabase;
let keys: KeyStore;
let removeKeys: () => Promise<void>;
let here: Scene;
const clock = testClock();

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  keys = store.keys;
  removeKeys = () => store.remove();
  here = scene(database.db, keys, clock);
});
afterAll(async () => {
  await database.close();
  await removeKeys();
});

describe("a person", () => {
  test("has name and address sealed, and opens to what was given", async () => {
    const id = await here.person({ name: "  Zoë Exemplaire ", email: "zoe@example.org" });
    const row = await personById(database.db, id);
    expect(await openContact(keys, row)).toEqual({ name: "Zoë Exemplaire", email: "zoe@example.org" });
    const { rows } = await sql<{ text: string }>`
      select encode(name_sealed, 'escape') || encode(email_sealed, 'escape') as text
      from person where id = ${id}`.execute(database.db);
    expect(rows[0]?.text).not.toMatch(/Zo|example/);
    const entries = await database.db.selectFrom("entry_payload").select("payload").execute();
    expect(JSON.stringify(entries)).not.toMatch(/Zo|example/);
  });

  test("may be nameless", async () => {
    const row = await personById(database.db, await here.person());
    expect(await openContact(keys, row)).toEqual({ name: null, email: null });
  });

  test("cannot be read once the contact key is doomed", async () => {
    const id = await here.person({ name: "Zoë" });
    await keys.doom({ kind: "person", id, group: "contact" });
    await expect(openContact(keys, await personById(database.db, id))).rejects.toMatchObject({
      code: "key-gone",
    });
  });

  test("name and address cannot trade places, nor move to somebody else", async () => {
    const one = await personById(database.db, await here.person({ name: "a", email: "b@c" }));
    const swapped = { ...one, name_sealed: one.email_sealed, email_sealed: one.name_sealed };
    await expect(openContact(keys, swapped)).rejects.toMatchObject({ code: "signature" });
    const other = await personById(database.db, await here.person({ name: "d" }));
    await expect(openContact(keys, { ...other, name_sealed: one.name_sealed })).rejects.toMatchObject({
      code: "signature",
    });
  });

  test("has an address that is one, and a name in one line", async () => {
    await expect(here.person({ email: "nobody" })).rejects.toMatchObject({ code: "bad-input" });
    await expect(here.person({ name: "a\nb" })).rejects.toMatchObject({ code: "bad-input" });
    await expect(here.person({ name: "a".repeat(201) })).rejects.toMatchObject({ code: "bad-input" });
  });

  test("can take the address back and keep the name", async () => {
    const id = await here.person({ name: "a", email: "b@c" });
    const clear = () => inTransaction(database.db, (trx) => clearContact(trx, id, ["email"], clock));
    expect([await clear(), await clear()]).toEqual([1, 0]);
    expect(await openContact(keys, await personById(database.db, id))).toEqual({ name: "a", email: null });
  });

  test("who does not exist is not found", async () => {
    await expect(personById(database.db, newId())).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("enrolling", () => {
  async function enrolSomebody(collection: Id, part: Partial<NewEnrolment> = {}) {
    const person = await here.person();
    return inTransaction(database.db, (trx) =>
      enrol(trx, { person, collection, givenHow: "desk", staff: "clerk", state: "vouched", ...part }, clock),
    );
  }

  test("at a desk stands under the name of who vouches, and is an entry", async () => {
    const { id } = await here.collection();
    const made = await enrolSomebody(id);
    expect(made).toMatchObject({ collection: id, state: "vouched", givenHow: "desk", staff: "clerk" });
    expect(await enrolmentsOf(database.db, made.person)).toEqual([made]);
    expect((await entriesOf(database.db, made.person)).at(-1)).toMatchObject({
      kind: "person-enrolled",
      payload: { enrolment: made.id, givenHow: "desk" },
    });
  });

  test("at a desk or on paper needs somebody who vouches", async () => {
    const { id } = await here.collection();
    for (const part of [{ staff: null }, { staff: " " }, { state: "live" }] as const) {
      await expect(enrolSomebody(id, part)).rejects.toMatchObject({ code: "bad-input" });
    }
    await expect(
      enrolSomebody(id, { givenHow: "own-device", staff: null, state: "vouched" }),
    ).rejects.toMatchObject({ code: "bad-input" });
    await expect(
      enrolSomebody(id, { givenHow: "own-device", staff: null, state: "provisional" }),
    ).resolves.toMatchObject({ state: "provisional" });
  });

  test("is refused once joining has closed", async () => {
    const { id } = await here.collection();
    await enrolSomebody(id);
    await database.db
      .updateTable("collection")
      .set({ joining_closed_at: clock.now() })
      .where("id", "=", id)
      .execute();
    await expect(enrolSomebody(id)).rejects.toMatchObject({ code: "refused" });
    const { id: other } = await here.collection();
    await database.db
      .updateTable("collection")
      .set({ join_until: clock.now() })
      .where("id", "=", other)
      .execute();
    await expect(enrolSomebody(other)).rejects.toMatchObject({ code: "refused" });
  });

  test("more than twenty a day by one account needs a second person", async () => {
    const { id } = await here.collection();
    const staff = "busy";
    for (let i = 0; i < DESK_LIMIT; i++) {
      await enrolSomebody(id, { staff, givenHow: i % 2 ? "paper" : "desk" });
    }
    await expect(enrolSomebody(id, { staff })).rejects.toMatchObject({ code: "refused" });
    await expect(enrolSomebody(id, { staff, secondStaff: staff })).rejects.toMatchObject({
      code: "bad-input",
    });
    const seconded = await enrolSomebody(id, { staff, secondStaff: "colleague" });
    expect((await entriesOf(database.db, seconded.person)).at(-1)?.payload).toMatchObject({
      secondStaff: "colleague",
    });
    await expect(enrolSomebody(id, { staff: "another" })).resolves.toBeDefined();
    await expect(
      enrolSomebody(id, { givenHow: "own-device", staff: null, state: "live" }),
    ).resolves.toBeDefined();
    clock.advance(DAY_MS);
    await expect(enrolSomebody(id, { staff })).resolves.toBeDefined();
  });

  test("two at once cannot both be the last within the limit", async () => {
    const { id } = await here.collection();
    const staff = "racing";
    for (let i = 0; i < DESK_LIMIT - 1; i++) await enrolSomebody(id, { staff });
    const both = await Promise.allSettled([enrolSomebody(id, { staff }), enrolSomebody(id, { staff })]);
    expect(both.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("a conflict", () => {
  async function twoAlike() {
    const { id } = await here.collection();
    const earlier = await here.enrolled(id);
    const later = await here.enrolled(id);
    await inTransaction(database.db, (trx) =>
      freeze(trx, later.enrolment, [earlier.person, earlier.person], clock),
    );
    return { earlier, later, collection: id };
  }

  test("freezes the new claim and is shown to the officer, but tells neither who the other is", async () => {
    const { earlier, later, collection } = await twoAlike();
    const [enrolment] = await enrolmentsOf(database.db, later.person);
    expect(enrolment?.state).toBe("frozen");
    const open = (await conflicts(database.db)).filter((conflict) => conflict.person === later.person);
    expect(open).toMatchObject([{ enrolment: later.enrolment, earlierPerson: earlier.person, collection }]);
    const told = JSON.stringify(await entriesOf(database.db, later.person));
    expect(told).toContain("enrolment-frozen");
    expect(told).not.toContain(earlier.person);
    expect(await twins(database.db)).toEqual(new Map());
  });

  test("settled as two real people makes them twins for ever, each of the other", async () => {
    const { earlier, later } = await twoAlike();
    const settle = () =>
      inTransaction(database.db, (trx) => acceptBoth(trx, later.enrolment, "officer", clock));
    await settle();
    const [enrolment] = await enrolmentsOf(database.db, later.person);
    expect(enrolment).toMatchObject({ state: "vouched", staff: "officer" });
    const pairs = await twins(database.db);
    expect(pairs.get(earlier.person)).toEqual(new Set([later.person]));
    expect(pairs.get(later.person)).toEqual(new Set([earlier.person]));
    expect((await conflicts(database.db)).some((conflict) => conflict.person === later.person)).toBe(false);
    await expect(settle()).rejects.toMatchObject({ code: "not-found" });
  });
});
