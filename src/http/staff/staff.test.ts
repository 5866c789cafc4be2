import { createRequire } from "node:module";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pdfText } from "../../../test/support/pdf-text.ts";
import { composeEvent, hasFaces, people, selfieOf } from "../../../test/support/faces.ts";
import { inDays, joinAs, nothing } from "../../../test/support/order.ts";
import { scene, testKeys } from "../../../test/support/scene.ts";
import { openAccounts } from "../../accounts/index.ts";
import { samplePhotos } from "../../app/sample-photos.ts";
import { newId } from "../../core/index.ts";
import {
  beginLook,
  findPerson,
  listLooks,
  orderPublication,
  prove,
  publish,
  startTrial,
} from "../../flows/index.ts";
import { openFolders, tidyFolders } from "./folders.ts";
import { staffRouteTable } from "./route-table.testing.ts";
import { colleague, OWNER, routesOf, signIn, staffServer, type StaffServer } from "./staff-server.testing.ts";

const SAMPLES = join(
  dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")),
  "demo",
);

let here: StaffServer;
beforeAll(async () => {
  here = await staffServer();
});
afterAll(() => here.close());

type Json = Record<string, unknown>;
const get = async (path: string): Promise<Json> => (await here.ask("GET", path)).json<Json>();

describe("access", () => {
  async function answers(cookie: string | null): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const { method, url } of staffRouteTable()) {
      const headers = { "x-assent": "1", ...(cookie === null ? {} : { cookie }) };
      const answer = await here.server.app.inject({ method: method as "GET", url, headers });
      const { code, detail } = method === "HEAD" ? { code: "", detail: "" } : answer.json<Json>();
      found.add(
        method === "HEAD" ? `${answer.statusCode}` : `${answer.statusCode} ${String(code)} ${String(detail)}`,
      );
    }
    return found;
  }

  test("without a session every path answers alike, whether it is there or not", async () => {
    expect(await answers(null)).toEqual(new Set(["401 signed-out nobody is signed in", "401"]));
  });

  test("with a session that another instance signed, too", async () => {
    const { instance } = here.test;
    const foreign = await testKeys();
    const accounts = await openAccounts({
      db: instance.db,
      keys: foreign.keys,
      publicUrl: new URL("https://photos.example.org"),
      organisation: "Others",
    });
    // The owner's own token, under a signature that is not this instance's.
    const token = /staff=([^.]+)\./.exec(here.owner)?.[1] ?? "";
    expect(token).not.toBe("");
    const forged = `__Host-assent-staff=${token}.${"A".repeat(43)}%3D`;
    expect(await accounts.signedIn({ cookie: here.owner })).toBeNull();
    expect(await answers(forged)).toEqual(new Set(["401 signed-out nobody is signed in", "401"]));
    await foreign.remove();
  });

  test("with the session of an account that was given nothing to do, nothing is there", async () => {
    const { db } = here.test.instance;
    await sql`update auth."user" set role = null`.execute(db);
    try {
      expect(await answers(here.owner)).toEqual(new Set(["404 not-found there is nothing here", "404"]));
    } finally {
      await sql`update auth."user" set role = 'owner'`.execute(db);
    }
  });

  test("the list of routes above is whole", () => {
    const listed = new Set(staffRouteTable().map(({ method, url }) => `${method} ${shape(url)}`));
    const registered = routesOf(here.server).filter(
      (one) =>
        one.url.startsWith("/api/staff/") &&
        !/\*|\/setup|\/invitation(\/open)?$|staff\/(address|ways-in)$/.test(one.url),
    );
    expect(registered.length).toBeGreaterThan(25);
    for (const { method, url } of registered) {
      if (method === "OPTIONS" || (method === "HEAD" && !url.includes("uploads"))) continue;
      if (url === "/api/staff/uploads" && method !== "POST") continue;
      if (url === "/api/staff/uploads/:upload" && method === "POST") continue;
      expect(listed, `${method} ${url}`).toContain(`${method} ${shape(url)}`);
    }
  });
  const shape = (url: string): string => url.replace(/:[a-z]+|[0-9a-f-]{32,36}|(?<=papers\/)record/gi, "*");

  test("a change without our own header is refused, whoever asks", async () => {
    const answer = await here.server.app.inject({
      method: "POST",
      url: "/api/staff/collections",
      headers: { cookie: here.owner },
      payload: {},
    });
    expect(answer.statusCode).toBe(403);
  });

  test("of the accounts' library only what staff need is open", async () => {
    for (const path of [
      "sign-up/email",
      "request-password-reset",
      "delete-user",
      "update-user",
      "change-email",
    ]) {
      const answer = await fetch(`${here.address}/api/auth/${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          origin: "https://photos.example.org",
          cookie: here.owner,
        },
        body: "{}",
      });
      expect(answer.status, path).toBe(404);
    }
    expect(await signIn(here.address, { ...OWNER, password: "wrong wrong wrong" })).toBe("");
  });
});

test("the owner's link makes an owner through the server, and is said to be gone after that", async () => {
  const secret = await here.accounts.makeOwnerLink();
  const open = () => here.ask("POST", "/api/staff/setup/open", { body: { secret }, cookie: null });
  expect((await open()).json()).toEqual({ for: "password", organisation: "The club" });
  const set = await here.ask("POST", "/api/staff/setup", { body: { secret, ...OWNER }, cookie: null });
  expect(set.json()).toEqual({ email: OWNER.email });
  expect((await open()).json()).toMatchObject({ code: "not-found" });
  expect((await here.ask("GET", "/api/staff/me")).statusCode).toBe(401);
  await here.signInAgain();
});

describe("a collection", () => {
  test("is made, listed and opened with what it asks for", async () => {
    const id = await here.collection("Summer party");
    expect(await get("/api/staff/collections")).toMatchObject({
      collections: [{ id, name: "Summer party", photos: 0 }],
    });
    expect(await get(`/api/staff/collections/${id}`)).toMatchObject({
      attestedBy: OWNER.name,
      channels: [
        { name: "office", public: false },
        { name: "website", public: true },
      ],
      matching: "enrolled",
      joinable: true,
      conflicts: 0,
    });
    const again = await here.ask("GET", `/api/staff/collections/${newId()}`);
    expect(again.statusCode).toBe(404);
  });

  test("says what is wrong with an order", async () => {
    const body = {
      name: "",
      purpose: "x",
      channels: [],
      matching: "off",
      retainUntil: "2030-01-01",
      attestation: "x",
    };
    expect((await here.ask("POST", "/api/staff/collections", { body })).json()).toMatchObject({
      code: "bad-input",
    });
  });
});

describe("an upload", () => {
  test("is taken, looked through, and kept only once", async () => {
    const id = await here.collection("Uploads");
    const file = join(SAMPLES, "sample1.jpg");
    expect(await here.upload(id, file, "day 1/été.jpg")).toEqual({ state: "taken" });
    expect(await here.upload(id, file, "copy.jpg")).toEqual({ state: "known", twin: "day 1/été.jpg" });
    expect(await here.upload(id, Buffer.from("no picture"), "notes.txt")).toEqual({
      state: "left-out",
      reason: "not-a-picture",
    });
    const cut = (await readFile(join(SAMPLES, "sample2.jpg"))).subarray(0, 2000);
    expect(await here.upload(id, cut, "cut.jpg")).toEqual({ state: "taken" });
    await here.scanned(id);
    const state = await get(`/api/staff/collections/${id}/scan`);
    expect(state).toMatchObject({ photos: 1, waiting: 0, stopped: null });
    expect(state["failures"]).toEqual([{ file: "cut.jpg", code: "unreadable-picture" }]);
    expect(state["faces"]).toBeGreaterThan(0);
    expect(await readdir(join(here.test.instance.dataFolder, "uploads"))).toEqual([]);
    await here.ask("DELETE", `/api/staff/collections/${id}/scan/failures`);
    expect((await get(`/api/staff/collections/${id}/scan`))["failures"]).toEqual([]);
  });

  test("into a collection that is not there is refused, and names that lead elsewhere are", async () => {
    expect(await here.upload(newId(), Buffer.from("x"))).toEqual({ status: 404 });
    const id = await here.collection("Names");
    expect(await here.upload(id, Buffer.from("x"), "../../etc/passwd")).toEqual({ status: 400 });
  });

  test("that was begun can be asked about and ended by whoever began it alone, and read by nobody", async () => {
    const id = await here.collection("Begun");
    const headers = { "x-assent": "1", "tus-resumable": "1.0.0", cookie: here.owner };
    const made = await fetch(`${here.address}/api/staff/uploads`, {
      method: "POST",
      headers: {
        ...headers,
        "upload-length": "100",
        "upload-metadata": `collection ${btoa(id)},filename ${btoa("a.jpg")}`,
      },
    });
    const url = `${here.address}${new URL(made.headers.get("location") ?? "", here.address).pathname}`;
    expect((await fetch(url, { method: "HEAD", headers })).headers.get("upload-offset")).toBe("0");
    expect((await fetch(url, { headers })).status).toBe(404);
    const { db } = here.test.instance;
    // Another account: the same session under another id.
    const name = new URL(url).pathname.split("/").at(-1) ?? "";
    const info = join(here.test.instance.dataFolder, "uploads", `${name}.json`);
    const before = await readFile(info, "utf8");
    const { rows } = await sql<{ id: string }>`select id from auth."user"`.execute(db);
    await writeFile(info, before.replace(rows[0]?.id ?? "none", newId()));
    for (const method of ["HEAD", "DELETE"]) {
      expect((await fetch(url, { method, headers })).status, method).toBe(404);
    }
    await writeFile(info, before);
    expect((await fetch(url, { method: "DELETE", headers })).status).toBe(204);
    expect((await fetch(url, { method: "HEAD", headers })).status).toBe(404);
  });
});

describe("publishing", () => {
  async function publish(id: string, order: Json): Promise<Json> {
    const url = `/api/staff/collections/${id}/publications`;
    const begun = await here.ask("POST", url, { body: order });
    if (begun.statusCode !== 200) return begun.json<Json>();
    for (;;) {
      const state = await get(url);
      if (state["running"] === null) return state;
    }
  }

  test("for a public channel asks for the look, which is begun and recorded before a picture is shown", async () => {
    const id = await here.collection("Published");
    await here.upload(id, join(SAMPLES, "sample1.jpg"));
    await here.upload(id, join(SAMPLES, "sample3.jpg"));
    await here.scanned(id);
    const query = "channel=website&reveal=confirmed";
    const base = `/api/staff/collections/${id}`;
    expect(await get(`${base}/look?${query}`)).toMatchObject({ code: "refused" });
    const order = { channel: "website", reveal: "confirmed", looked: true };
    expect(await publish(id, order)).toMatchObject({ code: "review-needed" });

    const begun = await here.ask("POST", `${base}/look`, {
      body: { channel: "website", reveal: "confirmed" },
    });
    expect(begun.json()).toMatchObject({ photos: 2, showing: 0, shown: 0, waiting: 0 });
    const looks = await here.test.instance.db
      .selectFrom("look")
      .select(["kind", "actor", "reason"])
      .execute();
    expect(looks).toEqual([
      { kind: "look-through", actor: OWNER.name, reason: "pictures of the day for those who were there" },
    ]);
    const page = await get(`${base}/look?${query}`);
    const photos = page["photos"] as { id: string; faces: { id: string; standing: string }[] }[];
    expect(photos).toHaveLength(2);
    for (const face of photos.flatMap((photo) => photo.faces)) expect(face.standing).toBe("hidden");
    const picture = await here.ask("GET", `${base}/look/${photos[0]?.id ?? ""}?${query}`);
    expect(picture.headers["content-type"]).toBe("image/jpeg");
    expect(picture.headers["cache-control"]).toBe("no-store");
    expect(picture.rawPayload.subarray(0, 2).toString("hex")).toBe("ffd8");

    expect(await publish(id, { ...order, looked: false })).toMatchObject({ code: "review-needed" });
    const published = await publish(id, order);
    expect(published).toMatchObject({
      failed: null,
      publications: [{ channel: "website", reviewedBy: OWNER.name, pictures: 2 }],
    });
    const [publication] = published["publications"] as { id: string; folder: string }[];
    expect(await readdir(join(publication?.folder ?? "", "photos"))).toHaveLength(2);
    const zip = await here.ask("GET", `/api/staff/publications/${publication?.id ?? ""}/zip`);
    expect(zip.headers["content-type"]).toBe("application/zip");
    expect(zip.rawPayload.subarray(0, 2).toString()).toBe("PK");
    expect(zip.rawPayload.toString("latin1").match(/[0-9a-f]{32}\.jpg/g)).toHaveLength(4);
    expect(zip.rawPayload.toString("latin1")).not.toContain("sample");
  });

  test("hides more where somebody says so, never less, and counts a place once", async () => {
    const id = await here.collection("Hidden more");
    await here.upload(id, join(SAMPLES, "sample1.jpg"));
    await here.scanned(id);
    const base = `/api/staff/collections/${id}`;
    const body = { channel: "website", reveal: "confirmed" };
    const before = (await here.ask("POST", `${base}/look`, { body })).json<Json>();
    const look = async () => {
      const page = await get(`${base}/look?channel=website&reveal=confirmed`);
      return (page["photos"] as { id: string; faces: { id: string; standing: string }[] }[])[0];
    };
    const photo = await look();
    const hide = (place: Json) => here.ask("POST", `${base}/photos/${photo?.id ?? ""}/hide`, { body: place });
    expect((await hide({ face: photo?.faces[0]?.id })).statusCode).toBe(204);
    expect((await look())?.faces.map((face) => face.standing)).toContain("by-hand");
    expect((await look())?.faces).toHaveLength(photo?.faces.length ?? -1);
    expect((await here.ask("POST", `${base}/look`, { body })).json<Json>()["hidden"]).toBe(before["hidden"]);
    expect((await hide({ box: [1, 1, 50, 50] })).statusCode).toBe(204);
    expect((await here.ask("POST", `${base}/look`, { body })).json<Json>()["hidden"]).toBe(
      Number(before["hidden"]) + 1,
    );
    expect((await hide({ box: [-90, 1, 50, 50] })).json()).toMatchObject({ code: "bad-input" });
    expect((await hide({ face: newId() })).statusCode).toBe(404);
  });

  test("into the office needs no look", async () => {
    const id = await here.collection("Office only");
    await here.upload(id, join(SAMPLES, "sample3.jpg"));
    await here.scanned(id);
    const done = await publish(id, { channel: "office", reveal: "confirmed", looked: false });
    expect(done).toMatchObject({ publications: [{ channel: "office", reviewedBy: null, pictures: 1 }] });
    expect(await publish(id, { channel: "Nowhere", reveal: "confirmed", looked: false })).toMatchObject({
      code: "not-found",
    });
  });
});

describe("print", () => {
  test("makes a poster whose code opens the collection with the day's code, and cards good once each", async () => {
    const id = await here.collection("Printed");
    const day = new Date().toISOString().slice(0, 10);
    const poster = await here.ask("POST", `/api/staff/collections/${id}/poster`, {
      body: { language: "fr", place: "Salle des fêtes, 18 h", days: [day] },
    });
    expect(poster.headers["content-type"]).toBe("application/pdf");
    expect(pdfText(poster.rawPayload)).toContain("Salle des fêtes, 18 h");
    const cards = await here.ask("POST", `/api/staff/collections/${id}/cards`, {
      body: { language: "en", count: 11 },
    });
    expect(cards.rawPayload.toString("latin1").match(/\/Type \/Page\b/g)).toHaveLength(2);
    const folded = await here.ask("POST", `/api/staff/collections/${id}/cards`, {
      body: { language: "fr", count: 6, series: 5 },
    });
    expect(folded.rawPayload.toString("latin1").match(/\/Type \/Page\b/g)).toHaveLength(2);
    const held = here.test.instance.db.selectFrom("card").select("series_minutes");
    expect(await held.where("collection_id", "=", id).execute()).toEqual(
      Array.from({ length: 6 }, () => ({ series_minutes: 5 })),
    );
    const made = await here.test.instance.db
      .selectFrom("invitation")
      .select(["kind", "created_by"])
      .where("collection_id", "=", id)
      .execute();
    expect(made.filter((one) => one.kind === "single")).toHaveLength(17);
    expect(made.filter((one) => one.kind === "public")).toEqual([{ kind: "public", created_by: OWNER.name }]);
    expect(await get(`/api/staff/collections/${id}/day-code`)).toEqual({
      day,
      code: expect.stringMatching(/^\d{6}$/) as string,
    });
  });

  test.each([1, 2])(
    "as many guardians as must agree get a link for the child named: %i",
    async (guardians) => {
      const id = await here.collection(`Guardians ${guardians}`, { guardians });
      const url = `/api/staff/collections/${id}/guardian-invitation`;
      const made = await here.ask("POST", url, { body: { child: "Léo" } });
      const { links } = made.json<{ links: string[] }>();
      expect(new Set(links).size).toBe(guardians);
      for (const link of links) expect(link).toMatch(/^https:\/\/photos\.example\.org\/join#[\w-]{22}$/);
    },
  );
});

describe.skipIf(!hasFaces)("the desk", () => {
  test("enrols somebody under the name of who vouches, finds them, and keeps nothing of the picture", async () => {
    const id = await here.collection("Desk");
    const photos = join(here.test.folder, "event");
    await composeEvent(photos, { photos: 4, seed: 3 });
    for (const name of (await readdir(photos)).filter((one) => one.endsWith(".jpg"))) {
      expect(await here.upload(id, join(photos, name))).toEqual({ state: "taken" });
    }
    await here.scanned(id);
    const [first = ""] = people();
    const picture = (await readFile(selfieOf(first))).toString("base64");
    const url = `/api/staff/collections/${id}/people`;
    const body = { name: "Zoë", language: "fr", consents: ["find-me", "publish:website"], picture };
    const done = await here.ask("POST", url, { body });
    expect(done.json()).toMatchObject({ state: "vouched" });
    const { person, link } = done.json<{ person: string; link: string }>();
    expect(link).toMatch(/\/join#[\w-]{22}$/);
    const { instance } = here.test;
    const enrolment = await instance.db
      .selectFrom("enrolment")
      .selectAll()
      .where("person_id", "=", person)
      .execute();
    expect(enrolment).toMatchObject([{ given_how: "desk", staff: OWNER.name, state: "vouched" }]);
    expect(await readdir(join(instance.dataFolder, "uploads"))).toEqual([]);
    expect(await get(`/api/staff/collections/${id}/desk`)).toMatchObject({
      today: 1,
      limit: 20,
      provisional: [],
    });
    expect(await findPerson(instance, { person, reason: "a test", actor: "a tester" })).not.toEqual([]);

    // Looked up by a picture: named once they agreed, on their own device, that staff may ask.
    const ask = (more: object = {}) =>
      here.ask("POST", "/api/staff/look-up", { body: { picture, reason: "who left a coat?", ...more } });
    expect((await ask()).json()).toMatchObject({ faces: [{ person: null }] });
    expect((await ask({ reason: " " })).statusCode).toBe(400);
    await scene(instance.db, instance.keys, instance.clock).consent(person, "staff-lookup", id);
    const answer = await ask({ collection: id });
    expect(answer.json()).toMatchObject({ faces: [{ person: { person, name: "Zoë" } }] });
    expect(Object.keys(answer.json<{ faces: object[] }>().faces[0] ?? {})).toEqual(["box", "person"]);
    expect((await ask({ collection: newId() })).statusCode).toBe(404);
    expect(await get("/api/staff/look-up")).toEqual({
      hour: 2,
      day: 2,
      mostAnHour: 60,
      mostADay: 300,
      everywhere: true,
    });
    expect((await listLooks(instance, person)).filter((one) => one.kind === "lookup")).toMatchObject([
      { actor: OWNER.name, reason: "who left a coat?" },
    ]);
    expect(await readdir(join(instance.dataFolder, "uploads"))).toEqual([]);

    // The same face again is a conflict, which the owner settles; whom it is about sees that it was looked at.
    const again = await here.ask("POST", url, { body: { ...body, name: "Eve" } });
    expect(again.json()).toMatchObject({ state: "frozen" });
    const { conflicts } = (await get("/api/staff/conflicts")) as unknown as {
      conflicts: { enrolment: string }[];
    };
    expect(conflicts).toHaveLength(1);
    const open = `/api/staff/conflicts/${conflicts[0]?.enrolment ?? ""}`;
    expect((await here.ask("POST", `${open}/open`)).json()).toEqual({ name: "Eve", earlierName: "Zoë" });
    expect((await listLooks(instance, person)).some((look) => look.kind === "lookup")).toBe(true);
    expect((await here.ask("POST", open, { body: { outcome: "removed" } })).statusCode).toBe(204);
    expect(await get("/api/staff/conflicts")).toEqual({ conflicts: [] });
    const left = await instance.db.selectFrom("person").select("id").execute();
    expect(left.map((row) => row.id)).toEqual([person]);
  });

  test("says that nobody agreed to anything, and that the picture is no picture", async () => {
    const id = await here.collection("Desk refusals");
    const url = `/api/staff/collections/${id}/people`;
    const body = { language: "en", consents: [] };
    expect((await here.ask("POST", url, { body })).json()).toMatchObject({ code: "bad-input" });
    const broken = {
      language: "en",
      consents: ["find-me"],
      picture: Buffer.from("no picture").toString("base64"),
    };
    expect((await here.ask("POST", url, { body: broken })).statusCode).toBe(422);
  });
});

describe("a trial", { timeout: 120_000 }, () => {
  test("is made of the sample photos by one request, and all of it goes by another", async () => {
    const { instance } = here.test;
    const pictures = await samplePhotos();
    expect(pictures.length).toBeGreaterThan(3);
    expect(await get("/api/staff/trial")).toEqual({ pictures: pictures.length, collection: null });
    // As if it had been cut off before the last photos.
    const begun = await startTrial(instance, {
      pictures: pictures.slice(2),
      language: "en",
      actor: OWNER.name,
    });
    const started = await here.ask("POST", "/api/staff/trial", { body: { language: "fr" } });
    const { id } = started.json<{ id: string }>();
    expect(id).toBe(begun.id);
    await here.scanned(id);
    expect(await get(`/api/staff/collections/${id}`)).toMatchObject({
      name: "Trial",
      photos: pictures.length,
      matching: "enrolled",
      joinable: true,
      attestedBy: OWNER.name,
      retainUntil: inDays(3),
      channels: [{ name: "website", public: true }],
    });
    expect(await get("/api/staff/trial")).toMatchObject({ collection: id });

    // Who writes the same sentence of another has made no trial of it.
    const { attestation } = (await get(`/api/staff/collections/${id}`)) as { attestation: string };
    const other = await here.collection("Not the trial", { attestation });
    await sql`update collection set created_at = '2000-01-01' where id = ${other}`.execute(instance.db);
    // Somebody joined it alone, somebody another collection too, and somebody agreed to something beyond it; something was published.
    const alone = await joinAs(instance, id, ["publish:website", "contact"], { email: "x@example.org" });
    const beyond = await joinAs(instance, id, ["publish:website"]);
    const { consent } = scene(instance.db, instance.keys, instance.clock);
    await consent(beyond.person, "keep-template", null);
    const both = await joinAs(instance, id, ["publish:website"]);
    await joinAs(instance, other, ["publish:website"], { person: both.person });
    const order = { collection: id, channel: "website", reveal: "confirmed", looked: true } as const;
    const { exports } = await openFolders(instance.dataFolder);
    await beginLook(instance, { ...order, actor: OWNER.name });
    const ordered = await orderPublication(instance, { ...order, exports, actor: OWNER.name });
    await publish(instance, { ...ordered, progress: nothing });
    expect(await readdir(exports)).toContain(id);

    // With a photo of one's own in it, it takes two owners as all photos do.
    const own = await scene(instance.db, instance.keys, instance.clock).photo(id, []);
    const second = await colleague(here, "owner");
    expect((await here.ask("DELETE", "/api/staff/trial")).json()).toMatchObject({ code: "refused" });
    expect(await get(`/api/staff/collections/${id}`)).toMatchObject({ photos: pictures.length + 1 });
    await instance.db.deleteFrom("photo").where("id", "=", own.id).execute();

    expect((await here.ask("DELETE", "/api/staff/trial")).statusCode).toBe(204);
    await here.ask("DELETE", `/api/staff/accounts/${second.id}`);
    expect((await here.ask("GET", `/api/staff/collections/${id}`)).statusCode).toBe(404);
    expect((await here.ask("GET", `/api/staff/collections/${other}`)).statusCode).toBe(200);
    const people = await instance.db.selectFrom("person").select("id").execute();
    expect(people.map((row) => row.id)).toEqual(expect.arrayContaining([both.person, beyond.person]));
    expect(people.map((row) => row.id)).not.toContain(alone.person);
    expect(await readdir(exports)).not.toContain(id);
    expect((await prove(instance, {})).residue).toEqual([]);
    expect((await here.ask("DELETE", "/api/staff/trial")).json()).toMatchObject({ code: "not-found" });
  });

  test("cannot be where the sample photos are not installed", async () => {
    const order = { pictures: [], language: "fr", actor: OWNER.name } as const;
    await expect(startTrial(here.test.instance, order)).rejects.toMatchObject({ code: "not-found" });
    expect(await get("/api/staff/trial")).toMatchObject({ collection: null });
  });
});

test("what nobody comes back for is removed: abandoned uploads, and publications of deleted collections", async () => {
  const { instance } = here.test;
  const folders = await openFolders(instance.dataFolder);
  const id = await here.collection("Kept");
  const gone = newId();
  for (const name of [id, gone])
    await mkdir(join(folders.exports, name, "website/photos"), { recursive: true });
  const long = new Date(Date.now() - 3 * 86_400_000);
  for (const name of ["old", "new", "desk-old"]) await writeFile(join(folders.uploads, name), "x");
  for (const name of ["old", "desk-old"]) await utimes(join(folders.uploads, name), long, long);
  await tidyFolders(instance, folders);
  expect(await readdir(folders.uploads)).toEqual(["new"]);
  expect(await readdir(folders.exports)).toContain(id);
  expect(await readdir(folders.exports)).not.toContain(gone);
  await rm(join(folders.uploads, "new"));
});

test("the log of all this holds no name, address, password or secret", () => {
  const text = here.server.lines.join("");
  expect(text).toContain("/api/staff/collections/:id");
  for (const secret of [OWNER.name, OWNER.email, OWNER.password, "Zoë", "été", "cut.jpg"]) {
    expect(text).not.toContain(secret);
  }
});
