import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeEvent, hasFaces, people, selfieOf } from "../../../test/support/faces.ts";
import { testInstance, type TestInstance } from "../../../test/support/instance.ts";
import { subject, type Portrait } from "../../../test/support/liveness-clips.ts";
import { joinAs, makeCollection, nothing, publishTo } from "../../../test/support/order.ts";
import { newId } from "../../core/index.ts";
import { importFolder, invite, verifyReceipt } from "../../flows/index.ts";
import { readPicture } from "../../pictures/index.ts";
import type { Static } from "typebox";
import type { Joined, Left, Me, PersonPhoto, SearchProgress, Switched } from "../contract/person.ts";
import { cookieOf, testServer, type TestServer } from "../test-server.testing.ts";
import { stand } from "./stand.testing.ts";

const NAME = "Annegret Beispiel";
const EMAIL = "annegret.beispiel@example.org";

/** One person, from the link to the receipt, by the interface alone; with what a stranger and a picture of her get. */
describe.skipIf(!hasFaces)("a person's journey", { timeout: 180_000 }, () => {
  let test_: TestInstance;
  let server: TestServer;
  let folder: string;
  let cast: readonly string[];
  let portrait: Portrait;
  let secret: string;
  let cookie: string;
  let joined: Joined;
  let photos: readonly PersonPhoto[];
  const secrets: string[] = [];

  beforeAll(async () => {
    test_ = await testInstance();
    server = await testServer(test_.instance);
    folder = await mkdtemp(join(tmpdir(), "assent-journey-"));
    cast = people().slice(10, 13);
    await composeEvent(folder, {
      photos: 5,
      seed: 2,
      width: 1200,
      height: 800,
      "min-people": 2,
      "max-people": 3,
      "min-face": 80,
      "max-face": 160,
      people: cast.join(","),
    });
    await makeCollection(test_.instance, "gala");
    await importFolder(test_.instance, { folder, collection: "gala", progress: nothing });
    const path = selfieOf(cast[0] ?? "");
    const pool = await test_.instance.vision();
    const { faces } = await pool.findFaces(path, { embed: false, chips: false });
    if (!faces[0]?.landmarks) throw new Error("the portrait shows no face");
    portrait = { pixels: (await readPicture(path)).pixels, landmarks: faces[0].landmarks };
    secret = await invitation();
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await test_.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function invitation(): Promise<string> {
    const made = await invite(test_.instance, { collection: "gala", kind: "single", actor: "a tester" });
    const one = made.invitations[0]?.secret ?? "";
    secrets.push(one);
    return one;
  }

  const body = (consents: readonly object[], more: object = {}) => ({
    invitation: secret,
    language: "en",
    declared: true,
    consents,
    ...more,
  });
  const FIND_ME = { purpose: "find-me", channel: null };
  const COMPANIONS = { purpose: "publish", channel: "companions" };

  test("reads the invitation as often as wanted, and nothing is used up", async () => {
    for (let n = 0; n < 3; n++) {
      const answer = await server.ask("POST", "/api/person/open", { body: { invitation: secret } });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({
        kind: "single",
        organisation: "The club",
        minimumAge: 15,
        collection: { name: "gala", photos: 5, matching: "enrolled" },
        known: false,
      });
    }
  });

  test("gets nowhere by a guessed link, without saying how old, and with more than was asked", async () => {
    const guessed = await server.ask("POST", "/api/person/open", { body: { invitation: "A".repeat(22) } });
    expect([guessed.statusCode, guessed.json()]).toMatchObject([404, { code: "not-found" }]);
    for (const wrong of [
      body([FIND_ME], { declared: false }),
      body([FIND_ME], { admin: true }),
      body([{ ...FIND_ME, staff: "x" }]),
      body([FIND_ME], { name: "x".repeat(201) }),
    ]) {
      const answer = await server.ask("POST", "/api/person/join", { body: wrong });
      expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: "bad-input" }]);
      expect(cookieOf(answer)).toBeUndefined();
    }
  });

  test("joins, and is known by a cookie that scripts, other sites and plain http never see", async () => {
    const answer = await server.ask("POST", "/api/person/join", {
      body: body(
        [FIND_ME, COMPANIONS, { purpose: "contact", channel: null }, { purpose: "show-name", channel: null }],
        {
          name: NAME,
          email: EMAIL,
        },
      ),
    });
    expect(answer.statusCode).toBe(200);
    joined = answer.json<Joined>();
    expect(joined.findMe).toBe(true);
    cookie = cookieOf(answer) ?? "";
    expect(cookie).toMatch(/^[\w-]{22}$/);
    const set = String(answer.headers["set-cookie"]);
    expect(set).toMatch(/^__Host-assent-person=/);
    for (const part of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"]) expect(set).toContain(part);
    expect(set).not.toContain("Domain");
    secrets.push(cookie, joined.recoveryCode ?? "", joined.receipt);
  });

  test("finds the invitation used up: whoever replays it joins nobody", async () => {
    const answer = await server.ask("POST", "/api/person/join", { body: body([FIND_ME]) });
    expect([answer.statusCode, answer.json()]).toMatchObject([403, { code: "refused" }]);
    expect(cookieOf(answer)).toBeUndefined();
  });

  test("sees on her page who asks, what she agreed to, and this device; found is nobody yet", async () => {
    const me = (await server.ask("GET", "/api/person/me", { cookie })).json<Me>();
    expect(me).toMatchObject({
      person: joined.person,
      name: NAME,
      organisation: "The club",
      guardian: false,
    });
    expect(me.collections).toMatchObject([{ name: "gala", enrolment: "provisional", found: 0, asked: 0 }]);
    expect(me.devices).toMatchObject([{ current: true, how: "join" }]);
    const live = me.consents.filter((one) => one.live).map((one) => one.purpose);
    expect(live.sort()).toEqual(["contact", "find-me", "publish", "show-name"]);
    expect((await server.ask("GET", "/api/person/photos", { cookie })).json()).toEqual({
      photos: [],
      next: null,
    });
  });

  test("is not let in by a portrait of hers, printed or still, and no picture can be uploaded instead", async () => {
    const still = await stand(server, cookie, subject(portrait, { kind: "head", relief: 1 }), {
      posing: () => ({ yaw: 0, scale: 1 }),
      most: 12,
    });
    expect(still).toMatchObject({ state: "going-on" });
    const plane = await stand(server, cookie, subject(portrait, { kind: "plane" }), { most: 30 });
    expect(plane.state === "refused" || plane.state === "going-on").toBe(true);
    const file = await readFile(selfieOf(cast[0] ?? ""));
    for (const url of ["/api/person/selfie", "/api/person/challenge", "/api/person/photos"]) {
      const answer = await server.ask("POST", url, {
        cookie,
        body: file,
        headers: { "content-type": "image/jpeg" },
      });
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    }
    const me = (await server.ask("GET", "/api/person/me", { cookie })).json<Me>();
    expect(me.collections[0]).toMatchObject({ enrolment: "provisional", found: 0 });
  });

  test("passes the challenge as a head that turns, and her photos arrive as they are found", async () => {
    expect(await stand(server, cookie, subject(portrait, { kind: "head", relief: 1 }))).toEqual({
      state: "passed",
    });
    const { body: stream, headers } = await server.ask("GET", "/api/person/search", { cookie });
    expect(headers["content-type"]).toBe("text/event-stream");
    const events = parseEvents(stream);
    const done = events.filter((one) => one.kind === "done").map((one) => one.data as SearchProgress);
    expect(done).toHaveLength(1);
    const listed = (await server.ask("GET", "/api/person/photos", { cookie })).json<{
      photos: PersonPhoto[];
    }>();
    photos = listed.photos;
    expect(photos.length).toBeGreaterThan(1);
    const told = events.filter((one) => one.kind === "photo").map((one) => (one.data as PersonPhoto).id);
    // What was found before the stream was opened is told when it is joined, while the look goes on.
    if (done[0] && done[0].of > 0)
      expect([...new Set(told)].sort()).toEqual(photos.map((one) => one.id).sort());
    const again = parseEvents((await server.ask("GET", "/api/person/search", { cookie })).body);
    expect(again.map((one) => one.kind)).toEqual(["done"]);
  });

  test("opens her pictures, never the original, and no cache keeps them", async () => {
    const [photo] = photos;
    const url = `/api/person/photos/${photo?.id}/picture`;
    const full = await server.ask("GET", `${url}?size=full`, { cookie });
    const small = await server.ask("GET", `${url}?size=small`, { cookie });
    expect([full.statusCode, full.headers["content-type"]]).toEqual([200, "image/jpeg"]);
    expect(full.headers["cache-control"]).toBe("no-store");
    expect(small.rawPayload.length).toBeLessThan(full.rawPayload.length);
    expect((await server.ask("GET", `${url}?size=original`, { cookie })).statusCode).toBe(400);
  });

  test("says yes to one and no to another, which is hers no more", async () => {
    const [yes, no] = photos;
    const say = (face: string | undefined, me: boolean) =>
      server.ask("POST", `/api/person/faces/${face}/answer`, { cookie, body: { me } });
    expect((await say(yes?.face, true)).statusCode).toBe(204);
    expect((await say(no?.face, false)).statusCode).toBe(204);
    const after = (await server.ask("GET", "/api/person/photos", { cookie })).json<{
      photos: PersonPhoto[];
    }>();
    expect(after.photos.find((one) => one.id === yes?.id)?.state).toBe("confirmed");
    expect(after.photos.find((one) => one.face === no?.face)).toBeUndefined();
    photos = after.photos;
  });

  test("says of all the others at once that they are her", async () => {
    const given = photos.filter((one) => one.state !== "asked").map((one) => one.face);
    const faces = [...given, newId()];
    const confirm = await server.ask("POST", "/api/person/faces/confirm", { cookie, body: { faces } });
    expect([confirm.statusCode, confirm.json()]).toEqual([200, { confirmed: given.length }]);
    const none = await server.ask("POST", "/api/person/faces/confirm", { cookie, body: { faces: [] } });
    expect(none.statusCode).toBe(400);
    photos = (await server.ask("GET", "/api/person/photos", { cookie })).json<{ photos: PersonPhoto[] }>()
      .photos;
    expect(new Set(photos.filter((one) => given.includes(one.face)).map((one) => one.state))).toEqual(
      new Set(["confirmed"]),
    );
  });

  test("takes all of them home as one ZIP, and reads that on her page", async () => {
    const answer = await server.ask("GET", "/api/person/download", { cookie });
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "application/zip"]);
    const file = join(folder, "photos.zip");
    await writeFile(file, answer.rawPayload);
    expect(listingOf(file)).toHaveLength(photos.length);
    const { disclosures } = (await server.ask("GET", "/api/person/shown", { cookie })).json<{
      disclosures: { recipient: string; pictures: number }[];
    }>();
    // Before it, she had opened one of them at full size.
    expect(disclosures).toMatchObject([
      { recipient: "person", pictures: photos.length },
      { recipient: "person", pictures: 1 },
    ]);
  });

  test("switches a use off and on again, each with its receipt", async () => {
    const me = (await server.ask("GET", "/api/person/me", { cookie })).json<Me>();
    const change = (on: boolean) =>
      server.ask("PUT", "/api/person/consents", {
        cookie,
        body: { ...COMPANIONS, collection: me.collections[0]?.id, on, language: "en" },
      });
    const off = (await change(false)).json<Static<typeof Switched>>();
    expect(off.stoppedMs).toBeGreaterThanOrEqual(0);
    const on = (await change(true)).json<Static<typeof Switched>>();
    for (const { receipt } of [off, on]) {
      const verdict = await server.ask("POST", "/api/verify", { body: { receipt } });
      expect(verdict.json()).toMatchObject({ valid: true });
      secrets.push(receipt);
    }
    const forged = await server.ask("POST", "/api/verify", {
      body: { receipt: `${on.receipt.slice(0, -4)}AAAA` },
    });
    expect(forged.json()).toMatchObject({ valid: false });
  });

  test("recovers on another phone by the code, once; the first device is told and can be ended", async () => {
    const answer = await server.ask("POST", "/api/person/recover", { body: { code: joined.recoveryCode } });
    expect(answer.statusCode).toBe(200);
    const other = cookieOf(answer) ?? "";
    secrets.push(other, answer.json<{ recoveryCode: string }>().recoveryCode);
    expect(
      (await server.ask("POST", "/api/person/recover", { body: { code: joined.recoveryCode } })).statusCode,
    ).toBe(404);
    const me = (await server.ask("GET", "/api/person/me", { cookie: other })).json<Me>();
    expect(me.person).toBe(joined.person);
    expect(me.notices.map((one) => one.kind)).toContain("recovered");
    const first = me.devices.find((one) => !one.current);
    expect(
      (await server.ask("DELETE", `/api/person/devices/${first?.id}`, { cookie: other })).statusCode,
    ).toBe(204);
    const ended = await server.ask("GET", "/api/person/me", { cookie });
    expect([ended.statusCode, ended.json()]).toMatchObject([401, { code: "signed-out" }]);
    expect(cookieOf(ended)).toBe("");
    cookie = other;
  });

  test("reads everything that is held about her as a file", async () => {
    const answer = await server.ask("GET", "/api/person/data", { cookie });
    expect(answer.headers["content-disposition"]).toContain("attachment");
    expect(answer.json()).toMatchObject({ person: joined.person, name: NAME, email: EMAIL });
    expect(answer.body).not.toMatch(/secret_hash":"|"code_hash":"\w/);
  });

  test("leaves: signed out, gone, and holding a receipt that anybody can check and she can fetch again", async () => {
    const answer = await server.ask("POST", "/api/person/leave", { cookie });
    expect(answer.statusCode).toBe(200);
    const left = answer.json<Left>();
    secrets.push(left.claimCode);
    expect(left.erasedMs).not.toBeNull();
    expect(cookieOf(answer)).toBe("");
    expect((await server.ask("GET", "/api/person/me", { cookie })).statusCode).toBe(401);
    expect(
      (await server.ask("GET", `/api/person/photos/${photos[0]?.id}/picture`, { cookie })).statusCode,
    ).toBe(401);
    const file = join(folder, "receipt.jws");
    await writeFile(file, left.receipt);
    expect(await verifyReceipt(test_.instance, file)).toMatchObject({ valid: true, kind: "erasure" });
    const again = await server.ask("POST", "/api/receipts/claim", { body: { code: left.claimCode } });
    expect(again.json()).toEqual({ receipt: left.receipt });
    expect(
      (await server.ask("POST", "/api/receipts/claim", { body: { code: "0000-0000-0000-0000" } })).statusCode,
    ).toBe(404);
  });

  test("asked by nobody in particular, a published photo is taken off and the request has its clock", async () => {
    const desk = await joinAs(test_.instance, "gala", ["find-me", "publish:website"], {
      face: cast[1] ?? "",
    });
    expect(desk.matched).toBeGreaterThan(0);
    const out = join(test_.folder, "website");
    await publishTo(test_.instance, "gala", "website", out);
    const items = JSON.parse(await readFile(join(out, "manifest.json"), "utf8")) as { rendition: string }[];
    const name = (items[0]?.rendition ?? "").replace(/^.*\//, "").replace(/\.jpg$/, "");
    const picture = await server.ask("GET", `/api/renditions/${name}/picture`);
    expect([picture.statusCode, picture.headers["content-type"]]).toEqual([200, "image/jpeg"]);
    const asked = await server.ask("POST", "/api/requests", {
      body: { kind: "hide-me", rendition: name, place: { x: 0.5, y: 0.5 }, contact: EMAIL, language: "fr" },
    });
    expect(asked.json()).toMatchObject({ suspended: expect.any(Number) as number });
    expect(asked.json<{ suspended: number }>().suspended).toBeGreaterThan(0);
    expect((await server.ask("GET", `/api/renditions/${name}/picture`)).statusCode).toBe(404);
    expect((await server.ask("GET", "/api/renditions/none-of-that-name/picture")).statusCode).toBe(404);
  });

  test("left no name, address, secret or id in the log", () => {
    const log = server.lines.join("");
    expect(server.lines.length).toBeGreaterThan(60);
    for (const said of [NAME, EMAIL, "Annegret", "example.org", "gala", joined.person, ...secrets]) {
      expect(said.length).toBeGreaterThan(3);
      expect(log.includes(said), said).toBe(false);
    }
    expect(log).not.toMatch(/127\.0\.0\.1|\?|"error"/);
  });
});

function parseEvents(stream: string): readonly { readonly kind: string; readonly data: unknown }[] {
  return [...stream.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, kind = "", data = ""]) => ({
    kind,
    data: JSON.parse(data) as unknown,
  }));
}

/** The pictures in a ZIP, as another program lists them. */
function listingOf(file: string): readonly string[] {
  const programs = [
    ["unzip", "-Z1", file],
    ["python3", "-m", "zipfile", "-l", file],
  ] as const;
  for (const [program, ...args] of programs) {
    const { status, stdout } = spawnSync(program, args, { encoding: "utf8" });
    if (status === 0) return stdout.match(/photo-\d+\S*\.jpg/g) ?? [];
  }
  throw new Error("this test needs unzip or python3 to look into a ZIP");
}
