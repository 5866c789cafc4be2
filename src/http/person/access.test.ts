import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeEvent, hasFaces, people } from "../../../test/support/faces.ts";
import { testInstance, type TestInstance } from "../../../test/support/instance.ts";
import { inDays, joinAs, makeCollection, nothing } from "../../../test/support/order.ts";
import { newId } from "../../core/index.ts";
import { createPersonalLink, importFolder, invite, newRecoveryCodeFor } from "../../flows/index.ts";
import type { Joined, Me, PersonPhoto } from "../contract/person.ts";
import { cookieOf, testServer, type TestServer } from "../test-server.testing.ts";

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Whose things somebody asks for: ids that belong to one person. */
interface Ids {
  readonly photo: string;
  readonly face: string;
  readonly device: string;
  readonly collection: string;
}

/** Every route behind a person's device, with what it would need; in braces whose id it names, `none`: nobody's. */
const ROUTES: readonly (readonly [method: Method, path: string, body?: object])[] = [
  ["GET", "me"],
  ["GET", "photos"],
  ["GET", "photos/{photo}/picture"],
  ["GET", "photos/{photo}/picture?size=small"],
  ["GET", "browse?collection={collection}"],
  ["GET", "search"],
  ["GET", "looks"],
  ["GET", "shown"],
  ["GET", "data"],
  ["GET", "download"],
  ["POST", "faces/{face}/answer", { me: false }],
  ["POST", "faces/{face}/claim"],
  ["POST", "faces/confirm", { faces: [newId()] }],
  ["PUT", "consents", { purpose: "contact", channel: null, collection: null, on: false, language: "fr" }],
  ["POST", "challenge"],
  ["POST", "challenge/{none}/frame"],
  ["POST", "sign-out"],
  ["POST", "recovery-code"],
  ["POST", "address/message"],
  ["POST", "notices/seen"],
  ["POST", "passkey/register/start"],
  ["POST", "passkey/register/finish", {}],
  ["DELETE", "devices/{device}"],
  ["DELETE", "passkeys/{none}"],
  ["POST", "take-over"],
  ["POST", "leave"],
];

function address(path: string, ids: Ids): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name as keyof Ids] ?? newId());
  return `/api/person/${filled}`;
}

describe.skipIf(!hasFaces)("only one's own", { timeout: 120_000 }, () => {
  let test_: TestInstance;
  let server: TestServer;
  let folder: string;
  let ada: { readonly person: string; readonly cookie: string; readonly ids: Ids };
  /** In the same collection, without a face. */
  let neighbour: string;
  /** In another collection. */
  let stranger: string;
  let ended: string;

  beforeAll(async () => {
    test_ = await testInstance();
    server = await testServer(test_.instance);
    folder = await mkdtemp(join(tmpdir(), "assent-access-"));
    const cast = people().slice(10, 12);
    const event = { photos: 2, seed: 4, width: 1200, height: 800, "min-people": 2, "max-people": 2 };
    await composeEvent(folder, { ...event, "min-face": 100, "max-face": 160, people: cast.join(",") });
    const gala = await makeCollection(test_.instance, "gala");
    await makeCollection(test_.instance, "match");
    await importFolder(test_.instance, { folder, collection: "gala", progress: nothing });
    const desk = await joinAs(test_.instance, "gala", ["find-me"], { face: cast[0] ?? "" });
    const cookie = await signedIn(desk.person);
    const photos = (await server.ask("GET", "/api/person/photos", { cookie })).json<{
      photos: PersonPhoto[];
    }>();
    const { devices } = (await server.ask("GET", "/api/person/me", { cookie })).json<Me>();
    const [photo] = photos.photos;
    ada = {
      person: desk.person,
      cookie,
      ids: {
        photo: photo?.id ?? "",
        face: photo?.face ?? "",
        device: devices[0]?.id ?? "",
        collection: gala.id,
      },
    };
    neighbour = await joinedOnline("gala");
    stranger = await joinedOnline("match");
    ended = await signedIn(desk.person);
    await server.ask("POST", "/api/person/sign-out", { cookie: ended });
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await test_.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function signedIn(person: string): Promise<string> {
    const { secret } = await createPersonalLink(test_.instance, { person, actor: "the desk" });
    return cookieOf(await server.ask("POST", "/api/person/link", { body: { secret } })) ?? "";
  }

  async function joinedOnline(collection: string): Promise<string> {
    const made = await invite(test_.instance, { collection, kind: "single", actor: "a tester" });
    const answer = await server.ask("POST", "/api/person/join", {
      body: { invitation: made.invitations[0]?.secret, language: "fr", declared: true, consents: [] },
    });
    expect(answer.json<Joined>().findMe).toBe(false);
    return cookieOf(answer) ?? "";
  }

  const ask = (method: Method, url: string, body: unknown, cookie: string | undefined) =>
    server.ask(method, url, { ...(body === undefined ? {} : { body }), cookie });

  test.each(ROUTES.map(([method, path, body]) => ({ method, path, body })))(
    "$method $path answers nobody, a made-up device and an ended one alike, with nothing",
    async ({ method, path, body }) => {
      const answers = [];
      for (const cookie of [undefined, "A".repeat(22), ended]) {
        answers.push(await ask(method, address(path, ada.ids), body, cookie));
      }
      for (const answer of answers) {
        expect([answer.statusCode, answer.json()]).toMatchObject([401, { code: "signed-out" }]);
        expect(answer.json()).toEqual(answers[0]?.json());
      }
    },
  );

  test("is the whole of what there is: no route behind a device is missing above", () => {
    const listed = ROUTES.map(
      ([method, path]) => `${method} /api/person/${path.replace(/\?.*/, "").replace(/\{\w+\}/, ":id")}`,
    );
    const open = [
      ...["open", "join", "link", "recover", "passkey/sign-in/start", "passkey/sign-in/finish"],
      ...["recovery", "recover/mail", "recover/link", "address"],
    ];
    const all = server.routes
      .filter((one) => one.url.startsWith("/api/person/") && one.method !== "HEAD")
      .filter((one) => !open.some((name) => one.url === `/api/person/${name}`))
      .map((one) => `${one.method} ${one.url}`);
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter((one) => !listed.includes(one))).toEqual([]);
  });

  test.each([
    ["in the same collection", () => neighbour],
    ["in another collection", () => stranger],
  ])("somebody %s learns nothing of hers by any route", async (_, who) => {
    for (const [method, path, body] of ROUTES.filter(([, path]) => path !== "sign-out" && path !== "leave")) {
      const asked = address(path, ada.ids);
      const answer = await ask(method, asked, body, who());
      for (const id of [ada.person, ada.ids.device]) {
        if (!asked.includes(id)) expect(answer.body.includes(id), asked).toBe(false);
      }
    }
    const photos = await ask("GET", "/api/person/photos", undefined, who());
    expect(photos.json()).toEqual({ photos: [], next: null });
    expect((await ask("GET", "/api/person/me", undefined, ada.cookie)).statusCode).toBe(200);
  });

  test("what is hers is answered to a stranger like what is not there", async () => {
    const nowhere = { photo: newId(), face: newId(), device: newId(), collection: newId() };
    const byIds = ROUTES.filter(([, path]) => /\{(photo|face|device|collection)\}/.test(path));
    expect(byIds.length).toBe(6);
    const plain = (text: string): string => text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID");
    for (const [method, path, body] of byIds) {
      const hers = await ask(method, address(path, ada.ids), body, stranger);
      const none = await ask(method, address(path, nowhere), body, stranger);
      expect([path, hers.statusCode]).toEqual([path, 404]);
      expect(plain(hers.body), path).toBe(plain(none.body));
    }
  });

  test("somebody in the same collection sees her photos with every face hidden, and can neither claim nor answer hers", async () => {
    const url = `/api/person/photos/${ada.ids.photo}/picture`;
    const [hers, seen] = [
      await ask("GET", url, undefined, ada.cookie),
      await ask("GET", url, undefined, neighbour),
    ];
    expect([hers.statusCode, seen.statusCode]).toEqual([200, 200]);
    const pool = await test_.instance.vision();
    const path = join(folder, "seen.jpg");
    await writeFile(path, seen.rawPayload);
    expect((await pool.findFaces(path, { embed: false, chips: false })).faces).toEqual([]);
    await writeFile(path, hers.rawPayload);
    expect((await pool.findFaces(path, { embed: false, chips: false })).faces.length).toBeGreaterThan(0);
    const answered = await ask("POST", `/api/person/faces/${ada.ids.face}/answer`, { me: true }, neighbour);
    expect(answered.statusCode).toBe(404);
    await ask("POST", `/api/person/faces/${ada.ids.face}/answer`, { me: true }, ada.cookie);
    const claimed = await ask("POST", `/api/person/faces/${ada.ids.face}/claim`, undefined, neighbour);
    expect(claimed.statusCode).toBe(404);
  });

  test("a personal link signs in on a tap, once, and no GET acts", async () => {
    const { secret } = await createPersonalLink(test_.instance, { person: ada.person, actor: "the desk" });
    for (const url of [`/api/person/link?secret=${secret}`, `/me?secret=${secret}`, `/join?i=${secret}`]) {
      const answer = await server.ask("GET", url);
      expect(cookieOf(answer), url).toBeUndefined();
    }
    const link = () => server.ask("POST", "/api/person/link", { body: { secret } });
    expect((await link()).statusCode).toBe(204);
    expect((await link()).statusCode).toBe(403);
    expect(
      (await server.ask("POST", "/api/person/link", { body: { secret: "A".repeat(22) } })).statusCode,
    ).toBe(404);
  });

  test("every route that changes something is refused without the header, whoever asks", async () => {
    const acting = server.routes.filter(({ method }) => !["GET", "HEAD", "OPTIONS"].includes(method));
    expect(acting.length).toBeGreaterThan(15);
    for (const { method, url } of acting) {
      const answer = await server.app.inject({
        method: method as Method,
        url: url.replace(/:\w+/g, newId()),
        cookies: { "__Host-assent-person": ada.cookie },
      });
      expect([url, answer.statusCode]).toEqual([url, 403]);
    }
  });

  test("guesses at codes end after thirty from one address", async () => {
    const guess = () =>
      server.ask("POST", "/api/person/recover", {
        body: { code: "0000-0000-0000-0000" },
        from: "192.0.2.55",
      });
    const statuses: number[] = [];
    for (let n = 0; n < 32; n++) statuses.push((await guess()).statusCode);
    expect(statuses.slice(0, 30).every((status) => status === 404)).toBe(true);
    expect(statuses.slice(30)).toEqual([429, 429]);
    const code = await newRecoveryCodeFor(test_.instance, { person: ada.person, guardian: null });
    const elsewhere = await server.ask("POST", "/api/person/recover", { body: { code }, from: "192.0.2.56" });
    expect(elsewhere.statusCode).toBe(200);
  });

  test("a child's own device says no and leaves, and agrees to nothing", async () => {
    const made = await invite(test_.instance, {
      collection: "gala",
      kind: "guardian",
      child: "Mila",
      actor: "a tester",
    });
    const invitation = made.invitations[0]?.secret;
    const seen = await server.ask("POST", "/api/person/open", { body: { invitation } });
    expect(seen.json()).toMatchObject({ kind: "guardian", child: "Mila", known: false });
    const byAda = await server.ask("POST", "/api/person/open", {
      body: { invitation },
      cookie: ada.cookie,
    });
    expect(byAda.json()).toMatchObject({ known: true });
    const joined = await server.ask("POST", "/api/person/join", {
      body: { invitation, language: "fr", declared: true, majorityOn: inDays(2000), consents: [] },
    });
    const guardian = cookieOf(joined) ?? "";
    const me = (await server.ask("GET", "/api/person/me", { cookie: guardian })).json<Me>();
    expect(me).toMatchObject({ guardian: true, name: "Mila" });
    const child = await signedIn(me.person);
    const on = {
      purpose: "show-name",
      channel: null,
      collection: ada.ids.collection,
      on: true,
      language: "fr",
    };
    const agreed = await server.ask("PUT", "/api/person/consents", { cookie: child, body: on });
    expect([agreed.statusCode, agreed.json()]).toMatchObject([403, { code: "refused" }]);
    expect((await server.ask("PUT", "/api/person/consents", { cookie: guardian, body: on })).statusCode).toBe(
      200,
    );
    // Nobody takes over before the day; and never a guardian for the child.
    for (const cookie of [child, guardian]) {
      expect((await server.ask("POST", "/api/person/take-over", { cookie })).statusCode).toBe(403);
    }
    expect((await server.ask("POST", "/api/person/leave", { cookie: child })).statusCode).toBe(200);
    expect((await server.ask("GET", "/api/person/me", { cookie: guardian })).statusCode).toBe(401);
  });

  test("whoever is signed in joins one collection more as the same person, or somebody new on the same phone", async () => {
    const made = await invite(test_.instance, {
      collection: "match",
      kind: "single",
      count: 2,
      actor: "a tester",
    });
    const join_ = (n: number, more: object) =>
      server.ask("POST", "/api/person/join", {
        cookie: neighbour,
        body: {
          invitation: made.invitations[n]?.secret,
          language: "en",
          declared: true,
          consents: [],
          ...more,
        },
      });
    const before = (await server.ask("GET", "/api/person/me", { cookie: neighbour })).json<Me>();
    const same = await join_(0, { joinAs: "me" });
    expect(same.json()).toMatchObject({ person: before.person, recoveryCode: null });
    expect(cookieOf(same)).toBeUndefined();
    const other = await join_(1, {});
    expect(other.json<Joined>().person).not.toBe(before.person);
    expect(cookieOf(other)).not.toBe(neighbour);
  });
});
