import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { embeddingAt, embeddingNear } from "../../test/support/embeddings.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { makeCollection } from "../../test/support/order.ts";
import type { Instance } from "../app/index.ts";
import { entriesOf } from "../audit/index.ts";
import { matchPermits } from "../consent/index.ts";
import type { Id } from "../core/index.ts";
import { conflicts, enrolmentsOf, noticesOf } from "../people/index.ts";
import { search, TemplateIndex } from "../templates/index.ts";
import {
  acceptConflict,
  enrolLive,
  erase,
  invite,
  joinOnline,
  prove,
  withdraw,
  type LiveEnrolment,
} from "./index.ts";

/**
 * Made-up embeddings with chosen cosines stand for the frames of a challenge that was passed: what is tested is who may
 * claim a face, not how it is read.
 */
let test_: TestInstance;
let instance: Instance;
let collection: Id;
let number = 0;
/** A face of nobody before. */
let face: Float32Array;

beforeAll(async () => {
  test_ = await testInstance();
  instance = test_.instance;
});
afterAll(() => test_.close());
beforeEach(async () => {
  collection = (await makeCollection(instance, `gala ${++number}`)).id;
  face = embeddingAt(`face ${number}`);
});

async function joined(findMe = true): Promise<Id> {
  const made = await invite(instance, { collection, kind: "single", actor: "a clerk" });
  const { person } = await joinOnline(instance, {
    invitation: made.invitations[0]?.secret ?? "",
    language: "en",
    declared: true,
    minimumAge: 15,
    consents: findMe ? [{ purpose: "find-me", channel: null }] : [],
  });
  return person;
}
const live = (person: Id, ...embeddings: readonly Float32Array[]): Promise<LiveEnrolment> =>
  enrolLive(instance, {
    person,
    collection,
    embeddings: embeddings.map((one) => Float32Array.from(one)),
  });
const stateOf = async (person: Id) => (await enrolmentsOf(instance.db, person))[0]?.state;
const templatesOf = async (person: Id) =>
  (await instance.db.selectFrom("template").select("id").where("person_id", "=", person).execute()).map(
    (row) => row.id,
  );
const rescansDue = async () =>
  (
    await instance.db
      .selectFrom("pending")
      .select("id")
      .where("kind", "=", "rescan")
      .where("subject", "=", collection)
      .execute()
  ).length;

/** Whom a search of everybody who may be searched in the collection gives for the face. */
async function found(probe: Float32Array): Promise<Id | undefined> {
  const { pack } = await instance.vision();
  const index = await TemplateIndex.open(instance.db, instance.keys, pack, instance.clock);
  try {
    const { best } = search(index, probe, await matchPermits(instance.db, collection, instance.clock));
    return best !== null && best.score > 0.9 ? best.person : undefined;
  } finally {
    await index.close();
  }
}

describe("a challenge that was passed", () => {
  test("makes a provisional enrolment live, with its templates, and a look through the photos due", async () => {
    const person = await joined();
    expect([await stateOf(person), await found(face), await rescansDue()]).toEqual([
      "provisional",
      undefined,
      0,
    ]);
    expect(await live(person, face, embeddingNear(face, 0.9))).toEqual({
      state: "live",
      reason: null,
      templates: 2,
    });
    expect([await stateOf(person), await found(face), await rescansDue()]).toEqual(["live", person, 1]);
    const kinds = (await entriesOf(instance.db, person)).map((entry) => entry.kind);
    expect(kinds).toEqual(expect.arrayContaining(["templates-stored", "enrolment-live"]));
  });

  test("leaves nothing of the embeddings in memory, whether or not it is taken", async () => {
    const person = await joined();
    const given = Float32Array.from(face);
    await enrolLive(instance, { person, collection, embeddings: [given] });
    const refused = Float32Array.from(face);
    const nobody = enrolLive(instance, { person: await joined(false), collection, embeddings: [refused] });
    await expect(nobody).rejects.toMatchObject({ code: "no-consent" });
    for (const embedding of [given, refused]) expect(embedding.every((value) => value === 0)).toBe(true);
  });

  test("stores nothing without a live find-me, given in this collection and not taken back since", async () => {
    const never = await joined(false);
    await expect(live(never, face)).rejects.toMatchObject({ code: "no-consent" });
    const withdrawn = await joined();
    await withdraw(instance, { person: withdrawn, purposes: ["find-me"], actor: "a tester" });
    await expect(live(withdrawn, face)).rejects.toMatchObject({ code: "no-consent" });
    for (const person of [never, withdrawn]) expect(await templatesOf(person)).toEqual([]);
    const elsewhere = (await makeCollection(instance, `other ${number}`)).id;
    const order = { person: await joined(), collection: elsewhere, embeddings: [Float32Array.from(face)] };
    await expect(enrolLive(instance, order)).rejects.toMatchObject({ code: "not-found" });
  });

  test("is asked for again once find-me was withdrawn: the enrolment is provisional as on the first day", async () => {
    const person = await joined();
    await live(person, face);
    await withdraw(instance, { person, purposes: ["find-me"], actor: "a tester" });
    expect([await stateOf(person), await found(face), await templatesOf(person)]).toEqual([
      "provisional",
      undefined,
      [],
    ]);
  });
});

describe("a claim on an enrolled person's face", () => {
  test("is frozen, is found by nobody, and shows nothing; who was there first goes on", async () => {
    const first = await joined();
    await live(first, face);
    const due = await rescansDue();
    const second = await joined();
    expect(await live(second, embeddingNear(face, 0.7))).toMatchObject({
      state: "frozen",
      reason: "near-somebody",
    });
    expect(await stateOf(second)).toBe("frozen");
    expect(await found(embeddingNear(face, 0.7))).toBeUndefined();
    expect(await found(face)).toBe(first);
    expect(await rescansDue()).toBe(due);
  });

  test("is told to the first one and to the officer, and tells neither of the two who the other is", async () => {
    const first = await joined();
    await live(first, face);
    const second = await joined();
    await live(second, face);
    expect(await noticesOf(instance.db, first)).toMatchObject([{ kind: "face-claimed" }]);
    expect(await noticesOf(instance.db, second)).toEqual([]);
    const told = async (person: Id) =>
      JSON.stringify([await entriesOf(instance.db, person), await noticesOf(instance.db, person)]);
    const [enrolment] = await enrolmentsOf(instance.db, second);
    expect(await told(first)).not.toContain(second);
    expect(await told(first)).not.toContain(enrolment?.id);
    expect(await told(second)).not.toContain(first);
    expect(await conflicts(instance.db)).toContainEqual(
      expect.objectContaining({ person: second, earlierPerson: first }),
    );
  });

  test("stays frozen however often the challenge is passed again, with whatever face", async () => {
    await live(await joined(), face);
    const second = await joined();
    await live(second, face);
    const templates = await templatesOf(second);
    expect(await live(second, embeddingAt(`another ${number}`))).toMatchObject({ state: "frozen" });
    expect([await stateOf(second), await templatesOf(second)]).toEqual(["frozen", templates]);
  });

  test("made by two at the same moment is met by one of them", async () => {
    const both = await Promise.all([joined(), joined(), joined()]);
    const states = (await Promise.all(both.map((person) => live(person, face)))).map((one) => one.state);
    expect(states.toSorted()).toEqual(["frozen", "frozen", "live"]);
    expect((await conflicts(instance.db)).filter((one) => both.includes(one.person))).toHaveLength(2);
  });

  test("by more people at once than there are sessions to the database comes to an end", async () => {
    const crowd = await Promise.all(Array.from({ length: 12 }, () => joined()));
    const states = await Promise.all(
      crowd.map((person, i) => live(person, embeddingAt(`crowd ${number}/${i}`))),
    );
    expect(states.map((one) => one.state)).toEqual(crowd.map(() => "live"));
  });

  test("that the officer found to be a twin's may be passed again", async () => {
    const first = await joined();
    await live(first, face);
    const second = await joined();
    await live(second, embeddingNear(face, 0.8));
    const [enrolment] = await enrolmentsOf(instance.db, second);
    await acceptConflict(instance, { enrolment: enrolment?.id ?? "", actor: "the officer" });
    expect(await live(second, embeddingNear(face, 0.81))).toMatchObject({ state: "live" });
    // Staff stood by it before, and do so still.
    expect(await stateOf(second)).toBe("vouched");
  });
});

describe("taking the selfie again", () => {
  test("replaces the templates where it is the same face", async () => {
    const person = await joined();
    await live(person, face);
    const before = await templatesOf(person);
    const retake = embeddingNear(face, 0.6);
    expect(await live(person, retake)).toMatchObject({ state: "live", templates: 1 });
    const after = await templatesOf(person);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    expect(await found(retake)).toBe(person);
  });

  test("is refused where it is another face: a borrowed phone does not take somebody's place", async () => {
    const person = await joined();
    await live(person, face);
    const before = await templatesOf(person);
    const other = embeddingNear(face, 0.5);
    expect(await live(person, other)).toEqual({
      state: "refused",
      reason: "not-the-same-face",
      templates: 0,
    });
    // One frame that fits does not carry another that does not.
    expect(await live(person, face, other)).toMatchObject({ state: "refused" });
    expect([await stateOf(person), await templatesOf(person)]).toEqual(["live", before]);
    expect((await noticesOf(instance.db, person)).map((one) => one.kind)).toEqual([
      "retake-refused",
      "retake-refused",
    ]);
    expect((await entriesOf(instance.db, person)).at(-2)).toMatchObject({
      kind: "retake-refused",
      payload: { reason: "not-the-same-face" },
    });
  });

  test("is refused where it comes near somebody else, and tells them nothing", async () => {
    const person = await joined();
    await live(person, face);
    const other = await joined();
    const theirs = embeddingNear(face, 0.6, "theirs");
    await live(other, theirs);
    const between = embeddingNear(theirs, 0.95, "between");
    expect(await live(person, between)).toMatchObject({ state: "refused" });
    expect(await noticesOf(instance.db, other)).toEqual([]);
    expect(await found(theirs)).toBe(other);
  });
});

test("what joining online and the challenge leave is clean, and goes with the person", async () => {
  const first = await joined();
  await live(first, face);
  const second = await joined();
  await live(second, face);
  expect(await prove(instance, {})).toMatchObject({ clean: true });
  for (const person of [first, second]) {
    expect(await erase(instance, { person, actor: "a tester" })).toMatchObject({ residue: 0 });
    expect(await prove(instance, { person })).toMatchObject({ clean: true });
  }
});
