import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { colouredPhoto, facesSeen, matchedAs, type ColouredPhoto } from "../../../test/support/coloured.ts";
import { nothing, publishTo } from "../../../test/support/order.ts";
import { scene, testClock, type Scene } from "../../../test/support/scene.ts";
import type { Id } from "../../core/index.ts";
import { expire } from "../../flows/expire.ts";
import { hideMe, publish, shownOf, switchConsent, withdraw } from "../../flows/index.ts";
import type { GalleryOpened, GalleryPictures, GalleryState } from "../contract/gallery.ts";
import type { Disclosures } from "../contract/officer.ts";
import type { Reach } from "../contract/officer-reach.ts";
import type { Galleries, MadeGallery } from "../contract/staff-galleries.ts";
import type { Deleted, StorageUsed } from "../contract/staff-deletion.ts";
import type { ChangedPictures, Publications } from "../contract/staff.ts";
import { staffServer, type StaffServer } from "./staff-server.testing.ts";

const DAY_MS = 86_400_000;

let here: StaffServer;
let rooms: Scene;
const clock = testClock();
let collection: Id;
let photos: readonly ColouredPhoto[];
let person: Id;
let publication: string;

beforeAll(async () => {
  here = await staffServer({ clock });
  const { instance } = here.test;
  rooms = scene(instance.db, instance.keys, clock);
});
afterAll(() => here.close());

beforeEach(async () => {
  const { instance } = here.test;
  collection = (
    await rooms.collection({
      channels: [
        { name: "website", public: true },
        { name: "office", public: false },
      ],
    })
  ).id;
  photos = [await colouredPhoto(instance, collection, 2), await colouredPhoto(instance, collection, 2)];
  ({ person } = await rooms.enrolled(collection));
  await matchedAs(instance, photos[0]?.faces[0] ?? "", person, "confirmed");
  const website = { purpose: "publish", channel: "website", collection, language: "fr", on: true } as const;
  await switchConsent(instance, person, website);
  await publishTo(instance, collection, "website", `${here.test.folder}/website-${collection}`);
  publication = (await published("website")) ?? "";
});

async function published(channel: string): Promise<string | undefined> {
  const url = `/api/staff/collections/${collection}/publications`;
  const { publications } = (await here.ask("GET", url)).json<{
    publications: { id: string; channel: string }[];
  }>();
  return publications.find((one) => one.channel === channel)?.id;
}
async function make(days = 14, maxEdge = 1600): Promise<MadeGallery & { readonly secret: string }> {
  const url = `/api/staff/publications/${publication}/links`;
  const made = (await here.ask("POST", url, { body: { days, maxEdge } })).json<MadeGallery>();
  return { ...made, secret: made.link.split("#")[1] ?? "" };
}
const open = (secret: string) => here.server.ask("POST", "/api/gallery/open", { body: { secret } });
const read = (secret: string, path: string, from?: string) =>
  here.server.ask("GET", `/api/gallery${path}`, {
    headers: { "x-assent-gallery": secret },
    ...(from === undefined ? {} : { from }),
  });
const pictures = async (secret: string) => (await read(secret, "/pictures")).json<GalleryPictures>().pictures;
const state = async (secret: string) => (await read(secret, "/state")).json<GalleryState>();
const listed = async () =>
  (await here.ask("GET", `/api/staff/collections/${collection}/galleries`)).json<Galleries>().galleries;
/** How many of the two faces are seen in each picture of the gallery. */
async function seen(secret: string): Promise<readonly number[]> {
  const all = [];
  for (const { name } of await pictures(secret)) {
    const { rawPayload } = await read(secret, `/pictures/${name}`);
    all.push((await facesSeen(rawPayload, 2)).filter(Boolean).length);
  }
  return all.sort();
}

describe("a gallery's link", () => {
  test("shows what was published, as it is now, and nothing of who looks is kept", async () => {
    const { secret, expiresAt } = await make();
    expect(Date.parse(expiresAt ?? "") - clock.now().getTime()).toBeGreaterThan(13 * DAY_MS);
    const opened = await open(secret);
    expect(opened.cookies).toEqual([]);
    expect(opened.json<GalleryOpened>()).toMatchObject({
      organisation: "The club",
      channel: "website",
      pictures: 2,
      changed: 0,
    });
    expect(await seen(secret)).toEqual([0, 1]);
    const [first] = await pictures(secret);
    const small = await read(secret, `/pictures/${first?.name ?? ""}/small`, "198.51.100.7");
    expect(small.headers).toMatchObject({ "content-type": "image/jpeg", "cache-control": "no-store" });
    expect(String(small.headers["x-robots-tag"])).toContain("noindex");
    const everything = JSON.stringify(
      await here.test.instance.db
        .selectFrom("gallery_link")
        .selectAll()
        .where("collection_id", "=", collection)
        .execute(),
    );
    expect(everything).not.toContain("198.51.100.7");
    expect(everything).not.toContain(secret);
    expect(here.server.lines.join("\n")).not.toContain(secret);
  });

  test("is a disclosure of what was seen by it, which the person reads, once however often it is looked at", async () => {
    const { secret, id } = await make();
    const disclosed = async () =>
      (await shownOf(here.test.instance, person)).disclosures.filter((one) => one.recipient === "link");
    await open(secret);
    expect(await disclosed()).toEqual([]);
    await seen(secret);
    await seen(secret);
    expect(await disclosed()).toMatchObject([{ channel: "website", pictures: 1 }]);
    expect(await listed()).toMatchObject([
      { id, state: "open", seen: 2, changed: 0, openedAt: expect.any(String) as string },
    ]);
    const kinds = await here.test.instance.db
      .selectFrom("entry_payload")
      .select(["kind"])
      .where(sql<boolean>`payload ->> 'link' = ${id}`)
      .orderBy("at")
      .execute();
    expect(kinds.map((one) => one.kind)).toEqual(["gallery-link-made", "gallery-link-opened"]);
    // The officer reads of it among all that left.
    const { disclosures } = (await here.ask("GET", "/api/staff/officer/disclosures")).json<Disclosures>();
    expect(disclosures).toContainEqual(
      expect.objectContaining({ channel: "website", recipient: "link", pictures: 2, shown: 1 }),
    );
    // After a breach: whom the link shows, now.
    const reached = async () =>
      (await here.ask("GET", `/api/staff/officer/reach?kind=gallery&id=${id}`)).json<Reach>();
    expect(await reached()).toEqual({
      opens: "gallery",
      photos: 2,
      people: [{ person, names: false, photos: 1, looks: 0 }],
    });
    await withdraw(here.test.instance, { person, purposes: ["publish:website"], actor: null });
    expect(await reached()).toEqual({ opens: "gallery", photos: 2, people: [] });
  });

  test("shows somebody no more from the commit of their withdrawal on, and says that pictures were changed", async () => {
    const { secret } = await make();
    await open(secret);
    expect(await seen(secret)).toEqual([0, 1]);
    const before = await state(secret);
    expect(before.changed).toBe(0);
    await withdraw(here.test.instance, { person, purposes: ["publish:website"], actor: null });
    const after = await state(secret);
    expect(after.version).not.toBe(before.version);
    expect(after.changed).toBe(1);
    expect(await seen(secret)).toEqual([0, 0]);
    expect(await listed()).toMatchObject([{ changed: 1 }]);
  });

  test("loses a photo as soon as anybody asks for it, by the name that the gallery gives", async () => {
    const { secret } = await make();
    const [first] = await pictures(secret);
    const name = first?.name ?? "";
    const asked = await hideMe(here.test.instance, { kind: "report", rendition: name, language: "en" });
    expect(asked.suspended).toBe(1);
    expect((await pictures(secret)).map((one) => one.name)).not.toContain(name);
    expect((await read(secret, `/pictures/${name}`)).statusCode).toBe(404);
  });

  test("of an internal channel loses it too", async () => {
    const { instance } = here.test;
    await publishTo(instance, collection, "office", `${here.test.folder}/office-${collection}`);
    publication = (await published("office")) ?? "";
    const { secret } = await make();
    const [first, second] = await pictures(secret);
    const asked = { kind: "report", rendition: first?.name, language: "en" } as const;
    expect((await hideMe(instance, asked)).suspended).toBe(1);
    expect((await pictures(secret)).map((one) => one.name)).toEqual([second?.name]);
  });

  test("ends when it is revoked, by its date, and never after the photos", async () => {
    const revoked = await make();
    const short = await make(1);
    expect((await here.ask("DELETE", `/api/staff/galleries/${revoked.id}`)).statusCode).toBe(204);
    expect((await here.ask("DELETE", `/api/staff/galleries/${revoked.id}`)).statusCode).toBe(404);
    expect((await open(revoked.secret)).statusCode).toBe(404);
    expect((await read(revoked.secret, "/pictures")).statusCode).toBe(404);
    const journal = await here.test.instance.journal.read();
    expect(journal.at(-1)).toMatchObject({ event: "revoked", subject: revoked.id });
    await here.test.instance.db
      .updateTable("gallery_link")
      .set({ expires_at: clock.now() })
      .where("id", "=", short.id)
      .execute();
    expect((await open(short.secret)).statusCode).toBe(404);
    expect((await listed()).map((one) => one.state).sort()).toEqual(["expired", "revoked"]);
    await here.test.instance.db
      .updateTable("collection")
      .set({ retain_until: new Date(clock.now().getTime() + 3 * DAY_MS) })
      .where("id", "=", collection)
      .execute();
    const last = await make(90);
    expect(Date.parse(last.expiresAt ?? "") - clock.now().getTime()).toBeLessThan(3 * DAY_MS + 1000);
    const url = `/api/staff/publications/${publication}/links`;
    expect((await here.ask("POST", url, { body: { days: 91, maxEdge: 1600 } })).statusCode).toBe(400);
    await here.test.instance.db
      .updateTable("gallery_link")
      .set({ revoked_at: new Date(clock.now().getTime() - 31 * DAY_MS) })
      .where("id", "=", revoked.id)
      .execute();
    await expire(here.test.instance);
    expect((await listed()).map((one) => one.id)).not.toContain(revoked.id);
  });

  test("cannot be fetched from without end: small pictures and large ones are counted by link and address", async () => {
    const { secret } = await make();
    const [first] = await pictures(secret);
    // What is counted is the asking: what cannot be a name is refused before anything is read.
    const statuses = new Set<number>();
    for (let i = 0; i < 400; i++) statuses.add((await read(secret, "/pictures/0", "203.0.113.5")).statusCode);
    expect([...statuses]).toEqual([400]);
    const refused = await read(secret, `/pictures/${first?.name ?? ""}`, "203.0.113.5");
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await read(secret, `/pictures/${first?.name ?? ""}`, "203.0.113.6")).statusCode).toBe(200);
    const other = await make();
    expect((await read(other.secret, `/pictures/${first?.name ?? ""}`, "203.0.113.5")).statusCode).toBe(200);
  });

  test("sends pictures no longer than it says", async () => {
    const { secret } = await make(7, 320);
    const [first] = await pictures(secret);
    expect(Math.max(first?.width ?? 0, first?.height ?? 0)).toBe(320);
    const { rawPayload } = await read(secret, `/pictures/${first?.name ?? ""}`);
    const { width, height, exif } = await sharp(rawPayload).metadata();
    expect([width, height]).toEqual([first?.width, first?.height]);
    expect(exif).toBeUndefined();
  });
});

describe("a publication", () => {
  test("is written as large as was chosen, with the text that was chosen, and says so; also after a withdrawal", async () => {
    const { instance } = here.test;
    const out = `${here.test.folder}/small-${collection}`;
    const order = { collection, channel: "website", out, reveal: "confirmed", actor: "a tester" } as const;
    const form = { maxEdge: 600, watermark: "© Été & Cie" };
    await publish(instance, { ...order, ...form, reviewedBy: "a reviewer", progress: nothing });
    const files = async () =>
      Promise.all(
        (await readdir(join(out, "photos"))).sort().map((name) => readFile(join(out, "photos", name))),
      );
    const manifest = async () =>
      JSON.parse(await readFile(join(out, "manifest.json"), "utf8")) as { shown: unknown[] }[];
    const before = await files();
    expect(before).toHaveLength(2);
    for (const file of before) {
      expect((await sharp(file).metadata()).width).toBe(600);
      // The photo is grey there: the text is lighter and darker than it.
      const corner = await sharp(file).extract({ left: 300, top: 360, width: 300, height: 40 }).stats();
      expect(corner.channels[0]?.max).toBeGreaterThan(190);
      expect(corner.channels[0]?.min).toBeLessThan(100);
    }
    expect(await manifest()).toEqual([expect.objectContaining(form), expect.objectContaining(form)]);
    const list = (
      await here.ask("GET", `/api/staff/collections/${collection}/publications`)
    ).json<Publications>();
    const mine = list.publications.find((one) => one.folder === out);
    expect(mine).toMatchObject({ ...form, changed: 0 });
    const zip = await here.ask("GET", `/api/staff/publications/${mine?.id ?? ""}/zip`);
    expect(zip.rawPayload.length).toBeLessThan(100_000);

    await withdraw(instance, { person, purposes: ["publish:website"], actor: null });
    for (const file of await files()) expect((await sharp(file).metadata()).width).toBe(600);
    expect((await manifest()).flatMap((one) => one.shown)).toEqual([]);
    const changes = (
      await here.ask("GET", `/api/staff/publications/${mine?.id ?? ""}/changes`)
    ).json<ChangedPictures>();
    expect(changes.pictures).toMatchObject([{ became: "made-again" }]);
    const wrong = { ...order, reviewedBy: "a reviewer", progress: nothing };
    await expect(publish(instance, { ...wrong, maxEdge: 12 })).rejects.toMatchObject({ code: "bad-input" });
    await expect(publish(instance, { ...wrong, watermark: "電話" })).rejects.toMatchObject({
      code: "bad-input",
    });
  });
});

describe("deleting", () => {
  test("a photo and then the whole collection asks twice, gives the receipt, and ends the gallery", async () => {
    const { secret } = await make();
    const base = `/api/staff/collections/${collection}`;
    const used = (await here.ask("GET", `${base}/storage`)).json<StorageUsed>();
    expect(used.originals).toBeGreaterThan(0);
    const photo = `${base}/photos/${photos[0]?.id ?? ""}/deletion`;
    expect((await here.ask("POST", photo, { body: {} })).statusCode).toBe(400);
    const one = (await here.ask("POST", photo, { body: { really: true } })).json<Deleted>();
    expect(one).toMatchObject({ photos: 1, residue: 0 });
    const checked = await here.server.ask("POST", "/api/verify", { body: { receipt: one.receipt } });
    expect(checked.json()).toMatchObject({ valid: true });
    expect(await pictures(secret)).toHaveLength(1);
    const all = `${base}/deletion`;
    expect((await here.ask("POST", all, { body: { name: "another" } })).json()).toMatchObject({
      code: "bad-input",
    });
    const { name } = (await here.ask("GET", base)).json<{ name: string }>();
    expect((await here.ask("POST", all, { body: { name } })).json()).toMatchObject({ photos: 1, residue: 0 });
    expect((await open(secret)).statusCode).toBe(404);
    expect((await here.ask("GET", base)).statusCode).toBe(404);
  });
});

describe("a gallery that is open to the public", () => {
  const make = (id: string, body: object = { understood: true, maxEdge: 1600 }) =>
    here.ask("POST", `/api/staff/publications/${id}/public-gallery`, { body });

  test("has no end, is said so in the log, and is made of a public channel alone, by who says that they understand", async () => {
    expect((await make(publication, { maxEdge: 1600 })).statusCode).toBe(400);
    const made = (await make(publication)).json<MadeGallery>();
    expect(made.expiresAt).toBeNull();
    expect((await open(made.link.split("#")[1] ?? "")).json()).toMatchObject({
      expiresAt: null,
      pictures: 2,
    });
    const entries = await here.test.instance.db
      .selectFrom("entry_payload")
      .select("payload")
      .where("kind", "=", "gallery-made-public")
      .execute();
    expect(entries.map((one) => one.payload)).toContainEqual(
      expect.objectContaining({ link: made.id, by: "Ada Owner" }),
    );
    await publishTo(here.test.instance, collection, "office", `${here.test.folder}/office-${collection}`);
    expect((await make((await published("office")) ?? "")).json()).toMatchObject({ code: "refused" });
  });

  test("is held in a frame by the sites that an owner named, and by no other", async () => {
    const { id } = await make(publication).then((answer) => answer.json<MadeGallery>());
    const policy = async () => {
      const { headers } = await here.server.ask("GET", `/gallery/embed/${id}`);
      return { policy: String(headers["content-security-policy"]), frames: headers["x-frame-options"] };
    };
    expect(await policy()).toMatchObject({
      policy: expect.stringContaining("frame-ancestors 'none'") as string,
      frames: "DENY",
    });
    const url = `/api/staff/galleries/${id}/origins`;
    const set = (origins: string[]) => here.ask("PUT", url, { body: { origins } });
    expect((await set(["https://www.example.org/", "https://www.example.org"])).json()).toEqual({
      origins: ["https://www.example.org"],
    });
    const framed = await policy();
    expect(framed.policy).toContain("frame-ancestors https://www.example.org;");
    expect(framed.policy).toContain("default-src 'none'");
    expect(framed.frames).toBeUndefined();
    for (const wrong of [
      "http://www.example.org",
      "https://a.org/path",
      "*",
      "https://*.example.org",
      "'self'",
    ]) {
      expect((await set([wrong])).statusCode, wrong).toBe(400);
    }
    await here.ask("DELETE", `/api/staff/galleries/${id}`);
    expect((await policy()).policy).toContain("frame-ancestors 'none'");
    expect((await here.server.ask("GET", "/gallery")).headers["content-security-policy"]).toContain(
      "frame-ancestors 'none'",
    );
  });
});
