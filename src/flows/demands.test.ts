import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { DAY_MS, scene, testClock, type Scene, type TestClock } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { openContact, personById, noticesOf } from "../people/index.ts";
import { requestKey } from "../rights/index.ts";
import { correct } from "./correct.ts";
import { dataOf } from "./data-of.ts";
import { extendDemand, openDemand } from "./demands.ts";
import { erase } from "./erase.ts";
import { closeRequest, listRequests } from "./hide-me.ts";
import { prove } from "./prove.ts";

let test_: TestInstance;
let instance: Instance;
let here: Scene;
let clock: TestClock;
const actor = "a tester";

beforeAll(async () => {
  clock = testClock();
  test_ = await testInstance({ clock });
  instance = test_.instance;
  here = scene(instance.db, instance.keys, clock);
});
afterAll(() => test_.close());

const requestOf = async (person: Id) =>
  (await listRequests(instance, { all: true })).filter((one) => one.person === person);
const dayAgo = (days: number): string =>
  new Date(clock.now().getTime() - days * DAY_MS).toISOString().slice(0, 10);

describe("what a person demands", () => {
  test("is due a month after it arrived, and overdue then", async () => {
    const person = await here.person();
    const { dueAt } = await openDemand(instance, {
      kind: "access",
      person,
      received: dayAgo(10),
      contact: "a letter box",
    });
    const days = (Date.parse(dueAt) - Date.parse(dayAgo(10))) / DAY_MS;
    expect(days).toBeGreaterThanOrEqual(28);
    expect(days).toBeLessThanOrEqual(31);
    expect(await requestOf(person)).toMatchObject([{ overdue: false, contact: "a letter box" }]);
    await openDemand(instance, { kind: "erase", person, received: dayAgo(40) });
    const [late, early] = await requestOf(person);
    expect(late).toMatchObject({ kind: "erase", overdue: true });
    expect(early).toMatchObject({ kind: "access", overdue: false });
  });

  test("has its time made longer once, within the month, with a reason that the person reads", async () => {
    const person = await here.person();
    const { request, dueAt } = await openDemand(instance, { kind: "access", person });
    const order = { request, reason: "three archives are to be searched", staff: actor };
    await expect(extendDemand(instance, { ...order, reason: " " })).rejects.toMatchObject({
      code: "bad-input",
    });
    const longer = await extendDemand(instance, order);
    expect(Date.parse(longer.dueAt) - Date.parse(dueAt)).toBeGreaterThan(57 * DAY_MS);
    await expect(extendDemand(instance, order)).rejects.toMatchObject({ code: "refused" });
    expect((await dataOf(instance, person)).requests).toMatchObject([
      { kind: "access", extension: "three archives are to be searched" },
    ]);
    const late = await openDemand(instance, { kind: "correct", person, received: dayAgo(35) });
    await expect(extendDemand(instance, { ...order, request: late.request })).rejects.toMatchObject({
      code: "refused",
    });
  });

  test("is refused with a day that is none, in the future, or long ago, and of nobody", async () => {
    const person = await here.person();
    for (const received of ["yesterday", "2026-02-30", dayAgo(-2), dayAgo(400)]) {
      await expect(openDemand(instance, { kind: "access", person, received })).rejects.toMatchObject({
        code: "bad-input",
      });
    }
    await expect(openDemand(instance, { kind: "access", person: newId() })).rejects.toMatchObject({
      code: "not-found",
    });
  });

  test("ends as done or refused, and what was written in it goes with its key", async () => {
    const person = await here.person();
    const { request } = await openDemand(instance, { kind: "object", person, note: "by letter" });
    await expect(closeRequest(instance, request, "withheld", actor)).rejects.toMatchObject({
      code: "bad-input",
    });
    expect(await instance.keys.has(requestKey(request))).toBe(true);
    await closeRequest(instance, request, "refused", actor);
    expect(await instance.keys.has(requestKey(request))).toBe(false);
    expect(await requestOf(person)).toMatchObject([{ state: "closed", outcome: "refused", note: null }]);
  });

  test("is closed by the person's erasure, and the record names nobody any more", async () => {
    const person = await here.person();
    const asked = [
      await openDemand(instance, { kind: "erase", person, note: "by letter" }),
      await openDemand(instance, { kind: "access", person }),
    ];
    await erase(instance, { person, actor });
    const all = await listRequests(instance, { all: true });
    const outcomes = asked.map((one) => all.find((row) => row.request === one.request));
    expect(outcomes).toMatchObject([
      { outcome: "done", person: null },
      { outcome: "no-change", person: null },
    ]);
    expect((await prove(instance, { person })).residue).toEqual([]);
  });
});

describe("a correction", () => {
  test("changes name, address and language, closes the demand, and tells the person", async () => {
    const person = await here.person({ name: "Erika Exemple", email: "old@example.org" });
    await openDemand(instance, { kind: "correct", person, note: "by letter" });
    await instance.db.updateTable("address").set({ verified_at: clock.now() }).execute();
    expect(
      await correct(instance, {
        person,
        name: "Erika Example",
        email: "new@example.org",
        language: "fr",
        actor,
      }),
    ).toEqual({ person, corrected: ["name", "email", "language"] });
    const row = await personById(instance.db, person);
    expect(row.language).toBe("fr");
    expect(await openContact(instance.keys, row)).toEqual({
      name: "Erika Example",
      email: "new@example.org",
    });
    const address = await instance.db
      .selectFrom("address")
      .select("verified_at")
      .where("person_id", "=", person)
      .executeTakeFirst();
    expect(address?.verified_at).toBeNull();
    expect(await requestOf(person)).toMatchObject([{ kind: "correct", outcome: "done", staff: actor }]);
    expect(await noticesOf(instance.db, person)).toMatchObject([{ kind: "corrected", seen: false }]);
    const entries = await instance.db
      .selectFrom("entry_payload")
      .select("kind")
      .where("person_id", "=", person)
      .execute();
    const kinds = entries.map((one) => one.kind);
    for (const kind of ["name-set", "address-set", "language-set", "notice-corrected"]) {
      expect(kinds).toContain(kind);
    }
    expect((await prove(instance, {})).residue).toEqual([]);
  });

  test("adds no address where there is none, and changes nothing where something is wrong", async () => {
    const person = await here.person({ name: "Erika" });
    for (const [wrong, code] of [
      [{ name: "Frida", email: "new@example.org" }, "refused"],
      [{ name: " " }, "bad-input"],
      [{}, "bad-input"],
    ] as const) {
      await expect(correct(instance, { person, ...wrong, actor })).rejects.toMatchObject({ code });
    }
    const row = await personById(instance.db, person);
    expect(await openContact(instance.keys, row)).toEqual({ name: "Erika", email: null });
    expect(await noticesOf(instance.db, person)).toEqual([]);
  });
});
