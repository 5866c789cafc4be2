import { renameSync, symlinkSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { makeCollection } from "../../test/support/order.ts";
import type { Instance } from "../app/index.ts";
import type { Id } from "../core/index.ts";
import { hashFile, sha256Hex } from "../crypto/index.ts";
import { DAY_MS, filesIn, picture, START } from "./files-in.testing.ts";
import { addWatch, lookAtWatched } from "./index.ts";
import { STILL_MS } from "./take-from-folder.ts";
import { ingest, takePhoto } from "./take-photo.ts";

/** Real files that become others in the moment in which they are taken. */
let now = START;
let atNow = (): void => undefined;
const clock = {
  now: () => {
    atNow();
    return new Date(now);
  },
};
let test_: TestInstance;
let instance: Instance;
let root: string;
let secrets: string;
let collection: Id;
let folder: string;
let id: Id;
let n = 0;
const at = START - DAY_MS;
const { photo } = filesIn(() => folder);

beforeAll(async () => {
  test_ = await testInstance({ clock });
  ({ instance } = test_);
  root = join(test_.folder, "libraries");
  secrets = join(test_.folder, "secrets");
  await mkdir(root);
  await mkdir(secrets);
});
afterAll(() => test_.close());
beforeEach(async () => {
  now = START;
  collection = (await makeCollection(instance, `taken ${++n}`, { matching: "off" })).id;
  folder = await mkdtemp(join(root, "photos-"));
  const days = { from: "2026-05-01", until: "2026-05-02", by: { account: null, name: "a tester" } };
  id = await addWatch(instance, { collection, path: folder, ...days });
});

const originals = async (): Promise<readonly string[]> => {
  const all: string[] = [];
  for await (const { ref } of instance.blobs.list("originals")) all.push(ref.split("/").at(-1) ?? "");
  return all;
};
const digests = async (): Promise<readonly string[]> =>
  (
    await instance.db.selectFrom("photo").select("digest").where("collection_id", "=", collection).execute()
  ).map((row) => row.digest);

/** A folder of the same names, sizes and times, which nobody may read by a folder that is watched. */
async function likeIn(colour: number): Promise<{ readonly mine: string; readonly secret: string }> {
  const [mine, secret] = [await picture(colour), await picture(colour + 1)];
  const size = Math.max(mine.length, secret.length);
  await mkdir(join(folder, "in"));
  for (const [place, bytes] of [
    [join(folder, "in"), mine],
    [secrets, secret],
  ] as const) {
    // What comes after the end of a picture is not looked at.
    await writeFile(join(place, "a.jpg"), Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]));
    await utimes(join(place, "a.jpg"), at / 1000, at / 1000);
  }
  return {
    mine: await hashFile(join(folder, "in", "a.jpg")),
    secret: await hashFile(join(secrets, "a.jpg")),
  };
}

function swap(): void {
  renameSync(join(folder, "in"), join(folder, ".away"));
  symlinkSync(secrets, join(folder, "in"));
}

async function swapBack(): Promise<void> {
  await rm(join(folder, "in"));
  await rename(join(folder, ".away"), join(folder, "in"));
}

describe("a folder that becomes a link", () => {
  test("after it was listed has nothing read of what it leads to", async () => {
    const { mine, secret } = await likeIn(10);
    await lookAtWatched(instance, id);
    now += STILL_MS;
    // The clock is read before the listing, and after it.
    let asked = 0;
    atNow = () => {
      if (++asked === 2) swap();
    };
    await lookAtWatched(instance, id);
    atNow = () => undefined;
    const known = await instance.db
      .selectFrom("watch_arrival")
      .select(["path", "digest"])
      .where("folder_id", "=", id)
      .execute();
    expect(asked).toBeGreaterThan(2);
    expect(known).toEqual([{ path: "in/a.jpg", digest: null }]);
    await swapBack();
    await lookAtWatched(instance, id);
    expect(await digests()).toEqual([mine]);
    expect(await originals()).not.toContain(secret);
  });

  test("as its photo is taken has nothing stored of what it leads to", async () => {
    const { mine, secret } = await likeIn(20);
    await lookAtWatched(instance, id);
    now += STILL_MS;
    for (const moment of ["temporary", "put"] as const) {
      let swapped = false;
      const blobs: Instance["blobs"] = {
        ...instance.blobs,
        [moment]: async (...args: never) => {
          if (!swapped) swap();
          swapped = true;
          return (instance.blobs[moment] as (...given: never) => Promise<string>)(...args);
        },
      };
      await lookAtWatched({ ...instance, blobs }, id);
      expect(swapped).toBe(true);
      await swapBack();
      expect(await originals()).not.toContain(secret);
      now += STILL_MS;
    }
    // The second time the copy had been made.
    expect(await digests()).toEqual([mine]);
  });
});

describe("a file that changes", () => {
  test("as it is taken from a folder, to the same size and time, is read again and taken as it is then", async () => {
    const path = join(folder, "a.jpg");
    const [before, after] = [await picture(30), await picture(31)];
    const size = Math.max(before.length, after.length);
    const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
    const write = async (bytes: Buffer): Promise<void> => {
      await writeFile(path, padded(bytes));
      await utimes(path, at / 1000, at / 1000);
    };
    await write(before);
    await lookAtWatched(instance, id);
    now += STILL_MS;
    const temporary = async (): Promise<string> => {
      await write(after);
      return instance.blobs.temporary();
    };
    await lookAtWatched({ ...instance, blobs: { ...instance.blobs, temporary } }, id);
    expect(await digests()).toEqual([]);
    now += STILL_MS;
    await lookAtWatched(instance, id);
    expect(await digests()).toEqual([sha256Hex(padded(after))]);
    expect(await originals()).not.toContain(sha256Hex(padded(before)));
  });

  test("while an import reads it, or after it was sent, is not taken", async () => {
    const path = join(test_.folder, "sent.jpg");
    await writeFile(path, await picture(40));
    const digest = await hashFile(path);
    const put: Instance["blobs"]["put"] = async (...args) => {
      await writeFile(path, await picture(41));
      return instance.blobs.put(...args);
    };
    const parts = { ...instance, blobs: { ...instance.blobs, put } };
    const file = { path, file: "sent.jpg", mediaType: "image/jpeg", digest } as const;
    expect(await takePhoto(parts, collection, file)).toEqual({ state: "changed" });
    await writeFile(path, await picture(40));
    await expect(ingest(parts, { collection, path, name: "sent.jpg" })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await digests()).toEqual([]);
  });
});

test("a photo that is too young is read once, and taken when it is old enough", async () => {
  await photo("young.jpg", { takenAt: "2026:05:02 11:59:00", at: START });
  await lookAtWatched(instance, id);
  now += STILL_MS;
  let copies = 0;
  const temporary = (): Promise<string> => {
    copies++;
    return instance.blobs.temporary();
  };
  const parts = { ...instance, blobs: { ...instance.blobs, temporary } };
  for (let i = 0; i < 3; i++) await lookAtWatched(parts, id);
  expect([copies, await digests()]).toEqual([1, []]);
  now = START + 15 * 60_000;
  await lookAtWatched(parts, id);
  expect([copies, (await digests()).length]).toEqual([2, 1]);
});
