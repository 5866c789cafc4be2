import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clearFace, findPerson, importFolder, listFaces } from "../../src/flows/index.ts";
import { composeEvent, hasFaces, people, type TruePhoto } from "../support/faces.ts";
import { testInstance, type TestInstance } from "../support/instance.ts";
import { joinAs, makeCollection, nothing } from "../support/order.ts";

describe.skipIf(!hasFaces)("a collection that matches only where every face is cleared", () => {
  let test_: TestInstance;
  let truth: readonly TruePhoto[];
  const [joiner = "", stranger = ""] = hasFaces ? people().slice(20, 22) : [];

  beforeAll(async () => {
    test_ = await testInstance();
    const folder = join(test_.folder, "event");
    truth = await composeEvent(folder, {
      photos: 1,
      seed: 4,
      width: 1000,
      height: 700,
      "min-people": 2,
      "max-people": 2,
      "min-face": 90,
      "max-face": 150,
      people: `${joiner},${stranger}`,
    });
    await makeCollection(test_.instance, "careful", { matchOnly: "all-cleared" });
    await joinAs(test_.instance, "careful", ["find-me"], { face: joiner });
    await importFolder(test_.instance, { folder, collection: "careful", progress: nothing });
  }, 60_000);
  afterAll(() => test_.close());

  test("finds nobody before a human has cleared the photo, and the joiner after", async () => {
    const { instance } = test_;
    const photo = truth[0];
    expect(photo?.faces.map((face) => face.person).sort()).toEqual([joiner, stranger].sort());
    const person = (await instance.db.selectFrom("person").select("id").executeTakeFirstOrThrow()).id;
    const look = { person, reason: "a test", actor: "a tester" };
    const faces = await listFaces(instance, { collection: "careful", file: photo?.file ?? "" });
    expect(await findPerson(instance, look)).toEqual([]);
    const seen = faces.filter((face) => face.detection === "certain");
    expect(seen).toHaveLength(2);
    for (const [i, face] of faces.entries()) {
      const done = await clearFace(instance, { face: face.face, actor: "a tester" });
      expect(done.photoCleared).toBe(i === faces.length - 1);
    }
    expect(await findPerson(instance, look)).toMatchObject([{ file: photo?.file, state: "matched" }]);
  });
});
