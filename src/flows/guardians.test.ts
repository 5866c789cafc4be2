import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { embeddingAt } from "../../test/support/embeddings.ts";
import { DAY_MS, testClock } from "../../test/support/scene.ts";
import { snapshot } from "../../test/support/snapshot.ts";
import type { Instance } from "../app/index.ts";
import { matchPermits, publishPermits, standingOf } from "../consent/index.ts";
import type { Id } from "../core/index.ts";
import { personByDevice } from "../people/index.ts";
import { expire } from "./expire.ts";
import {
  createCollection,
  createPersonalLink,
  enrolLive,
  erase,
  deleteCollection,
  invite,
  joinOnline,
  prove,
  revokeInvitation,
  signInByLink,
  switchConsent,
  takeOver,
  welcome,
  type JoinedOnline,
} from "./index.ts";

let test_: TestInstance;
let instance: Instance;
const clock = testClock();
let school: Id;

/** A collection of the kind in which two guardians must agree. */
async function schoolNamed(name: string): Promise<Id> {
  return (
    await createCollection(instance, {
      name,
      purpose: "pictures of the year",
      matching: "enrolled",
      matchOnly: undefined,
      channels: ["website"],
      retainUntil: "2099-12-31",
      joinUntil: "2099-12-31",
      attestation: "taken by us",
      attestedBy: "a tester",
      guardians: 2,
      preset: "school",
      justification: "Asked for by the parents' assembly; whoever says no gets the same pictures by hand.",
    })
  ).id;
}

beforeAll(async () => {
  test_ = await testInstance({ clock });
  instance = test_.instance;
  school = await schoolNamed("school");
});
afterAll(() => test_.close());

/** The invitations of both guardians of one child. */
async function invited(): Promise<readonly [string, string]> {
  const order = {
    collection: "school",
    kind: "guardian",
    child: "Zoé Exemplaire",
    actor: "a clerk",
  } as const;
  const [first, second] = (await invite(instance, order)).invitations;
  return [first?.secret ?? "", second?.secret ?? ""];
}

const inDays = (days: number): string =>
  new Date(clock.now().getTime() + days * DAY_MS).toISOString().slice(0, 10);

const FIND = { purpose: "find-me", channel: null } as const;
const SITE = { purpose: "publish", channel: "website" } as const;

async function joins(
  invitation: string,
  consents: readonly (typeof FIND | typeof SITE)[],
  majorityOn?: string,
): Promise<JoinedOnline & { guardian: Id | null }> {
  const joined = await joinOnline(instance, {
    invitation,
    language: "fr",
    declared: true,
    minimumAge: 15,
    majorityOn,
    consents,
  });
  const device = await personByDevice(instance.db, joined.device?.secret ?? "", clock);
  return { ...joined, guardian: device?.guardian ?? null };
}

async function allowed(person: Id): Promise<readonly string[]> {
  const [match, publish] = await Promise.all([
    matchPermits(instance.db, school, clock),
    publishPermits(instance.db, school, "website", clock),
  ]);
  return [
    ...(match.some((one) => one.person === person) ? ["find-me"] : []),
    ...(publish.some((one) => one.person === person) ? ["publish:website"] : []),
  ];
}

const turn = (person: Id, guardian: Id | null, on: boolean) =>
  switchConsent(instance, person, { ...SITE, collection: school, on, language: "fr", guardian });

describe("a child with two guardians", () => {
  test("keeps their name where a collection is deleted that a guardian has not joined yet", async () => {
    const fair = await schoolNamed("fair");
    const order = { collection: "fair", kind: "guardian", child: "Léo", actor: "a clerk" } as const;
    const [first] = (await invite(instance, order)).invitations;
    const { person } = await joins(first?.secret ?? "", [FIND], inDays(3000));
    const key = { kind: "person", id: person, group: "contact" } as const;
    await deleteCollection(instance, { collection: fair, actor: "a clerk" });
    expect(await instance.keys.has(key)).toBe(true);
    const strangers = (await invite(instance, { ...order, collection: "school" })).invitations;
    expect(strangers).toHaveLength(2);
  });

  test("is found and shown once both have agreed, and not before", async () => {
    const [first, second] = await invited();
    const one = await joins(first, [FIND, SITE], inDays(2000));
    expect(one).toMatchObject({ findMe: false, waiting: true });
    expect(await allowed(one.person)).toEqual([]);
    const order = { person: one.person, collection: school, embeddings: [embeddingAt(1)] };
    await expect(enrolLive(instance, order)).rejects.toMatchObject({ code: "no-consent" });
    const standing = await standingOf(instance.db, one.person, clock);
    expect(standing.find((row) => row.channel === "website")).toMatchObject({ live: false, waiting: true });

    // The child is there: the day of coming of age is not asked twice.
    const order2 = { invitation: second, organisation: "School", minimumAge: 15, majorityAge: 18 };
    expect(await welcome(instance, order2)).toMatchObject({ child: "Zoé Exemplaire", majorityAge: null });
    const other = await joins(second, [FIND, SITE]);
    expect(other).toMatchObject({ person: one.person, findMe: true, waiting: false });
    expect(await allowed(one.person)).toEqual(["find-me", "publish:website"]);
    expect(await prove(instance, {})).toMatchObject({ clean: true });
  });

  test("is not shown where one of them refuses, whatever the other said, before or after", async () => {
    const [first, second] = await invited();
    const one = await joins(first, [FIND, SITE], inDays(2000));
    await joins(second, [FIND]);
    expect(await allowed(one.person)).toEqual(["find-me"]);
    await turn(one.person, one.guardian, true);
    expect(await allowed(one.person)).toEqual(["find-me"]);
  });

  test("is hidden again when one of them takes it back, and shown when that one agrees again", async () => {
    const [first, second] = await invited();
    const one = await joins(first, [SITE], inDays(2000));
    const other = await joins(second, [SITE]);
    await turn(one.person, other.guardian, false);
    expect(await allowed(one.person)).toEqual([]);
    await turn(one.person, other.guardian, true);
    expect(await allowed(one.person)).toEqual(["publish:website"]);
  });

  test("says no alone, and then both must agree anew", async () => {
    const [first, second] = await invited();
    const one = await joins(first, [SITE], inDays(2000));
    const other = await joins(second, [SITE]);
    await turn(one.person, null, false);
    expect(await allowed(one.person)).toEqual([]);
    await expect(turn(one.person, null, true)).rejects.toMatchObject({ code: "refused" });
    await turn(one.person, one.guardian, true);
    expect(await allowed(one.person)).toEqual([]);
    await turn(one.person, other.guardian, true);
    expect(await allowed(one.person)).toEqual(["publish:website"]);
  });

  test("leaves nothing of the name where the second invitation was never used", async () => {
    const [first, second] = await invited();
    const one = await joins(first, [SITE], inDays(2000));
    const left = await erase(instance, { person: one.person, actor: null });
    expect(left.residue).toBe(0);
    await expect(joins(second, [SITE])).rejects.toMatchObject({ code: "refused" });
    expect(JSON.stringify(await snapshot(instance.db))).not.toContain(one.person);
    expect(await prove(instance, {})).toMatchObject({ clean: true });
  });

  test("keeps the name while one invitation is open, and no longer", async () => {
    const order = { collection: "school", kind: "guardian", child: "Zoé", actor: "a clerk" } as const;
    const [first, second] = (await invite(instance, order)).invitations;
    await revokeInvitation(instance, { invitation: first?.id ?? "", actor: "a clerk" });
    const opened = { organisation: "School", minimumAge: 15, majorityAge: 18 };
    expect(await welcome(instance, { invitation: second?.secret ?? "", ...opened })).toMatchObject({
      child: "Zoé",
      majorityAge: 18,
    });
    await revokeInvitation(instance, { invitation: second?.id ?? "", actor: "a clerk" });
    expect(await prove(instance, {})).toMatchObject({ clean: true });
  });
});

describe("coming of age", () => {
  test("is asked of the first guardian, as a day to come", async () => {
    const [first] = await invited();
    for (const day of [undefined, "soon", inDays(-1), inDays(30 * 366)]) {
      await expect(joins(first, [SITE], day)).rejects.toMatchObject({ code: "bad-input" });
    }
  });

  test("ends what the guardians agreed to, and the person decides for themself from then on", async () => {
    const [first, second] = await invited();
    const one = await joins(first, [FIND, SITE], inDays(10));
    const other = await joins(second, [FIND, SITE]);
    const link = await createPersonalLink(instance, { person: one.person, actor: "a clerk" });
    await signInByLink(instance, link);
    const own = { person: one.person, guardian: null };
    await expect(takeOver(instance, own)).rejects.toMatchObject({ code: "refused" });
    clock.advance(11 * DAY_MS);
    expect(await allowed(one.person)).toEqual([]);
    await expire(instance);
    await expect(takeOver(instance, { ...own, guardian: one.guardian })).rejects.toMatchObject({
      code: "refused",
    });
    expect(await takeOver(instance, own)).toEqual({ guardians: 2 });
    for (const device of [one.device, other.device]) {
      expect(await personByDevice(instance.db, device?.secret ?? "", clock)).toBeUndefined();
    }
    await turn(one.person, null, true);
    expect(await allowed(one.person)).toEqual(["publish:website"]);
    expect(await prove(instance, {})).toMatchObject({ clean: true });
  });
});

describe("a text that has changed", () => {
  test("leaves the consent as it was given, asks again, and gives way to a new yes", async () => {
    const [first, second] = await invited();
    const one = await joins(first, [], inDays(4000));
    await joins(second, []);
    clock.advance(DAY_MS);
    // As a release with another text had written it.
    const { majority_at: until } = await instance.db
      .selectFrom("person")
      .select("majority_at")
      .where("id", "=", one.person)
      .executeTakeFirstOrThrow();
    for (const guardian of [one.guardian]) {
      await instance.db
        .insertInto("consent_event")
        .values({
          id: crypto.randomUUID(),
          person_id: one.person,
          purpose: "contact",
          channel: null,
          collection_id: null,
          event: "given",
          text_version: "2025-01",
          text_language: "fr",
          text_digest: "0".repeat(64),
          given_how: "own-device",
          staff: null,
          guardian_id: guardian,
          paper_digest: null,
          valid_from: clock.now(),
          valid_until: until ?? clock.now(),
          epoch: 1,
          at: clock.now(),
        })
        .execute();
    }
    const contact = async () =>
      (await standingOf(instance.db, one.person, clock)).find((row) => row.purpose === "contact");
    expect(await contact()).toMatchObject({ live: true, textChanged: true });
    const again = { purpose: "contact", channel: null, collection: null, on: true, language: "fr" } as const;
    const order = { ...again, guardian: one.guardian, email: "parent@example.org" };
    await switchConsent(instance, one.person, order);
    expect(await contact()).toMatchObject({ live: true, textChanged: false, event: "given" });
    await switchConsent(instance, one.person, order);
    expect(await contact()).toMatchObject({ live: true, event: "renewed" });
    const events = await instance.db
      .selectFrom("consent_event")
      .select("event")
      .where("person_id", "=", one.person)
      .where("purpose", "=", "contact")
      .orderBy("sequence", "desc")
      .limit(4)
      .execute();
    expect(events.map((row) => row.event)).toEqual(["renewed", "given", "superseded", "given"]);
  });
});

test("face recognition in a school is switched on with a reason in writing, and with none it is refused", async () => {
  const order = {
    name: "class of 2026",
    purpose: "pictures of the class",
    matchOnly: undefined,
    channels: [],
    retainUntil: "2099-12-31",
    joinUntil: undefined,
    attestation: "taken by us",
    attestedBy: "a tester",
  } as const;
  for (const preset of ["school", "employer"]) {
    for (const justification of [undefined, "it is handy"]) {
      const wanted = { ...order, matching: "enrolled", preset, justification };
      await expect(createCollection(instance, wanted)).rejects.toMatchObject({ code: "bad-input" });
    }
  }
  await expect(
    createCollection(instance, { ...order, matching: "off", preset: "school" }),
  ).resolves.toMatchObject({ name: "class of 2026" });
  const { payload } = await instance.db
    .selectFrom("entry_payload")
    .select("payload")
    .where("kind", "=", "collection-created")
    .orderBy("at")
    .limit(1)
    .executeTakeFirstOrThrow();
  expect(payload).toMatchObject({ preset: "school", guardians: 2 });
  expect(JSON.stringify(payload)).toContain("parents' assembly");
});
