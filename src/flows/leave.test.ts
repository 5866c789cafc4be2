import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { colouredPhoto, facesSeen, matchedAs, type ColouredPhoto } from "../../test/support/coloured.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { publishTo } from "../../test/support/order.ts";
import { DAY_MS, scene, testClock, type Scene, type TestClock } from "../../test/support/scene.ts";
import { snapshot } from "../../test/support/snapshot.ts";
import type { Instance } from "../app/index.ts";
import { recordLook } from "../audit/index.ts";
import { newId, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { noticesOf } from "../people/index.ts";
import { TABLE_HOLDINGS } from "../rights/index.ts";
import { dataOf } from "./data-of.ts";
import { erase } from "./erase.ts";
import { downloadOf } from "./download.ts";
import { claimReceipt, leave } from "./leave.ts";
import { looksOf, meOf, shownOf } from "./me.ts";
import { prove } from "./prove.ts";
import { settle } from "./settle.ts";
import { verifyReceiptText } from "./verify.ts";
import { withdraw } from "./withdraw.ts";

let test_: TestInstance;
let instance: Instance;
let clock: TestClock;
let here: Scene;
let collection: Id;
let photo: ColouredPhoto;
let person: Id;
let enrolment: Id;
let other: Id;

beforeAll(async () => {
  clock = testClock();
  test_ = await testInstance({ clock });
  instance = test_.instance;
  here = scene(instance.db, instance.keys, clock);
});
afterAll(() => test_.close());
beforeEach(async () => {
  collection = (await here.collection()).id;
  photo = await colouredPhoto(instance, collection, 3, { takenAt: new Date("2026-05-02T14:00:00Z") });
  ({ person, enrolment } = await here.enrolled(collection));
  other = (await here.enrolled(collection)).person;
  await matchedAs(instance, photo.faces[0] ?? "", person, "matched");
  await matchedAs(instance, photo.faces[1] ?? "", other, "confirmed");
});

async function downloaded(who: Id, most = Infinity): Promise<readonly { name: string; bytes: Uint8Array }[]> {
  const files = [];
  for await (const file of downloadOf(instance, who)) {
    files.push({ name: file.name, bytes: await file.bytes() });
    if (files.length === most) break;
  }
  return files;
}

describe("a download", () => {
  test("is what the person may see, under names that say nothing of the originals', and is disclosed", async () => {
    const asked = await colouredPhoto(instance, collection, 1);
    await matchedAs(instance, asked.faces[0] ?? "", person, "asked");
    await here.consent(other, "publish", collection, { channel: "companions" });
    const files = await downloaded(person);
    expect(files.map((file) => file.name)).toEqual(["photo-1-2026-05-02.jpg"]);
    expect(await facesSeen(files[0]?.bytes ?? new Uint8Array(), 3)).toEqual([true, true, false]);
    expect(await shownOf(instance, person)).toMatchObject({
      disclosures: [{ channel: "companions", recipient: "person", pictures: 1 }],
    });
    // To the companion it was shown to somebody in their photo; to whom is not said.
    expect(await shownOf(instance, other)).toMatchObject({
      disclosures: [{ channel: "companions", recipient: "channel", pictures: 1 }],
    });
    expect(JSON.stringify(await shownOf(instance, other))).not.toContain(person);
    expect((await meOf(instance, person)).left).toBe(1);
    expect((await prove(instance, {})).residue).toEqual([]);
  });

  for (const [how, stop] of [
    [
      "withdraws that",
      (who: Id) => withdraw(instance, { person: who, purposes: ["publish:companions"], actor: null }),
    ],
    ["is erased", (who: Id) => erase(instance, { person: who, actor: null })],
  ] as const) {
    test(`tells whoever took it when somebody in it ${how}, once, and not who`, async () => {
      const bystander = (await here.enrolled(collection)).person;
      await here.consent(other, "publish", collection, { channel: "companions" });
      await downloaded(person);
      await downloaded(other);
      const told = async (who: Id) => (await noticesOf(instance.db, who)).map((one) => one.kind);
      expect(await told(person)).toEqual([]);
      await stop(other);
      expect(await told(person)).toEqual(["shown-no-more"]);
      expect(await told(bystander)).toEqual([]);
      const rows = await instance.db
        .selectFrom("notice")
        .selectAll()
        .where("person_id", "=", person)
        .execute();
      expect(JSON.stringify(rows)).not.toContain(other);
      expect((await prove(instance, {})).residue).toEqual([]);
    });
  }

  test("that is cut off is recorded as far as it went", async () => {
    for (let i = 0; i < 2; i++) {
      const more = await colouredPhoto(instance, collection, 1);
      await matchedAs(instance, more.faces[0] ?? "", person, "matched");
    }
    expect(await downloaded(person, 2)).toHaveLength(2);
    const [row] = await instance.db
      .selectFrom("disclosure")
      .innerJoin("disclosure_person", "disclosure_person.disclosure_id", "disclosure.id")
      .select(["disclosure.pictures", "disclosure.state"])
      .where("disclosure_person.person_id", "=", person)
      .where("disclosure_person.role", "=", "recipient")
      .execute();
    expect(row).toEqual({ pictures: 2, state: "complete" });
  });

  test("of nothing discloses nothing", async () => {
    expect(await downloaded(newId())).toEqual([]);
    const nobody = await here.person();
    expect(await downloaded(nobody)).toEqual([]);
    expect(await shownOf(instance, nobody)).toEqual({ disclosures: [] });
  });
});

describe("the person's own page", () => {
  test("says where they are, what is found and asked, and who looked", async () => {
    const asked = await colouredPhoto(instance, collection, 1);
    await matchedAs(instance, asked.faces[0] ?? "", person, "asked");
    await inTransaction(instance.db, (trx) =>
      recordLook(
        trx,
        { kind: "find", actor: "Ada", reason: "a question", collection, persons: [person] },
        clock,
      ),
    );
    const me = await meOf(instance, person);
    expect(me).toMatchObject({
      person,
      name: null,
      language: "en",
      collections: [
        { id: collection, enrolment: "live", matching: "enrolled", photos: 2, found: 1, asked: 1 },
      ],
      consents: [{ purpose: "find-me", channel: null, collection, live: true }],
    });
    expect(me.texts.map((text) => `${text.purpose}:${text.channel ?? ""}`)).toContain("publish:companions");
    expect((await looksOf(instance, person)).looks).toMatchObject([{ actor: "Ada", reason: "a question" }]);
    await instance.db.updateTable("enrolment").set({ state: "frozen" }).where("id", "=", enrolment).execute();
    expect((await meOf(instance, person)).collections).toMatchObject([
      { enrolment: "frozen", found: 0, asked: 0 },
    ]);
    await expect(meOf(instance, newId())).rejects.toMatchObject({ code: "not-found" });
  });

  test("gives everything that the holdings find, and no secret, original's name or other person", async () => {
    const twin = await here.enrolled(collection);
    await instance.db
      .insertInto("conflict")
      .values({
        id: newId(),
        enrolment_id: twin.enrolment,
        earlier_person_id: person,
        state: "open",
        at: new Date(),
      })
      .execute();
    await downloaded(person);
    const named = await here.person({ name: "Erika Example", email: "erika@example.org" });
    expect(await dataOf(instance, named)).toMatchObject({
      name: "Erika Example",
      email: "erika@example.org",
    });
    const data = await dataOf(instance, person);
    const tables = data.held.map((one) => one.table);
    for (const table of [
      "person",
      "consent_event",
      "enrolment",
      "match",
      "conflict",
      "rendition",
      "entry_payload",
    ]) {
      expect(tables, table).toContain(table);
    }
    for (const { table, rows, withheld } of data.held) {
      const columns = Object.keys(TABLE_HOLDINGS.find((one) => one.table === table)?.columns ?? {});
      for (const row of rows) expect(Object.keys(row).concat(withheld).sort(), table).toEqual(columns.sort());
      for (const row of rows)
        for (const value of Object.values(row)) expect(Buffer.isBuffer(value)).toBe(false);
    }
    const text = JSON.stringify(data);
    expect(text).not.toContain("erika-mustermann");
    for (const secret of [twin.person, twin.enrolment, other]) expect(text).not.toContain(secret);
    expect(data.photos).toMatchObject([{ photo: photo.id, state: "matched" }]);
    expect(data.disclosures).toHaveLength(1);
  });
});

describe("leaving by one's own hand", () => {
  test("erases everything, gives the receipt and a code for it, and says what had left", async () => {
    await here.consent(person, "publish", collection, { channel: "website" });
    await publishTo(instance, collection, "website", `${test_.folder}/site-${collection}`);
    const left = await leave(instance, person);
    expect(left).toMatchObject({ leftEarlier: 1 });
    expect(left.erasedMs).toBeTypeOf("number");
    expect((await verifyReceiptText(instance, left.receipt)).valid).toBe(true);
    expect((await prove(instance, { person })).residue).toEqual([]);
    expect(left.claimCode).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(await claimReceipt(instance, left.claimCode)).toEqual({ receipt: left.receipt });
    const typed = ` ${left.claimCode.toLowerCase().replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l")}`;
    expect(await claimReceipt(instance, typed)).toEqual({ receipt: left.receipt });
    const everything = JSON.stringify(await snapshot(instance.db));
    expect(everything).not.toContain(person);
    expect(everything).not.toContain(left.claimCode.replaceAll("-", ""));
    await expect(leave(instance, person)).rejects.toMatchObject({ code: "not-found" });
  });

  test("a code that is wrong or none opens nothing", async () => {
    const { claimCode } = await leave(instance, person);
    const last = claimCode.at(-1) === "7" ? "8" : "7";
    for (const code of [claimCode.slice(0, -1) + last, claimCode.slice(0, -2), "", "U".repeat(20), newId()]) {
      await expect(claimReceipt(instance, code)).rejects.toMatchObject({ code: "not-found" });
    }
  });

  test("after thirty days code, receipt and file are gone, and others' stay", async () => {
    const early = await leave(instance, person);
    clock.advance(20 * DAY_MS);
    const late = await leave(instance, other);
    clock.advance(11 * DAY_MS);
    await expect(claimReceipt(instance, early.claimCode)).rejects.toMatchObject({ code: "not-found" });
    const before = await readdir(instance.receipts.path);
    await settle(instance);
    const after = await readdir(instance.receipts.path);
    expect(before.filter((file) => !after.includes(file)).length).toBeGreaterThan(0);
    expect(await instance.db.selectFrom("receipt_claim").selectAll().execute()).toHaveLength(1);
    expect(await claimReceipt(instance, late.claimCode)).toEqual({ receipt: late.receipt });
    expect(await instance.db.selectFrom("pending").select("kind").execute()).toEqual([]);
  });
});
