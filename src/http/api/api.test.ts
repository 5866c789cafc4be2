import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boxAt, scene } from "../../../test/support/scene.ts";
import { KEY_SCOPES } from "../../accounts/index.ts";
import { newId, type Id } from "../../core/index.ts";
import { inTransaction } from "../../db/index.ts";
import { listLooks, tagFace } from "../../flows/index.ts";
import { createPerson, enrol } from "../../people/index.ts";
import { writeRequest } from "../../rights/index.ts";
import { staffServer, type StaffServer } from "../staff/staff-server.testing.ts";
import { askWith, makeKey, renditionOf } from "./ask.testing.ts";

type Json = Record<string, unknown>;

let here: StaffServer;
let collection: Id;
let ask: ReturnType<typeof askWith>;
/** With every scope but names. */
let nameless: ReturnType<typeof askWith>;
const photos: { readonly id: Id; readonly faces: readonly Id[] }[] = [];
const people: Id[] = [];

beforeAll(async () => {
  here = await staffServer();
  collection = await here.collection("The fête");
  const { db, keys, clock } = here.test.instance;
  const made = scene(db, keys, clock);
  for (let i = 0; i < 5; i++) {
    photos.push(
      await made.photo(collection, [boxAt(300), boxAt(700)], {
        takenAt: new Date(Date.UTC(2026, 5, 20, 10, i)),
      }),
    );
  }
  for (const name of ["Anna Blum", "Bruno Carl", "Clara Dorn"]) {
    const person = await inTransaction(db, async (trx) => {
      const { id } = await createPerson(trx, keys, { language: "en", name }, clock);
      await enrol(trx, { person: id, collection, givenHow: "own-device", staff: null, state: "live" }, clock);
      return id;
    });
    await made.consent(person, "find-me", collection);
    people.push(person);
  }
  ask = askWith(here, (await makeKey(here, KEY_SCOPES, { name: "Website" })).key);
  const without = KEY_SCOPES.filter((scope) => scope !== "see-people");
  nameless = askWith(here, (await makeKey(here, without)).key);
});
afterAll(() => here.close());

const get = async (path: string): Promise<Json> => {
  const answer = await ask("GET", path);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<Json>();
};
/** Every page of a list, a few at a time. */
async function allOf(path: string, of: string, limit: number): Promise<Json[]> {
  const all: Json[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page = await get(`${path}${path.includes("?") ? "&" : "?"}limit=${limit}${more}`);
    const items = page[of] as Json[];
    // A page of consents is one of people.
    if (of !== "consents") expect(items.length).toBeLessThanOrEqual(limit);
    all.push(...items);
    cursor = page["next"] as string | null;
  }
  return all;
}
const into = (path = "") => `/collections/${collection}${path}`;

describe("reading", () => {
  test("the key says what it is, the settings what programs need", async () => {
    expect(await get("/key")).toMatchObject({
      name: "Website",
      actor: "Website (API key of Ada Owner)",
      scopes: [...KEY_SCOPES],
      collection: null,
    });
    expect(await get("/settings")).toMatchObject({ organisation: "The club", minimumAge: 15, mail: false });
  });

  test("collections and photos come by pages, which neither repeat nor leave out; faces say not whose they are", async () => {
    for (const name of ["second", "third"]) await here.collection(name);
    const collections = await allOf("/collections", "collections", 2);
    expect(collections.map((one) => one["name"]).toSorted()).toEqual(["The fête", "second", "third"]);
    expect(await get(into())).toMatchObject({ id: collection, photos: 5, people: 3, matching: "enrolled" });
    const listed = await allOf(into("/photos"), "photos", 2);
    expect(listed.map((one) => one["id"])).toEqual(photos.map((one) => one.id));
    const [first] = photos;
    const { faces } = await get(into(`/photos/${first?.id}`));
    expect(faces).toEqual(
      first?.faces.map((id) => ({ id, box: expect.any(Array) as unknown, standing: "free" })),
    );
    expect(await get(into("/jobs"))).toMatchObject({
      scan: { waiting: 0, photos: 5, failed: 0 },
      publication: null,
    });
    for (const wrong of ["?limit=0", "?limit=1000000", "?cursor=x", "?cursor=eA", "?color=blue"]) {
      expect((await ask("GET", into(`/photos${wrong}`))).statusCode, wrong).toBe(400);
    }
  });

  test("people are told by id, names with their own scope alone; consents as they stand", async () => {
    const named = await allOf(into("/people"), "people", 2);
    expect(named.map((one) => one["name"]).toSorted()).toEqual(["Anna Blum", "Bruno Carl", "Clara Dorn"]);
    const answer = await nameless("GET", into("/people"));
    expect(answer.json<{ people: Json[] }>().people.map((one) => one["name"])).toEqual([null, null, null]);
    const [anna = ""] = people;
    expect(await get(into(`/people/${anna}`))).toMatchObject({ name: "Anna Blum" });
    expect((await ask("GET", into(`/people/${newId()}`))).statusCode).toBe(404);

    const { db, keys, clock } = here.test.instance;
    await scene(db, keys, clock).consent(anna, "publish", collection, { channel: "website" });
    expect(await allOf(into("/consents"), "consents", 1)).toHaveLength(4);
    const [published] = await allOf(into("/consents?purpose=publish&live=true"), "consents", 2);
    expect(published).toMatchObject({ person: anna, channel: "website", live: true, event: "given" });
    await scene(db, keys, clock).consent(anna, "publish", collection, {
      channel: "website",
      event: "withdrawn",
    });
    expect(await allOf(into("/consents?purpose=publish&live=true"), "consents", 2)).toEqual([]);
    expect(await allOf(into(`/consents?person=${anna}`), "consents", 60)).toHaveLength(2);
  });

  test("what has not changed is not sent again", async () => {
    const first = await ask("GET", into());
    const etag = String(first.headers["etag"]);
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    expect(first.headers["cache-control"]).toBe("private, no-cache");
    for (const known of [etag, `"other", ${etag}`, `W/${etag}`, "*"]) {
      const again = await ask("GET", into(), { headers: { "if-none-match": known } });
      expect(again.statusCode).toBe(304);
      expect(again.body).toBe("");
    }
    expect((await ask("GET", into(), { headers: { "if-none-match": '"other"' } })).statusCode).toBe(200);
  });
});

describe("inviting", () => {
  const order = { kind: "single", count: 2 };
  const invite = (repeat: string, body: object = order) =>
    ask("POST", into("/invitations"), { body, headers: { "idempotency-key": repeat } });
  const secrets = async () => (await allOf(into("/invitations"), "invitations", 50)).length;

  test("asked again under the same name it is done once, also at the same moment", async () => {
    const before = await secrets();
    const first = await invite("order-0001");
    expect(first.statusCode, first.body).toBe(200);
    expect(first.json<{ invitations: Json[] }>().invitations).toEqual([
      { id: expect.any(String) as unknown, link: expect.stringMatching(/\/join#.{16,}/) as unknown },
      expect.anything(),
    ]);
    expect((await invite("order-0001")).body).toBe(first.body);
    const both = await Promise.all(["order-0002", "order-0002", "order-0002"].map((name) => invite(name)));
    expect(new Set(both.map((one) => one.body)).size).toBe(1);
    expect(both.map((one) => one.statusCode)).toEqual([200, 200, 200]);
    expect(await secrets()).toBe(before + 4);
    const other = await invite("order-0001", { kind: "single", count: 3 });
    expect(other.json<Json>()).toMatchObject({ status: 409, code: "conflict" });
    expect((await invite("short")).statusCode).toBe(400);
    expect(await secrets()).toBe(before + 4);
  });

  test("it is listed without its link, under the key's name, and ended", async () => {
    const made = (await invite("order-0003", { kind: "public" })).json<{ invitations: { id: string }[] }>();
    const id = made.invitations[0]?.id ?? "";
    const shown = await get(into(`/invitations/${id}`));
    expect(shown).toMatchObject({
      kind: "public",
      state: "open",
      createdBy: "Website (API key of Ada Owner)",
    });
    expect(JSON.stringify(shown)).not.toContain("#");
    const ended = await ask("DELETE", into(`/invitations/${id}`));
    expect([ended.statusCode, ended.body]).toEqual([204, ""]);
    expect(await get(into(`/invitations/${id}`))).toMatchObject({ state: "revoked" });
    const revoked = await allOf(into("/invitations?state=revoked"), "invitations", 5);
    expect(revoked.map((one) => one["id"])).toEqual([id]);
    expect((await ask("DELETE", into(`/invitations/${newId()}`))).statusCode).toBe(404);
  });
});

describe("looking", () => {
  const reason = "Prints for the family";
  const looks = (person: Id) => listLooks(here.test.instance, person);

  test("from a person to their photos it is told to them, and says what staff may be told", async () => {
    const { instance } = here.test;
    const [, bruno = ""] = people;
    const [photo] = photos;
    const [byHand = "", byMachine = ""] = photo?.faces ?? [];
    await tagFace(instance, { face: byHand, person: bruno, actor: "Ada Owner" });
    await instance.db
      .insertInto("match")
      .values({
        face_id: byMachine,
        person_id: bruno,
        origin: "machine",
        state: "matched",
        pack_id: "pack",
        policy_version: "1",
        decided_by: null,
        decided_at: instance.clock.now(),
      })
      .execute();
    const find = async () => {
      const answer = await ask("POST", into("/matches"), { body: { person: bruno, reason } });
      return answer.json<{ matches: Json[] }>().matches.map((one) => one["face"]);
    };
    expect(await find()).toEqual([byHand]);
    await scene(instance.db, instance.keys, instance.clock).consent(bruno, "staff-lookup", collection);
    expect((await find()).toSorted()).toEqual([byHand, byMachine].toSorted());
    const theirs = { actor: "Website (API key of Ada Owner)", reason, kind: "find", collection: "The fête" };
    expect(await looks(bruno)).toMatchObject([theirs, theirs, { kind: "tag" }]);
    const without = await ask("POST", into("/matches"), { body: { person: bruno, reason: " " } });
    expect(without.statusCode).toBe(400);
    const stranger = await ask("POST", into("/matches"), { body: { person: newId(), reason } });
    expect(stranger.statusCode).toBe(404);
    expect(await looks(bruno)).toHaveLength(3);
  });

  test("a picture is looked at once, is nowhere afterwards, and gives no score", async () => {
    const grey = await sharp({ create: { width: 320, height: 240, channels: 3, background: "#888" } })
      .jpeg()
      .toBuffer();
    const body = { picture: grey.toString("base64"), reason };
    const before = await here.test.instance.db.selectFrom("look").select("id").execute();
    const answer = await ask("POST", into("/lookups"), { body });
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json()).toEqual({ faces: [] });
    const after = await here.test.instance.db.selectFrom("look").select(["id", "actor"]).execute();
    expect(after).toHaveLength(before.length + 1);
    const wrong = await ask("POST", into("/lookups"), { body: { ...body, picture: "" } });
    expect(wrong.json()).toMatchObject({ status: 422, code: "unreadable-picture" });
  });
});

describe("published pictures", () => {
  test("are sent while they may be shown, and not before they are out nor once they are suspended", async () => {
    const { db } = here.test.instance;
    const [photo] = photos;
    const bytes = await readFile(new URL("../../pictures/fixtures/corners.heic", import.meta.url));
    const { id, publish } = await renditionOf(here, { collection, photo: photo?.id ?? "", bytes });
    const picture = () => ask("GET", into(`/renditions/${id}/picture`));
    expect((await picture()).statusCode).toBe(404);
    expect(await allOf(into("/renditions"), "renditions", 5)).toEqual([]);
    await publish();
    expect(await allOf(into("/renditions?channel=website"), "renditions", 5)).toMatchObject([
      { id, photo: photo?.id, channel: "website" },
    ]);
    expect(await allOf(into("/renditions?channel=office"), "renditions", 5)).toEqual([]);
    expect(await get(into(`/renditions/${id}`))).toMatchObject({ id });
    const sent = await picture();
    expect(sent.headers["content-type"]).toBe("image/jpeg");
    expect(sent.rawPayload.equals(bytes)).toBe(true);
    const etag = String(sent.headers["etag"]);
    const known = () => ask("GET", into(`/renditions/${id}/picture`), { headers: { "if-none-match": etag } });
    expect((await known()).statusCode).toBe(304);
    await db.updateTable("rendition").set({ state: "suspended" }).where("id", "=", id).execute();
    expect((await known()).statusCode).toBe(404);
    expect((await picture()).statusCode).toBe(404);
    expect(await allOf(into("/renditions"), "renditions", 5)).toEqual([]);
  });
});

describe("requests", () => {
  test("are told with their clock, and without what was written in them", async () => {
    const [photo] = photos;
    const { db, keys, clock } = here.test.instance;
    await inTransaction(db, (trx) =>
      writeRequest(
        trx,
        keys,
        {
          kind: "report",
          person: null,
          photo: photo?.id ?? null,
          face: null,
          place: null,
          contact: "reader@example.org",
          note: "please hide me",
          language: "en",
          receivedAt: clock.now(),
        },
        clock,
      ),
    );
    const [one] = await allOf("/requests?state=open", "requests", 5);
    expect(one).toMatchObject({
      kind: "report",
      collection,
      photo: photo?.id,
      overdue: false,
      closedAt: null,
    });
    expect(JSON.stringify(one)).not.toMatch(/reader|hide me/);
    expect(await get(`/requests/${String(one?.["id"])}`)).toEqual(one);
    expect(await allOf("/requests?state=closed", "requests", 5)).toEqual([]);
  });
});
