import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { boxAt, DAY_MS, scene, testClock, type TestClock } from "../../../test/support/scene.ts";
import { purge } from "../../flows/index.ts";
import { unlessImporting } from "../../flows/import.ts";
import type { SecondPersons } from "../contract/staff-second-persons.ts";
import { makeKey } from "../api/ask.testing.ts";
import {
  colleague,
  invitationSecret,
  PASSWORD,
  staffServer,
  type StaffServer,
} from "./staff-server.testing.ts";

type Json = Record<string, unknown>;

let clock: TestClock;
let here: StaffServer;
let secondOwner: string;
/** What became of a collection that was to be deleted before there was a second owner. */
let alone: { readonly answer: Json; readonly isThere: boolean };
beforeAll(async () => {
  clock = testClock();
  here = await staffServer({ clock, twoPersons: new Set(["purge", "look-up-roles"]) });
  const id = await here.collection("alone");
  alone = { answer: await deletion(id, "alone"), isThere: await isThere(id) };
  secondOwner = (await colleague(here, "owner")).cookie;
});
afterAll(() => here.close());

const list = async (cookie = here.owner) =>
  (await here.ask("GET", "/api/staff/second-persons", { cookie })).json<SecondPersons>();
const settle = async (id: string, outcome: "confirm" | "withdraw", cookie = here.owner) => {
  const answer = await here.ask("POST", `/api/staff/second-persons/${id}`, { body: { outcome }, cookie });
  return answer.statusCode;
};
const deletion = async (id: string, name: string, cookie = here.owner) =>
  (await here.ask("POST", `/api/staff/collections/${id}/deletion`, { body: { name }, cookie })).json<Json>();
const isThere = async (id: string) =>
  (await here.ask("GET", `/api/staff/collections/${id}`)).statusCode === 200;

test("with one owner alone, nobody is waited for", () => {
  expect(alone).toMatchObject({ answer: { photos: 0 }, isThere: false });
});

const invite = (role: string, cookie = here.owner) =>
  here.ask("POST", "/api/staff/accounts/invitations", { body: { collection: null, role }, cookie });

test("where there are two owners, deleting waits for the one who did not ask", async () => {
  const officer = await colleague(here, "officer");
  const id = await here.collection("two");
  const asked = await deletion(id, "two");
  expect(asked).toMatchObject({ asked: expect.any(String) as string });
  expect(await isThere(id)).toBe(true);
  const waits = asked["asked"] as string;
  const waitsFor = async () => (await list(secondOwner)).waiting.find((one) => one.id === waits);
  expect(await waitsFor()).toMatchObject({
    what: "delete-collection",
    collection: "two",
    askedBy: "Ada Owner",
    own: false,
    state: "open",
  });
  // The officer sees it, and decides nothing.
  expect((await list(officer.cookie)).waiting.map((one) => one.id)).toContain(waits);
  expect((await here.ask("GET", "/api/staff/officer", { cookie: officer.cookie })).json()).toMatchObject({
    waitingForSecond: (await list()).waiting.filter((one) => one.state === "open").length,
  });
  expect(await settle(waits, "confirm", officer.cookie)).toBe(404);
  expect(await settle(waits, "confirm")).toBe(403);
  expect(await isThere(id)).toBe(true);
  expect(await settle(waits, "confirm", secondOwner)).toBe(204);
  expect(await isThere(id)).toBe(false);
  expect(await settle(waits, "confirm", secondOwner)).toBe(404);
  // Who decided it is read as long as other decisions are.
  expect(await waitsFor()).toMatchObject({ collection: null, state: "confirmed", askedBy: "Ada Owner" });

  const kept = await here.collection("kept");
  const other = (await deletion(kept, "kept"))["asked"] as string;
  expect(await settle(other, "withdraw")).toBe(204);
  expect(await settle(other, "confirm", secondOwner)).toBe(404);
  const late = (await deletion(kept, "kept"))["asked"] as string;
  clock.advance(7 * DAY_MS);
  expect((await list()).waiting.find((one) => one.id === late)).toMatchObject({ state: "expired" });
  expect(await isThere(kept)).toBe(true);
  const { rows } = await sql<{ kind: string }>`select kind from entry_payload
    where kind like 'second-%' and payload->>'id' in (${waits}, ${other}, ${late}) order by at`.execute(
    here.test.instance.db,
  );
  expect(rows.map((one) => one.kind)).toEqual([
    "second-asked",
    "second-confirmed",
    "second-asked",
    "second-withdrawn",
    "second-asked",
  ]);
});

test("a key does not get around it: its maker cannot confirm what it asks for", async () => {
  const { db, keys } = here.test.instance;
  const collection = await here.collection("by key");
  const photo = await scene(db, keys, clock).photo(collection, [boxAt(100)]);
  const { key } = await makeKey(here, ["delete-photos"]);
  const gone = await here.server.ask("DELETE", `/api/v1/collections/${collection}/photos/${photo.id}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const { asked } = gone.json<{ asked: string }>();
  const there = () => db.selectFrom("photo").select("id").where("id", "=", photo.id).executeTakeFirst();
  expect(await settle(asked, "confirm")).toBe(403);
  expect(await there()).toBeDefined();
  expect(await settle(asked, "confirm", secondOwner)).toBe(204);
  expect(await there()).toBeUndefined();
});

test("what the command line asks waits for an owner too, and what fails waits again", async () => {
  const { instance } = here.test;
  const id = await here.collection("by command");
  const by = { account: null, name: "operator" };
  const outcome = await purge(instance, new Set(["purge"]), { collection: "by command", by });
  const waits = "asked" in outcome ? outcome.asked.id : "";
  // As while its photos are looked through.
  const busy = await unlessImporting(instance.db, id, () => settle(waits, "confirm"));
  expect(busy).toBe(503);
  expect((await list()).waiting.find((one) => one.id === waits)).toMatchObject({ state: "open" });
  expect(await settle(waits, "confirm")).toBe(204);
  expect(await isThere(id)).toBe(false);
  expect("done" in (await purge(instance, new Set(), { collection: await here.collection("x"), by }))).toBe(
    true,
  );
});

test("the right to look people up is given by two owners, and no invitation gives it", async () => {
  const { id, cookie } = await colleague(here, "officer");
  const owners = (await here.ask("GET", "/api/staff/accounts")).json<{
    accounts: { id: string; role: string; own: boolean }[];
  }>().accounts;
  expect(owners.filter((one) => one.role === "owner")).toHaveLength(2);
  const give = (role: string) =>
    here.ask("PUT", `/api/staff/accounts/${id}/role`, { body: { collection: null, role } });
  const roleNow = async () => (await here.ask("GET", "/api/staff/me", { cookie })).json<Json>()["role"];
  expect((await give("publisher")).statusCode).toBe(204);
  const asked = await give("editor");
  expect(asked.statusCode).toBe(202);
  expect(await roleNow()).toBe("publisher");
  const waits = asked.json<{ asked: string }>().asked;
  expect(await settle(waits, "confirm")).toBe(403);
  expect((await invite("editor")).json()).toMatchObject({ code: "refused" });
  expect(await settle(waits, "confirm", secondOwner)).toBe(204);
  expect(await roleNow()).toBe("editor");
  const key = (scopes: string[]) => {
    const until = new Date(clock.now().getTime() + 30 * DAY_MS).toISOString().slice(0, 10);
    const body = { name: `key for ${scopes.join()}`, scopes, collection: null, until };
    return here.ask("POST", "/api/staff/keys", { body });
  };
  const refused = await key(["see-people", "look-up"]);
  expect(refused.json()).toMatchObject({ code: "refused" });
  expect((await key(["see-people"])).statusCode).toBe(200);
});

test("nobody makes themselves the second owner: not by an invitation, nor by one kept back, nor by a role", async () => {
  const open = await staffServer({ clock, twoPersons: new Set(["purge"]) });
  const kept = here;
  try {
    here = open;
    const keptBack = await invitationSecret(here, "owner");
    const other = await colleague(here, "owner");
    expect((await invite("owner")).json()).toMatchObject({ code: "refused" });
    const order = { name: "Ada again", email: "ada.again@example.org", password: PASSWORD };
    const body = { secret: keptBack, ...order };
    const used = await here.ask("POST", "/api/staff/invitation", { body, cookie: null });
    expect(used.json()).toMatchObject({ code: "refused" });
    const again = await colleague(here, "editor");
    const role = { collection: null, role: "owner" };
    const given = await here.ask("PUT", `/api/staff/accounts/${again.id}/role`, { body: role });
    expect(given.statusCode).toBe(202);
    const { asked } = given.json<{ asked: string }>();
    expect(await settle(asked, "confirm", again.cookie)).toBe(404);
    expect(await settle(asked, "confirm")).toBe(403);
    expect(await settle(asked, "confirm", other.cookie)).toBe(204);
    const me = await here.ask("GET", "/api/staff/me", { cookie: again.cookie });
    expect(me.json()).toMatchObject({ role: "owner" });
  } finally {
    here = kept;
    await open.close();
  }
});
