import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { boxAt, scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import { entriesOf } from "../audit/index.ts";
import { matchPermits, Permit } from "../consent/index.ts";
import { newId, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  confirm,
  matchesIn,
  matchesOf,
  recordMachineMatches,
  reject,
  rejectedOn,
  retract,
  tag,
  type FaceDecision,
} from "./index.ts";

let database: TestDatabase;
let keys: KeyStore;
let removeKeys: () => Promise<void>;
let here: Scene;
const clock = testClock();
const source = { packId: "pack", policyVersion: "v" };

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

async function decided(collection: Id, ...decisions: FaceDecision[]) {
  const permits = await matchPermits(database.db, collection, clock);
  return inTransaction(database.db, (trx) => recordMachineMatches(trx, decisions, permits, source, clock));
}

const human = (what: typeof tag, face: Id, person: Id, by = "staff") =>
  inTransaction(database.db, (trx) => what(trx, { face, person, by }, clock));

async function statesOf(photo: Id): Promise<Record<Id, Record<Id, string>>> {
  const found: Record<Id, Record<Id, string>> = {};
  for (const [face, matches] of await matchesIn(database.db, [photo])) {
    found[face] = Object.fromEntries(matches.map((match) => [match.person, match.state]));
  }
  return found;
}

/** A collection with a photo of two faces and two people who may be found in it. */
async function twoOfTwo() {
  const { id: collection } = await here.collection();
  const { person: anna } = await here.enrolled(collection);
  const { person: ben } = await here.enrolled(collection);
  const photo = await here.photo(collection, [boxAt(100), boxAt(500)]);
  const [left, right] = photo.faces as [Id, Id];
  return { collection, anna, ben, photo: photo.id, left, right };
}

describe("machine matches", () => {
  test("a decision is recorded with pack and policy, and is found from person and photo", async () => {
    const { collection, anna, ben, photo, left, right } = await twoOfTwo();
    const done = await decided(
      collection,
      { face: left, state: "matched", persons: [anna] },
      { face: right, state: "asked", persons: [anna, ben] },
    );
    expect(done).toEqual({ matched: 1, asked: 1, changed: [photo] });
    expect(await statesOf(photo)).toEqual({
      [left]: { [anna]: "matched" },
      [right]: { [anna]: "asked", [ben]: "asked" },
    });
    expect(await matchesOf(database.db, anna)).toMatchObject([
      { face: left, photo, box: boxAt(100), origin: "machine", state: "matched", fileName: "a.jpg" },
      { face: right, photo, state: "asked" },
    ]);
    const rows = await database.db.selectFrom("match").selectAll().where("face_id", "=", left).execute();
    expect(rows).toMatchObject([{ pack_id: "pack", policy_version: "v", decided_by: null }]);
  });

  test("no column of a match holds a score", async () => {
    const { collection, anna, left } = await twoOfTwo();
    await decided(collection, { face: left, state: "matched", persons: [anna] });
    const row = await database.db
      .selectFrom("match")
      .selectAll()
      .where("face_id", "=", left)
      .executeTakeFirst();
    expect(Object.values(row ?? {}).filter((value) => typeof value === "number")).toEqual([]);
  });

  test("a later decision takes the place of an earlier one, and the same one changes nothing", async () => {
    const { collection, anna, ben, photo, left } = await twoOfTwo();
    await decided(collection, { face: left, state: "matched", persons: [anna] });
    const again = await decided(collection, { face: left, state: "matched", persons: [anna] });
    expect(again.changed).toEqual([]);
    await decided(collection, { face: left, state: "matched", persons: [ben] });
    expect(await statesOf(photo)).toEqual({ [left]: { [ben]: "matched" } });
    const gone = await decided(collection, { face: left, state: "none", persons: [] });
    expect(gone.changed).toEqual([photo]);
    expect(await statesOf(photo)).toEqual({});
  });

  test("a person without a permit is refused, and so is a permit that the gate did not make", async () => {
    const { collection, anna, ben, photo, left } = await twoOfTwo();
    const permits = await matchPermits(database.db, collection, clock);
    const write = (some: readonly Permit<"match">[]) =>
      inTransaction(database.db, (trx) =>
        recordMachineMatches(trx, [{ face: left, state: "matched", persons: [anna] }], some, source, clock),
      );
    await expect(write(permits.filter((permit) => permit.person === ben))).rejects.toMatchObject({
      code: "no-consent",
    });
    const forged = permits
      .filter((permit) => permit.person === anna)
      .map((permit) => Object.assign({}, permit));
    expect(forged).toHaveLength(1);
    await expect(write(forged)).rejects.toMatchObject({ code: "no-consent" });
    expect(await statesOf(photo)).toEqual({});
  });

  test("a permit of another collection does not cover the face", async () => {
    const one = await twoOfTwo();
    const other = await twoOfTwo();
    await here.consent(one.anna, "find-me", other.collection);
    const permits = await matchPermits(database.db, other.collection, clock);
    expect(permits.some((permit) => permit.person === one.anna)).toBe(true);
    await expect(
      inTransaction(database.db, (trx) =>
        recordMachineMatches(
          trx,
          [{ face: one.left, state: "matched", persons: [one.anna] }],
          permits,
          source,
          clock,
        ),
      ),
    ).rejects.toMatchObject({ code: "no-consent" });
  });

  test("the database itself refuses a machine match without consent", async () => {
    const { collection, photo, left } = await twoOfTwo();
    const stranger = await here.person();
    const insert = sql`insert into match (face_id, person_id, origin, state, pack_id, policy_version, decided_at)
      values (${left}, ${stranger}, 'machine', 'matched', 'pack', 'v', now())`;
    await expect(insert.execute(database.db)).rejects.toMatchObject({ code: "AS001" });
    expect(await statesOf(photo)).toEqual({});
    await here.consent(stranger, "find-me", collection);
    await insert.execute(database.db);
    expect(await statesOf(photo)).toEqual({ [left]: { [stranger]: "matched" } });
  });

  test("a face marked `do not match` is left alone", async () => {
    const { collection, anna, photo, left } = await twoOfTwo();
    await database.db.updateTable("face").set({ do_not_match: true }).where("id", "=", left).execute();
    await decided(collection, { face: left, state: "matched", persons: [anna] });
    expect(await statesOf(photo)).toEqual({});
  });
});

describe("human decisions", () => {
  test("stay as they are when the machine decides again", async () => {
    const { collection, anna, ben, photo, left, right } = await twoOfTwo();
    await human(tag, left, ben);
    await human(reject, right, anna);
    await decided(
      collection,
      { face: left, state: "matched", persons: [anna] },
      { face: right, state: "asked", persons: [anna, ben] },
    );
    expect(await statesOf(photo)).toEqual({
      [left]: { [ben]: "confirmed" },
      [right]: { [anna]: "rejected", [ben]: "asked" },
    });
  });

  test("the database refuses to turn a rejection into a suggestion", async () => {
    const { anna, left } = await twoOfTwo();
    await human(reject, left, anna);
    await expect(
      sql`update match set state = 'asked', origin = 'machine', pack_id = 'p', policy_version = 'v'
          where face_id = ${left} and person_id = ${anna}`.execute(database.db),
    ).rejects.toMatchObject({ code: "AS003" });
  });

  test("confirming one of two suggestions removes the other", async () => {
    const { collection, anna, ben, photo, left } = await twoOfTwo();
    await decided(collection, { face: left, state: "asked", persons: [anna, ben] });
    await human(confirm, left, ben, ben);
    expect(await statesOf(photo)).toEqual({ [left]: { [ben]: "confirmed" } });
  });

  test("what was not suggested cannot be confirmed", async () => {
    const { anna, left } = await twoOfTwo();
    await expect(human(confirm, left, anna)).rejects.toMatchObject({ code: "not-found" });
  });

  test("a tag needs no consent to be found by machine, and drops the suggestions", async () => {
    const { collection, anna, ben, photo, left } = await twoOfTwo();
    const cleo = await here.person();
    await decided(collection, { face: left, state: "asked", persons: [anna, ben] });
    await human(tag, left, cleo);
    expect(await statesOf(photo)).toEqual({ [left]: { [cleo]: "confirmed" } });
    expect(await matchesOf(database.db, cleo)).toMatchObject([{ origin: "hand", state: "confirmed" }]);
  });

  test("a face confirmed as somebody's is nobody else's to tag or confirm", async () => {
    const { anna, ben, left } = await twoOfTwo();
    await human(tag, left, anna);
    await expect(human(tag, left, ben)).rejects.toMatchObject({ code: "conflict" });
    await expect(human(confirm, left, ben)).rejects.toMatchObject({ code: "conflict" });
  });

  test("a rejection is for ever, also for a tag", async () => {
    const { collection, anna, photo, left } = await twoOfTwo();
    await decided(collection, { face: left, state: "matched", persons: [anna] });
    await human(reject, left, anna, anna);
    await expect(human(tag, left, anna)).rejects.toMatchObject({ code: "refused" });
    const matches = await matchesIn(database.db, [photo]);
    expect(rejectedOn(matches.get(left))).toEqual(new Set([anna]));
    expect(await matchesOf(database.db, anna)).toEqual([]);
  });

  test("each is one entry of the person's log, and repeating it adds none", async () => {
    const { anna, left, right, photo } = await twoOfTwo();
    await human(tag, left, anna);
    await human(tag, left, anna);
    await human(reject, right, anna);
    await human(reject, right, anna);
    const entries = (await entriesOf(database.db, anna)).filter((entry) => "face" in entry.payload);
    expect(entries.map(({ kind, payload }) => [kind, payload])).toEqual([
      ["face-tagged", { face: left, photo, person: anna }],
      ["match-rejected", { face: right, photo, person: anna }],
    ]);
  });

  test("of two who tag one face at once, one wins and the other is told", async () => {
    for (let i = 0; i < 8; i++) {
      const { anna, ben, photo, left } = await twoOfTwo();
      const both = await Promise.allSettled([human(tag, left, anna), human(tag, left, ben)]);
      const lost = both.filter((result) => result.status === "rejected");
      expect(lost).toHaveLength(1);
      expect(lost[0]).toMatchObject({ reason: { code: "conflict" } });
      expect(Object.values((await statesOf(photo))[left] ?? {})).toEqual(["confirmed"]);
    }
  });

  test("a tag and a machine match at once leave the tag alone on the face", async () => {
    for (let i = 0; i < 8; i++) {
      const { collection, anna, ben, photo, left } = await twoOfTwo();
      await Promise.all([
        human(tag, left, anna),
        decided(collection, { face: left, state: "matched", persons: [ben] }),
      ]);
      expect(await statesOf(photo)).toEqual({ [left]: { [anna]: "confirmed" } });
    }
  });

  test("an unknown face or person is not found", async () => {
    const { anna, left } = await twoOfTwo();
    await expect(human(tag, newId(), anna)).rejects.toMatchObject({ code: "not-found" });
    await expect(human(tag, left, newId())).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("retracting", () => {
  async function inTwoCollections() {
    const one = await twoOfTwo();
    const other = await here.collection();
    await here.consent(one.anna, "find-me", other.id);
    const photo = await here.photo(other.id, [boxAt(100), boxAt(400)]);
    const [third, fourth] = photo.faces as [Id, Id];
    await decided(one.collection, { face: one.left, state: "matched", persons: [one.anna] });
    await decided(one.collection, { face: one.right, state: "asked", persons: [one.anna, one.ben] });
    await human(reject, one.right, one.anna);
    await decided(other.id, { face: third, state: "asked", persons: [one.anna] });
    await human(confirm, third, one.anna);
    await human(tag, fourth, one.anna);
    return { ...one, otherPhoto: photo.id, third, fourth };
  }

  test("what the machine found goes, the tag and the rejection stay", async () => {
    const { anna, ben, photo, otherPhoto, right, fourth } = await inTwoCollections();
    const gone = await inTransaction(database.db, (trx) =>
      retract(trx, anna, { collections: "all", machineOnly: true, keepRejections: true }, clock),
    );
    expect(gone.counts).toEqual({ matched: 1, asked: 0, confirmed: 1, rejected: 0 });
    expect(new Set(gone.photos)).toEqual(new Set([photo, otherPhoto]));
    expect(await statesOf(photo)).toEqual({ [right]: { [anna]: "rejected", [ben]: "asked" } });
    expect(await statesOf(otherPhoto)).toEqual({ [fourth]: { [anna]: "confirmed" } });
  });

  test("keeps to the collections that it is told", async () => {
    const { anna, collection, photo, left, otherPhoto } = await inTwoCollections();
    const gone = await inTransaction(database.db, (trx) =>
      retract(trx, anna, { collections: [collection], machineOnly: true, keepRejections: true }, clock),
    );
    expect(gone.photos).toEqual([photo]);
    expect((await statesOf(photo))[left]).toBeUndefined();
    expect(Object.keys(await statesOf(otherPhoto))).toHaveLength(2);
  });

  test("everything goes with the person, and others' matches stay", async () => {
    const { anna, ben, photo, right } = await inTwoCollections();
    await inTransaction(database.db, (trx) =>
      retract(trx, anna, { collections: "all", machineOnly: false, keepRejections: false }, clock),
    );
    expect(await statesOf(photo)).toEqual({ [right]: { [ben]: "asked" } });
    expect((await entriesOf(database.db, anna)).at(-1)).toMatchObject({ kind: "matches-retracted" });
  });
});
