import { join as pathOf } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { drawPhoto, withDrawnPhotos } from "../../test/support/drawn-photos.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { nothing } from "../../test/support/order.ts";
import { movedClock, type MovedClock } from "../../test/support/moved-clock.ts";
import type { Instance } from "../app/index.ts";
import { standingOf } from "../consent/index.ts";
import type { Id } from "../core/index.ts";
import {
  createCollection,
  ingest,
  invite,
  join,
  joinOnline,
  prove,
  publish,
  scanPending,
  switchConsent,
  withdraw,
} from "./index.ts";

/** A consent has run out by date, the hourly `expire` has not come yet, and its person has something to say. */
describe("between the end of a consent and the hour in which it is noticed", () => {
  const DAY_MS = 86_400_000;
  const actor = "a tester";
  let test_: TestInstance;
  let instance: Instance;
  let clock: MovedClock;
  let collection: Id;
  let other: Id;
  let person: Id;
  let number = 0;

  const inDays = (days: number): string =>
    new Date(clock.now().getTime() + days * DAY_MS).toISOString().slice(0, 10);
  const made = async (name: string): Promise<Id> =>
    (
      await createCollection(instance, {
        name,
        purpose: "photos of nobody",
        matching: "enrolled",
        matchOnly: undefined,
        channels: ["website"],
        retainUntil: inDays(300),
        joinUntil: undefined,
        attestation: "drawn for tests",
        attestedBy: actor,
      })
    ).id;

  beforeAll(async () => {
    test_ = await testInstance({ clock: async (url) => (clock = await movedClock(url)) });
    instance = withDrawnPhotos(test_.instance);
  });
  afterAll(() => test_.close());

  /** Found in a photo and shown on the website for ten days, which have passed; `show-name` was agreed to for longer. */
  beforeEach(async () => {
    const who = `somebody ${++number}`;
    collection = await made(`ends ${number}`);
    other = await made(`goes on ${number}`);
    const path = pathOf(test_.folder, `${who}.jpg`);
    await drawPhoto(path, [{ who, clear: true }]);
    ({ person } = await join(instance, {
      collection,
      selfies: [path],
      consents: ["find-me", "publish:website"],
      name: undefined,
      email: undefined,
      until: inDays(10),
      language: "en",
      given: "desk",
      staff: who,
      secondStaff: undefined,
      progress: nothing,
    }));
    await switchConsent(instance, person, {
      purpose: "show-name",
      channel: null,
      collection,
      on: true,
      language: "en",
    });
    await ingest(instance, { collection, path, name: "a.jpg" });
    await scanPending(instance, { collection });
    await publish(instance, {
      collection,
      channel: "website",
      out: pathOf(test_.folder, `out-${number}`),
      reveal: "matched",
      reviewedBy: "a reviewer",
      actor,
      progress: nothing,
    });
    await clock.advance(12 * DAY_MS);
    expect(await left()).toEqual([1, 1, 1]);
  });

  /** Templates, matches and showings of the person. */
  async function left(): Promise<readonly number[]> {
    const tables = ["template", "match", "rendition_face"] as const;
    return Promise.all(
      tables.map(
        async (table) =>
          (await instance.db.selectFrom(table).select("person_id").where("person_id", "=", person).execute())
            .length,
      ),
    );
  }

  async function allEnded(): Promise<void> {
    expect(await left()).toEqual([0, 0, 0]);
    const standing = await standingOf(instance.db, person, clock);
    for (const purpose of ["find-me", "publish"]) {
      expect(standing).toContainEqual(expect.objectContaining({ purpose, collection, event: "expired" }));
    }
    expect((await prove(instance, {})).residue).toEqual([]);
  }

  test("another use can be withdrawn, and what had run out ends with it", async () => {
    const done = await withdraw(instance, { person, purposes: ["show-name"], actor: null });
    expect(done).toMatchObject({ residue: 0, erased: {} });
    await allEnded();
  });

  test("that use itself can be withdrawn, and is stated as withdrawn", async () => {
    const done = await withdraw(instance, { person, purposes: ["find-me"], actor: null });
    expect(done).toMatchObject({ residue: 0, erased: { templates: 1, "machine matches": 1 } });
    expect(await left()).toEqual([0, 0, 0]);
    expect(await standingOf(instance.db, person, clock)).toContainEqual(
      expect.objectContaining({ purpose: "find-me", event: "withdrawn" }),
    );
  });

  test("they can join another collection, and say no to what they are asked there", async () => {
    const invited = await invite(instance, { collection: other, kind: "single", actor });
    await joinOnline(instance, {
      invitation: invited.invitations[0]?.secret ?? "",
      language: "en",
      declared: true,
      minimumAge: 15,
      consents: [],
      as: { person, guardian: null },
    });
    await allEnded();
  });
});
