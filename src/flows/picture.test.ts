import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { colouredPhoto, facesSeen, matchedAs, type ColouredPhoto } from "../../test/support/coloured.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { disclosedOf, whatLeft } from "../publishing/index.ts";
import { hiddenView, pictureFor } from "./picture.ts";
import { photosOf } from "./photos-of.ts";
import { prove } from "./prove.ts";
import { withdraw } from "./withdraw.ts";

describe("a picture for its reader", () => {
  let test_: TestInstance;
  let instance: Instance;
  let here: Scene;
  let collection: Id;
  /** `reader` is first in the photo, `other` second, a bystander third. */
  let photo: ColouredPhoto;
  let reader: Id;
  let other: Id;

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    here = scene(instance.db, instance.keys, instance.clock);
  });
  afterAll(() => test_.close());
  beforeEach(async () => {
    collection = (await here.collection()).id;
    photo = await colouredPhoto(instance, collection, 3);
    reader = (await here.enrolled(collection)).person;
    other = (await here.enrolled(collection)).person;
    await matchedAs(instance, photo.faces[0] ?? "", reader, "matched");
    await matchedAs(instance, photo.faces[1] ?? "", other, "confirmed");
  });

  const seenBy = async (person: Id): Promise<readonly boolean[]> =>
    facesSeen(await pictureFor(instance, person, photo.id, "full"), 3);
  const renditions = () =>
    instance.db.selectFrom("rendition").selectAll().where("photo_id", "=", photo.id).execute();

  test("shows their own face, and hides everybody else", async () => {
    expect(await seenBy(reader)).toEqual([true, false, false]);
    expect(await seenBy(other)).toEqual([false, true, false]);
  });

  test("shows a companion who agreed, at once, and no more once that is withdrawn", async () => {
    expect(await seenBy(reader)).toEqual([true, false, false]);
    await here.consent(other, "publish", collection, { channel: "companions" });
    expect(await seenBy(reader)).toEqual([true, true, false]);
    await withdraw(instance, { person: other, purposes: ["publish:companions"], actor: null });
    expect(await seenBy(reader)).toEqual([true, false, false]);
    expect(await prove(instance, {})).toMatchObject({ clean: true });
  });

  test("leaves with whom it shows when it is taken at full size, and counts once as long as it stays the same", async () => {
    const left = async (person: Id) => (await disclosedOf(instance.db, person)).map((one) => one.pictures);
    await here.consent(other, "publish", collection, { channel: "companions" });
    await pictureFor(instance, reader, photo.id, "small");
    await hiddenView(instance, reader, photo.id, "full");
    expect([await left(reader), await left(other)]).toEqual([[], []]);

    await Promise.all(Array.from({ length: 3 }, () => seenBy(reader)));
    await seenBy(reader);
    expect([await left(reader), await left(other)]).toEqual([[1], [1]]);
    expect(await disclosedOf(instance.db, other)).toMatchObject([
      { channel: "companions", recipient: "channel" },
    ]);

    // Another picture under the same name: somebody who agrees now is seen in it for the first time.
    const third = (await here.enrolled(collection)).person;
    await matchedAs(instance, photo.faces[2] ?? "", third, "confirmed");
    await here.consent(third, "publish", collection, { channel: "companions" });
    await seenBy(reader);
    expect([await left(reader), await left(third)]).toEqual([[2], [1]]);
    // What the person leaving was shown in is in the receipt's count.
    expect(await whatLeft(instance.db, other)).toMatchObject([{ channel: "companions", pictures: 2 }]);
  });

  test("is kept, and made again only when it would show something else", async () => {
    await seenBy(reader);
    const [before] = await renditions();
    await pictureFor(instance, reader, photo.id, "small");
    expect(await renditions()).toEqual([before]);
    await here.consent(other, "publish", collection, { channel: "companions" });
    await seenBy(reader);
    const [after] = await renditions();
    expect(after?.blob).not.toBe(before?.blob);
    expect(await instance.blobs.has(before?.blob ?? "")).toBe(false);
  });

  test("asked for the first time by many at once is made once, and given to all", async () => {
    const pictures = await Promise.all(
      Array.from({ length: 6 }, () => pictureFor(instance, reader, photo.id, "full")),
    );
    for (const picture of pictures) expect(await facesSeen(picture, 3)).toEqual([true, false, false]);
    expect(await renditions()).toHaveLength(1);
    const proof = await prove(instance, {});
    expect(proof.residue).toEqual([]);
  });

  test("has no metadata but the colour profile, in either size", async () => {
    for (const size of ["full", "small"] as const) {
      const about = await sharp(await pictureFor(instance, reader, photo.id, size)).metadata();
      expect(about.exif).toBeUndefined();
      expect(about.icc).toBeDefined();
      expect(Math.max(about.width, about.height)).toBe(size === "full" ? 1200 : 640);
    }
  });

  test("small has the colours of the full one", async () => {
    const pixel = async (jpeg: Uint8Array): Promise<readonly number[]> => {
      const raw = await sharp(jpeg, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
      return [...raw.data.subarray(0, 3)];
    };
    const full = await pixel(await pictureFor(instance, reader, photo.id, "full"));
    const small = await pixel(await pictureFor(instance, reader, photo.id, "small"));
    small.forEach((value, i) => expect(Math.abs(value - (full[i] ?? 0))).toBeLessThan(4));
  });

  test("that they are only asked about is the hidden view", async () => {
    const asked = await colouredPhoto(instance, collection, 2);
    await matchedAs(instance, asked.faces[0] ?? "", reader, "asked");
    expect(await facesSeen(await pictureFor(instance, reader, asked.id, "full"), 2)).toEqual([false, false]);
    expect((await photosOf(instance, reader)).photos.map((one) => one.state).sort()).toEqual([
      "asked",
      "matched",
    ]);
  });

  test("in which they are not is the hidden view, for who joined, even with matching off, and shows nobody", async () => {
    const off = (await here.collection({ matching: "off" })).id;
    const [one] = [await colouredPhoto(instance, off, 2)];
    const browser = (await here.enrolled(off)).person;
    await here.consent(browser, "publish", off, { channel: "companions" });
    await matchedAs(instance, one.faces[1] ?? "", browser, "confirmed", "hand");
    const second = (await here.enrolled(off)).person;
    expect(await facesSeen(await hiddenView(instance, second, one.id, "full"), 2)).toEqual([false, false]);
    expect(await facesSeen(await pictureFor(instance, second, one.id, "small"), 2)).toEqual([false, false]);
    expect(await facesSeen(await hiddenView(instance, browser, one.id, "full"), 2)).toEqual([false, false]);
    const kept = await instance.db
      .selectFrom("rendition")
      .selectAll()
      .where("photo_id", "=", one.id)
      .execute();
    expect(kept).toHaveLength(1);
    const shown = await instance.db
      .selectFrom("rendition_face")
      .selectAll()
      .where("rendition_id", "=", kept[0]?.id ?? "")
      .execute();
    expect(shown).toEqual([]);
  });

  test("of another collection, of nobody, and of nowhere answer alike", async () => {
    const stranger = (await here.enrolled((await here.collection()).id)).person;
    const refused = async (person: Id, id: string): Promise<unknown> =>
      pictureFor(instance, person, id, "full").catch((error: unknown) => error);
    const answers = [
      await refused(stranger, photo.id),
      await refused(reader, newId()),
      await refused(reader, "no id"),
      await refused(newId(), photo.id),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ code: "not-found" });
    expect(new Set(answers.map((one) => (one as Error).message)).size).toBe(1);
    await expect(hiddenView(instance, stranger, photo.id, "full")).rejects.toMatchObject({
      code: "not-found",
    });
  });

  test("of a collection in which their claim is frozen is not given, nor listed", async () => {
    await instance.db
      .updateTable("enrolment")
      .set({ state: "frozen" })
      .where("person_id", "=", reader)
      .execute();
    await expect(pictureFor(instance, reader, photo.id, "full")).rejects.toMatchObject({ code: "not-found" });
    expect((await photosOf(instance, reader)).photos).toEqual([]);
  });

  test("is the hidden view again once find-me is withdrawn, and the kept one is gone", async () => {
    await seenBy(reader);
    await withdraw(instance, { person: reader, purposes: ["find-me"], actor: null });
    expect(await seenBy(reader)).toEqual([false, false, false]);
    const readers = (await renditions()).filter((row) => row.reader_id !== null);
    expect(readers).toEqual([]);
    expect((await photosOf(instance, reader)).photos).toEqual([]);
  });
});
