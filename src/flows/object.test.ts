import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { colouredPhoto, facesSeen, matchedAs, type ColouredPhoto } from "../../test/support/coloured.ts";
import { drawPhoto, withDrawnPhotos } from "../../test/support/drawn-photos.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { publishTo } from "../../test/support/order.ts";
import { scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { erase } from "./erase.ts";
import { listRequests } from "./hide-me.ts";
import { scanPending } from "./import.ts";
import { object, takeObjectionBack } from "./object.ts";
import { pictureFor } from "./picture.ts";
import { prove } from "./prove.ts";
import { tagFace } from "./tag.ts";
import { ingest } from "./take-photo.ts";
import { withdraw } from "./withdraw.ts";

describe("an objection", () => {
  let test_: TestInstance;
  let instance: Instance;
  let here: Scene;
  let collection: Id;
  /** The person is the first of the three in it, and agreed to be shown; in the other photo is somebody else alone. */
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
    await matchedAs(instance, photo.faces[0] ?? "", person, "matched");
    site = join(test_.folder, `site-${collection}`);
    await publishTo(instance, collection, "website", site);
    await publishTo(instance, collection, "archive", join(test_.folder, `archive-${collection}`));
  });

  const actor = "a tester";
  const stateOf = async (of: ColouredPhoto, channel: string) =>
    (
      await instance.db
        .selectFrom("rendition")
        .select("state")
        .where("photo_id", "=", of.id)
        .where("channel", "=", channel)
        .executeTakeFirst()
    )?.state;
  const published = async () => (await readdir(join(site, "photos"))).length;
  const clean = async () => (await prove(instance, {})).residue;

  test("of a person takes the photos with them off public channels and out of folders, and no other", async () => {
    expect(await published()).toBe(2);
    expect(await object(instance, { subject: person, actor })).toEqual({
      about: "person",
      photos: 1,
      suspended: 1,
    });
    expect(await stateOf(photo, "website")).toBe("suspended");
    expect(await stateOf(photo, "archive")).toBe("current");
    expect(await stateOf(other, "website")).toBe("current");
    expect(await published()).toBe(1);
    expect(await publishTo(instance, collection, "website", site)).toMatchObject({
      renditions: 1,
      heldBack: 1,
    });
    // The photo is the person's all the same.
    expect(await facesSeen(await pictureFor(instance, person, photo.id, "small"), 3)).toEqual([
      true,
      false,
      false,
    ]);
    expect(await instance.journal.read()).toContainEqual(
      expect.objectContaining({ event: "objected", subject: person }),
    );
    const [closed] = (await listRequests(instance, { all: true })).filter((one) => one.person === person);
    expect(closed).toMatchObject({ kind: "object", state: "closed", outcome: "done", staff: actor });
    expect(await clean()).toEqual([]);
  });

  test("of a person reaches a photo in which they are found later, and the database sees to it", async () => {
    await object(instance, { subject: person, actor });
    const found = matchedAs(instance, other.faces[0] ?? "", person, "matched");
    await expect(found).rejects.toThrow(/off public channels/);
    await tagFace(instance, { face: other.faces[0] ?? "", person, actor });
    expect(await stateOf(other, "website")).toBe("suspended");
    expect(await published()).toBe(0);
    const bring = instance.db
      .updateTable("rendition")
      .set({ state: "current" })
      .where("photo_id", "=", other.id)
      .where("channel", "=", "website")
      .execute();
    await expect(bring).rejects.toThrow(/off public channels/);
    expect(await clean()).toEqual([]);
  });

  test("cannot be written without its effect", async () => {
    const bare = instance.db
      .insertInto("objection")
      .values({ id: newId(), person_id: person, at: new Date() })
      .execute();
    await expect(bare).rejects.toThrow(/off public channels/);
  });

  test("outlives the matches it goes by: after withdrawing and after erasing the photos stay off", async () => {
    await matchedAs(instance, other.faces[0] ?? "", person, "confirmed", "hand");
    await object(instance, { subject: person, actor });
    const pictures = () =>
      instance.db
        .selectFrom("rendition")
        .select("blob")
        .where("photo_id", "=", photo.id)
        .where("channel", "=", "website")
        .where("blob", "is not", null)
        .execute();
    const [shows] = await pictures();
    await withdraw(instance, { person, purposes: ["find-me"], actor: null });
    // The picture that is held back, and shows them, is not kept until somebody closes the matter.
    expect(await pictures()).toEqual([]);
    expect(await instance.blobs.has(shows?.blob ?? "")).toBe(false);
    const named = () => instance.db.selectFrom("objection").select(["person_id", "photo_id"]).execute();
    expect(await named()).toContainEqual({ person_id: null, photo_id: photo.id });
    await erase(instance, { person, actor });
    expect((await named()).filter((row) => row.person_id === person)).toEqual([]);
    expect(await publishTo(instance, collection, "website", site)).toMatchObject({
      renditions: 0,
      heldBack: 2,
    });
    expect((await prove(instance, { person })).residue).toEqual([]);
  });

  test("of a face holds its photo, and the face is never matched again", async () => {
    await object(instance, { subject: photo.faces[1] ?? "", actor });
    expect(await stateOf(photo, "website")).toBe("suspended");
    const faces = await instance.db
      .selectFrom("face")
      .select(["id", "do_not_match"])
      .where("photo_id", "=", photo.id)
      .execute();
    expect(faces.filter((face) => face.do_not_match).map((face) => face.id)).toEqual([photo.faces[1]]);
    expect(await clean()).toEqual([]);
  });

  test("of a photo holds it, and leaves the faces of those who are in it alone", async () => {
    expect(await object(instance, { subject: photo.id, actor })).toMatchObject({ about: "photo", photos: 1 });
    const faces = await instance.db
      .selectFrom("face")
      .select("id")
      .where("photo_id", "=", photo.id)
      .where("do_not_match", "=", true)
      .execute();
    expect(faces.map((face) => face.id).sort()).toEqual(photo.faces.slice(1).toSorted());
    expect(await facesSeen(await pictureFor(instance, person, photo.id, "small"), 3)).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("of a photo lets go of the chips of all its faces that are nobody's", async () => {
    const drawn = withDrawnPhotos(instance);
    const path = join(test_.folder, `${collection}.jpg`);
    await drawPhoto(
      path,
      ["a passer-by", "another", "a third"].map((who) => ({ who, clear: true })),
    );
    await ingest(drawn, { collection, path, name: "passers-by.jpg" });
    await scanPending(drawn, { collection });
    const read = () =>
      instance.db
        .selectFrom("photo")
        .select(["id", "chips"])
        .where("file_name", "=", "passers-by.jpg")
        .where("collection_id", "=", collection)
        .executeTakeFirstOrThrow();
    const { id, chips } = await read();
    expect(await instance.blobs.has(chips ?? "")).toBe(true);
    await object(instance, { subject: id, actor });
    expect((await read()).chips).toBeNull();
    expect(await instance.blobs.has(chips ?? "")).toBe(false);
    expect(await clean()).toEqual([]);
  });

  test("taken back brings the pictures back, once nothing else holds them", async () => {
    await object(instance, { subject: person, actor });
    await object(instance, { subject: photo.id, actor });
    expect(await takeObjectionBack(instance, { subject: person, actor })).toMatchObject({ rendered: 0 });
    expect(await stateOf(photo, "website")).toBe("suspended");
    expect(await takeObjectionBack(instance, { subject: photo.id, actor })).toMatchObject({ rendered: 1 });
    expect(await stateOf(photo, "website")).toBe("current");
    expect(await published()).toBe(2);
    await expect(takeObjectionBack(instance, { subject: photo.id, actor })).rejects.toMatchObject({
      code: "not-found",
    });
  });

  test("made twice does no more, and of nothing is refused", async () => {
    await object(instance, { subject: person, actor });
    expect(await object(instance, { subject: person, actor })).toMatchObject({ photos: 1, suspended: 0 });
    const rows = await instance.db
      .selectFrom("objection")
      .select("id")
      .where("person_id", "=", person)
      .execute();
    expect(rows).toHaveLength(1);
    await expect(object(instance, { subject: newId(), actor })).rejects.toMatchObject({ code: "not-found" });
    await expect(object(instance, { subject: "Erika", actor })).rejects.toMatchObject({ code: "bad-input" });
  });
});
