import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { colouredPhoto, facesSeen, matchedAs, type ColouredPhoto } from "../../test/support/coloured.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { boxAt, scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { OPEN_CLAIMS } from "../matching/index.ts";
import { sweepPerson } from "../rights/index.ts";
import { browse } from "./browse.ts";
import { claimFace, listClaims, settleClaim } from "./claim.ts";
import { erase } from "./erase.ts";
import { looksOf } from "./me.ts";
import { photosOf } from "./photos-of.ts";
import { pictureFor } from "./picture.ts";
import { tagFace } from "./tag.ts";

describe("a claim without face recognition", () => {
  let test_: TestInstance;
  let instance: Instance;
  let here: Scene;
  let collection: Id;
  let photo: ColouredPhoto;
  let face: Id;
  let person: Id;
  let other: Id;

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    here = scene(instance.db, instance.keys, instance.clock);
  });
  afterAll(() => test_.close());
  beforeEach(async () => {
    collection = (await here.collection({ matching: "off" })).id;
    photo = await colouredPhoto(instance, collection, 2);
    face = photo.faces[0] ?? "";
    person = (await here.enrolled(collection)).person;
    other = (await here.enrolled(collection)).person;
  });

  const open = async () =>
    (await listClaims(instance, { actor: "the desk" })).filter((one) => one.collection.id === collection);
  const seen = async () => facesSeen(await pictureFor(instance, person, photo.id, "full"), 2);

  test("shows nothing before somebody confirms it, however often it is made", async () => {
    expect(await claimFace(instance, person, face)).toEqual({ state: "open" });
    expect(await claimFace(instance, person, face)).toEqual({ state: "open" });
    expect(await open()).toHaveLength(1);
    expect((await photosOf(instance, person)).photos).toEqual([]);
    expect(await seen()).toEqual([false, false]);
    const [one] = (await browse(instance, person, { collection })).photos;
    expect(one?.faces.map((each) => each.claim)).toEqual(["mine-open", "none"]);
    const [theirs] = (await browse(instance, other, { collection })).photos;
    expect(theirs?.faces.map((each) => each.claim)).toEqual(["none", "none"]);
  });

  test("confirmed by staff is theirs to see, and the look at them is recorded", async () => {
    await claimFace(instance, person, face);
    const [claim] = await open();
    expect(claim).toMatchObject({ person, face, photo: photo.id, box: [80, 250, 100, 120] });
    expect(await settleClaim(instance, claim?.claim ?? "", true, "Ada at the desk")).toMatchObject({
      state: "accepted",
    });
    expect(await seen()).toEqual([true, false]);
    expect((await photosOf(instance, person)).photos).toMatchObject([{ id: photo.id, state: "confirmed" }]);
    const { looks } = await looksOf(instance, person);
    expect(looks.map((look) => [look.kind, look.actor])).toEqual([
      ["tag", "Ada at the desk"],
      ["lookup", "the desk"],
    ]);
    await expect(settleClaim(instance, claim?.claim ?? "", true, "Ada")).rejects.toMatchObject({
      code: "not-found",
    });
  });

  test("refused by staff is over for this person, and open to others", async () => {
    await claimFace(instance, person, face);
    const [claim] = await open();
    await settleClaim(instance, claim?.claim ?? "", false, "Ada at the desk");
    expect(await seen()).toEqual([false, false]);
    await expect(claimFace(instance, person, face)).rejects.toMatchObject({ code: "not-found" });
    expect(await claimFace(instance, other, face)).toEqual({ state: "open" });
  });

  test("of two people for one face ends for both when one is confirmed", async () => {
    await claimFace(instance, person, face);
    await claimFace(instance, other, face);
    await tagFace(instance, { face, person: other, actor: "Ada" });
    expect(await open()).toEqual([]);
    await expect(claimFace(instance, person, face)).rejects.toMatchObject({ code: "not-found" });
    expect((await browse(instance, person, { collection })).photos[0]?.faces).toHaveLength(1);
    expect(await seen()).toEqual([false, false]);
    // The confirmation goes with its person: then the face may be claimed again.
    await erase(instance, { person: other, actor: "Ada" });
    expect(await claimFace(instance, person, face)).toEqual({ state: "open" });
  });

  test("is confirmed at once where the machine had asked that very person", async () => {
    const matching = (await here.collection()).id;
    const there = await colouredPhoto(instance, matching, 1);
    const enrolled = (await here.enrolled(matching)).person;
    await matchedAs(instance, there.faces[0] ?? "", enrolled, "asked");
    expect(await claimFace(instance, enrolled, there.faces[0] ?? "")).toEqual({ state: "confirmed" });
    expect(await facesSeen(await pictureFor(instance, enrolled, there.id, "full"), 1)).toEqual([true]);
  });

  test("to a face that the machine gave somebody else waits for staff", async () => {
    const matching = (await here.collection()).id;
    const there = await here.photo(matching, [boxAt(100)]);
    const [one, two] = [(await here.enrolled(matching)).person, (await here.enrolled(matching)).person];
    await matchedAs(instance, there.faces[0] ?? "", one, "matched");
    expect(await claimFace(instance, two, there.faces[0] ?? "")).toEqual({ state: "open" });
  });

  test("beyond the limit is refused, and what is not there or not theirs answers alike", async () => {
    const many = await here.photo(
      collection,
      Array.from({ length: OPEN_CLAIMS + 1 }, (_, i) => boxAt(10 + i * 30, 20)),
    );
    for (const one of many.faces.slice(0, OPEN_CLAIMS)) await claimFace(instance, person, one);
    await expect(claimFace(instance, person, many.faces[OPEN_CLAIMS] ?? "")).rejects.toMatchObject({
      code: "refused",
    });
    const stranger = (await here.enrolled((await here.collection()).id)).person;
    for (const [who, what] of [
      [stranger, face],
      [person, newId()],
    ] as const) {
      await expect(claimFace(instance, who, what)).rejects.toMatchObject({
        message: "there is no such face of yours",
      });
    }
  });

  test("goes with its person", async () => {
    await claimFace(instance, person, face);
    const left = await erase(instance, { person, actor: null });
    expect(left.erased).toMatchObject({ claims: 1 });
    expect(await open()).toEqual([]);
    expect((await sweepPerson(instance.db, person)).residue).toEqual([]);
  });
});
