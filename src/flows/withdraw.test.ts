import { afterAll, beforeAll, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { boxAt, scene } from "../../test/support/scene.ts";
import { tagFace, withdraw } from "./index.ts";

let test_: TestInstance;
beforeAll(async () => {
  test_ = await testInstance();
});
afterAll(() => test_.close());

test("tags that are dropped in one collection stay in another, where nothing but tags was ever agreed to", async () => {
  const { instance } = test_;
  const here = scene(instance.db, instance.keys, instance.clock);
  const [left, kept] = [await here.collection(), await here.collection()];
  const { person } = await here.enrolled(left.id);
  const faces: string[] = [];
  for (const { id } of [left, kept]) {
    const photo = await here.photo(id, [boxAt(100)]);
    const face = photo.faces[0] ?? "";
    await tagFace(instance, { face, person, actor: "a tester" });
    faces.push(face);
  }
  const order = { person, purposes: ["find-me"], collection: left.id, actor: null, dropTags: true };
  expect(await withdraw(instance, order)).toMatchObject({ erased: { "matches and tags": 1 } });
  const tags = await instance.db
    .selectFrom("match")
    .select("face_id")
    .where("person_id", "=", person)
    .execute();
  expect(tags).toEqual([{ face_id: faces[1] }]);
});
