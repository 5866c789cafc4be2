import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pdfText } from "../../../test/support/pdf-text.ts";
import { boxAt, DAY_MS, scene, type Scene } from "../../../test/support/scene.ts";
import { newId } from "../../core/index.ts";
import { enrol } from "../../people/index.ts";
import { escapeHtml } from "../../flows/escape-html.ts";
import { FILE_HOLDINGS, STAFF_HOLDINGS, TABLE_HOLDINGS } from "../../rights/index.ts";
import * as flows from "../../flows/index.ts";
import { makeApiKey } from "../../accounts/index.ts";
import { actorOfKey, recordLook } from "../../audit/index.ts";
import { inTransaction } from "../../db/index.ts";
import type { ErrorRates } from "../contract/officer.ts";
import { colleague, staffServer, type StaffServer } from "./staff-server.testing.ts";

let here: StaffServer;
let set: Scene;
let officer = "";
let party = "";
beforeAll(async () => {
  here = await staffServer();
  const { instance } = here.test;
  set = scene(instance.db, instance.keys, instance.clock);
  officer = (await colleague(here, "officer", { name: "Olga Officer" })).cookie;
  party = await here.collection("Party");
});
afterAll(() => here.close());

type Json = Record<string, unknown>;
const get = async <T = Json>(path: string): Promise<T> => {
  const answer = await here.ask("GET", `/api/staff/officer${path}`, { cookie: officer });
  expect([answer.statusCode, answer.statusCode === 200 ? "" : answer.body]).toEqual([200, ""]);
  return answer.json<T>();
};
interface Entry {
  readonly kind: string | null;
  readonly actor: string | null;
  readonly person: string | null;
  readonly position: number | null;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}
const entries = async (query = "") =>
  (await get<{ entries: Entry[]; next: string | null }>(`/log?${query}`)).entries;

describe("the log, as the officer reads it", () => {
  test("is searched by kind, by day and by who did it, and names collections", async () => {
    const { instance } = here.test;
    const { person } = await set.enrolled(party);
    const look = { kind: "lookup" as const, actor: "Ed Editor", reason: "a search", collection: party };
    await inTransaction(instance.db, (trx) =>
      recordLook(trx, { ...look, persons: [person] }, instance.clock),
    );
    const made = await entries("kind=collection-created");
    expect(made.map((one) => one.kind)).toEqual(["collection-created"]);
    expect(made[0]?.facts).toContainEqual({ name: "collection", value: "Party" });
    const looks = await entries(`actor=${encodeURIComponent("Ed Editor")}`);
    expect(looks.map((one) => [one.kind, one.actor])).toEqual([["look", "Ed Editor"]]);
    const today = instance.clock.now().toISOString().slice(0, 10);
    expect((await entries(`from=${today}&to=${today}`)).length).toBeGreaterThan(2);
    expect(await entries("from=2001-01-01&to=2001-12-31")).toEqual([]);
    const wrong = await here.ask("GET", "/api/staff/officer/log?from=2026-02-30", { cookie: officer });
    expect(wrong.json<Json>()["code"]).toBe("bad-input");
  });

  test("leads from nobody to a photo, and says nothing of who was erased", async () => {
    const { instance } = here.test;
    const photo = await set.photo(party, [boxAt(300)]);
    const { person } = await set.enrolled(party);
    await flows.tagFace(instance, { face: photo.faces[0] ?? "", person, actor: "Ed Editor" });
    const about = (await entries("kind=face-tagged"))[0];
    expect(about?.person).toBe(person);
    expect(JSON.stringify(about)).not.toContain(photo.faces[0]);
    expect(JSON.stringify(about)).not.toContain(photo.id);
    await flows.erase(instance, { person, actor: "Ed Editor" });
    const all = await entries();
    expect(all.some((one) => one.kind === null && one.person === null && one.facts.length === 0)).toBe(true);
    expect(JSON.stringify(all)).not.toContain(person);
  });

  test("goes on page by page, each entry once", async () => {
    const { instance } = here.test;
    for (let n = 0; n < 60; n++) {
      await inTransaction(instance.db, (trx) =>
        recordLook(
          trx,
          { kind: "find", actor: "Lou", reason: "r", collection: null, persons: [] },
          instance.clock,
        ),
      );
    }
    const seen: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query = `actor=Lou${cursor === "" ? "" : `&cursor=${cursor}`}`;
      const page: { entries: Json[]; next: string | null } = await get(`/log?${query}`);
      seen.push(...page.entries.map((one) => one["id"]));
      cursor = page.next;
    }
    expect([seen.length, new Set(seen).size]).toEqual([60, 60]);
  });

  test("is verified in the server, which names what is damaged and whose word it is", async () => {
    const { instance } = here.test;
    await flows.sequenceLog(instance);
    const checked = async () => {
      const url = "/api/staff/officer/log/check";
      expect((await here.ask("POST", url, { cookie: officer })).statusCode).toBe(200);
      for (;;) {
        const state = await get<{ running: unknown; failed: unknown; last: Json }>("/log/check");
        if (state.running === null) return state;
      }
    };
    const state = await get<{ head: { size: number }; witnessed: unknown }>("/log/state");
    expect(state.witnessed).toBeNull();
    expect(await checked()).toMatchObject({
      failed: null,
      last: { by: "Olga Officer", size: state.head.size, damage: [], cuts: 0 },
    });
    const one = await instance.db
      .selectFrom("entry_payload")
      .select("entry_id")
      .where("kind", "=", "collection-created")
      .executeTakeFirstOrThrow();
    await sql`alter table entry_payload disable trigger user`.execute(instance.db);
    await instance.db
      .updateTable("entry_payload")
      .set({ payload: '{"collection":"another"}' })
      .where("entry_id", "=", one.entry_id)
      .execute();
    await sql`alter table entry_payload enable trigger user`.execute(instance.db);
    const { last } = await checked();
    expect(last["damage"]).toMatchObject([{ kind: "altered-payload", entry: one.entry_id }]);
  });
});

test("whoever looks and vouches much is counted under their name, with who stood by", async () => {
  const { instance } = here.test;
  for (const secondStaff of [undefined, "Sam Second"]) {
    const person = await set.person();
    const wanted = {
      person,
      collection: party,
      givenHow: "desk",
      staff: "Dee Desk",
      state: "vouched",
    } as const;
    await inTransaction(instance.db, (trx) => enrol(trx, { ...wanted, secondStaff }, instance.clock));
  }
  const work = await get<{ looks: Json[]; desk: Json }>("/accounts");
  expect(work.looks).toContainEqual({ actor: "Lou", today: 60, people: 0, mean: 0, unusual: true });
  expect(work.desk).toMatchObject({
    limit: 20,
    accounts: [{ staff: "Dee Desk", today: 2, month: 2, desk: 2, paper: 0 }],
    seconds: [{ staff: "Dee Desk", second: "Sam Second", enrolments: 1 }],
  });
  expect(await get("")).toMatchObject({ unusual: ["Lou"], atLimit: [], witnessed: null });
});

test("the calendar counts what runs out, and knows the last backup", async () => {
  const { instance } = here.test;
  const before = await get<{ consents: Json[]; backup: unknown; epoch: Json }>("/calendar");
  expect(before.backup).toBeNull();
  const in60 = new Date(instance.clock.now().getTime() + 60 * DAY_MS);
  const person = await set.person();
  await set.consent(person, "contact", null, { validUntil: in60 });
  const gone = await set.person();
  await set.consent(gone, "contact", null, { validUntil: in60 });
  await flows.withdraw(instance, { person: gone, purposes: ["contact"], actor: "them" });
  // The photos of these tests are no files, so that it does not end: it was begun.
  const order = { out: `${here.test.folder}/`, actor: "Ada", progress: () => undefined };
  await expect(flows.backup(instance, order)).rejects.toThrow("stored file");
  const after = await get<{ consents: Json[]; backup: Json; collections: Json[]; idle: Json }>("/calendar");
  expect(after.consents).toContainEqual({ purpose: "contact", soon: 0, later: 1 });
  expect(after.backup).toMatchObject({ by: "Ada" });
  expect(after.collections).toMatchObject([{ name: "Party", joiningClosed: false }]);
  expect(after.idle).toEqual({ months: null, idle: 0, warned: 0 });
});

test("the texts are there as they were answered", async () => {
  const { texts } = await get<{ texts: Json[] }>("/texts");
  expect(texts).toContainEqual(
    expect.objectContaining({ purpose: "contact", language: "en", inUse: true, people: 2, yes: 1 }),
  );
});

test("of what left, those who withdrew since are counted for the recipients to be told", async () => {
  const { instance } = here.test;
  const person = await set.person();
  await set.consent(person, "publish", party, { channel: "website" });
  const photo = await set.photo(party, [boxAt(300)]);
  await flows.tagFace(instance, { face: photo.faces[0] ?? "", person, actor: "Ed Editor" });
  const left = newId();
  await inTransaction(instance.db, async (trx) => {
    const at = instance.clock.now();
    const row = { id: left, collection_id: party, channel: "website", recipient: "channel" as const, at };
    const more = { folder: null, reviewed_by: "Ed Editor", reveal: "confirmed" as const, pictures: 1 };
    await trx
      .insertInto("disclosure")
      .values({ ...row, ...more, state: "complete" })
      .execute();
    const shown = { disclosure_id: left, person_id: person, role: "shown" as const, pictures: 1 };
    await trx.insertInto("disclosure_person").values(shown).execute();
  });
  const line = async () =>
    (await get<{ disclosures: Json[] }>("/disclosures")).disclosures.find((one) => one["id"] === left);
  expect(await line()).toMatchObject({ collection: "Party", shown: 1, withdrawn: 0, renewed: false });
  await flows.withdraw(instance, { person, purposes: ["publish:website"], actor: "them" });
  expect(await line()).toMatchObject({ shown: 1, withdrawn: 1, reviewedBy: "Ed Editor" });
});

test("error rates that were measured here are told by group, with their intervals, and nothing else of the photos", async () => {
  const rates = () => get<ErrorRates>("/error-rates");
  expect(await rates()).toEqual({ evaluations: [] });
  const rate = { count: 1, n: 2, people: 2, value: 0.5, low: 0.1, high: 0.9, interval: "bootstrap" } as const;
  const none = {
    ...rate,
    count: 0,
    n: 0,
    people: 0,
    value: null,
    low: null,
    high: null,
    interval: "none",
  } as const;
  const threshold = (name: string, value: number) => ({
    name,
    value,
    fmr: rate,
    fnmr: rate,
    fpir: none,
    fnir: rate,
  });
  const byGender = (at: number) => ({
    attribute: "gender",
    threshold: at,
    nonMatches: [{ group: "female", fnmr: rate, fewPeople: true }],
    matches: [{ groups: ["female", "male"] as const, fmr: none, fewPeople: true }],
  });
  const report = {
    ...{ photos: 3, people: 3, enrolled: 2, faces: 3, doubtful: 0, falseDetections: 0 },
    ...{ heights: [], pooledHeights: [], sweep: [], policy: {} as never },
    leaks: [{ photo: "ann.jpg", height: 40, found: "missed", hidden: false } as const],
    atThresholds: [threshold("ask at 32 px", 0.25), threshold("automatic", 0.7)],
    groups: [byGender(0.25), byGender(0.7)],
  };
  const evaluated = { pack: "small-1", policy: "2026-1", report, conditions: {} };
  for (let i = 0; i < 11; i++) await flows.keepEvaluation(here.test.instance, { evaluated, actor: "Ada" });
  const { evaluations } = await rates();
  expect(evaluations).toHaveLength(10);
  const [last] = evaluations;
  expect(last).toMatchObject({ by: "Ada", pack: "small-1", policy: "2026-1", people: 3, faces: 3, leaks: 1 });
  expect(last?.thresholds.map((one) => [one.name, one.fnmr.high, one.fpir.value])).toEqual([
    ["ask at 32 px", 0.9, null],
    ["automatic", 0.9, null],
  ]);
  expect(last?.groups).toMatchObject([
    {
      attribute: "gender",
      nonMatches: [{ group: "female", fewPeople: true, fnmr: { value: 0.5, people: 2 } }],
    },
  ]);
  expect(JSON.stringify(evaluations)).not.toMatch(/ann|bob|cat|\.jpg/);
});

describe("after a breach", () => {
  const reached = (query: string) =>
    get<{ opens: string; photos: number; people: Json[] }>(`/reach?${query}`);

  test("an account of one collection reaches its people, by id and count, and its looks elsewhere", async () => {
    const { instance } = here.test;
    const other = await here.collection("Other");
    const [mine, theirs] = [await set.enrolled(party), await set.enrolled(other)];
    const photo = await set.photo(party, [boxAt(300), boxAt(500)]);
    await flows.tagFace(instance, { face: photo.faces[0] ?? "", person: mine.person, actor: "Ed" });
    const { id } = await colleague(here, "editor", { collection: party, name: "Eve Editor" });
    const { accounts } = await get<{ accounts: { id: string; name: string }[] }>("/reach/choices");
    expect(accounts).toContainEqual({ id, name: "Eve Editor" });
    const before = await reached(`kind=account&id=${id}`);
    expect(before.people).toContainEqual({ person: mine.person, names: true, photos: 1, looks: 0 });
    expect(before.people.map((one) => one["person"])).not.toContain(theirs.person);
    // Their own, and those of a key that they made.
    for (const actor of [
      "Eve Editor",
      actorOfKey("Website", "Eve Editor"),
      actorOfKey("Website", "Steve Editor"),
    ]) {
      const look = { kind: "find", actor, reason: "r", collection: other } as const;
      await inTransaction(instance.db, (trx) =>
        recordLook(trx, { ...look, persons: [theirs.person] }, instance.clock),
      );
    }
    const after = await reached(`kind=account&id=${id}`);
    expect(after.people[0]).toEqual({ person: theirs.person, names: false, photos: 0, looks: 2 });
  });

  test("a link on a poster reaches nobody, a personal one its person, and names are a look", async () => {
    const { instance } = here.test;
    const made = await flows.invite(instance, { collection: "Party", kind: "public", actor: "Ada" });
    const poster = made.invitations[0]?.id ?? "";
    expect(await reached(`kind=link&id=${poster}`)).toEqual({ opens: "join", photos: 0, people: [] });
    const person = await set.person({ name: "Zoë Exemple" });
    await flows.createPersonalLink(instance, { person, actor: "Ada" });
    const link = await instance.db
      .selectFrom("invitation")
      .select("id")
      .where("person_id", "=", person)
      .executeTakeFirstOrThrow();
    const subject = { kind: "link", id: link.id };
    const found = await reached(`kind=link&id=${link.id}`);
    expect(found).toMatchObject({ opens: "person", photos: 0, people: [{ person, names: true }] });
    const photo = await set.photo(party, [boxAt(300)]);
    await flows.tagFace(instance, { face: photo.faces[0] ?? "", person, actor: "Ed" });
    expect(await reached(`kind=link&id=${link.id}`)).toMatchObject({
      photos: 1,
      people: [{ person, names: true, photos: 1 }],
    });
    expect(JSON.stringify(found)).not.toContain("Zoë");
    const names = (body: object) =>
      here.ask("POST", "/api/staff/officer/reach/names", { body, cookie: officer });
    expect((await names({ ...subject, reason: " " })).json<Json>()["code"]).toBe("bad-input");
    const looks = async () =>
      (await flows.listLooks(instance, person)).filter((one) => one.kind === "breach");
    expect(await looks()).toEqual([]);
    const reason = "the link was forwarded to a mailing list";
    expect((await names({ ...subject, reason })).json()).toEqual({
      names: [{ person, name: "Zoë Exemple" }],
    });
    expect(await looks()).toMatchObject([{ kind: "breach", actor: "Olga Officer", reason }]);
    const unknown = await here.ask("GET", `/api/staff/officer/reach?kind=link&id=${newId()}`, {
      cookie: officer,
    });
    expect(unknown.statusCode).toBe(404);
  });

  test("a key reaches what its scopes say, and no more", async () => {
    const { instance } = here.test;
    const key = await makeApiKey(
      instance.db,
      {
        name: "the archive's program",
        scopes: ["see-photos"],
        collection: null,
        expiresAt: new Date(instance.clock.now().getTime() + DAY_MS),
        by: { account: null, name: "a tester" },
      },
      instance.clock,
    );
    const { people, photos } = await reached(`kind=key&id=${key.id}`);
    expect(photos).toBeGreaterThan(1);
    expect(people.length).toBeGreaterThan(0);
    expect(people.every((one) => one["names"] === false && Number(one["photos"]) > 0)).toBe(true);
  });
});

describe("the papers", () => {
  const file = (path: string) => here.ask("GET", `/api/staff/officer/papers/${path}`, { cookie: officer });

  test("are drafted in both languages from what is there, mark what is missing, and claim nothing", async () => {
    const sharp = { purpose: "<script>alert(1)</script>", preset: "event" };
    await here.collection("Sharp & sons", sharp);
    for (const [paper, language, mark] of [
      ["record", "fr", "À compléter"],
      ["record", "en", "To be filled in"],
      ["assessment", "fr", "À compléter"],
      ["assessment", "en", "To be filled in"],
    ] as const) {
      const page = (await file(`${paper}/page?language=${language}`)).json<{
        note: string;
        sections: { title: string; blocks: { kind: string }[] }[];
      }>();
      expect(page.note).toMatch(/juriste|lawyer/);
      const marks = page.sections.flatMap((one) => one.blocks).filter((one) => one.kind === "fill-in");
      expect(marks.length).toBeGreaterThan(4);
      const html = await file(`${paper}/html?language=${language}`);
      expect(html.headers["content-disposition"]).toContain("attachment");
      expect(html.body.split(`<strong>${mark}.</strong>`)).toHaveLength(marks.length + 1);
      expect(html.body).toContain("Sharp &#38; sons");
      expect(html.body).not.toContain("<script>");
      expect(html.body).toContain(
        paper === "assessment" ? "0.713".replace(".", language === "fr" ? "," : ".") : "website",
      );
      const pdf = await file(`${paper}/pdf?language=${language}`);
      // Each mark again, and each section's title, on paper.
      const drawn = pdfText(pdf.rawPayload).replaceAll(/\s+/g, " ");
      expect(drawn.split(`${mark}.`)).toHaveLength(marks.length + 1);
      for (const { title } of page.sections) expect(drawn).toContain(title.replaceAll(/\s+/g, " "));
    }
  });

  test("the record names everything that the data map names", async () => {
    const { body } = await file("record/html?language=en");
    for (const { purpose } of [...TABLE_HOLDINGS, ...FILE_HOLDINGS, ...STAFF_HOLDINGS]) {
      expect(body).toContain(escapeHtml(purpose));
    }
  });
});
