import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { DAY_MS, scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import { entriesOf } from "../audit/index.ts";
import { newId, type Id } from "../core/index.ts";
import { inTransaction, type ConsentEventRow } from "../db/index.ts";
import {
  consentText,
  PURPOSES,
  recordConsent,
  standingOf,
  TEXT_VERSION,
  textDigest,
  type NewConsent,
} from "./index.ts";

let database: TestDatabase;
let here: Scene;
let removeKeys: () => Promise<void>;
let collection: Id;
let person: Id;
const clock = testClock();

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  removeKeys = () => store.remove();
  here = scene(database.db, store.keys, clock);
});
afterAll(async () => {
  await database.close();
  await removeKeys();
});
beforeEach(async () => {
  collection = (await here.collection()).id;
  person = await here.person();
});

function give(options: Partial<NewConsent> = {}): Promise<ConsentEventRow> {
  return inTransaction(database.db, (trx) =>
    recordConsent(
      trx,
      {
        person,
        purpose: "find-me",
        channel: null,
        collection,
        event: "given",
        language: "fr",
        givenHow: "desk",
        staff: "the desk",
        validUntil: new Date(clock.now().getTime() + DAY_MS),
        ...options,
      },
      clock,
    ),
  );
}

const epoch = async (): Promise<number> =>
  (await database.db.selectFrom("person").select("epoch").where("id", "=", person).executeTakeFirstOrThrow())
    .epoch;

describe("a consent", () => {
  test("is kept with the text agreed to, how and before whom, and raises the person's epoch", async () => {
    const row = await give();
    expect(row).toMatchObject({
      text_version: TEXT_VERSION,
      text_language: "fr",
      text_digest: textDigest("find-me", null, "fr"),
      given_how: "desk",
      staff: "the desk",
      epoch: 1,
    });
    expect(await epoch()).toBe(1);
    await give({ event: "withdrawn" });
    expect(await epoch()).toBe(2);
  });

  test("has its entry in the log, in the same transaction, which names nobody", async () => {
    const row = await give({ purpose: "publish", channel: "website" });
    const [entry] = await entriesOf(database.db, person).then((all) => all.slice(-1));
    expect(entry).toMatchObject({
      kind: "consent-given",
      payload: { consent: row.id, purpose: "publish", channel: "website", collection, epoch: 1 },
    });
    const before = (await entriesOf(database.db, person)).length;
    const undone = inTransaction(database.db, async (trx) => {
      await recordConsent(trx, { ...order(), event: "withdrawn" }, clock);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await entriesOf(database.db, person)).toHaveLength(before);
    expect(await epoch()).toBe(1);
  });

  const order = (): NewConsent => ({
    person,
    purpose: "find-me",
    channel: null,
    collection,
    event: "given",
    language: "en",
    givenHow: "own-device",
    staff: null,
    validUntil: new Date(clock.now().getTime() + DAY_MS),
  });

  test("that ends is not valid for any time, whatever was asked for", async () => {
    const row = await give({ event: "withdrawn" });
    expect(row.valid_until).toEqual(row.valid_from);
  });

  test("to be looked up is given on the person's own device only", async () => {
    for (const givenHow of ["desk", "paper"] as const) {
      await expect(give({ purpose: "staff-lookup", givenHow })).rejects.toMatchObject({ code: "refused" });
    }
    expect(await epoch()).toBe(0);
    await give({ purpose: "staff-lookup", givenHow: "own-device", staff: null });
    await give({ purpose: "staff-lookup", event: "withdrawn", givenHow: "desk" });
  });

  test("of nobody is not found", async () => {
    await expect(give({ person: newId() })).rejects.toMatchObject({ code: "not-found" });
  });

  test("of one person follows another of the same person: epochs are never used twice", async () => {
    const rows = await Promise.all(
      Array.from({ length: 8 }, (_, n) => give({ event: n % 2 === 0 ? "given" : "refused" })),
    );
    expect(rows.map((row) => row.epoch).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const inOrder = rows.toSorted((a, b) => a.sequence - b.sequence);
    expect(inOrder.map((row) => row.epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe("how a person's consents stand", () => {
  const standing = async () =>
    (await standingOf(database.db, person, clock)).map(
      ({ purpose, channel, collection: scope, event, live }) => ({
        scope: [purpose, channel, scope],
        event,
        live,
      }),
    );

  test("is one line for each scope ever asked about, by its last event", async () => {
    await give();
    await give({ purpose: "publish", channel: "website" });
    await give({ purpose: "publish", channel: "website", event: "withdrawn" });
    await give({ purpose: "publish", channel: "press", event: "refused" });
    await give({ purpose: "contact", collection: null });
    const lines = await standing();
    expect(lines).toHaveLength(4);
    expect(lines).toEqual(
      expect.arrayContaining([
        { scope: ["find-me", null, collection], event: "given", live: true },
        { scope: ["publish", "website", collection], event: "withdrawn", live: false },
        { scope: ["publish", "press", collection], event: "refused", live: false },
        { scope: ["contact", null, null], event: "given", live: true },
      ]),
    );
  });

  test("is not live from the end of its time on", async () => {
    await give({ validUntil: new Date(clock.now().getTime() + 1000) });
    expect(await standing()).toMatchObject([{ event: "given", live: true }]);
    clock.advance(1000);
    expect(await standing()).toMatchObject([{ event: "given", live: false }]);
  });

  test("follows a later word about every collection, and not an earlier one", async () => {
    await give({ purpose: "keep-template", collection: null, event: "withdrawn" });
    await give({ purpose: "keep-template" });
    expect(await standing()).toContainEqual({
      scope: ["keep-template", null, collection],
      event: "given",
      live: true,
    });
    await give({ purpose: "keep-template", collection: null, event: "withdrawn" });
    expect(await standing()).toContainEqual({
      scope: ["keep-template", null, collection],
      event: "withdrawn",
      live: false,
    });
  });

  test("is nothing for somebody who was never asked", async () => {
    expect(await standing()).toEqual([]);
  });
});

describe("the texts", () => {
  test("are there in both languages for every purpose, each a text of its own", () => {
    const texts = PURPOSES.flatMap((purpose) =>
      (["fr", "en"] as const).map((language) => consentText(purpose, null, language)),
    );
    for (const text of texts) expect(text).toMatch(/^\p{Lu}.{20,}\.$/u);
    expect(new Set(texts).size).toBe(2 * PURPOSES.length);
    const website = consentText("publish", "website", "fr");
    expect(website).toContain("website");
    expect(website).not.toBe(consentText("publish", "press", "fr"));
    expect(textDigest("publish", "website", "fr")).not.toBe(textDigest("publish", "press", "fr"));
    expect(textDigest("find-me", null, "fr")).not.toBe(textDigest("find-me", null, "en"));
  });
});
