import { createHash, randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assentClient } from "assent/client";
import { colouredPhoto, colouredPicture } from "../../../test/support/coloured.ts";
import { inDays } from "../../../test/support/order.ts";
import { KEY_SCOPES } from "../../accounts/index.ts";
import { openApi } from "./openapi.ts";
import { staffServer, type StaffServer } from "../staff/staff-server.testing.ts";
import { askWith, makeKey } from "./ask.testing.ts";

let here: StaffServer;
let key: string;
let picture: Buffer<ArrayBuffer>;
beforeAll(async () => {
  here = await staffServer();
  ({ key } = await makeKey(here, KEY_SCOPES, { name: "The ticket office" }));
  picture = Buffer.from(await colouredPicture(2));
});
afterAll(() => here.close());

const ask = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  askWith(here, key)(method, path, { ...(body ? { body } : {}), headers });
const digestOf = (bytes: Uint8Array) => `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`;

function send(
  collection: string,
  bytes: Buffer,
  headers: Record<string, string> = {},
  name = "one.jpg",
): ReturnType<typeof ask> {
  return here.server.app.inject({
    method: "POST",
    url: `/api/v1/collections/${collection}/photos?name=${encodeURIComponent(name)}`,
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/octet-stream",
      "content-digest": digestOf(bytes),
      ...headers,
    },
    payload: bytes,
  });
}
const newCollection = (name: string) => ({
  name,
  purpose: "pictures of the day",
  matching: "off",
  channels: [
    { name: "website", public: true },
    { name: "office", public: false },
  ],
  retainUntil: inDays(100),
  attestation: "taken by us",
});

describe("a collection", () => {
  test("is made once for each Idempotency-Key, in the name of the key and its maker, and renamed", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const body = newCollection("By a program");
    const made = await ask("POST", "/collections", body, headers);
    expect(made.statusCode, made.body).toBe(200);
    expect((await ask("POST", "/collections", body, headers)).json()).toEqual(made.json());
    expect((await ask("POST", "/collections", body)).statusCode).toBe(409);
    const { id } = made.json<{ id: string }>();
    expect((await ask("GET", `/collections/${id}`)).json()).toMatchObject({
      name: "By a program",
      matching: "off",
      channels: [
        { name: "office", public: false },
        { name: "website", public: true },
      ],
    });
    const row = await here.test.instance.db
      .selectFrom("collection")
      .select("attested_by")
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    expect(row.attested_by).toBe("The ticket office (API key of Ada Owner)");
    expect((await ask("PATCH", `/collections/${id}`, { name: "Renamed" })).statusCode).toBe(204);
    expect((await ask("GET", `/collections/${id}`)).json()).toMatchObject({ name: "Renamed" });
    await ask("POST", "/collections", newCollection("Another"));
    expect((await ask("PATCH", `/collections/${id}`, { name: "ANOTHER" })).statusCode).toBe(409);
    expect((await ask("PATCH", `/collections/${id}`, { name: " " })).statusCode).toBe(400);
    // What people agreed to is not in the contract of a change.
    expect((await ask("PATCH", `/collections/${id}`, { name: "x", purpose: "y" })).statusCode).toBe(400);
  });

  test("is not made by a key that is good in one alone", async () => {
    const collection = await here.collection("one alone");
    const narrow = await makeKey(here, KEY_SCOPES, { collection });
    const answer = await askWith(here, narrow.key)("POST", "/collections", { body: newCollection("More") });
    expect(answer.statusCode).toBe(404);
  });
});

describe("a photo", () => {
  test("comes in by its bytes, is looked through, and is the same one when it comes again", async () => {
    const collection = (await ask("POST", "/collections", newCollection("Sent"))).json<{ id: string }>().id;
    const headers = { "idempotency-key": randomUUID() };
    const sent = await send(collection, picture, headers, "Saturday/one.jpg");
    expect(sent.statusCode, sent.body).toBe(200);
    const { photo } = sent.json<{ photo: string }>();
    expect(sent.json()).toEqual({ photo, state: "taken" });
    expect((await send(collection, picture, headers, "Saturday/one.jpg")).json()).toEqual(sent.json());
    expect((await send(collection, picture)).json()).toEqual({ photo, state: "known" });
    // Another file under the same name of the request is another request.
    expect((await send(collection, Buffer.from(await colouredPicture(3)), headers)).statusCode).toBe(409);
    await here.scanned(collection);
    expect((await ask("GET", `/collections/${collection}/photos`)).json()).toMatchObject({
      photos: [{ id: photo, file: "Saturday/one.jpg", width: 1200 }],
    });
    expect((await ask("POST", `/collections/${collection}/scan`)).statusCode).toBe(204);
    await here.scanned(collection);
    // Nothing is left of what was sent but the original.
    expect(await readdir(join(here.test.instance.dataFolder, "uploads"))).toEqual([]);
  });

  test("that is none, cut short, too large or empty is refused with what to do, and nothing of it is kept", async () => {
    const collection = await here.collection("refused");
    const cut = await send(collection, picture.subarray(0, 2000), { "content-digest": digestOf(picture) });
    expect([cut.statusCode, cut.json<{ detail: string }>().detail]).toEqual([
      400,
      "what came is not what its digest says: it was cut short or changed",
    ]);
    const refusals: [number, string][] = [];
    for (const answer of [
      await send(collection, Buffer.from("a text"), {}, "a.jpg"),
      await send(collection, Buffer.from("II*\0raw"), {}, "a.CR2"),
      await send(collection, Buffer.alloc(0)),
      await send(collection, picture, { "content-length": "1000000001" }),
      await send(collection, picture, { "content-type": "application/json" }),
      await send(collection, picture, { "content-digest": "md5=:x:" }),
      await send(collection, picture, {}, "../up.jpg"),
      await send(randomUUID(), picture),
    ]) {
      const { status, code } = answer.json<{ status: number; code: string }>();
      refusals.push([status, code]);
    }
    expect(refusals).toEqual([
      [422, "unsupported-picture"],
      [422, "unsupported-picture"],
      [422, "unreadable-picture"],
      [413, "bad-input"],
      [400, "bad-input"],
      [400, "bad-input"],
      [400, "bad-input"],
      [404, "not-found"],
    ]);
    // A JPEG that ends in its middle, with its own digest: taken, looked through, not kept, and counted.
    expect((await send(collection, picture.subarray(0, 2000))).statusCode).toBe(200);
    await here.scanned(collection);
    expect((await ask("GET", `/collections/${collection}/jobs`)).json()).toMatchObject({
      scan: { photos: 0, waiting: 0, failed: 1 },
    });
    expect(await readdir(join(here.test.instance.dataFolder, "uploads"))).toEqual([]);
  });

  test("has more of it hidden, is held back and let go, and is deleted with a receipt that can be checked", async () => {
    const { instance } = here.test;
    const collection = await here.collection("written");
    const photo = await colouredPhoto(instance, collection, 2);
    const path = `/collections/${collection}/photos/${photo.id}`;
    const hidden = async () =>
      (await ask("GET", path)).json<{ faces: { standing: string }[] }>().faces.map((one) => one.standing);
    expect(await hidden()).toEqual(["free", "free"]);
    for (const body of [{ face: photo.faces[0] }, { face: photo.faces[0] }, { box: [600, 500, 80, 80] }]) {
      expect((await ask("POST", `${path}/hide`, body)).statusCode).toBe(204);
    }
    // A place that was marked is one where nobody was seen before.
    expect(await hidden()).toEqual(["hidden", "free", "free"]);
    const marks = await instance.db
      .selectFrom("face")
      .select("x")
      .where("photo_id", "=", photo.id)
      .where("detection", "=", "hand")
      .orderBy("x")
      .execute();
    // The face once, though it was asked twice, and the place.
    expect(marks.map((one) => one.x)).toEqual([photo.boxes[0]?.x, 600]);
    expect((await ask("POST", `${path}/hide`, {})).statusCode).toBe(400);
    const hold = (held: boolean) =>
      ask("PUT", `/collections/${collection}/held`, { photos: [photo.id], held });
    const rating = async () =>
      (await instance.db.selectFrom("photo").select("rating").where("id", "=", photo.id).executeTakeFirst())
        ?.rating;
    expect((await hold(true)).json()).toEqual({ changed: 1 });
    expect(await rating()).toBe("rejected");
    expect((await hold(false)).json()).toEqual({ changed: 1 });
    expect(await rating()).toBeNull();
    const gone = await ask("DELETE", path);
    expect(gone.json()).toMatchObject({ photos: 1, residue: 0 });
    const { receipt } = gone.json<{ receipt: string }>();
    const checked = await here.server.ask("POST", "/api/verify", { body: { receipt } });
    expect(checked.json()).toMatchObject({ valid: true });
    expect((await ask("DELETE", path)).statusCode).toBe(404);
  });

  test("comes in by the client too, which says the digest itself", async () => {
    const collection = await here.collection("by the client");
    const client = assentClient({ address: here.address, key });
    const body = new Uint8Array(picture);
    const { photo, state } = await client.uploadPhoto({
      collection,
      name: "one.jpg",
      body,
      repeat: randomUUID(),
    });
    expect(state).toBe("taken");
    await here.scanned(collection);
    expect(await client.getPhoto({ collection, photo })).toMatchObject({ width: 1200 });
    await client.changeCollection({ collection, body: { name: "by another name" } });
    expect((await client.getCollection({ collection })).name).toBe("by another name");
  });
});

test("no operation speaks for a person, shows anybody, or settles anything", async () => {
  const operations = Object.entries(openApi().paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== "get")
      .map((method) => `${method} ${path}`),
  );
  expect(
    operations.filter((one) =>
      /consent|enrol|template|tag|claim|conflict|publi|account|people|person|desk/.test(one),
    ),
  ).toEqual([]);
  const { db } = here.test.instance;
  for (const scope of ["enrol-people", "tag-faces", "publish", "settle-claims", "manage-accounts"]) {
    const forged = db
      .updateTable("api_key")
      .set({ scopes: [scope] })
      .execute();
    await expect(forged).rejects.toMatchObject({ code: "23514" });
  }
});
