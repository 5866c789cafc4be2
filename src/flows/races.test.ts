import { join } from "node:path";
import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { drawPhoto, faceOf, shownIn, withDrawnPhotos } from "../../test/support/drawn-photos.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { makeCollection, nothing, publishTo } from "../../test/support/order.ts";
import type { Instance } from "../app/index.ts";
import type { Id } from "../core/index.ts";
import type { Purpose } from "../db/index.ts";
import {
  answer,
  deliver,
  enrolLive,
  erase,
  ingest,
  invite,
  joinOnline,
  lookFor,
  lookUp,
  prove,
  rejectMatch,
  scanPending,
  verifyReceipt,
  withdraw,
  type Parts,
} from "./index.ts";

/**
 * Somebody leaves while something is being computed about them: a part of the instance is held where it computes, they leave,
 * then it goes on and writes. Photos say themselves who is in them (test/support/drawn-photos.ts); the rest is real.
 */
let test_: TestInstance;
let instance: Instance;
let collection: Id;
let number = 0;

beforeAll(async () => {
  test_ = await testInstance();
  instance = withDrawnPhotos(test_.instance);
});
afterAll(() => test_.close());
beforeEach(async () => {
  collection = (await makeCollection(instance, `race ${++number}`)).id;
});

const actor = "a tester";
type Use = { readonly purpose: Purpose; readonly channel: string | null };
const find: Use = { purpose: "find-me", channel: null };
const lookedUp: Use = { purpose: "staff-lookup", channel: null };
const website: Use = { purpose: "publish", channel: "website" };
const companions: Use = { purpose: "publish", channel: "companions" };

async function joined(...uses: readonly Use[]): Promise<Id> {
  const made = await invite(instance, { collection, kind: "single", actor });
  const { person } = await joinOnline(instance, {
    invitation: made.invitations[0]?.secret ?? "",
    language: "en",
    declared: true,
    minimumAge: 15,
    consents: [find, ...uses],
  });
  return person;
}

async function enrolled(who: string, ...uses: readonly Use[]): Promise<Id> {
  const person = await joined(...uses);
  await enrolLive(instance, { person, collection, embeddings: [faceNamed(who)] });
  await lookFor(instance, { person, collection });
  return person;
}

/** No two tests know the same face. */
const named = (who: string): string => `${who} of race ${number}`;
const faceNamed = (who: string): Float32Array => faceOf(named(who));

async function picture(...who: readonly string[]): Promise<string> {
  const path = join(test_.folder, `${number}-${who.join("-")}.jpg`);
  await drawPhoto(
    path,
    who.map((one) => ({ who: named(one), clear: true })),
  );
  return path;
}

async function photo(parts: Parts, ...who: readonly string[]): Promise<void> {
  const path = await picture(...who);
  await ingest(instance, { collection, path, name: path });
  await scanPending(parts, { collection });
}

interface Gate {
  /** Once what is held has been computed. */
  readonly reached: Promise<void>;
  /** It answers now. */
  goOn(): void;
}

/** A part's function of which one call is held, the first unless told. */
function held<A extends readonly unknown[], R>(run: (...args: A) => Promise<R>, nth = 1) {
  const reached = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  let calls = 0;
  const gate: Gate = { reached: reached.promise, goOn: () => open.resolve() };
  const holding = async (...args: A): Promise<R> => {
    const holds = ++calls === nth;
    const result = await run(...args);
    if (holds) {
      reached.resolve();
      await open.promise;
    }
    return result;
  };
  return { gate, run: holding };
}

interface HeldParts {
  readonly parts: Parts;
  readonly gate: Gate;
}

/** What runs in parts that are held, and what comes between. */
async function between<R>(
  gate: Gate,
  running: Promise<R>,
  meanwhile: () => Promise<unknown>,
): Promise<PromiseSettledResult<R>> {
  const settled = Promise.allSettled([running]);
  try {
    await Promise.race([
      gate.reached,
      settled.then(() => Promise.reject(new Error("it was through before it was held"))),
    ]);
    await meanwhile();
  } finally {
    gate.goOn();
  }
  return (await settled)[0];
}

async function seeing(): Promise<HeldParts> {
  const real = await instance.vision();
  const { gate, run } = held(real.findFaces);
  return { parts: { ...instance, vision: () => Promise.resolve({ ...real, findFaces: run }) }, gate };
}

async function embedding(): Promise<HeldParts> {
  const real = await instance.vision();
  const { gate, run } = held(real.embedChips);
  return { parts: { ...instance, vision: () => Promise.resolve({ ...real, embedChips: run }) }, gate };
}

function rendering(nth = 1): HeldParts {
  const real = instance.renderer();
  const { gate, run } = held(real.render, nth);
  return { parts: { ...instance, processes: 1, renderer: () => ({ ...real, render: run }) }, gate };
}

function comparing(): HeldParts {
  const { gate, run } = held(instance.indexes.borrow);
  return { parts: { ...instance, indexes: { ...instance.indexes, borrow: run } }, gate };
}

const matchesOf = (person: Id) =>
  instance.db.selectFrom("match").select("state").where("person_id", "=", person).execute();
const templatesOf = (person: Id) =>
  instance.db.selectFrom("template").select("id").where("person_id", "=", person).execute();
const shownOf = (person: Id) =>
  instance.db.selectFrom("rendition_face").select("face_id").where("person_id", "=", person).execute();
const leaves = (person: Id, ...purposes: readonly string[]) =>
  withdraw(instance, { person, purposes, actor });
const isErased = (person: Id) => erase(instance, { person, actor });
const done = { status: "fulfilled" };

/** Nothing is left that should not be there; of somebody who is gone, nothing at all. */
async function clean(person: Id): Promise<void> {
  const row = await instance.db.selectFrom("person").select("id").where("id", "=", person).executeTakeFirst();
  expect((await prove(instance, { person: row ? undefined : person })).residue).toEqual([]);
}

/** How many faces each picture in a folder shows, of so many. */
async function facesIn(folder: string, faces: number): Promise<readonly number[]> {
  const photos = join(folder, "photos");
  const files = await readdir(photos);
  return Promise.all(files.map(async (file) => shownIn(await readFile(join(photos, file)), faces).length));
}

const ways: readonly [string, (person: Id) => Promise<unknown>][] = [
  ["withdraws", (person) => leaves(person, "find-me")],
  ["is erased", isErased],
];

describe.each(ways)("while photos are looked through, whoever %s", (_, goes) => {
  test("is not found in the one that was being looked at, and the others are", async () => {
    const [leaver, stayer] = [await enrolled("ann"), await enrolled("bob")];
    const { parts, gate } = await seeing();
    const ended = await between(gate, photo(parts, "ann", "bob"), () => goes(leaver));
    expect(ended).toMatchObject(done);
    expect(await matchesOf(leaver)).toEqual([]);
    expect(await matchesOf(stayer)).toEqual([{ state: "matched" }]);
    await clean(leaver);
  });

  test("is not found by the pass that was under way for them, and whoever is aboard too is", async () => {
    await photo(instance, "ann", "bob");
    const [leaver, stayer] = [await joined(), await joined()];
    for (const [person, who] of [
      [leaver, "ann"],
      [stayer, "bob"],
    ] as const) {
      await enrolLive(instance, { person, collection, embeddings: [faceNamed(who)] });
    }
    const { parts, gate } = await embedding();
    const looks = Promise.all([leaver, stayer].map((person) => lookFor(parts, { person, collection })));
    const ended = await between(gate, looks, () => goes(leaver));
    expect(ended).toMatchObject(done);
    expect(await matchesOf(leaver)).toEqual([]);
    expect(await matchesOf(stayer)).toEqual([{ state: "matched" }]);
    await clean(leaver);
  });
});

describe.each([
  ["withdraws", (person: Id) => leaves(person, "publish:website")],
  ["withdraws find-me", (person: Id) => leaves(person, "find-me")],
  ["is erased", isErased],
] as const)("while a collection is published, whoever %s", (_, goes) => {
  test("is in no picture of it", async () => {
    const [leaver, stayer] = [await enrolled("ann", website), await enrolled("bob", website)];
    await photo(instance, "ann", "bob");
    const out = join(test_.folder, `out-${number}`);
    const { parts, gate } = rendering();
    const publishing = publishTo(parts as Instance, collection, "website", out);
    const ended = await between(gate, publishing, () => goes(leaver));
    expect(ended).toMatchObject({ ...done, value: { shown: 1, hidden: 1 } });
    expect([await shownOf(leaver), (await shownOf(stayer)).length]).toEqual([[], 1]);
    expect(await facesIn(out, 2)).toEqual([1]);
    await clean(leaver);
  });
});

describe("while a collection is published, between its pictures", () => {
  test("whoever is erased is in none of them, also in those made before", async () => {
    const [leaver] = [await enrolled("ann", website), await enrolled("bob", website)];
    await photo(instance, "ann", "bob");
    await photo(instance, "bob", "ann");
    const out = join(test_.folder, `out-${number}`);
    const { parts, gate } = rendering(2);
    const publishing = publishTo(parts as Instance, collection, "website", out);
    const ended = await between(gate, publishing, () => isErased(leaver));
    expect(ended).toMatchObject({ ...done, value: { shown: 2, hidden: 2 } });
    expect(await facesIn(out, 2)).toEqual([1, 1]);
    await clean(leaver);
  });

  test.each([
    ["by the person", (person: Id, face: Id) => answer(instance, person, face, false)],
    ["by staff", (person: Id, face: Id) => rejectMatch(instance, { person, face, actor })],
  ] as const)("a face that is said %s not to be theirs is not shown as theirs", async (_, says) => {
    const person = await enrolled("ann", website);
    await photo(instance, "ann");
    const { face_id: face } = await instance.db
      .selectFrom("match")
      .select("face_id")
      .where("person_id", "=", person)
      .executeTakeFirstOrThrow();
    const out = join(test_.folder, `out-${number}`);
    const { parts, gate } = rendering();
    const publishing = publishTo(parts as Instance, collection, "website", out);
    const ended = await between(gate, publishing, () => says(person, face));
    expect(ended).toMatchObject({ ...done, value: { shown: 0, hidden: 1 } });
    expect([await shownOf(person), await facesIn(out, 1)]).toEqual([[], [0]]);
    await clean(person);
  });
});

describe.each([
  ["withdraws staff-lookup", (person: Id) => leaves(person, "staff-lookup")],
  ["withdraws find-me", (person: Id) => leaves(person, "find-me")],
  ["is erased", isErased],
] as const)("while staff ask about a picture, whoever %s", (_, goes) => {
  test.each([
    ["its faces are found", seeing],
    ["they are compared", () => Promise.resolve(comparing())],
  ] as const)("as %s is nobody in the answer, and no look at them is written", async (_, hold) => {
    const [leaver, stayer] = [await enrolled("ann", lookedUp), await enrolled("bob", lookedUp)];
    const { parts, gate } = await hold();
    const order = { picture: await picture("ann", "bob"), reason: "lost and found", actor, collection };
    const ended = await between(gate, lookUp(parts, order), () => goes(leaver));
    expect(ended).toMatchObject(done);
    const faces = ended.status === "fulfilled" ? ended.value.faces : [];
    expect(faces.map((face) => face.person?.id ?? null)).toEqual([null, stayer]);
    const looked = instance.db.selectFrom("look_person").select("person_id");
    expect(await looked.where("person_id", "in", [leaver, stayer]).execute()).toEqual([
      { person_id: stayer },
    ]);
    await clean(leaver);
  });
});

describe("while somebody is delivered their photos", () => {
  test.each([
    ["withdraws", (person: Id) => leaves(person, "publish:companions")],
    ["is erased", isErased],
  ] as const)("a companion who %s is hidden in them", async (_, goes) => {
    const [reader, companion] = [await enrolled("ann"), await enrolled("bob", companions)];
    await photo(instance, "ann", "bob");
    const out = join(test_.folder, `out-${number}`);
    const { parts, gate } = rendering();
    const delivering = deliver(parts, { person: reader, out, reason: undefined, actor, progress: nothing });
    const ended = await between(gate, delivering, () => goes(companion));
    expect(ended).toMatchObject({ ...done, value: { photos: 1 } });
    expect(await shownOf(companion)).toEqual([]);
    expect(await facesIn(out, 2)).toEqual([1]);
    await clean(companion);
  });

  test.each(ways)(
    "a reader who %s gets nothing, and no picture is left that was made for them",
    async (_, goes) => {
      const reader = await enrolled("ann");
      await enrolled("bob", companions);
      await photo(instance, "ann", "bob");
      const out = join(test_.folder, `out-${number}`);
      const { parts, gate } = rendering();
      const delivering = deliver(parts, { person: reader, out, reason: undefined, actor, progress: nothing });
      const ended = await between(gate, delivering, () => goes(reader));
      if (ended.status === "fulfilled") expect(ended.value.photos).toBe(0);
      else expect(ended.reason).toMatchObject({ name: "AssentError", code: "not-found" });
      const made = await instance.db
        .selectFrom("rendition")
        .select("id")
        .where("reader_id", "=", reader)
        .execute();
      expect(made).toEqual([]);
      expect(await facesIn(out, 2)).toEqual([]);
      await clean(reader);
    },
  );
});

describe("while somebody is delivered several photos", () => {
  test.each(ways)("a reader who %s between two of them gets none", async (_, goes) => {
    const reader = await enrolled("ann");
    await photo(instance, "ann");
    await photo(instance, "ann", "bob");
    const out = join(test_.folder, `out-${number}`);
    const { parts, gate } = rendering(2);
    const delivering = deliver(parts, { person: reader, out, reason: undefined, actor, progress: nothing });
    const ended = await between(gate, delivering, () => goes(reader));
    if (ended.status === "fulfilled") expect(ended.value.photos).toBe(0);
    else expect(ended.reason).toMatchObject({ name: "AssentError", code: "not-found" });
    expect(await facesIn(out, 2)).toEqual([]);
    await clean(reader);
  });
});

describe("while a joining is being finished", () => {
  test.each([
    ["withdraws", "no-consent", (person: Id) => leaves(person, "find-me")],
    ["is erased", "not-found", isErased],
  ] as const)("whoever %s has no template", async (_, code, goes) => {
    const person = await joined();
    const { parts, gate } = comparing();
    const enrolling = enrolLive(parts, { person, collection, embeddings: [faceNamed("ann")] });
    const ended = await between(gate, enrolling, () => goes(person));
    expect(ended).toMatchObject({ status: "rejected", reason: { name: "AssentError", code } });
    expect(await templatesOf(person)).toEqual([]);
    expect(await instance.keys.has({ kind: "person", id: person, group: "face" })).toBe(false);
    await clean(person);
  });
});

describe("two at once", () => {
  test("withdrawals of the same use end it once each, and both have a receipt", async () => {
    const person = await enrolled("ann", website);
    await photo(instance, "ann");
    await publishTo(instance, collection, "website", join(test_.folder, `out-${number}`));
    const both = await Promise.all([leaves(person, "find-me"), leaves(person, "find-me")]);
    for (const one of both) {
      expect(one.residue).toBe(0);
      expect(await verifyReceipt(instance, one.receipt)).toMatchObject({ valid: true });
    }
    // What was erased is stated once.
    expect(both.map((one) => one.erased["templates"] ?? 0).sort()).toEqual([0, 1]);
    expect([await templatesOf(person), await matchesOf(person), await shownOf(person)]).toEqual([[], [], []]);
    await clean(person);
  });

  test("withdrawals of different uses, by one person or by two, all hold", async () => {
    const [ann, bob] = [await enrolled("ann", website, companions), await enrolled("bob", website)];
    await photo(instance, "ann", "bob");
    const out = join(test_.folder, `out-${number}`);
    await publishTo(instance, collection, "website", out);
    const all = await Promise.all([
      leaves(ann, "publish:website"),
      leaves(ann, "find-me"),
      leaves(bob, "publish:website"),
    ]);
    expect(all.map((one) => one.residue)).toEqual([0, 0, 0]);
    expect([await shownOf(ann), await shownOf(bob), await matchesOf(ann)]).toEqual([[], [], []]);
    expect(await facesIn(out, 2)).toEqual([0]);
    await clean(ann);
  });

  test("erasures of one person are one erasure: the other one finds nobody", async () => {
    const person = await enrolled("ann", website);
    await photo(instance, "ann");
    const ended = await Promise.allSettled([isErased(person), isErased(person)]);
    expect(ended.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expect(ended.find((one) => one.status === "rejected")).toMatchObject({
      reason: { name: "AssentError", code: "not-found" },
    });
    const erasures = await instance.db
      .selectFrom("erasure")
      .select("id")
      .where("kind", "=", "erase")
      .where("erased_at", "is", null)
      .execute();
    expect(erasures).toEqual([]);
    await clean(person);
  });

  test("an erasure and a withdrawal of one person leave nothing, and neither ends in a crash", async () => {
    const person = await enrolled("ann", website);
    await photo(instance, "ann");
    const ended = await Promise.allSettled([isErased(person), leaves(person, "find-me")]);
    expect(ended[0]).toMatchObject(done);
    if (ended[1]?.status === "rejected") {
      expect(ended[1].reason).toMatchObject({ name: "AssentError", code: "not-found" });
    }
    await clean(person);
  });
});
