import { chmod, mkdir, mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { makeCollection } from "../../test/support/order.ts";
import type { Instance } from "../app/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { dropPhoto, ratePhotos } from "../photos/index.ts";
import {
  addWatch,
  deleteMissing,
  listWatched,
  lookAtWatched,
  orderLook,
  removeWatch,
  switchWatch,
  takeWaiting,
  type WatchedFolder,
} from "./index.ts";
import { DAY_MS, filesIn, START } from "./files-in.testing.ts";
import { keepWatch } from "./keep-watch.ts";
import { STILL_MS } from "./take-from-folder.ts";

/** Real folders, files, pictures and metadata; nobody looks for faces in what is taken. */
const MINUTE_MS = 60_000;
let now = START;
const clock = { now: () => new Date(now) };
let test_: TestInstance;
let instance: Instance;
let root: string;
let collection: Id;
let folder: string;
let id: Id;
let n = 0;
const actor = "a tester";
const by = { account: null, name: actor };

beforeAll(async () => {
  test_ = await testInstance({ clock });
  ({ instance } = test_);
  root = join(test_.folder, "libraries");
  await mkdir(root);
});
afterAll(() => test_.close());
beforeEach(async () => {
  now = START;
  collection = (await makeCollection(instance, `watched ${++n}`, { matching: "off" })).id;
  folder = await mkdtemp(join(root, "photos-"));
  id = await addWatch(instance, {
    collection,
    path: folder,
    from: "2026-05-01",
    until: "2026-05-02",
    by,
  });
});

const { photo, put } = filesIn(() => folder);

/** Looks until nothing is left to wait a few seconds for. */
async function look(): Promise<WatchedFolder> {
  await lookAtWatched(instance, id);
  now += STILL_MS;
  await lookAtWatched(instance, id);
  return standing();
}

async function standing(): Promise<WatchedFolder> {
  const found = (await listWatched(instance, collection)).find((one) => one.id === id);
  if (!found) throw new Error("not watched");
  return found;
}

async function photos() {
  const rows = await instance.db
    .selectFrom("photo")
    .select(["id", "file_name", "rating"])
    .where("collection_id", "=", collection)
    .orderBy("file_name")
    .execute();
  return rows.map((row) => ({ id: row.id, file: row.file_name, rating: row.rating }));
}
const files = async (): Promise<readonly string[]> => (await photos()).map((one) => one.file);

describe("a file that comes into a watched folder", () => {
  test("is taken once it is still, a quarter of an hour old and of the collection's window; the rest waits for a human or is told with its reason", async () => {
    await photo("in/a.jpg", { colour: 1 });
    await photo("same bytes.jpg", { colour: 1 });
    await photo("young.jpg", { colour: 2, takenAt: "2026:05:02 11:59:00", at: START });
    await photo("too early.jpg", { colour: 3, takenAt: "2019:05:01 10:00:00" });
    await photo("no time.jpg", { colour: 4, takenAt: null });
    await photo("of tomorrow.jpg", { colour: 5, takenAt: "2026:05:04 10:00:00" });
    await put("notes.txt", "not a picture");
    await put("empty.jpg", "");
    await put("liar.jpg", "not a picture either");
    await put("bomb.jpg", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]));
    await put(".hidden.jpg", "not looked at");
    await put("raw.NEF", "raw");
    await symlink("/etc/hostname", join(folder, "link.jpg"));
    await symlink("/etc", join(folder, "linked"));

    // Of two files of the same bytes one is taken, whichever is read first.
    const taken = async () =>
      (await files()).map((one) => (one === "same bytes.jpg" ? "in/a.jpg" : one)).toSorted();

    // What has just been seen may still be being written.
    await lookAtWatched(instance, id);
    expect(await taken()).toEqual([]);
    expect(await standing()).toMatchObject({ problem: null, lookedAt: new Date(START), coming: 11 });

    const seen = await look();
    expect(await taken()).toEqual(["in/a.jpg"]);
    expect(seen).toMatchObject({ taken: 2, coming: 1, missing: { count: 0 } });
    expect(seen.waiting).toEqual({
      count: 3,
      files: [
        { path: "no time.jpg", reason: "no-time" },
        { path: "of tomorrow.jpg", reason: "outside" },
        { path: "too early.jpg", reason: "outside" },
      ],
    });
    expect(Object.fromEntries(seen.leftOut.files.map((one) => [one.path, one.reason]))).toEqual({
      "bomb.jpg": "unreadable-picture",
      "empty.jpg": "empty",
      "liar.jpg": "not-a-picture",
      "notes.txt": "not-a-picture",
      "raw.NEF": "raw",
    });
    expect(seen.leftOut.count).toBe(5);

    now = START + 15 * MINUTE_MS - 1;
    await look();
    expect(await taken()).toEqual(["in/a.jpg", "young.jpg"]);
    expect(await takeWaiting(instance, { folder: id, actor })).toEqual({ files: 3 });
    expect((await look()).waiting.count).toBe(0);
    expect(await taken()).toEqual([
      "in/a.jpg",
      "no time.jpg",
      "of tomorrow.jpg",
      "too early.jpg",
      "young.jpg",
    ]);
    // Whoever looks through them was asked to, once; nothing is taken again.
    expect(
      await instance.db
        .selectFrom("job")
        .select("kind")
        .where("collection_id", "=", collection)
        .orderBy("kind")
        .execute(),
    ).toEqual([{ kind: "scan" }, { kind: "watch" }]);
    expect(await lookAtWatched(instance, id)).toEqual({ problem: null, taken: 0, missing: 0 });
  });

  test("is left alone while its size or time change", async () => {
    await photo("growing.jpg", { colour: 1 });
    await lookAtWatched(instance, id);
    now += STILL_MS;
    await photo("growing.jpg", { colour: 2 });
    await lookAtWatched(instance, id);
    expect(await files()).toEqual([]);
    now += STILL_MS;
    await lookAtWatched(instance, id);
    expect(await files()).toEqual(["growing.jpg"]);
  });

  // Everything can be read by root.
  test.skipIf(process.getuid?.() === 0)("that cannot be read is taken once it can", async () => {
    await photo("closed.jpg", { colour: 3 });
    await chmod(join(folder, "closed.jpg"), 0);
    expect((await look()).leftOut.files).toEqual([{ path: "closed.jpg", reason: "unreadable-file" }]);
    await chmod(join(folder, "closed.jpg"), 0o600);
    await look();
    expect(await files()).toEqual(["closed.jpg"]);
  });

  test("is taken once, however a look ends and however many look", async () => {
    for (const colour of [1, 2, 3, 4]) await photo(`${colour}.jpg`, { colour });
    await lookAtWatched(instance, id);
    now += STILL_MS;
    const dying = (part: Partial<Instance>): Instance => ({ ...instance, ...part });
    const dies = (): Promise<never> => Promise.reject(new Error("killed"));
    // Before the row, with the bytes stored; and in the transaction of row and tie, at its last step.
    const put: Instance["blobs"]["put"] = async (...args) => {
      await instance.blobs.put(...args);
      return dies();
    };
    await expect(lookAtWatched(dying({ blobs: { ...instance.blobs, put } }), id)).rejects.toThrow("killed");
    expect(await files()).toEqual([]);
    let wakes = 0;
    const wake: Instance["queue"]["wake"] = () => (++wakes > 2 ? dies() : Promise.resolve());
    await expect(lookAtWatched(dying({ queue: { ...instance.queue, wake } }), id)).rejects.toThrow("killed");
    expect((await files()).length).toBe(2);
    expect((await standing()).taken).toBe(2);

    const both = await Promise.all([lookAtWatched(instance, id), lookAtWatched(instance, id)]);
    // The one that finds the other at it does nothing; one that comes after it finds nothing to do.
    expect(both.reduce((sum, one) => sum + (one?.taken ?? 0), 0)).toBe(2);
    expect(await files()).toEqual(["1.jpg", "2.jpg", "3.jpg", "4.jpg"]);
    expect(await standing()).toMatchObject({ taken: 4, coming: 0 });
  });
});

describe("a photo whose file moves, changes, goes or comes back", () => {
  test("keeps everything when it is moved; is missing when it is gone; and another one where the file changed", async () => {
    for (const colour of [1, 2, 3]) await photo(`${colour}.jpg`, { colour });
    await look();
    const [first, second, third] = await photos();
    if (!first || !second || !third) throw new Error("nothing was taken");
    const star = { collection, photos: [first.id], rating: "star", by: actor } as const;
    await inTransaction(instance.db, (trx) => ratePhotos(trx, star, clock));

    await mkdir(join(folder, "best"));
    await rename(join(folder, "1.jpg"), join(folder, "best", "one.jpg"));
    await rename(join(folder, "2.jpg"), join(folder, "2b.jpg"));
    await rename(join(folder, "3.jpg"), join(folder, "2.jpg"));
    await rename(join(folder, "2b.jpg"), join(folder, "3.jpg"));
    await look();
    expect(await photos()).toEqual([
      { ...third, file: "2.jpg" },
      { ...second, file: "3.jpg" },
      { ...first, file: "best/one.jpg", rating: "star" },
    ]);

    await rm(join(folder, "best", "one.jpg"));
    await photo("2.jpg", { colour: 9 });
    const gone = now;
    const seen = await look();
    expect(seen.missing).toEqual({
      count: 2,
      files: [
        { path: "best/one.jpg", since: new Date(gone) },
        { path: "2.jpg", since: new Date(gone + STILL_MS) },
      ],
    });
    expect(await files()).toEqual(["2.jpg", "2.jpg", "3.jpg", "best/one.jpg"]);

    await photo("elsewhere/one.jpg", { colour: 1 });
    expect((await look()).missing.files.map((one) => one.path)).toEqual(["2.jpg"]);
    expect((await photos()).find((one) => one.id === first.id)).toEqual({
      ...first,
      file: "elsewhere/one.jpg",
      rating: "star",
    });

    const order = { folder: id, by };
    const deleted = await deleteMissing(instance, new Set(["purge"]), order);
    expect(deleted).toMatchObject({ done: { photos: 1, residue: 0 } });
    expect(await photos()).not.toContainEqual(expect.objectContaining({ id: third.id }));
    expect((await look()).missing.count).toBe(0);
    await expect(deleteMissing(instance, new Set(), order)).rejects.toMatchObject({ code: "not-found" });
  });

  test("is not missing because a drive is: neither where the folder is gone, nor where it is empty", async () => {
    await photo("1.jpg");
    await look();
    await rename(folder, `${folder}-away`);
    expect(await look()).toMatchObject({ problem: "unreachable", missing: { count: 0 }, taken: 1 });
    await mkdir(folder);
    expect(await look()).toMatchObject({ problem: "emptied", missing: { count: 0 }, taken: 1 });
    await rm(folder, { recursive: true });
    await symlink(`${folder}-away`, folder);
    expect(await look()).toMatchObject({ problem: "not-allowed", missing: { count: 0 } });
    await rm(folder);
    await rename(`${folder}-away`, folder);
    expect(await look()).toMatchObject({ problem: null, missing: { count: 0 }, taken: 1 });
    const elsewhere = { ...instance, libraries: [] };
    expect(await lookAtWatched(elsewhere, id)).toMatchObject({ problem: "not-allowed" });
  });

  test("that staff deleted is not taken again, nor one that could not be looked through", async () => {
    await photo("1.jpg", { colour: 1 });
    await photo("2.jpg", { colour: 2 });
    await look();
    const [first, second] = await photos();
    await inTransaction(instance.db, (trx) => dropPhoto(trx, first?.id ?? "", "unreadable-picture", clock));
    await instance.db
      .deleteFrom("photo")
      .where("id", "=", second?.id ?? "")
      .execute();
    await photo("copy of 2.jpg", { colour: 2 });
    const seen = await look();
    expect(await files()).toEqual([]);
    expect(seen.leftOut).toEqual({ count: 1, files: [{ path: "1.jpg", reason: "unreadable-picture" }] });
  });

  test("goes with its file after a day where the folder's choice says so, but not with most of the folder", async () => {
    await removeWatch(instance, { folder: id, actor });
    const order = { collection, path: folder, from: "2026-05-01", until: "2026-05-02", by } as const;
    id = await addWatch(instance, { ...order, whenGone: "delete" });
    for (const colour of [1, 2, 3, 4]) await photo(`${colour}.jpg`, { colour });
    await look();
    await rm(join(folder, "1.jpg"));
    await look();
    expect(await files()).toEqual(["1.jpg", "2.jpg", "3.jpg", "4.jpg"]);
    now += DAY_MS;
    await look();
    expect(await files()).toEqual(["2.jpg", "3.jpg", "4.jpg"]);
    await rm(join(folder, "2.jpg"));
    await rm(join(folder, "3.jpg"));
    await look();
    now += DAY_MS;
    expect(await look()).toMatchObject({ missing: { count: 2 }, taken: 1 });
    expect(await files()).toEqual(["2.jpg", "3.jpg", "4.jpg"]);
  });
});

describe("a folder", () => {
  test("is watched only where the operator allows it, and what lies elsewhere answers alike, there or not", async () => {
    const order = { collection, from: "2026-05-01", until: "2026-05-02", by };
    await symlink("/etc", join(folder, "out"));
    for (const path of [
      "/etc",
      "/nowhere/at/all",
      test_.folder,
      join(root, "../data"),
      join(folder, "out"),
    ]) {
      await expect(addWatch(instance, { ...order, path })).rejects.toMatchObject({
        code: "refused",
        message: "this folder is not below one that may be watched",
      });
    }
    await expect(addWatch(instance, { ...order, path: join(root, "none") })).rejects.toMatchObject({
      code: "not-found",
    });
    await expect(addWatch(instance, { ...order, path: folder })).rejects.toMatchObject({ code: "exists" });
    for (const wrong of [{ minutes: 14 }, { from: "2026-05-03" }, { until: "some day" }]) {
      const wanted = { ...order, path: root, ...wrong };
      await expect(addWatch(instance, wanted)).rejects.toMatchObject({ code: "bad-input" });
    }
    expect(await listWatched(instance, collection)).toHaveLength(1);
  });

  test("is paused, gone on with, and watched no more; its photos stay", async () => {
    await photo("1.jpg");
    await switchWatch(instance, { folder: id, on: false, actor });
    await look();
    expect(await files()).toEqual([]);
    await expect(orderLook(instance, { folder: id, actor })).rejects.toMatchObject({ code: "conflict" });
    await switchWatch(instance, { folder: id, collection, on: true, actor });
    await orderLook(instance, { folder: id, actor });
    await look();
    await removeWatch(instance, { folder: id, actor });
    expect(await lookAtWatched(instance, id)).toEqual({ problem: null, taken: 0, missing: 0 });
    expect(await files()).toEqual(["1.jpg"]);
    const another = (await makeCollection(instance, `not watched ${n}`, { matching: "off" })).id;
    await expect(
      switchWatch(instance, { folder: id, collection: another, on: false, actor }),
    ).rejects.toMatchObject({ code: "not-found" });
  });

  test("in which something changes is looked at at once, by whoever watches it", async () => {
    await look();
    const due = async (): Promise<Date> =>
      (
        await instance.db
          .selectFrom("watch_folder")
          .select("next_look_at")
          .where("id", "=", id)
          .executeTakeFirstOrThrow()
      ).next_look_at;
    expect((await due()).getTime()).toBeGreaterThan(now);
    const stopping = new AbortController();
    const errors: unknown[] = [];
    const watching = [1, 2].map(() => keepWatch(instance, stopping.signal, (error) => errors.push(error)));
    // Watching begins some time after it is asked for.
    let written = 0;
    await vi.waitFor(
      async () => {
        await photo(`${++written}.jpg`, { colour: written });
        expect(await due()).toEqual(new Date(now));
      },
      { timeout: 30_000, interval: 200 },
    );
    stopping.abort();
    await Promise.all(watching);
    expect(errors).toEqual([]);
  });
});
