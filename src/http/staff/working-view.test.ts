import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { boxes, colouredPhoto, facesSeen, matchedAs } from "../../../test/support/coloured.ts";
import { scene, type Scene } from "../../../test/support/scene.ts";
import type { Instance } from "../../app/index.ts";
import { newId, type Id } from "../../core/index.ts";
import { staffServer, type StaffServer } from "./staff-server.testing.ts";

/** Photos in the working view: what a face says of itself, marks, what is never compared, and what is left out. */
let here: StaffServer;
let instance: Instance;
let set: Scene;
beforeAll(async () => {
  here = await staffServer();
  instance = here.test.instance;
  set = scene(instance.db, instance.keys, instance.clock);
});
afterAll(() => here.close());

interface Face {
  readonly id: Id;
  readonly standing: string;
  readonly matchable: boolean;
  readonly neverMatched: boolean;
  readonly mark: { readonly face: Id; readonly mayTakeBack: boolean } | null;
}
const ask = async <T>(
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: T }> => {
  const answer = await here.ask(method, `/api/staff/collections/${path}`, body ? { body } : {});
  return { status: answer.statusCode, body: (answer.body === "" ? null : answer.json()) as T };
};
const facesOf = async (path: string) =>
  (await ask<{ readonly faces: readonly Face[] }>("GET", path)).body.faces;

async function publish(collection: Id, channel: string): Promise<string> {
  const body = { channel, reveal: "confirmed" };
  expect((await ask("POST", `${collection}/look`, body)).status).toBe(200);
  const url = `${collection}/publications`;
  await ask("POST", url, { ...body, looked: true });
  interface State {
    readonly running: object | null;
    readonly failed: object | null;
    readonly publications: readonly { readonly channel: string; readonly folder: string }[];
  }
  for (;;) {
    const { running, failed, publications } = (await ask<State>("GET", url)).body;
    expect(failed).toBeNull();
    const folder = publications.find((one) => one.channel === channel)?.folder;
    if (running === null && folder !== undefined) return join(folder, "photos");
  }
}

test("a face that was missed is marked, hidden wherever the photo goes, and taken back until it is published", async () => {
  const collection = await here.collection("Marks", { matching: "off" });
  const photo = await colouredPhoto(instance, collection, 2);
  // The detector missed the second one.
  await instance.db
    .deleteFrom("face")
    .where("id", "=", photo.faces[1] ?? "")
    .execute();
  const path = `${collection}/photos/${photo.id}`;
  const picture = async () =>
    facesSeen((await here.ask("GET", `/api/staff/collections/${path}/picture?size=large`)).rawPayload, 2);
  expect(await picture()).toEqual([false, true]);
  const [, box] = boxes(2);
  const mark = () =>
    ask("POST", `${path}/hide`, { box: [box?.x ?? 0, box?.y ?? 0, box?.w ?? 0, box?.h ?? 0] });
  expect((await mark()).status).toBe(204);
  expect(await picture()).toEqual([false, false]);
  const [found, marked] = await facesOf(path);
  expect(found).toMatchObject({ standing: "free", mark: null, matchable: true, neverMatched: false });
  expect(marked).toMatchObject({
    standing: "free",
    matchable: false,
    mark: { face: marked?.id, mayTakeBack: true },
  });

  // What the detector found is no mark.
  expect((await ask("DELETE", `${path}/marks/${found?.id ?? ""}`)).status).toBe(404);
  expect((await ask("DELETE", `${path}/marks/${marked?.id ?? ""}`)).status).toBe(204);
  expect(await picture()).toEqual([false, true]);

  await mark();
  const [, again] = await facesOf(path);
  await publish(collection, "website");
  expect((await facesOf(path))[1]?.mark?.mayTakeBack).toBe(false);
  const refused = await ask<{ readonly code: string }>("DELETE", `${path}/marks/${again?.id ?? ""}`);
  expect(refused.body.code).toBe("refused");
});

test("a face that is never to be compared loses what the machine found in it, for good", async () => {
  const collection = await here.collection("Never compared");
  const photo = await colouredPhoto(instance, collection, 2);
  const [face = "", other = ""] = photo.faces;
  const { person } = await set.enrolled(collection);
  await matchedAs(instance, face, person, "matched");
  const path = `${collection}/photos/${photo.id}`;
  expect((await ask("POST", `${path}/faces/${newId()}/never-match`)).status).toBe(404);
  expect((await ask("POST", `${path}/faces/${face}/never-match`)).status).toBe(204);
  expect(await instance.db.selectFrom("match").select("face_id").execute()).toEqual([]);
  const faces = await facesOf(path);
  expect(faces.map((one) => [one.id, one.neverMatched])).toEqual([
    [face, true],
    [other, false],
  ]);
  expect(await instance.journal.read()).toContainEqual(
    expect.objectContaining({ event: "objected", subject: face, only: "matching" }),
  );
});

test("where somebody agreed to be shown is told with who they are, by the look, and not before", async () => {
  const collection = await here.collection("Channels", { matching: "off" });
  const photo = await colouredPhoto(instance, collection, 1);
  const [face = ""] = photo.faces;
  const { person } = await set.enrolled(collection);
  await set.consent(person, "publish", collection, { channel: "office" });
  const at = `${collection}/photos/${photo.id}/faces/${face}`;
  expect((await ask("POST", `${at}/tag`, { person })).status).toBe(204);
  const seen = await ask("POST", `${at}/open`, { reason: "which pictures may go out" });
  expect(seen.body).toMatchObject({
    standing: "tagged",
    person: { person },
    channels: [
      { channel: "office", agreed: true },
      { channel: "website", agreed: false },
      { channel: "companions", agreed: false },
    ],
  });
});

test("photos that are rejected leave what is published at the next publishing, and come back; filters find them", async () => {
  const collection = await here.collection("Rated", { matching: "off" });
  const photos: Id[] = [];
  for (let n = 0; n < 3; n++) photos.push((await colouredPhoto(instance, collection, n)).id);
  const [none = "", one = "", two = ""] = photos;
  const rate = (these: readonly Id[], rating: string | null) =>
    ask<{ readonly changed: number }>("PUT", `${collection}/ratings`, { photos: these, rating });
  const found = async (filter: string) => {
    interface List {
      readonly photos: readonly { readonly id: Id }[];
      readonly total: number;
    }
    const { body } = await ask<List>("GET", `${collection}/photos?filter=${filter}`);
    expect(body.total).toBe(body.photos.length);
    return new Set(body.photos.map((photo) => photo.id));
  };
  const folder = await publish(collection, "office");
  expect(await readdir(folder)).toHaveLength(3);

  expect((await rate([one, two], "rejected")).body).toEqual({ changed: 2 });
  expect((await rate([two, none], "star")).body).toEqual({ changed: 2 });
  expect((await rate([one], "rejected")).body).toEqual({ changed: 0 });
  expect(await found("rejected")).toEqual(new Set([one]));
  expect(await found("star")).toEqual(new Set([none, two]));
  expect(await found("kept")).toEqual(new Set([none, two]));
  expect(await found("no-faces")).toEqual(new Set([none]));
  expect(await found("untagged")).toEqual(new Set([one, two]));

  // A photo of another collection among them: none is rated.
  const elsewhere = await colouredPhoto(instance, await here.collection("Not rated"), 1);
  expect((await rate([one, elsewhere.id], "star")).status).toBe(404);
  expect(await found("rejected")).toEqual(new Set([one]));

  await publish(collection, "office");
  expect(await readdir(folder)).toHaveLength(2);
  const manifest = await readFile(join(folder, "../manifest.json"), "utf8");
  expect((JSON.parse(manifest) as object[]).length).toBe(2);
  await rate([one], null);
  await publish(collection, "office");
  expect(await readdir(folder)).toHaveLength(3);
});
