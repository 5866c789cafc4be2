import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { colouredPhoto, facesSeen, matchedAs, type ColouredPhoto } from "../../test/support/coloured.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { measuredErrors } from "../matching/index.ts";
import { answer, confirmGiven } from "./answer.ts";
import { photosOf } from "./photos-of.ts";
import { pictureFor } from "./picture.ts";
import { prove } from "./prove.ts";
import { rejectMatch } from "./tag.ts";

describe("answering", () => {
  let test_: TestInstance;
  let instance: Instance;
  let here: Scene;
  let collection: Id;
  let photo: ColouredPhoto;
  let face: Id;
  let person: Id;

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    here = scene(instance.db, instance.keys, instance.clock);
  });
  afterAll(() => test_.close());
  beforeEach(async () => {
    collection = (await here.collection()).id;
    photo = await colouredPhoto(instance, collection, 2);
    face = photo.faces[0] ?? "";
    person = (await here.enrolled(collection)).person;
  });

  const standing = () =>
    instance.db
      .selectFrom("match")
      .select(["state", "decided_by"])
      .where("face_id", "=", face)
      .where("person_id", "=", person)
      .executeTakeFirst();
  const incidents = async (): Promise<number> =>
    (await measuredErrors(instance.db)).find((one) => one.collection === collection)?.wrong ?? 0;

  test("yes to what is asked confirms it by the person's own word, and shows it", async () => {
    await matchedAs(instance, face, person, "asked");
    await answer(instance, person, face, true);
    expect(await standing()).toEqual({ state: "confirmed", decided_by: person });
    expect(await facesSeen(await pictureFor(instance, person, photo.id, "full"), 2)).toEqual([true, false]);
  });

  test("yes to many at once confirms what was given, and neither what is asked nor what is somebody else's", async () => {
    const other = (await here.enrolled(collection)).person;
    const [second = "", theirs = ""] = (await colouredPhoto(instance, collection, 2)).faces;
    const [asked = ""] = (await colouredPhoto(instance, collection, 1)).faces;
    await matchedAs(instance, face, person, "matched");
    await matchedAs(instance, second, person, "matched");
    await matchedAs(instance, asked, person, "asked");
    await matchedAs(instance, theirs, other, "matched");
    const all = [face, second, asked, theirs, newId(), face];
    expect(await confirmGiven(instance, person, all)).toBe(2);
    expect(await confirmGiven(instance, person, all)).toBe(2);
    const { photos } = await photosOf(instance, person);
    const states = new Map(photos.map((one) => [one.face, one.state]));
    expect([face, second, asked].map((one) => states.get(one))).toEqual(["confirmed", "confirmed", "asked"]);
    expect((await photosOf(instance, other)).photos).toMatchObject([{ face: theirs, state: "matched" }]);
    await expect(confirmGiven(instance, person, ["none"])).rejects.toMatchObject({ code: "not-found" });
    expect((await prove(instance, {})).residue).toEqual([]);
  });

  test("no to what is asked is for ever, and no incident", async () => {
    await matchedAs(instance, face, person, "asked");
    await answer(instance, person, face, false);
    expect((await standing())?.state).toBe("rejected");
    expect(await incidents()).toBe(0);
    await expect(answer(instance, person, face, true)).rejects.toMatchObject({ code: "refused" });
    await answer(instance, person, face, false);
    expect(await instance.journal.read()).toContainEqual(
      expect.objectContaining({ event: "rejected", person, face }),
    );
  });

  test("wrong person: what they were shown is gone, and it counts as an incident without them", async () => {
    await matchedAs(instance, face, person, "matched");
    await pictureFor(instance, person, photo.id, "full");
    const [kept] = await instance.db
      .selectFrom("rendition")
      .selectAll()
      .where("reader_id", "=", person)
      .execute();
    await answer(instance, person, face, false);
    expect(
      await instance.db.selectFrom("rendition").select("id").where("reader_id", "=", person).execute(),
    ).toEqual([]);
    expect(await instance.blobs.has(kept?.blob ?? "")).toBe(false);
    expect((await photosOf(instance, person)).photos).toEqual([]);
    expect(await facesSeen(await pictureFor(instance, person, photo.id, "full"), 2)).toEqual([false, false]);
    expect(await measuredErrors(instance.db)).toContainEqual({
      collection,
      pack: "pack",
      policy: "policy",
      wrong: 1,
      faces: 2,
    });
    const rows = await instance.db.selectFrom("incident").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(person);
    expect((await prove(instance, {})).residue).toEqual([]);
  });

  test("wrong person, where they are in the photo once more, keeps what shows that other face", async () => {
    await matchedAs(instance, face, person, "matched");
    await matchedAs(instance, photo.faces[1] ?? "", person, "confirmed");
    expect(await facesSeen(await pictureFor(instance, person, photo.id, "full"), 2)).toEqual([true, true]);
    await answer(instance, person, face, false);
    expect(await facesSeen(await pictureFor(instance, person, photo.id, "full"), 2)).toEqual([false, true]);
  });

  test("no, by staff: who is not in the photo is no companion, and sees nobody in what was made for them", async () => {
    const companion = (await here.enrolled(collection)).person;
    await here.consent(companion, "publish", collection, { channel: "companions" });
    await matchedAs(instance, face, person, "matched");
    await matchedAs(instance, photo.faces[1] ?? "", companion, "matched");
    expect(await facesSeen(await pictureFor(instance, person, photo.id, "full"), 2)).toEqual([true, true]);
    await rejectMatch(instance, { person, face, actor: "a tester" });
    const made = await instance.db
      .selectFrom("rendition")
      .select(["state", "blob"])
      .where("reader_id", "=", person)
      .executeTakeFirstOrThrow();
    expect(made.state).toBe("current");
    expect(await facesSeen(await instance.blobs.read(made.blob ?? ""), 2)).toEqual([false, false]);
  });

  test("about a face that is somebody else's, or nothing of theirs, answers as if it were not there", async () => {
    const other = (await here.enrolled(collection)).person;
    await matchedAs(instance, face, other, "confirmed");
    for (const [asked, me] of [
      [face, true],
      [face, false],
      [photo.faces[1] ?? "", true],
      [newId(), false],
      ["no id", true],
    ] as const) {
      await expect(answer(instance, person, asked, me)).rejects.toMatchObject({
        code: "not-found",
        message: "there is no such face of yours",
      });
    }
    expect(await standing()).toBeUndefined();
  });

  test("while frozen is not possible", async () => {
    await matchedAs(instance, face, person, "asked");
    await instance.db
      .updateTable("enrolment")
      .set({ state: "frozen" })
      .where("person_id", "=", person)
      .execute();
    await expect(answer(instance, person, face, true)).rejects.toMatchObject({ code: "not-found" });
  });
});
