import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { colouredPhoto, matchedAs, type ColouredPhoto } from "../../test/support/coloured.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { publishTo } from "../../test/support/order.ts";
import { scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { openChips, sealChips } from "../photos/index.ts";
import { requestKey } from "../rights/index.ts";
import { closeRequest, hideMe, listRequests, type HideOrder } from "./hide-me.ts";
import { pictureFor } from "./picture.ts";
import { prove } from "./prove.ts";
import { withdraw } from "./withdraw.ts";

describe("hide me, asked by anybody", () => {
  let test_: TestInstance;
  let instance: Instance;
  let here: Scene;
  let collection: Id;
  let photo: ColouredPhoto;
  let other: ColouredPhoto;
  let person: Id;
  let site: string;

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    here = scene(instance.db, instance.keys, instance.clock);
  });
  afterAll(() => test_.close());
  beforeEach(async () => {
    collection = (
      await here.collection({ channels: [{ name: "website" }, { name: "archive", public: false }] })
    ).id;
    photo = await colouredPhoto(instance, collection, 3);
    other = await colouredPhoto(instance, collection, 1);
    person = (await here.enrolled(collection)).person;
    await here.consent(person, "publish", collection, { channel: "website" });
    await matchedAs(instance, photo.faces[0] ?? "", person, "confirmed");
    site = join(test_.folder, `site-${collection}`);
    await publishTo(instance, collection, "website", site);
    await publishTo(instance, collection, "archive", join(test_.folder, `archive-${collection}`));
  });

  /** The middle of the n-th face, in shares of the picture. */
  const placeOf = (n: number) => ({ x: (80 + n * 290 + 50) / 1200, y: (250 + 60) / 800 });
  const ask = (order: Partial<HideOrder> = {}) =>
    hideMe(instance, {
      kind: "hide-me",
      photo: photo.id,
      language: "fr",
      ...order,
    });
  const renditionOf = async (channel: string) =>
    instance.db
      .selectFrom("rendition")
      .selectAll()
      .where("photo_id", "=", photo.id)
      .where("channel", "=", channel)
      .executeTakeFirstOrThrow();
  const published = async (): Promise<readonly string[]> => {
    const manifest = JSON.parse(await readFile(join(site, "manifest.json"), "utf8")) as {
      rendition: string;
    }[];
    const files = await readdir(join(site, "photos"));
    expect(manifest.map((item) => item.rendition).sort()).toEqual(
      files.map((file) => `photos/${file}`).sort(),
    );
    return files.map((file) => file.replace(".jpg", "")).sort();
  };
  const face = (n: number) =>
    instance.db
      .selectFrom("face")
      .selectAll()
      .where("id", "=", photo.faces[n] ?? "")
      .executeTakeFirstOrThrow();
  const mine = async () => (await listRequests(instance)).filter((one) => one.photo === photo.id);

  test("takes the photo off public channels and out of their folders at once, and only that", async () => {
    const { name } = await renditionOf("website");
    expect(await published()).toContain(name);
    const asked = await ask({ place: placeOf(1) });
    expect(asked.suspended).toBe(1);
    expect((await renditionOf("website")).state).toBe("suspended");
    expect((await renditionOf("archive")).state).toBe("current");
    expect(await published()).toHaveLength(1);
    expect(await published()).not.toContain(name);
    expect((await prove(instance, {})).residue).toEqual([]);
  });

  test("opens a request due in a month, with what was written sealed under a key of its own", async () => {
    const asked = await ask({
      place: placeOf(1),
      contact: "neighbour@example.org",
      note: "that is my garden",
    });
    const days = (Date.parse(asked.dueAt) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(27);
    expect(days).toBeLessThan(31.1);
    expect(await mine()).toMatchObject([
      {
        request: asked.request,
        face: photo.faces[1],
        contact: "neighbour@example.org",
        note: "that is my garden",
        state: "open",
        collection: { id: collection },
      },
    ]);
    const row = await instance.db
      .selectFrom("request")
      .selectAll()
      .where("id", "=", asked.request)
      .executeTakeFirst();
    expect(row?.contact_sealed?.toString("utf8")).not.toContain("neighbour");
    expect(await instance.keys.has(requestKey(asked.request))).toBe(true);
    await closeRequest(instance, asked.request, "no-change", "Ada");
    expect(await instance.keys.has(requestKey(asked.request))).toBe(false);
    const closed = (await listRequests(instance, { all: true })).find((one) => one.request === asked.request);
    expect(closed).toMatchObject({ contact: null, note: null, outcome: "no-change", staff: "Ada" });
    expect((await prove(instance, {})).residue).toEqual([]);
  });

  test("marks the face at the place, takes back what the machine asked, and destroys its chip alone", async () => {
    const blob = await instance.blobs.put(
      "chips",
      await sealChips(instance.keys, collection, photo.id, [null, Buffer.from("one"), Buffer.from("two")]),
    );
    await instance.db.updateTable("photo").set({ chips: blob }).where("id", "=", photo.id).execute();
    for (const n of [1, 2]) {
      await instance.db
        .updateTable("face")
        .set({ chip: n })
        .where("id", "=", photo.faces[n] ?? "")
        .execute();
    }
    await matchedAs(instance, photo.faces[1] ?? "", person, "asked");
    // Beside the face, where the hidden head still covers the picture.
    await ask({ place: { x: placeOf(1).x + 55 / 1200, y: placeOf(1).y } });
    expect(await face(1)).toMatchObject({ do_not_match: true, chip: null });
    expect(await face(2)).toMatchObject({ do_not_match: false, chip: 2 });
    const suggested = await instance.db
      .selectFrom("match")
      .select("state")
      .where("face_id", "=", photo.faces[1] ?? "")
      .execute();
    expect(suggested).toEqual([]);
    const { chips } = await instance.db
      .selectFrom("photo")
      .select("chips")
      .where("id", "=", photo.id)
      .executeTakeFirstOrThrow();
    expect(await instance.blobs.has(blob)).toBe(false);
    const left = await openChips(instance.keys, collection, photo.id, await instance.blobs.read(chips ?? ""));
    expect(left.map((chip) => chip && Buffer.from(chip).toString())).toEqual([null, null, "two"]);
    expect(await instance.journal.read()).toContainEqual(
      expect.objectContaining({ event: "objected", subject: photo.faces[1] }),
    );
  });

  test("does not take an enrolled person's photo from them; staff may, when they have looked", async () => {
    const asked = await ask({ place: placeOf(0) });
    expect(await face(0)).toMatchObject({ do_not_match: false });
    expect((await sharp(await pictureFor(instance, person, photo.id, "full")).metadata()).width).toBe(1200);
    expect((await renditionOf("website")).state).toBe("suspended");
    await closeRequest(instance, asked.request, "hidden", "Ada");
    expect(await face(0)).toMatchObject({ do_not_match: true });
  });

  test("with no face at the place, or no place, opens all the same", async () => {
    await ask({ place: { x: 0.99, y: 0.99 } });
    await ask({ kind: "report", note: "this is not the gala" });
    expect(await mine()).toMatchObject([{ face: null }, { face: null, kind: "report", place: null }]);
    expect((await renditionOf("website")).state).toBe("suspended");
  });

  test("finds the photo by the random name of a published or delivered picture too", async () => {
    const { name } = await renditionOf("website");
    expect(await ask({ photo: undefined, rendition: `${name}.jpg` })).toMatchObject({ suspended: 1 });
    expect(await mine()).toHaveLength(1);
    for (const order of [{ photo: newId() }, { photo: "no id" }, { photo: undefined, rendition: "../x" }]) {
      await expect(ask(order)).rejects.toMatchObject({ code: "not-found" });
    }
    await expect(ask({ photo: undefined })).rejects.toMatchObject({ code: "bad-input" });
    await expect(ask({ place: { x: 2, y: 0 } })).rejects.toMatchObject({ code: "bad-input" });
  });

  test("asked again does no more", async () => {
    const first = await ask({ place: placeOf(1) });
    const entries = () => instance.db.selectFrom("entry").select("id").execute();
    const before = (await entries()).length;
    for (let i = 0; i < 3; i++) {
      expect(await ask({ place: placeOf(1) })).toEqual({ ...first, suspended: 0 });
    }
    expect(await entries()).toHaveLength(before);
    for (let i = 0; i < 15; i++) await ask({ place: placeOf(1), note: `again ${i}` });
    expect((await mine()).length).toBe(10);
  });

  test("keeps the photo off, whoever publishes or leaves meanwhile, until the last request is closed", async () => {
    const [one, two] = [await ask({ place: placeOf(1) }), await ask({ place: placeOf(2) })];
    const again = await publishTo(instance, collection, "website", site);
    expect(again).toMatchObject({ renditions: 1, heldBack: 1 });
    await withdraw(instance, { person, purposes: ["publish:website"], actor: null });
    expect((await renditionOf("website")).state).toBe("suspended");
    const bring = instance.db
      .updateTable("rendition")
      .set({ state: "current" })
      .where("photo_id", "=", photo.id)
      .where("channel", "=", "website")
      .execute();
    await expect(bring).rejects.toThrow(/off public channels/);
    expect(await closeRequest(instance, one.request, "no-change", "Ada")).toMatchObject({ rendered: 0 });
    expect((await renditionOf("website")).state).toBe("suspended");
    expect(await closeRequest(instance, two.request, "hidden", "Ada")).toMatchObject({ rendered: 1 });
    expect((await renditionOf("website")).state).toBe("current");
    expect(await publishTo(instance, collection, "website", site)).toMatchObject({
      renditions: 2,
      heldBack: 0,
    });
    expect((await prove(instance, {})).residue).toEqual([]);
  });

  test("closed as withheld stays off for good", async () => {
    const asked = await ask({});
    await closeRequest(instance, asked.request, "withheld", "Ada");
    expect(await publishTo(instance, collection, "website", site)).toMatchObject({
      renditions: 1,
      heldBack: 1,
    });
    await expect(closeRequest(instance, asked.request, "hidden", "Ada")).rejects.toMatchObject({
      code: "not-found",
    });
  });

  test("closed without change brings the same picture back into the folder", async () => {
    const { name } = await renditionOf("website");
    const asked = await ask({ place: placeOf(1) });
    await closeRequest(instance, asked.request, "no-change", "Ada");
    expect(await published()).toContain(name);
    expect(await published()).toHaveLength(2);
    expect(other.faces).toHaveLength(1);
  });
});
