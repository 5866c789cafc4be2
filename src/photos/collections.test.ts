import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { boxAt, DAY_MS, scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import { newId } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  channelName,
  chipsAllowed,
  closeJoining,
  collectionById,
  collectionByName,
  deleteCollection,
  joiningToClose,
  listCollections,
} from "./index.ts";

let database: TestDatabase;
let keys: KeyStore;
let removeKeys: () => Promise<void>;
let here: Scene;
const clock = testClock();
const inDays = (days: number) => new Date(clock.now().getTime() + days * DAY_MS);

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

describe("a collection", () => {
  test("is found by its name in any spelling of capitals, with its channels", async () => {
    const made = await here.collection({
      name: " Été 2026 ",
      channels: [{ name: "Website" }, { name: "press", public: false }],
    });
    expect(made.name).toBe("Été 2026");
    const found = await collectionByName(database.db, "éTÉ 2026");
    expect(found).toEqual(await collectionById(database.db, made.id));
    expect(found.channels).toEqual([
      { name: "press", public: false },
      { name: "website", public: true },
    ]);
  });

  test("of a name that is taken exists already, and of two made at once one is", async () => {
    await here.collection({ name: "taken" });
    await expect(here.collection({ name: "TAKEN" })).rejects.toMatchObject({ code: "exists" });
    const both = await Promise.allSettled([
      here.collection({ name: "race" }),
      here.collection({ name: "Race" }),
    ]);
    expect(both.filter((result) => result.status === "rejected")).toMatchObject([
      { reason: { code: "exists" } },
    ]);
  });

  test("that is not there is not found", async () => {
    await expect(collectionByName(database.db, "nowhere")).rejects.toMatchObject({ code: "not-found" });
    await expect(collectionById(database.db, newId())).rejects.toMatchObject({ code: "not-found" });
  });

  test("is joined for ninety days unless told, and never beyond the retention date", async () => {
    const long = await here.collection();
    const days = (long.join_until.getTime() - long.created_at.getTime()) / DAY_MS;
    expect(days).toBe(90);
    const short = await here.collection({ retainUntil: inDays(10) });
    expect(short.join_until).toEqual(short.retain_until);
    const told = inDays(5);
    expect((await here.collection({ joinUntil: told })).join_until).toEqual(told);
  });

  test.each([
    ["an empty name", { name: "  " }],
    ["a name with a line break", { name: "a\0b" }],
    ["an empty purpose", { purpose: "" }],
    ["no attestation", { attestation: " " }],
    ["a retention date in the past", { retainUntil: inDays(-1) }],
    ["a retention date that is none", { retainUntil: new Date(Number.NaN) }],
    ["joining after the retention date", { retainUntil: inDays(10), joinUntil: inDays(11) }],
    ["joining that has ended", { joinUntil: inDays(-1) }],
    ["the built-in channel", { channels: [{ name: "Companions" }] }],
    ["a channel twice", { channels: [{ name: "web" }, { name: "WEB" }] }],
    ["a channel that is a path", { channels: [{ name: "../web" }] }],
    ["match-only without matching", { matching: "off", matchOnly: "all-cleared" }],
  ] as const)("with %s is refused, saying what is wrong", async (_, part) => {
    await expect(here.collection(part)).rejects.toMatchObject({ code: "bad-input" });
  });

  test("has a key for chips with matching on alone", async () => {
    const on = await here.collection();
    const off = await here.collection({ matching: "off" });
    expect(await keys.has({ kind: "chips", id: on.id })).toBe(true);
    expect(await keys.has({ kind: "chips", id: off.id })).toBe(false);
  });

  test("is listed with what it holds", async () => {
    const { id } = await here.collection({ name: "counted", channels: [] });
    await here.photo(id, [boxAt(1), boxAt(300)]);
    await here.photo(id, []);
    const { person } = await here.enrolled(id);
    const listed = (await listCollections(database.db)).find((item) => item.id === id);
    expect(listed).toMatchObject({ photos: 2, pending: 0, faces: 2, people: 1, channels: [] });
    expect(listed?.retain_until).toBeInstanceOf(Date);
    expect(JSON.stringify(listed)).not.toContain(person);
  });
});

test("a channel has one form, whatever its capitals and accents are made of", () => {
  expect(channelName(" Re\u0301seaux-Sociaux ")).toBe("réseaux-sociaux");
  expect(() => channelName("a b")).toThrow(expect.objectContaining({ code: "bad-input" }));
});

describe("chips", () => {
  test("are allowed with matching on while joining is open", async () => {
    const on = await here.collection();
    expect(chipsAllowed(on, clock.now())).toBe(true);
    expect(chipsAllowed(on, on.join_until)).toBe(false);
    expect(chipsAllowed({ ...on, joining_closed_at: clock.now() }, clock.now())).toBe(false);
    expect(chipsAllowed(await here.collection({ matching: "off" }), clock.now())).toBe(false);
  });

  test("are let go when joining closes, which says what is of no use any more", async () => {
    const { id } = await here.collection();
    const photo = await here.photo(id, [boxAt(1)], { chips: "chips/aa/one" });
    const other = await here.collection();
    const elsewhere = await here.photo(other.id, [boxAt(1)], { chips: "chips/aa/two" });
    const close = () => inTransaction(database.db, (trx) => closeJoining(trx, id, clock));
    const key = { kind: "chips", id };
    expect(await close()).toEqual({ blobs: ["chips/aa/one"], keys: [key] });
    expect(await close()).toEqual({ blobs: [], keys: [key] });
    const rows = await database.db
      .selectFrom("face")
      .innerJoin("photo", "photo.id", "face.photo_id")
      .select(["photo.id", "photo.chips", "face.chip"])
      .where("photo.id", "in", [photo.id, elsewhere.id])
      .execute();
    expect(rows).toContainEqual({ id: photo.id, chips: null, chip: null });
    expect(rows).toContainEqual({ id: elsewhere.id, chips: "chips/aa/two", chip: 0 });
  });

  test("joining that has ended by date is found, to be closed", async () => {
    const { id } = await here.collection();
    await database.db
      .updateTable("collection")
      .set({ join_until: clock.now() })
      .where("id", "=", id)
      .execute();
    expect(await joiningToClose(database.db, clock)).toContain(id);
    await inTransaction(database.db, (trx) => closeJoining(trx, id, clock));
    expect(await joiningToClose(database.db, clock)).not.toContain(id);
  });
});

describe("deleting a collection", () => {
  test("takes everything of it along, consents too, and leaves the rest", async () => {
    const { id } = await here.collection();
    const photo = await here.photo(id, [boxAt(1)], { chips: "chips/aa/x" });
    const { person } = await here.enrolled(id);
    const other = await here.collection();
    await here.consent(person, "find-me", other.id);
    const left = await inTransaction(database.db, (trx) => deleteCollection(trx, id, "a tester", clock));
    expect(left.keys).toEqual([{ kind: "chips", id }]);
    expect(left.blobs).toHaveLength(2);
    expect(left.blobs).toContain("chips/aa/x");
    const faces = await database.db
      .selectFrom("face")
      .select("id")
      .where("photo_id", "=", photo.id)
      .execute();
    expect(faces).toEqual([]);
    const consents = await database.db
      .selectFrom("consent_event")
      .select("collection_id")
      .where("person_id", "=", person)
      .execute();
    expect(consents).toEqual([{ collection_id: other.id }]);
    // The record is append-only again.
    await expect(
      sql`delete from consent_event where person_id = ${person}`.execute(database.db),
    ).rejects.toMatchObject({ code: "AS002" });
  });

  test("keeps the original that another collection has too", async () => {
    const [one, two] = [await here.collection(), await here.collection()];
    const first = await here.photo(one.id, []);
    const second = await here.photo(two.id, []);
    await sql`update photo set blob = (select blob from photo where id = ${second.id}) where id = ${first.id}`.execute(
      database.db,
    );
    const left = await inTransaction(database.db, (trx) => deleteCollection(trx, one.id, "a tester", clock));
    expect(left.blobs).toEqual([]);
    const last = await inTransaction(database.db, (trx) => deleteCollection(trx, two.id, "a tester", clock));
    expect(last.blobs).toHaveLength(1);
  });

  test("that is not there is not found", async () => {
    await expect(
      inTransaction(database.db, (trx) => deleteCollection(trx, newId(), "a tester", clock)),
    ).rejects.toMatchObject({ code: "not-found" });
  });
});
