import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pdfText } from "../../../test/support/pdf-text.ts";
import { scene, type Scene } from "../../../test/support/scene.ts";
import type { Instance } from "../../app/index.ts";
import { newId, type Id } from "../../core/index.ts";
import { inTransaction, type ConsentEventKind } from "../../db/index.ts";
import * as flows from "../../flows/index.ts";
import { enrol } from "../../people/index.ts";
import { OWNER, staffServer, type StaffServer } from "./staff-server.testing.ts";

/** Who joined and what they agreed to, as staff see it and take it out. */
let here: StaffServer;
let instance: Instance;
let set: Scene;
beforeAll(async () => {
  here = await staffServer();
  instance = here.test.instance;
  set = scene(instance.db, instance.keys, instance.clock);
});
afterAll(() => here.close());

interface Table {
  readonly uses: readonly string[];
  readonly people: readonly {
    readonly person: Id;
    readonly name: string | null;
    readonly cells: readonly { readonly state: string; readonly until: string | null }[];
  }[];
  readonly total: number;
  readonly ending: number;
}
const DAY_MS = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);

/** Somebody who joined, with what they said of publishing on each channel. */
async function joined(
  collection: Id,
  name: string | undefined,
  said: readonly (readonly [channel: string, event: ConsentEventKind, days: number])[],
): Promise<Id> {
  const person = await set.person(name === undefined ? {} : { name });
  for (const [channel, event, days] of said) {
    await set.consent(person, "publish", collection, { channel, event, validUntil: inDays(days) });
  }
  await inTransaction(instance.db, (trx) =>
    enrol(
      trx,
      { person, collection, givenHow: "own-device", staff: null, state: "provisional" },
      instance.clock,
    ),
  );
  return person;
}

const reasonsOf = async (person: Id): Promise<readonly string[]> =>
  (await flows.listLooks(instance, person)).map((look) => `${look.kind}: ${look.reason}`);

test("who joined is a table of people and uses, found by name and by how they stand, and taken out by a look", async () => {
  const collection = await here.collection("A class", { matching: "off" });
  const url = `/api/staff/collections/${collection}`;
  const table = async (body: object = {}): Promise<Table> => {
    const answer = await here.ask("POST", `${url}/people/list`, { body });
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json<Table>();
  };
  expect(await table()).toMatchObject({ people: [], total: 0, ending: 0 });

  const zoe = await joined(collection, "Zoë Exemple", [
    ["website", "given", 20],
    ["office", "refused", 300],
  ]);
  const formula = await joined(collection, '=SUM(A1),"x"', [["website", "given", 200]]);
  const refuses = await joined(collection, "Ada Non", [
    ["website", "refused", 300],
    ["office", "withdrawn", 300],
  ]);
  const silent = await joined(collection, undefined, []);
  const elsewhere = await here.collection("Another class", { matching: "off" });
  await joined(elsewhere, "Somebody Else", [["website", "given", 10]]);

  const all = await table();
  expect(all.uses).toEqual([
    "show-name",
    "publish:companions",
    "publish:office",
    "publish:website",
    "contact",
  ]);
  expect(all.people.map((one) => one.person)).toEqual([formula, refuses, zoe, silent]);
  const cellsOf = (person: Id) =>
    all.people.find((one) => one.person === person)?.cells.map((cell) => cell.state);
  expect(cellsOf(zoe)).toEqual(["unanswered", "unanswered", "no", "ending", "unanswered"]);
  expect(cellsOf(formula)?.[3]).toBe("yes");
  expect(cellsOf(refuses)?.slice(2, 4)).toEqual(["no", "no"]);
  expect(all).toMatchObject({ total: 4, ending: 1 });

  // Found by a name whatever its case and accents, and by how they stand to one use or to any.
  const found = async (body: object) => (await table(body)).people.map((one) => one.person);
  expect(await found({ looking: "zoe" })).toEqual([zoe]);
  expect(await found({ state: "ending" })).toEqual([zoe]);
  expect(await found({ state: "no", use: "publish:office" })).toEqual([refuses, zoe]);
  expect(await found({ state: "yes", use: "publish:website" })).toEqual([formula, zoe]);
  expect(await found({ from: 3 })).toEqual([silent]);
  expect(await reasonsOf(zoe)).toEqual([]);

  // A consent that is withdrawn is so at once.
  await set.consent(zoe, "publish", collection, { channel: "website", event: "withdrawn" });
  expect(await found({ state: "ending" })).toEqual([]);

  const post = (path: string, body: object) => here.ask("POST", `${url}/${path}`, { body });
  expect((await post("people/export", { reason: " " })).statusCode).toBe(400);
  const csv = await post("people/export", { reason: "the outing's list" });
  expect(csv.headers["content-type"]).toContain("text/csv");
  const lines = csv.body.replace("\uFEFF", "").trimEnd().split("\r\n");
  expect(lines).toHaveLength(5);
  expect(lines[0]).toContain('"publish:website","publish:website until"');
  // What a spreadsheet would compute is led by an apostrophe, and a quote does not end the field.
  expect(lines[1]?.startsWith(`"'=SUM(A1),""x"""`)).toBe(true);
  for (const person of [zoe, formula, refuses, silent]) {
    expect(await reasonsOf(person)).toEqual(["list: the outing's list"]);
  }

  const pdf = await post("do-not-photograph", { reason: "for the photographer", language: "fr" });
  const drawn = pdfText(pdf.rawPayload);
  expect(drawn).toContain("Ada Non");
  expect(drawn).not.toContain("SUM(A1)");
  const looks = async (person: Id) => (await reasonsOf(person)).filter((one) => one.includes("photographer"));
  expect(await looks(refuses)).toHaveLength(1);
  // Zoë has withdrawn one and refused the other: she is on it now. Who has said nothing is not.
  expect(await looks(zoe)).toHaveLength(1);
  expect(await looks(silent)).toEqual([]);
  expect(await looks(formula)).toEqual([]);
  const list = await flows.notToPhotograph(instance, { collection, actor: "Ada", reason: "once more" });
  expect(list.map((one) => [one.name, one.because])).toEqual([
    ["Ada Non", "refused"],
    ["Zoë Exemple", "refused"],
  ]);
});

test("what a paper says, yes and no, is taken in with the hash of its scan, and the scan is not kept", async () => {
  const collection = await here.collection("Papers", { matching: "off" });
  const url = `/api/staff/collections/${collection}/people`;
  const scan = Buffer.from("%PDF-1.7 what was signed");
  const paper = {
    name: "Léa Papier",
    language: "fr",
    given: "paper",
    consents: ["publish:office"],
    refused: ["publish:website"],
    scan: scan.toString("base64"),
  };
  const post = async (more: object) => here.ask("POST", url, { body: { ...paper, ...more } });
  expect((await post({ scan: undefined })).json()).toMatchObject({ code: "bad-input" });
  expect((await post({ given: "desk", scan: undefined })).json()).toMatchObject({ code: "bad-input" });
  expect((await post({ refused: ["publish:office"] })).json()).toMatchObject({ code: "bad-input" });
  expect((await post({ consents: [], refused: [] })).json()).toMatchObject({ code: "bad-input" });
  const done = await post({});
  expect(done.json(), done.body).toMatchObject({ state: "without-template" });
  const { person } = done.json<{ person: Id }>();
  const events = await instance.db
    .selectFrom("consent_event")
    .select(["channel", "event", "given_how", "paper_digest", "staff"])
    .where("person_id", "=", person)
    .orderBy("channel")
    .execute();
  const common = {
    given_how: "paper",
    paper_digest: createHash("sha256").update(scan).digest("hex"),
    staff: OWNER.name,
  };
  expect(events).toEqual([
    { ...common, channel: "office", event: "given" },
    { ...common, channel: "website", event: "refused" },
  ]);
  expect(await readdir(join(instance.dataFolder, "uploads"))).toEqual([]);

  // Somebody who says no to everything is on the list of those not to be photographed; so is whoever objects.
  const no = await post({ name: "Non", consents: [], refused: ["publish:website", "publish:companions"] });
  expect(no.json(), no.body).toMatchObject({ state: "without-template" });
  await flows.object(instance, { subject: person, actor: "Ada" });
  const list = await flows.notToPhotograph(instance, { collection, actor: "Ada", reason: "the outing" });
  expect(list.map((one) => [one.name, one.because])).toEqual([
    ["Léa Papier", "objected"],
    ["Non", "refused"],
  ]);
});

test("beyond the day's limit a paper needs a second member of staff, as the desk does", async () => {
  const collection = await here.collection("Many papers", { matching: "off" });
  const url = `/api/staff/collections/${collection}/people`;
  const { limit } = (await here.ask("GET", `/api/staff/collections/${collection}/desk`)).json<{
    limit: number;
  }>();
  const { person } = await set.enrolled(collection);
  const made = {
    person_id: person,
    collection_id: collection,
    state: "vouched",
    given_how: "paper",
  } as const;
  await instance.db
    .insertInto("enrolment")
    .values(
      Array.from({ length: limit }, () => ({
        ...made,
        id: newId(),
        staff: OWNER.name,
        created_at: instance.clock.now(),
      })),
    )
    .execute();
  const body = {
    language: "en",
    given: "paper",
    consents: ["publish:website"],
    scan: Buffer.from("signed").toString("base64"),
  };
  expect((await here.ask("POST", url, { body })).json()).toMatchObject({ code: "refused" });
  const second = { ...body, secondStaff: OWNER.name };
  expect((await here.ask("POST", url, { body: second })).json()).toMatchObject({ code: "bad-input" });
  expect((await here.ask("POST", url, { body: { ...body, secondStaff: "Grace" } })).statusCode).toBe(200);
});
