import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { colouredPhoto, facesSeen, matchedAs } from "../../test/support/coloured.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { publishTo } from "../../test/support/order.ts";
import { boxAt, scene } from "../../test/support/scene.ts";
import { settle, tagFace, verifyReceipt, withdraw } from "./index.ts";

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

test("a picture that cannot be made again leaves the folders all the same, and the receipt says that work is left", async () => {
  const { instance } = test_;
  const here = scene(instance.db, instance.keys, instance.clock);
  const { id: collection } = await here.collection();
  const photo = await colouredPhoto(instance, collection, 2);
  const { person } = await here.enrolled(collection);
  await matchedAs(instance, photo.faces[0] ?? "", person, "confirmed");
  await here.consent(person, "publish", collection, { channel: "website" });
  const out = join(test_.folder, collection);
  await publishTo(instance, collection, "website", out);
  const published = async () => {
    const files = await readdir(join(out, "photos"));
    return Promise.all(files.map(async (file) => facesSeen(await readFile(join(out, "photos", file)), 2)));
  };
  expect(await published()).toEqual([[true, false]]);
  const { blob } = await instance.db
    .selectFrom("photo")
    .select("blob")
    .where("id", "=", photo.id)
    .executeTakeFirstOrThrow();
  const original = await instance.blobs.read(blob);
  await instance.blobs.remove(blob);
  const left = await withdraw(instance, { person, purposes: ["publish:website"], actor: null });
  expect(await published()).toEqual([]);
  expect(left.residue).toBeGreaterThan(0);
  const { payload } = await verifyReceipt(instance, left.receipt);
  const checks = (
    payload as { readonly checks?: readonly { readonly check: string; readonly residue: number }[] }
  ).checks;
  expect(checks?.find((one) => one.check === "all work of this erasure is done")?.residue).toBeGreaterThan(0);
  await instance.blobs.put("originals", original);
  await settle(instance);
  expect(await instance.db.selectFrom("pending").select("kind").execute()).toEqual([]);
});
