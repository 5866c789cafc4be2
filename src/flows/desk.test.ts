import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hasFaces, people, selfieOf } from "../../test/support/faces.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { makeCollection } from "../../test/support/order.ts";
import { scene } from "../../test/support/scene.ts";
import type { Id } from "../core/index.ts";
import { deskOf, promote } from "./desk.ts";
import { invite } from "./invite.ts";
import { joinOnline } from "./join-online.ts";
import { meOf } from "./me.ts";
import { withdraw } from "./withdraw.ts";

describe.skipIf(!hasFaces)("somebody who joined on their own device and passed no challenge", () => {
  let test_: TestInstance;
  let collection: Id;
  let person: Id;
  let enrolment: Id;
  const face = people()[0] ?? "";

  beforeAll(async () => {
    test_ = await testInstance();
  });
  afterAll(() => test_.close());
  beforeEach(async () => {
    const name = `fair ${crypto.randomUUID()}`;
    collection = (await makeCollection(test_.instance, name)).id;
    const made = await invite(test_.instance, { collection: name, kind: "single", actor: "Ada" });
    const joined = await joinOnline(test_.instance, {
      invitation: made.invitations[0]?.secret ?? "",
      language: "en",
      declared: true,
      minimumAge: 15,
      name: "Sam",
      consents: [{ purpose: "find-me", channel: null }],
    });
    ({ person, enrolment } = joined);
  });

  const waiting = async () => (await deskOf(test_.instance, { collection, staff: "Ada" })).provisional;
  const vouch = (order: { readonly collection?: Id } = {}) =>
    promote(test_.instance, { collection, enrolment, selfies: [selfieOf(face)], staff: "Ada", ...order });
  const standing = async () =>
    (await meOf(test_.instance, person)).collections.find((one) => one.id === collection)?.enrolment;
  const templates = () =>
    test_.instance.db.selectFrom("template").selectAll().where("person_id", "=", person).execute();

  test("waits at the desk, and is enrolled under the name of who vouches", async () => {
    expect(await waiting()).toMatchObject([{ enrolment, person, name: "Sam" }]);
    expect([await standing(), await templates()]).toEqual(["provisional", []]);
    expect(await vouch()).toMatchObject({ person, state: "vouched", templates: 3 });
    expect(await standing()).toBe("vouched");
    expect(await waiting()).toEqual([]);
    expect((await deskOf(test_.instance, { collection, staff: "Ada" })).today).toBeGreaterThan(0);
    await expect(vouch()).rejects.toMatchObject({ code: "not-found" });
    await withdraw(test_.instance, { person, actor: null });
    expect(await templates()).toEqual([]);
  });

  test("is not enrolled by the desk of another collection, nor once find-me was taken back", async () => {
    const { instance } = test_;
    const other = (await scene(instance.db, instance.keys, instance.clock).collection()).id;
    await expect(vouch({ collection: other })).rejects.toMatchObject({ code: "not-found" });
    await withdraw(instance, { person, purposes: ["find-me"], actor: null });
    expect(await waiting()).toEqual([]);
    await expect(vouch()).rejects.toMatchObject({ code: "not-found" });
    expect(await templates()).toEqual([]);
  });
});
