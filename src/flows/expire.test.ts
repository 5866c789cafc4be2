import { readdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { embeddingAt } from "../../test/support/embeddings.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { boxAt, DAY_MS, scene, type Scene, type TestClock } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { matchPermits, standingOf } from "../consent/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { recordMachineMatches, tag } from "../matching/index.ts";
import { addPhoto, recordScan, sealChips } from "../photos/index.ts";
import { sweepDatabase } from "../rights/index.ts";
import { faceKey, storeTemplates } from "../templates/index.ts";
import { prove } from "./prove.ts";
import { settle } from "./settle.ts";
import { verifyReceipt } from "./verify.ts";
import { expire } from "./expire.ts";

const NOTHING = { consents: 0, joiningClosed: 0, collections: 0, idle: 0 };

/** Stands still between moves; begins now, because the database's guards go by the real time. */
function fixedClock(): TestClock {
  let now = Date.now();
  return { now: () => new Date(now), advance: (ms) => (now += ms) };
}

let test_: TestInstance;
let instance: Instance;
let clock: TestClock;
let here: Scene;

beforeEach(async () => {
  clock = fixedClock();
  test_ = await testInstance({ clock });
  instance = test_.instance;
  here = scene(instance.db, instance.keys, clock);
});
afterEach(() => test_.close());

const inDays = (days: number): Date => new Date(clock.now().getTime() + days * DAY_MS);

/** A collection kept for ten days, joined for five. */
const collection = async (): Promise<Id> =>
  (await here.collection({ retainUntil: inDays(10), joinUntil: inDays(5) })).id;

/** Somebody enrolled until the given day, with a template. */
async function enrolled(into: Id, until: Date): Promise<Id> {
  const { person, enrolment } = await here.enrolled(into);
  await here.consent(person, "find-me", into, { validUntil: until });
  await inTransaction(instance.db, (trx) =>
    storeTemplates(
      trx,
      instance.keys,
      { person, enrolment, packId: "pack", embeddings: [embeddingAt(person)] },
      clock,
    ),
  );
  return person;
}

/** A photo with its original and its chips in the store. */
async function photoWithChips(into: Id): Promise<{ id: Id; face: Id; blob: string; chips: string }> {
  const bytes = new TextEncoder().encode(`an original of ${into}`);
  const blob = await instance.blobs.put("originals", bytes);
  const photo = {
    collection: into,
    digest: "a".repeat(64),
    blob,
    fileName: "a.jpg",
    mediaType: "image/jpeg",
  };
  const { id } = await inTransaction(instance.db, (trx) => addPhoto(trx, photo, clock));
  const sealed = await sealChips(instance.keys, into, id, [new TextEncoder().encode("a chip")]);
  const chips = await instance.blobs.put("chips", sealed);
  const face = crypto.randomUUID();
  const box = boxAt(100);
  const scan = {
    photo: id,
    packId: "pack",
    size: { width: 2000, height: 1000 },
    takenAt: null,
    chips,
    faces: [
      {
        id: face,
        box,
        landmarks: null,
        detection: "certain" as const,
        norm: 10,
        frontality: 1,
        matchable: true,
        chip: 0,
      },
    ],
  };
  await inTransaction(instance.db, (trx) => recordScan(trx, scan, clock));
  return { id, face, blob, chips };
}

const rows = async (table: "template" | "match" | "photo" | "enrolment" | "person" | "collection") =>
  instance.db.selectFrom(table).selectAll().execute();
async function blobsOf(kind: "originals" | "chips"): Promise<readonly string[]> {
  const refs: string[] = [];
  for await (const blob of instance.blobs.list(kind)) refs.push(blob.ref);
  return refs;
}
const hasKey = (person: Id): Promise<boolean> => instance.keys.has(faceKey(person));

describe("a consent past its date", () => {
  test("ends as a withdrawal does: template, key and machine match go, a tag by hand stays", async () => {
    const into = await collection();
    const person = await enrolled(into, inDays(1));
    const { faces } = await here.photo(into, [boxAt(100), boxAt(400)]);
    const [seen = "", tagged = ""] = faces;
    const permits = await matchPermits(instance.db, into, clock);
    await inTransaction(instance.db, async (trx) => {
      const decision = { face: seen, state: "matched" as const, persons: [person] };
      await recordMachineMatches(trx, [decision], permits, { packId: "pack", policyVersion: "v" }, clock);
      await tag(trx, { face: tagged, person, by: "a tester" }, clock);
    });
    clock.advance(DAY_MS - 1);
    expect(await expire(instance)).toEqual(NOTHING);
    expect(await rows("template")).toHaveLength(1);

    clock.advance(1);
    expect(await expire(instance)).toEqual({ ...NOTHING, consents: 1 });
    expect(await rows("template")).toEqual([]);
    expect(await hasKey(person)).toBe(false);
    expect(await rows("match")).toMatchObject([{ face_id: tagged, state: "confirmed" }]);
    expect(await standingOf(instance.db, person, clock)).toMatchObject([
      { purpose: "find-me", event: "expired", live: false },
    ]);
    expect(await instance.journal.read()).toMatchObject([
      { event: "expired", person, purpose: "find-me", collection: into },
    ]);
    expect((await sweepDatabase(instance.db)).residue).toEqual([]);
  });

  test("gets a receipt, which names nobody", async () => {
    const person = await enrolled(await collection(), inDays(1));
    clock.advance(DAY_MS);
    await expire(instance);
    const [file] = await readdir(instance.receipts.path);
    const verdict = await verifyReceipt(instance, `${instance.receipts.path}/${file}`);
    expect(verdict).toMatchObject({
      valid: true,
      kind: "erasure",
      payload: { kind: "expire", purposes: ["find-me"], erased: { templates: 1 } },
    });
    expect(JSON.stringify(verdict.payload)).not.toContain(person);
  });

  test("ends alone: other people, other purposes and other collections go on", async () => {
    const [into, other] = [await collection(), await collection()];
    const person = await enrolled(into, inDays(1));
    await here.consent(person, "publish", into, { channel: "website", validUntil: inDays(3) });
    await here.consent(person, "find-me", other, { validUntil: inDays(3) });
    const longer = await enrolled(into, inDays(3));
    clock.advance(DAY_MS);
    expect(await expire(instance)).toEqual({ ...NOTHING, consents: 1 });
    expect(await rows("template")).toMatchObject([{ person_id: longer }]);
    expect(await hasKey(longer)).toBe(true);
    const live = (await standingOf(instance.db, person, clock)).filter((one) => one.live);
    expect(live.map((one) => [one.purpose, one.collection]).sort()).toEqual(
      [
        ["find-me", other],
        ["publish", into],
      ].sort(),
    );
  });

  test("ends once, however often and by however many it is looked for", async () => {
    const into = await collection();
    await enrolled(into, inDays(1));
    await enrolled(into, inDays(1));
    clock.advance(DAY_MS);
    const both = await Promise.all([expire(instance), expire(instance)]);
    expect(both[0].consents + both[1].consents).toBe(2);
    expect(await expire(instance)).toEqual(NOTHING);
    const events = await instance.db.selectFrom("consent_event").select("event").execute();
    expect(events.filter((one) => one.event === "expired")).toHaveLength(2);
  });

  test("does not take with it what was agreed to since for every collection", async () => {
    const into = await collection();
    const person = await here.person();
    await here.consent(person, "keep-template", into, { validUntil: inDays(1) });
    await here.consent(person, "keep-template", null, { validUntil: inDays(5) });
    clock.advance(DAY_MS);
    expect(await expire(instance)).toEqual(NOTHING);
    expect((await standingOf(instance.db, person, clock)).map((one) => one.live)).toEqual([true, true]);
    clock.advance(4 * DAY_MS);
    expect(await expire(instance)).toMatchObject({ consents: 1 });
    expect((await standingOf(instance.db, person, clock)).map((one) => one.event)).toEqual([
      "expired",
      "expired",
    ]);
  });
});

describe("joining that has closed", () => {
  test("takes the chips and their key with it, and leaves photos, faces and the enrolled", async () => {
    const into = await collection();
    const person = await enrolled(into, inDays(9));
    const photo = await photoWithChips(into);
    expect(await blobsOf("chips")).toEqual([photo.chips]);
    clock.advance(5 * DAY_MS - 1);
    expect(await expire(instance)).toEqual(NOTHING);

    clock.advance(1);
    // By a start, which also does the work that the closing wrote down.
    expect(await settle(instance)).toMatchObject({ joiningClosed: 1, kept: [] });
    expect(await blobsOf("chips")).toEqual([]);
    expect(await instance.keys.has({ kind: "chips", id: into })).toBe(false);
    expect(await rows("photo")).toMatchObject([{ id: photo.id, chips: null }]);
    expect(await blobsOf("originals")).toEqual([photo.blob]);
    expect(await rows("template")).toMatchObject([{ person_id: person }]);
    expect(await prove(instance, {})).toMatchObject({ residue: [] });
    expect(await expire(instance)).toEqual(NOTHING);
  });
});

describe("a collection past its retention date", () => {
  test("goes with its photos, their files, its enrolments and templates; people stay", async () => {
    const into = await collection();
    const kept = (await here.collection({ retainUntil: inDays(50) })).id;
    const person = await enrolled(into, inDays(10));
    await photoWithChips(into);
    const other = await photoWithChips(kept);
    clock.advance(10 * DAY_MS);
    expect(await settle(instance)).toMatchObject({ collections: 1, kept: [] });
    expect((await rows("collection")).map((row) => "name" in row && row.id)).toEqual([kept]);
    expect(await rows("photo")).toMatchObject([{ id: other.id }]);
    expect(await blobsOf("originals")).toEqual([other.blob]);
    expect(await rows("template")).toEqual([]);
    expect(await rows("enrolment")).toEqual([]);
    expect(await hasKey(person)).toBe(false);
    expect(await rows("person")).toHaveLength(1);
    expect(await prove(instance, {})).toMatchObject({ residue: [] });
    expect(await settle(instance)).toMatchObject({ collections: 0 });
  });

  test("leaves the templates of those who agreed to keep them", async () => {
    const into = await collection();
    const person = await enrolled(into, inDays(10));
    await here.consent(person, "keep-template", null, { validUntil: inDays(60) });
    clock.advance(10 * DAY_MS);
    expect(await settle(instance)).toMatchObject({ collections: 1, kept: [] });
    expect(await rows("template")).toMatchObject([{ person_id: person }]);
    expect(await hasKey(person)).toBe(true);
    expect(await prove(instance, {})).toMatchObject({ residue: [] });
  });
});
