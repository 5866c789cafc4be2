import { createHash } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  colouredPhoto,
  colouredPicture,
  facesSeen,
  matchedAs,
  type ColouredPhoto,
} from "../../test/support/coloured.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { publishTo } from "../../test/support/order.ts";
import { scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import type { Id } from "../core/index.ts";
import { openChips, sealChips } from "../photos/index.ts";
import { erase } from "./erase.ts";
import { hiddenViewForStaff } from "./picture.ts";
import { prove } from "./prove.ts";
import { settle } from "./settle.ts";
import { ingest } from "./take-photo.ts";

describe("erased with the photos of them", () => {
  let test_: TestInstance;
  let instance: Instance;
  let here: Scene;
  let collection: Id;
  let person: Id;
  /** The person is alone in it; is the first of three; is not in it. */
  let alone: ColouredPhoto;
  let among: ColouredPhoto;
  let without: ColouredPhoto;
  let site: string;

  const actor = "a tester";
  const everything = { inOriginals: true, matchedToo: false };

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    here = scene(instance.db, instance.keys, instance.clock);
  });
  afterAll(() => test_.close());
  beforeEach(async () => {
    collection = (await here.collection()).id;
    [alone, among, without] = [
      await colouredPhoto(instance, collection, 1),
      await colouredPhoto(instance, collection, 3),
      await colouredPhoto(instance, collection, 2),
    ];
    person = (await here.enrolled(collection)).person;
    await here.consent(person, "publish", collection, { channel: "website" });
    await matchedAs(instance, alone.faces[0] ?? "", person, "confirmed");
    await matchedAs(instance, among.faces[0] ?? "", person, "confirmed", "hand");
    site = join(test_.folder, `site-${collection}`);
    await publishTo(instance, collection, "website", site);
  });

  const rowOf = (photo: ColouredPhoto) =>
    instance.db.selectFrom("photo").selectAll().where("id", "=", photo.id).executeTakeFirst();
  const originalOf = async (photo: ColouredPhoto) =>
    Buffer.from(await instance.blobs.read((await rowOf(photo))?.blob ?? ""));
  const published = () => readdir(join(site, "photos"));
  const residue = async () => (await prove(instance, { person })).residue;

  test("photos in which they are alone are gone, from rows, files, folders and the log's payloads", async () => {
    const before = await rowOf(alone);
    expect(await published()).toHaveLength(3);
    const left = await erase(instance, {
      person,
      actor,
      photosOfMe: { inOriginals: false, matchedToo: false },
    });
    expect(left).toMatchObject({ residue: 0, erased: { "photos in which they were alone": 1 } });
    expect(await rowOf(alone)).toBeUndefined();
    expect(await published()).toHaveLength(2);
    const others = await instance.db.selectFrom("photo").select("blob").execute();
    // The test's pictures of one person are the same bytes; those of others stay.
    if (!others.some((row) => row.blob === before?.blob)) {
      expect(await instance.blobs.has(before?.blob ?? "")).toBe(false);
    }
    const entries = await instance.db.selectFrom("entry_payload").select("payload").execute();
    expect(JSON.stringify(entries)).not.toContain(alone.id);
    // In the others they are hidden, and the originals as they were.
    expect(await facesSeen(await originalOf(among), 3)).toEqual([true, true, true]);
    expect(await residue()).toEqual([]);
  });

  test("in others the face is destroyed in the original, in every picture made of it, and with its chip", async () => {
    const chips = await instance.blobs.put(
      "chips",
      await sealChips(instance.keys, collection, among.id, [Buffer.from("theirs"), Buffer.from("another's")]),
    );
    await instance.db.updateTable("photo").set({ chips }).where("id", "=", among.id).execute();
    for (const n of [0, 1]) {
      await instance.db
        .updateTable("face")
        .set({ chip: n })
        .where("id", "=", among.faces[n] ?? "")
        .execute();
    }
    const before = await rowOf(among);
    const left = await erase(instance, { person, actor, photosOfMe: everything });
    expect(left).toMatchObject({ residue: 0, erased: { "faces destroyed in originals": 1 } });
    const after = await rowOf(among);
    expect(after?.digest).not.toBe(before?.digest);
    const original = await originalOf(among);
    expect(createHash("sha256").update(original).digest("hex")).toBe(after?.digest);
    expect(await facesSeen(original, 3)).toEqual([false, true, true]);
    expect(original.includes("somebody's name")).toBe(false);
    expect(await instance.blobs.has(chips)).toBe(false);
    const kept = await openChips(
      instance.keys,
      collection,
      among.id,
      await instance.blobs.read(after?.chips ?? ""),
    );
    expect(kept.map((chip) => chip && Buffer.from(chip).toString())).toEqual([null, "another's"]);
    const faces = await instance.db
      .selectFrom("face")
      .select("id")
      .where("photo_id", "=", among.id)
      .execute();
    expect(faces.map((face) => face.id).sort()).toEqual(among.faces.slice(1).toSorted());
    const shown = await hiddenViewForStaff(instance, collection, among.id, 640);
    expect(await facesSeen(shown, 3)).toEqual([false, false, false]);
    expect(await published()).toHaveLength(2);
    expect(await facesSeen(await originalOf(without), 2)).toEqual([true, true]);
    expect(await residue()).toEqual([]);
  });

  test("a photo of which only the machine says so is not destroyed unless that is said", async () => {
    const guessed = await colouredPhoto(instance, collection, 1);
    await matchedAs(instance, guessed.faces[0] ?? "", person, "matched");
    await expect(erase(instance, { person, actor, photosOfMe: everything })).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("of 1 photos") as string,
    });
    expect(await rowOf(alone)).toBeDefined();
    await erase(instance, { person, actor, photosOfMe: { ...everything, matchedToo: true } });
    expect(await rowOf(guessed)).toBeUndefined();
    expect(await residue()).toEqual([]);
  });

  test("a face that was seen by one stage alone, or marked by hand, is somebody: the photo stays", async () => {
    await instance.db
      .insertInto("face")
      .values({
        id: "00000000-0000-4000-8000-000000000001",
        photo_id: alone.id,
        x: 900,
        y: 100,
        w: 50,
        h: 60,
        landmarks: null,
        detection: "doubtful",
        norm: null,
        frontality: null,
        matchable: false,
        chip: null,
      })
      .execute();
    await erase(instance, { person, actor, photosOfMe: everything });
    expect(await facesSeen(await originalOf(alone), 1)).toEqual([false]);
  });

  test("the same picture in another collection goes with it, and the next import does not bring it back", async () => {
    const bytes = await colouredPicture(1);
    const digest = createHash("sha256").update(bytes).digest("hex");
    const elsewhere = await colouredPhoto(instance, (await here.collection()).id, 1);
    await instance.db
      .updateTable("photo")
      .set({ digest })
      .where("id", "in", [alone.id, elsewhere.id])
      .execute();
    await erase(instance, { person, actor, photosOfMe: everything });
    expect(await rowOf(elsewhere)).toBeUndefined();
    const path = join(test_.folder, "again.jpg");
    await writeFile(path, bytes);
    expect(await ingest(instance, { collection, path, name: "again.jpg" })).toEqual({
      state: "left-out",
      reason: "removed",
    });
    const other = join(test_.folder, "other.jpg");
    await writeFile(other, await colouredPicture(4));
    expect(await ingest(instance, { collection, path: other, name: "other.jpg" })).toMatchObject({
      state: "taken",
    });
    await instance.db.deleteFrom("photo").where("state", "=", "pending").execute();
    expect(await settle(instance)).toMatchObject({ erasures: 0, kept: [] });
  });
});
