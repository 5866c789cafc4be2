import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { boxAt, scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import { newId, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  addPhoto,
  clearFace,
  closeJoining,
  doNotMatch,
  faceById,
  facesIn,
  facesOf,
  isAllCleared,
  landmarksOf,
  markFace,
  pendingPhotos,
  photoById,
  photosForRescan,
  recordScan,
  replaceChips,
  type Scan,
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

const add = (collection: Id, digest = randomBytes(32).toString("hex")) =>
  inTransaction(database.db, (trx) =>
    addPhoto(
      trx,
      { collection, digest, blob: "originals/aa/b", fileName: "sub/a.jpg", mediaType: "image/jpeg" },
      clock,
    ),
  );
const write = (scan: Scan) => inTransaction(database.db, (trx) => recordScan(trx, scan, clock));

function scanOf(photo: Id, part: Partial<Scan> = {}): Scan {
  const face = {
    id: newId(),
    box: boxAt(10),
    landmarks: {
      leftEye: { x: 1.5, y: 2 },
      rightEye: { x: 3, y: 4 },
      nose: { x: 5, y: 6 },
      leftMouth: { x: 7, y: 8 },
      rightMouth: { x: 9, y: 10.25 },
    },
    detection: "certain",
    norm: 12,
    frontality: 0.5,
    matchable: true,
    chip: 0,
  } as const;
  return {
    photo,
    packId: "pack",
    size: { width: 2000, height: 1000 },
    takenAt: null,
    faces: [face],
    chips: "chips/aa/b",
    ...part,
  };
}

describe("adding photos", () => {
  test("takes the same bytes once, also when they come twice at once", async () => {
    const { id } = await here.collection();
    const digest = randomBytes(32).toString("hex");
    const results = await Promise.all([add(id, digest), add(id, digest), add(id, digest)]);
    expect(new Set(results.map((result) => result.id)).size).toBe(1);
    expect(results.filter((result) => result.added)).toHaveLength(1);
    const entries = await database.db
      .selectFrom("entry_payload")
      .selectAll()
      .where("kind", "=", "photo-added")
      .execute();
    expect(entries).toHaveLength(1);
    expect(JSON.stringify(entries)).not.toContain("a.jpg");
    expect(await add((await here.collection()).id, digest)).toMatchObject({ added: true });
  });

  test("is refused after the retention date, and in no collection", async () => {
    const { id } = await here.collection();
    await database.db
      .updateTable("collection")
      .set({ retain_until: clock.now() })
      .where("id", "=", id)
      .execute();
    await expect(add(id)).rejects.toMatchObject({ code: "refused" });
    await expect(add(newId())).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("a scan", () => {
  test("is recorded once: who comes second is told that another was faster", async () => {
    const { id } = await here.collection();
    const photo = await add(id);
    expect((await pendingPhotos(database.db, id)).map((row) => row.id)).toEqual([photo.id]);
    const both = await Promise.all([write(scanOf(photo.id)), write(scanOf(photo.id))]);
    expect(both.map((result) => result.recorded).sort()).toEqual([false, true]);
    expect(await facesOf(database.db, photo.id)).toHaveLength(1);
    expect(await pendingPhotos(database.db, id)).toEqual([]);
    expect(await photoById(database.db, photo.id)).toMatchObject({
      state: "scanned",
      width: 2000,
      pack_id: "pack",
      chips: "chips/aa/b",
    });
  });

  test("keeps boxes and landmarks as they were found", async () => {
    const photo = await add((await here.collection()).id);
    const scan = scanOf(photo.id);
    await write(scan);
    const [face] = await facesOf(database.db, photo.id);
    expect(face).toMatchObject({ id: scan.faces[0]?.id, ...boxAt(10), detection: "certain", chip: 0 });
    expect(landmarksOf(face!)).toEqual(scan.faces[0]?.landmarks);
    expect((await facesIn(database.db, [photo.id, newId()])).get(photo.id)).toEqual([face]);
  });

  test("of a photo that is gone is not recorded", async () => {
    expect(await write(scanOf(newId()))).toEqual({ recorded: false, chipsKept: false });
  });

  test("keeps no chips where joining has closed while it ran, or matching is off", async () => {
    const closing = await here.collection();
    const photo = await add(closing.id);
    await inTransaction(database.db, (trx) => closeJoining(trx, closing.id, clock));
    expect(await write(scanOf(photo.id))).toEqual({ recorded: true, chipsKept: false });
    expect(await photoById(database.db, photo.id)).toMatchObject({ state: "scanned", chips: null });
    expect(await facesOf(database.db, photo.id)).toMatchObject([{ chip: null }]);
    const off = await add((await here.collection({ matching: "off" })).id);
    expect(await write(scanOf(off.id))).toMatchObject({ chipsKept: false });
  });
});

test("a rescan goes through the photos with chips, in the order of capture, those without a time last", async () => {
  const { id } = await here.collection();
  const at = (hour: number) => new Date(Date.UTC(2026, 5, 1, hour));
  const chips = () => `chips/aa/${newId()}`;
  const nine = await here.photo(id, [boxAt(1)], { takenAt: at(9), chips: chips() });
  const fourteen = await here.photo(id, [boxAt(1)], { takenAt: at(14), chips: chips() });
  const unknown = await here.photo(id, [boxAt(1)], { chips: chips() });
  await here.photo(id, [boxAt(1)], { takenAt: at(12) });
  const order = (await photosForRescan(database.db, id)).map((row) => row.id);
  expect(order).toEqual([nine.id, fourteen.id, unknown.id]);
});

describe("faces marked by hand", () => {
  const mark = (photo: Id, box: { x: number; y: number; w: number; h: number }) =>
    inTransaction(database.db, (trx) => markFace(trx, photo, box, "a tester", clock));

  test("are faces like others, but never matched", async () => {
    const photo = await here.photo((await here.collection()).id, [boxAt(500)]);
    const face = await mark(photo.id, boxAt(10));
    expect(face).toMatchObject({ ...boxAt(10), detection: "hand", matchable: false, chip: null });
    expect((await facesOf(database.db, photo.id)).map((row) => row.id)).toEqual([face.id, photo.faces[0]]);
    // A head at the edge may reach out of the picture.
    await expect(mark(photo.id, { x: -20, y: -20, w: 60, h: 60 })).resolves.toBeDefined();
  });

  test.each([
    ["outside", { x: 2000, y: 0, w: 50, h: 50 }],
    ["above", { x: 0, y: -60, w: 50, h: 50 }],
    ["without a size", { x: 10, y: 10, w: 0, h: 50 }],
    ["of no numbers", { x: Number.NaN, y: 10, w: 50, h: 50 }],
  ])("%s are refused", async (_, box) => {
    const photo = await here.photo((await here.collection()).id, []);
    await expect(mark(photo.id, box)).rejects.toMatchObject({ code: "bad-input" });
  });

  test("wait for the scan", async () => {
    const photo = await add((await here.collection()).id);
    await expect(mark(photo.id, boxAt(10))).rejects.toMatchObject({ code: "refused" });
    await expect(mark(newId(), boxAt(10))).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("do not match", () => {
  const say = (what: { face: Id } | { photo: Id }) =>
    inTransaction(database.db, (trx) => doNotMatch(trx, what, clock));

  test("takes one face's chip, and says which file has to be written again", async () => {
    const photo = await here.photo((await here.collection()).id, [boxAt(1), boxAt(300)], {
      chips: "chips/aa/c",
    });
    const [left, right] = photo.faces as [Id, Id];
    expect(await say({ face: right })).toEqual({
      faces: [right],
      drop: [{ photo: photo.id, chips: "chips/aa/c", positions: [1] }],
    });
    expect(await say({ face: right })).toEqual({ faces: [right], drop: [] });
    expect(await faceById(database.db, right)).toMatchObject({ do_not_match: true, chip: null });
    expect(await faceById(database.db, left)).toMatchObject({ do_not_match: false, chip: 0 });
  });

  test("takes all of a photo", async () => {
    const photo = await here.photo((await here.collection()).id, [boxAt(1), boxAt(300)], {
      chips: "chips/aa/d",
    });
    const said = await say({ photo: photo.id });
    expect(new Set(said.faces)).toEqual(new Set(photo.faces));
    expect(said.drop[0]?.positions.toSorted()).toEqual([0, 1]);
  });

  test("puts another chip file in the place of the one it knew, and no other", async () => {
    const photo = await here.photo((await here.collection()).id, [boxAt(1)], { chips: "chips/aa/e" });
    const replace = (before: string, after: string | null) =>
      inTransaction(database.db, (trx) => replaceChips(trx, photo.id, before, after));
    expect(await replace("chips/aa/other", "chips/aa/f")).toBe(false);
    expect(await replace("chips/aa/e", "chips/aa/f")).toBe(true);
    expect(await replace("chips/aa/f", null)).toBe(true);
    expect((await photoById(database.db, photo.id)).chips).toBeNull();
  });

  test("of a face that is not there is not found", async () => {
    await expect(say({ face: newId() })).rejects.toMatchObject({ code: "not-found" });
  });
});

test("a photo is all cleared once each face is cleared by hand or confirmed as somebody enrolled", async () => {
  const { id } = await here.collection();
  const photo = await here.photo(id, [boxAt(1), boxAt(300)]);
  const [left, right] = photo.faces as [Id, Id];
  const { person } = await here.enrolled(id);
  const stranger = await here.person();
  const isClear = () => isAllCleared(database.db, photo.id);
  const confirmed = (face: Id, who: Id) =>
    database.db
      .insertInto("match")
      .values({
        face_id: face,
        person_id: who,
        origin: "hand",
        state: "confirmed",
        pack_id: null,
        policy_version: null,
        decided_by: "staff",
        decided_at: clock.now(),
      })
      .execute();
  expect(await isClear()).toBe(false);
  await inTransaction(database.db, (trx) => clearFace(trx, left, "a tester", clock));
  expect(await isClear()).toBe(false);
  await confirmed(right, stranger);
  expect(await isClear()).toBe(false);
  await database.db.deleteFrom("match").where("face_id", "=", right).execute();
  await confirmed(right, person);
  expect(await isClear()).toBe(true);
});
