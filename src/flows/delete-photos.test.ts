import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { colouredPhoto, matchedAs, type ColouredPhoto } from "../../test/support/coloured.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { publishTo } from "../../test/support/order.ts";
import { scene, testClock, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import type { Id } from "../core/index.ts";
import { noticesOf } from "../people/index.ts";
import { stillUsed } from "../photos/index.ts";
import { commitCollectionDeletion, commitPhotoDeletion } from "./commit-deletion.ts";
import { deleteCollection, deletePhotos } from "./delete-photos.ts";
import { finishDoNotMatch } from "./do-not-match.ts";
import { expire } from "./expire.ts";
import { unlessImporting } from "./import.ts";
import { pictureFor } from "./picture.ts";
import { prove } from "./prove.ts";
import { settle } from "./settle.ts";
import { storageOf } from "./storage.ts";
import { verifyReceipt } from "./verify.ts";

const DAY_MS = 86_400_000;

describe("what the organisation deletes", () => {
  let test_: TestInstance;
  let instance: Instance;
  let here: Scene;
  let collection: Id;
  let name: string;
  let photos: readonly ColouredPhoto[];
  let person: Id;
  let out: string;
  const clock = testClock();

  beforeAll(async () => {
    test_ = await testInstance({ clock });
    instance = test_.instance;
    here = scene(instance.db, instance.keys, clock);
  });
  afterAll(() => test_.close());
  beforeEach(async () => {
    ({ id: collection, name } = await here.collection());
    photos = [await colouredPhoto(instance, collection, 2), await colouredPhoto(instance, collection, 1)];
    ({ person } = await here.enrolled(collection));
    for (const photo of photos) await matchedAs(instance, photo.faces[0] ?? "", person, "confirmed");
    out = join(test_.folder, collection);
    await publishTo(instance, collection, "website", out);
    await pictureFor(instance, person, photos[0]?.id ?? "", "full");
  });

  const published = () => readdir(join(out, "photos"));
  const notices = () => noticesOf(instance.db, person);
  const originals = async (): Promise<readonly string[]> =>
    (
      await instance.db.selectFrom("photo").select("blob").where("collection_id", "=", collection).execute()
    ).map((row) => row.blob);
  const files = async (): Promise<readonly string[]> => [
    ...(await originals()),
    ...(
      await instance.db
        .selectFrom("rendition")
        .select("blob")
        .where("collection_id", "=", collection)
        .execute()
    ).map((row) => row.blob ?? ""),
  ];
  /** Of the files, those that no row refers to are gone; returns how many. Originals of equal content are one file. */
  async function goneOf(before: readonly string[]): Promise<number> {
    const used = await stillUsed(instance.db, before);
    for (const file of before) expect(await instance.blobs.has(file)).toBe(used.has(file));
    return new Set(before).size - used.size;
  }
  const payloadOf = async (receipt: string) => {
    const verdict = await verifyReceipt(instance, receipt);
    expect(verdict.valid).toBe(true);
    return verdict.payload;
  };
  const nothingIsLeft = async () => expect((await prove(instance, {})).residue).toEqual([]);

  test("is one photo with everything made from it, with a receipt, and the people in it are told", async () => {
    const before = await files();
    const [gone, stays] = [photos[0]?.id ?? "", photos[1]?.id ?? ""];
    const done = await deletePhotos(instance, { collection: name, photos: [gone], actor: "Ada" });
    expect(done).toMatchObject({ photos: 1, renditions: 2, residue: 0 });
    expect(await payloadOf(done.receipt)).toMatchObject({
      kind: "photos",
      erased: { photos: 1, faces: 2, "matches and tags": 1, renditions: 2 },
      leftEarlier: [
        { what: "pictures by companions", count: 1 },
        { what: "pictures by website", count: 1 },
      ],
      log: { entry: { kind: "erasure-finished" } },
    });
    expect(await notices()).toMatchObject([{ kind: "photos-deleted", pictures: 1, collection: name }]);
    expect(await published()).toHaveLength(1);
    const left = await instance.db
      .selectFrom("photo")
      .select("id")
      .where("collection_id", "=", collection)
      .execute();
    expect(left).toEqual([{ id: stays }]);
    expect(await goneOf(before)).toBeGreaterThanOrEqual(2);
    expect((await instance.journal.read()).at(-1)).toMatchObject({ event: "photo-deleted", photo: gone });
    await nothingIsLeft();
    const again = { collection: name, photos: [gone], actor: "Ada" };
    await expect(deletePhotos(instance, again)).rejects.toMatchObject({ code: "not-found" });
  });

  test("is a whole collection: what was published of it goes, people stay and are told once", async () => {
    const before = await files();
    const done = await deleteCollection(instance, { collection, actor: "Ada" });
    expect(done).toMatchObject({ photos: 2, residue: 0 });
    expect(await payloadOf(done.receipt)).toMatchObject({
      kind: "collection",
      erased: { photos: 2, faces: 3, "matches and tags": 2, renditions: 3 },
    });
    expect(await notices()).toMatchObject([{ pictures: 2, collection: name }]);
    expect(await published()).toEqual([]);
    expect(await goneOf(before)).toBeGreaterThanOrEqual(3);
    await nothingIsLeft();
  });

  test("waits for an import, and deletes nothing where one photo is not there", async () => {
    const order = { collection, actor: "Ada" };
    await unlessImporting(instance.db, collection, () =>
      expect(deleteCollection(instance, order)).rejects.toMatchObject({ code: "instance-busy" }),
    );
    const wrong = { ...order, photos: [photos[0]?.id ?? "", "nowhere.jpg"] };
    await expect(deletePhotos(instance, wrong)).rejects.toMatchObject({ code: "not-found" });
    expect(await originals()).toHaveLength(2);
  });

  test("cut off after the commit is finished by the next start, with its receipt", async () => {
    const before = await files();
    await commitPhotoDeletion(instance, [photos[0]?.id ?? ""], "Ada");
    await commitCollectionDeletion(instance, collection, { actor: "Ada", folders: "emptied" });
    expect(await settle(instance)).toMatchObject({ erasures: 2 });
    expect(await goneOf(before)).toBeGreaterThanOrEqual(3);
    expect(await published()).toEqual([]);
    expect((await notices()).map((one) => one.pictures).sort()).toEqual([1, 1]);
    await nothingIsLeft();
  });

  test("meanwhile a face of it was not to be matched any more: nothing is left of that to be done", async () => {
    const photo = photos[0]?.id ?? "";
    const chips = await instance.blobs.put("chips", Buffer.from("sealed"));
    const drop = [{ photo, chips, positions: [0] }];
    await deletePhotos(instance, { collection, photos: [photo], actor: "Ada" });
    await finishDoNotMatch(instance, drop);
    await instance.blobs.remove(chips);
    await finishDoNotMatch(instance, drop);
    await nothingIsLeft();
  });

  test("and what a retention date deletes have a receipt too, but published folders stay then", async () => {
    await instance.db
      .updateTable("collection")
      .set({ retain_until: new Date(clock.now().getTime() - DAY_MS) })
      .where("id", "=", collection)
      .execute();
    expect(await expire(instance)).toMatchObject({ collections: 1 });
    expect(await published()).toHaveLength(2);
    expect(await notices()).toMatchObject([{ pictures: 2 }]);
    await nothingIsLeft();
  });

  test("had taken room, by kind", async () => {
    const used = await storageOf(instance, collection);
    const sizes = await Promise.all(
      (await originals()).map(async (blob) => (await instance.blobs.read(blob)).length),
    );
    expect(used.originals).toBe(sizes.reduce((sum, one) => sum + one, 0));
    expect(used.renditions).toBeGreaterThan(1000);
    expect(used.chips).toBe(0);
  });
});
