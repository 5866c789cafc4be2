import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boxAt, scene } from "../../../test/support/scene.ts";
import { ACTIONS, allows, COLLECTION_ROLES, ROLES, type Role } from "../../accounts/index.ts";
import { newId } from "../../core/index.ts";
import { inTransaction } from "../../db/index.ts";
import { StaffAction } from "../contract/staff.ts";
import { staffRouteTable } from "./route-table.testing.ts";
import {
  colleague,
  invitationSecret,
  PASSWORD,
  signIn,
  staffServer,
  type StaffServer,
} from "./staff-server.testing.ts";

let here: StaffServer;
beforeAll(async () => {
  here = await staffServer();
});
afterAll(() => here.close());

type Json = Record<string, unknown>;

const asked = async (method: string, url: string, cookie: string): Promise<string> => {
  const headers = { "x-assent": "1", "tus-resumable": "1.0.0", cookie };
  const answer = await here.server.app.inject({ method: method as "GET", url, headers });
  // A HEAD has no body: what is forbidden and what is not there cannot be told apart at all.
  if (method === "HEAD") return String(answer.statusCode);
  const type = answer.headers["content-type"] ?? "";
  const detail = type.includes("json") ? (answer.json<{ detail?: string }>().detail ?? "") : "";
  return `${answer.statusCode} ${detail}`;
};
const SHUT = "404 there is nothing here";

describe("each role, at each route", () => {
  for (const role of ROLES) {
    test(`${role}: what the table allows, and nothing else`, async () => {
      const { cookie } = await colleague(here, role);
      for (const { method, url, roles } of staffRouteTable()) {
        // The library answers these two itself, with what it can do.
        if (method === "HEAD" || method === "OPTIONS") continue;
        // What was sent is not asked about: an upload that is not there, or no body, is refused after the door.
        const answer = await asked(method, url, cookie);
        expect(answer === SHUT, `${role} ${method} ${url}: ${answer}`).toBe(!roles.has(role));
        expect(answer.startsWith("401")).toBe(false);
        if (method === "DELETE" && url.endsWith("/trial") && roles.has(role))
          expect(answer).toContain("no trial");
      }
    });
  }

  test("what no case names is denied, and an owner may do everything", () => {
    for (const action of ACTIONS) expect(allows("owner", action)).toBe(true);
    expect(allows("nobody" as Role, "see-self")).toBe(false);
    for (const role of ROLES.filter((one) => one !== "owner")) {
      expect(allows(role, "manage-accounts")).toBe(false);
      expect(allows(role, "fly" as "see-self")).toBe(false);
    }
    // The officer sees everything about processing, and no photo.
    for (const action of ["see-photos", "look-through", "tag-faces", "see-requested-pictures"] as const) {
      expect(allows("officer", action)).toBe(false);
    }
  });

  test("the pages know the same actions", () => {
    expect(StaffAction.anyOf.map((one) => one.const)).toEqual([...ACTIONS]);
  });
});

describe("a role in one collection", () => {
  let mine = "";
  let other = "";
  beforeAll(async () => {
    mine = await here.collection("mine");
    other = await here.collection("other");
  });

  for (const role of COLLECTION_ROLES) {
    test(`${role}: in that one as in the whole, elsewhere nothing, absent or not`, async () => {
      const { cookie } = await colleague(here, role, { collection: mine });
      for (const { method, url, roles } of staffRouteTable(() => "ID")) {
        if (!url.startsWith("/api/staff/collections/ID") || method === "HEAD" || method === "OPTIONS")
          continue;
        const at = (id: string) => url.replace("ID", id).replaceAll("ID", newId());
        const answer = await asked(method, at(mine), cookie);
        expect(answer === SHUT, `${role} ${method} ${url}: ${answer}`).toBe(!roles.has(role));
        for (const id of [other, newId()]) expect(await asked(method, at(id), cookie)).toBe(SHUT);
      }
    });
  }

  test("lists hold what is in it, and nothing of others", async () => {
    const { cookie } = await colleague(here, "editor", { collection: mine });
    const get = async (path: string) => (await here.ask("GET", path, { cookie })).json<Json>();
    expect(await get("/api/staff/collections")).toMatchObject({ collections: [{ id: mine }] });
    expect(await get("/api/staff/me")).toMatchObject({ role: null, may: [] });
    for (const collection of [mine, other]) {
      const body = { email: "guest@example.org", language: "en" };
      expect(
        (await here.ask("POST", `/api/staff/collections/${collection}/invitations`, { body })).statusCode,
      ).toBe(200);
    }
    const letters = (await get("/api/staff/outbox"))["letters"] as {
      letter: string;
      collectionName: string;
    }[];
    expect(letters.map((one) => one.collectionName)).toEqual(["mine"]);
    const all = (await here.ask("GET", "/api/staff/outbox")).json<{ letters: typeof letters }>().letters;
    expect(all).toHaveLength(2);
    for (const { letter, collectionName } of all) {
      const answer = await asked("GET", `/api/staff/outbox/${letter}`, cookie);
      expect(answer === SHUT, collectionName).toBe(collectionName === "other");
    }
  });

  test("a lookup is among the people of a collection that is theirs, and of no other", async () => {
    const { cookie } = await colleague(here, "editor", { collection: mine });
    const ask = async (more: object) => {
      const body = { picture: "", reason: "a test", ...more };
      const answer = await here.ask("POST", "/api/staff/look-up", { body, cookie });
      return `${answer.statusCode} ${answer.json<{ detail: string }>().detail}`;
    };
    expect(await ask({})).toBe(SHUT);
    expect(await ask({ collection: other })).toBe(SHUT);
    // The door is open: what is wrong is the picture.
    expect(await ask({ collection: mine })).toMatch(/^422/);
    expect((await here.ask("GET", "/api/staff/look-up", { cookie })).json()).toMatchObject({
      everywhere: false,
    });
  });

  test("claims and publications go by the collection of their photo", async () => {
    const { cookie } = await colleague(here, "editor", { collection: mine });
    const publisher = await colleague(here, "publisher", { collection: mine });
    const { instance } = here.test;
    const made = scene(instance.db, instance.keys, instance.clock);
    for (const collection of [mine, other]) {
      const photo = await made.photo(collection, [boxAt(300)]);
      const { person } = await made.enrolled(collection);
      const [claim, publication] = [newId(), newId()];
      await inTransaction(instance.db, async (trx) => {
        const at = instance.clock.now();
        await trx
          .insertInto("claim")
          .values({ id: claim, face_id: photo.faces[0] ?? "", person_id: person, state: "open", at })
          .execute();
        await trx
          .insertInto("disclosure")
          .values({
            id: publication,
            collection_id: collection,
            channel: "website",
            recipient: "channel",
            reveal: "confirmed",
            pictures: 0,
            state: "complete",
            at,
          })
          .execute();
      });
      const shut = collection === other;
      expect((await asked("POST", `/api/staff/claims/${claim}`, cookie)) === SHUT).toBe(shut);
      expect(
        (await asked("GET", `/api/staff/publications/${publication}/zip`, publisher.cookie)) === SHUT,
      ).toBe(shut);
      expect(await asked("GET", `/api/staff/publications/${publication}/zip`, cookie)).toBe(SHUT);
    }
    const claims = (await here.ask("GET", "/api/staff/claims", { cookie })).json<{ claims: Json[] }>().claims;
    expect(claims.map((one) => one["collectionName"])).toEqual(["mine"]);
  });
});

describe("accounts", () => {
  test("an invitation is good once, and says what it gives", async () => {
    const secret = await invitationSecret(here, "officer");
    const open = () => here.ask("POST", "/api/staff/invitation/open", { body: { secret }, cookie: null });
    expect((await open()).json()).toEqual({
      organisation: "The club",
      role: "officer",
      collectionName: null,
      mailed: false,
    });
    const order = { secret, name: "Olga", email: "olga@example.org", password: PASSWORD };
    const join = (more: object = {}) =>
      here.ask("POST", "/api/staff/invitation", { body: { ...order, ...more }, cookie: null });
    // What is wrong with the form does not use it up.
    expect((await join({ password: "short" })).statusCode).toBe(400);
    expect((await join({ name: "ada OWNER" })).json<Json>()["code"]).toBe("exists");
    expect((await join({ email: "ada@example.org" })).json<Json>()["code"]).toBe("exists");
    expect((await join()).statusCode).toBe(200);
    expect((await join({ name: "Olga 2", email: "o2@example.org" })).statusCode).toBe(404);
    expect((await open()).statusCode).toBe(404);
  });

  test("one that was taken back opens nothing", async () => {
    const body = { collection: null, role: "publisher" };
    const made = (await here.ask("POST", "/api/staff/accounts/invitations", { body })).json<{
      id: string;
      link: string;
    }>();
    const listed = (await here.ask("GET", "/api/staff/accounts")).json<{ invitations: Json[] }>();
    expect(listed.invitations.map((one) => one["id"])).toContain(made.id);
    expect((await here.ask("DELETE", `/api/staff/accounts/invitations/${made.id}`)).statusCode).toBe(204);
    const secret = made.link.split("#")[1] ?? "";
    const opened = await here.ask("POST", "/api/staff/invitation/open", { body: { secret }, cookie: null });
    expect(opened.statusCode).toBe(404);
  });

  test("a role that is taken away is gone at the next request, and so is an account", async () => {
    const one = await colleague(here, "editor");
    const collection = await here.collection(`for ${one.id}`);
    const url = `/api/staff/collections/${collection}/photos`;
    expect(await asked("GET", url, one.cookie)).toBe("200 ");
    const set = (body: object) => here.ask("PUT", `/api/staff/accounts/${one.id}/role`, { body });
    expect((await set({ collection: null, role: "officer" })).statusCode).toBe(204);
    expect(await asked("GET", url, one.cookie)).toBe(SHUT);
    expect((await set({ collection, role: "publisher" })).statusCode).toBe(204);
    expect(await asked("GET", url, one.cookie)).toBe("200 ");
    expect((await set({ collection, role: "owner" })).statusCode).toBe(400);
    expect((await here.ask("POST", `/api/staff/accounts/${one.id}/sessions/end`)).json()).toEqual({
      sessions: 1,
    });
    expect(await asked("GET", url, one.cookie)).toMatch(/^401/);
    expect((await here.ask("DELETE", `/api/staff/accounts/${one.id}`)).statusCode).toBe(204);
    const again = await signIn(here.address, { email: one.email, password: PASSWORD });
    expect(again).toBe("");
    const { db } = here.test.instance;
    expect(await db.selectFrom("staff_role").selectAll().where("account_id", "=", one.id).execute()).toEqual(
      [],
    );
  });

  test("the last owner stays", async () => {
    const { accounts } = (await here.ask("GET", "/api/staff/accounts")).json<{
      accounts: { id: string; role: string; own: boolean }[];
    }>();
    const own = accounts.find((one) => one.own);
    for (const owner of accounts.filter((one) => one.role === "owner" && !one.own)) {
      expect((await here.ask("DELETE", `/api/staff/accounts/${owner.id}`)).statusCode).toBe(204);
    }
    const url = `/api/staff/accounts/${own?.id ?? ""}`;
    expect((await here.ask("DELETE", url)).json<Json>()["code"]).toBe("refused");
    const body = { collection: null, role: "editor" };
    expect((await here.ask("PUT", `${url}/role`, { body })).json<Json>()["code"]).toBe("refused");
    expect((await here.ask("GET", "/api/staff/accounts")).statusCode).toBe(200);
  });
});
