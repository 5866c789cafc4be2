import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers, chromiumPath, launchBrowser } from "../../../test/support/browser.ts";
import { colouredPhoto } from "../../../test/support/coloured.ts";
import { KEY_SCOPES, type KeyScope } from "../../accounts/index.ts";
import { newId, type Id } from "../../core/index.ts";
import { hideMe } from "../../flows/index.ts";
import { OPERATIONS } from "../contract/api.ts";
import { KEY_A_MINUTE } from "../limits.ts";
import { staffServer, type StaffServer } from "../staff/staff-server.testing.ts";
import { askWith, makeKey } from "./ask.testing.ts";
import { openApi } from "./openapi.ts";

/**
 * Every operation, with the scope that it takes: written down here by hand, so that a change of the rules is a change of this page
 * too. `ID` leads nowhere, but for a request's: of one that is not there, whoever may see requests is told what everybody is.
 */
const IN = "/collections/ID";
const ROUTES: readonly (readonly [string, string, KeyScope | "any key"])[] = [
  ["GET", "/key", "any key"],
  ["GET", "/settings", "any key"],
  ["GET", "/collections", "see-collections"],
  ["GET", IN, "see-collections"],
  ["POST", "/collections", "make-collections"],
  ["PATCH", IN, "change-collections"],
  ["GET", `${IN}/jobs`, "see-collections"],
  ["GET", "/jobs", "see-collections"],
  ["POST", `${IN}/scan`, "import-photos"],
  ["POST", `${IN}/photos`, "import-photos"],
  ["DELETE", `${IN}/photos/ID`, "delete-photos"],
  ["POST", `${IN}/photos/ID/hide`, "hide-more"],
  ["PUT", `${IN}/held`, "hide-more"],
  ["GET", `${IN}/photos`, "see-photos"],
  ["GET", `${IN}/photos/ID`, "see-photos"],
  ["GET", `${IN}/renditions`, "read-renditions"],
  ["GET", `${IN}/renditions/ID`, "read-renditions"],
  ["GET", `${IN}/renditions/ID/picture`, "read-renditions"],
  ["GET", `${IN}/people`, "see-consents"],
  ["GET", `${IN}/people/ID`, "see-consents"],
  ["GET", `${IN}/consents`, "see-consents"],
  ["GET", `${IN}/invitations`, "invite-people"],
  ["POST", `${IN}/invitations`, "invite-people"],
  ["GET", `${IN}/invitations/ID`, "invite-people"],
  ["DELETE", `${IN}/invitations/ID`, "invite-people"],
  ["POST", `${IN}/matches`, "look-up"],
  ["POST", `${IN}/lookups`, "look-up"],
  ["GET", "/requests", "see-requests"],
  ["GET", "/requests/ID", "see-requests"],
  ["GET", "/webhooks", "manage-webhooks"],
  ["POST", "/webhooks", "manage-webhooks"],
  ["GET", "/webhooks/ID", "manage-webhooks"],
  ["DELETE", "/webhooks/ID", "manage-webhooks"],
  ["POST", "/webhooks/ID/secret", "manage-webhooks"],
  ["POST", "/webhooks/ID/test", "manage-webhooks"],
  ["GET", "/webhooks/ID/deliveries", "manage-webhooks"],
  ["POST", "/webhooks/ID/deliveries/ID", "manage-webhooks"],
];
const NOWHERE: readonly (readonly [string, string])[] = [
  ["GET", "/no/such/path"],
  ["POST", "/no/such/path"],
  ["POST", `${IN}/consents`],
  ["POST", `${IN}/people`],
  ["PUT", `${IN}/consents/ID`],
  ["POST", `${IN}/photos/ID/faces/ID/tag`],
  ["POST", `${IN}/publications`],
];
const SHUT = "404 there is nothing here";

let here: StaffServer;
let request: Id;
beforeAll(async () => {
  here = await staffServer();
  const { instance } = here.test;
  const photo = await colouredPhoto(instance, await here.collection("with a request"), 1);
  ({ request } = await hideMe(instance, { kind: "hide-me", photo: photo.id, language: "en" }));
});
afterAll(() => here.close());

async function answerOf(key: string | null, method: string, path: string): Promise<string> {
  const answer = await askWith(here, key)(method, path);
  const detail = (answer.headers["content-type"] ?? "").includes("problem")
    ? answer.json<{ detail: string }>().detail
    : "";
  return `${answer.statusCode} ${detail}`;
}
const at = (path: string, collection: string = newId()) =>
  path
    .replace("/collections/ID", `/collections/${collection}`)
    .replace("/requests/ID", `/requests/${request}`)
    .replaceAll("ID", () => newId());

describe("each scope, at each operation", () => {
  test.each(KEY_SCOPES)("%s opens what the table says, and nothing else", async (scope) => {
    const collection = await here.collection(`with ${scope}`);
    const { key } = await makeKey(here, [scope]);
    for (const [method, path, wanted] of ROUTES) {
      const answer = await answerOf(key, method, at(path, collection));
      const open = wanted === scope || wanted === "any key";
      // What is not there is refused after the door in words of its own.
      expect(answer !== SHUT, `${scope} ${method} ${path}: ${answer}`).toBe(open);
      expect(answer).not.toMatch(/^(401|5)/);
    }
    for (const [method, path] of NOWHERE)
      expect(await answerOf(key, method, at(path, collection))).toBe(SHUT);
  });

  test("the table holds every route there is", () => {
    const listed = new Set(ROUTES.map(([method, path]) => `${method} /api/v1${path.replaceAll("ID", ":")}`));
    const there = here.server.routes
      .filter(({ method, url }) => url.startsWith("/api/v1") && !url.endsWith("*") && method !== "HEAD")
      .map(({ method, url }) => `${method} ${url.replaceAll(/:\w+/g, ":")}`);
    expect(new Set(there)).toEqual(listed);
  });

  test("in one collection: in that one, and elsewhere nothing, absent or not", async () => {
    const [mine, other] = [await here.collection("mine"), await here.collection("other")];
    const { key } = await makeKey(here, KEY_SCOPES, { collection: mine });
    for (const [method, path] of ROUTES.filter(([, one]) => one.startsWith(IN))) {
      expect(await answerOf(key, method, at(path, mine)), path).not.toBe(SHUT);
      for (const where of [other, newId(), "no-id"]) {
        expect(await answerOf(key, method, at(path, where)), `${path} in ${where}`).toBe(SHUT);
      }
    }
    const all = (await askWith(here, key)("GET", "/collections")).json<{ collections: { id: string }[] }>();
    expect(all.collections.map((one) => one.id)).toEqual([mine]);
  });
});

describe("without a good key", () => {
  test("every path answers alike, there or not: without one, with a made-up one, an ended one, or a session alone", async () => {
    const { id, key } = await makeKey(here, KEY_SCOPES);
    expect((await here.ask("DELETE", `/api/staff/keys/${id}`)).statusCode).toBe(204);
    const madeUp = `assent_00000000_${"A".repeat(43)}`;
    const detail = "this takes a key that is good here";
    for (const [method, path] of [...ROUTES.slice(0, 4), ...NOWHERE.slice(0, 2)]) {
      for (const bad of [null, madeUp, key])
        expect(await answerOf(bad, method, at(path))).toBe(`401 ${detail}`);
    }
    const withSession = await here.ask("GET", "/api/v1/collections");
    expect(withSession.statusCode).toBe(401);
    expect(withSession.headers["www-authenticate"]).toBe("Bearer");
  });

  test("a key opens none of the staff's or the people's paths", async () => {
    const { key } = await makeKey(here, KEY_SCOPES);
    for (const path of ["/api/staff/me", "/api/staff/collections", "/api/person/me"]) {
      expect((await askWith(here, key)("GET", path)).statusCode).toBe(401);
    }
  });

  test("whoever tries many is refused for a while, and a good key goes on", async () => {
    const { key } = await makeKey(here, ["see-collections"]);
    const from = (bearer: string) =>
      here.server.app.inject({
        method: "GET",
        url: "/api/v1/key",
        remoteAddress: "192.0.2.77",
        headers: { authorization: `Bearer ${bearer}` },
      });
    const answers: number[] = [];
    for (let i = 0; i < 40; i++) answers.push((await from(`assent_00000000_${"B".repeat(43)}`)).statusCode);
    expect(answers.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 401));
    expect(answers.slice(30)).toEqual(Array.from({ length: 10 }, () => 429));
    expect((await from(key)).statusCode).toBe(200);
  });

  test("a good one that asks too often waits", async () => {
    const { key } = await makeKey(here, ["see-collections"]);
    const ask = askWith(here, key);
    const answers = [];
    for (let i = 0; i <= KEY_A_MINUTE; i += 50) {
      const many = Array.from({ length: 50 }, async () => ask("GET", "/no/such/path"));
      answers.push(...(await Promise.all(many)));
    }
    const last = answers.at(-1);
    expect(answers.filter((one) => one.statusCode === 404)).toHaveLength(KEY_A_MINUTE);
    expect(last?.statusCode).toBe(429);
    expect(Number(last?.headers["retry-after"])).toBeGreaterThan(0);
  });
});

describe("the interface's own page", () => {
  test("tells anybody of every operation, and hands out the document", async () => {
    const page = await here.server.app.inject({ method: "GET", url: "/docs" });
    expect(page.statusCode).toBe(200);
    for (const name of Object.keys(OPERATIONS)) expect(page.body).toContain(`id="${name}"`);
    const document = await here.server.app.inject({ method: "GET", url: "/docs/openapi.json" });
    expect(document.json()).toEqual(JSON.parse(JSON.stringify(openApi())));
  });

  test.skipIf(chromiumPath === undefined)(
    "can be read by everybody, on a phone too, without a script",
    async () => {
      const browser = await launchBrowser();
      try {
        const page = await browser.newPage({ viewport: { width: 390, height: 800 }, colorScheme: "dark" });
        const asked: string[] = [];
        page.on("request", (request) => asked.push(new URL(request.url()).pathname));
        const refused: string[] = [];
        page.on("console", (line) => refused.push(line.text()));
        await page.goto(`${here.address}/docs`);
        expect(asked).toEqual(["/docs", "/docs/style.css"]);
        expect(refused.filter((line) => line.includes("Content Security"))).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await barriers(page)).toEqual([]);
        }
      } finally {
        await browser.close();
      }
    },
  );
});
