import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { makeCollection } from "../../test/support/order.ts";
import { openAccounts } from "../accounts/index.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { commitPhotoDeletion } from "./commit-deletion.ts";
import { expire } from "./expire.ts";
import { DAY_MS, filesIn, picture, START } from "./files-in.testing.ts";
import {
  addWatch,
  confirmSecond,
  deleteMissing,
  deletePhotos,
  listWatched,
  lookAtWatched,
  purge,
  removeWatch,
  type MayDelete,
} from "./index.ts";
import { unlessImporting } from "./import.ts";
import { STILL_MS } from "./take-from-folder.ts";
import { settle } from "./settle.ts";
import { ingest } from "./take-photo.ts";

/** Real folders and pictures, and two owners. */
let now = START;
const clock = { now: () => new Date(now) };
let test_: TestInstance;
let instance: Instance;
let root: string;
let collection: Id;
let folder: string;
let id: Id;
let n = 0;
const [ada, bob] = [
  { account: newId(), name: "Ada" },
  { account: newId(), name: "Bob" },
];
const giveRole = () => Promise.reject(new Error("nobody was to be given a role"));
const TWO = new Set(["purge"] as const);
const ONE = new Set<never>();
const { photo } = filesIn(() => folder);

beforeAll(async () => {
  test_ = await testInstance({ clock });
  ({ instance } = test_);
  root = join(test_.folder, "libraries");
  await mkdir(root);
  const { db, keys } = instance;
  const publicUrl = new URL("https://photos.example.org");
  await openAccounts({ db, keys, clock, publicUrl, organisation: "A club" });
  for (const { account, name } of [ada, bob]) {
    await sql`insert into auth."user" (id, name, email, role, "emailVerified", "createdAt", "updatedAt")
      values (${account}, ${name}, ${`${name}@example.org`}, 'owner', true, now(), now())`.execute(db);
  }
});
afterAll(() => test_.close());
beforeEach(async () => {
  now = START;
  collection = (await makeCollection(instance, `watched ${++n}`, { matching: "off" })).id;
  folder = await mkdtemp(join(root, "photos-"));
  id = await watchedBy(ada.account);
});

function watchedBy(account: string | null): Promise<Id> {
  const window = { from: "2026-05-01", until: "2026-05-02", whenGone: "delete" } as const;
  return addWatch(instance, { collection, path: folder, ...window, by: { account, name: "Ada" } });
}

/** Whoever watches may delete, and nothing takes two. */
async function look(mayDelete: MayDelete = () => Promise.resolve(true)): Promise<void> {
  for (let i = 0; i < 2; i++) {
    await lookAtWatched(instance, id, { twoPersons: ONE, mayDelete });
    now += STILL_MS;
  }
}

async function missing(): Promise<readonly string[]> {
  const [one] = await listWatched(instance, collection);
  return one?.missing.files.map((file) => file.path) ?? [];
}

async function photos(): Promise<readonly { readonly id: Id; readonly file: string }[]> {
  return instance.db
    .selectFrom("photo")
    .select(["id", "file_name as file"])
    .where("collection_id", "=", collection)
    .orderBy("file_name")
    .execute();
}
const files = async (): Promise<readonly string[]> => (await photos()).map((one) => one.file);

async function asked(outcome: Promise<Awaited<ReturnType<typeof purge>>>): Promise<Id> {
  const told = await outcome;
  if ("asked" in told) return told.asked.id;
  throw new Error("nobody was asked");
}

async function stateOf(second: Id): Promise<string | undefined> {
  const row = await instance.db
    .selectFrom("second_person")
    .select("state")
    .where("id", "=", second)
    .executeTakeFirst();
  return row?.state;
}

async function entriesAbout(second: Id): Promise<readonly string[]> {
  const { rows } = await sql<{ kind: string }>`select kind from entry_payload
    where kind like 'second-%' and payload->>'id' = ${second} order by at`.execute(instance.db);
  return rows.map((row) => row.kind);
}

describe("a deletion of missing photos that waits for a second person", () => {
  test("leaves those that are there again when it is confirmed, and is refused where all are", async () => {
    for (const colour of [1, 2, 3, 4, 5]) await photo(`${colour}.jpg`, { colour });
    await look();
    for (const colour of [1, 2]) await rm(join(folder, `${colour}.jpg`));
    await look();
    const order = { folder: id, by: ada };
    const first = await asked(deleteMissing(instance, TWO, order));
    await photo("1 again.jpg", { colour: 1 });
    await look();
    expect(await confirmSecond(instance, { id: first, by: bob, giveRole })).toMatchObject({ photos: 1 });
    expect(await files()).toEqual(["1 again.jpg", "3.jpg", "4.jpg", "5.jpg"]);

    await rm(join(folder, "3.jpg"));
    await look();
    const second = await asked(deleteMissing(instance, TWO, order));
    await photo("3.jpg", { colour: 3 });
    await look();
    await expect(confirmSecond(instance, { id: second, by: bob, giveRole })).rejects.toMatchObject({
      code: "not-found",
    });
    expect(await stateOf(second)).toBe("open");
    expect(await entriesAbout(second)).toEqual(["second-asked"]);

    // What is watched no more says of nothing that it is missing.
    await rm(join(folder, "4.jpg"));
    await look();
    const third = await asked(deleteMissing(instance, TWO, order));
    await removeWatch(instance, { folder: id, actor: "Ada" });
    await expect(confirmSecond(instance, { id: third, by: bob, giveRole })).rejects.toMatchObject({
      code: "not-found",
    });
    expect(await files()).toEqual(["1 again.jpg", "3.jpg", "4.jpg", "5.jpg"]);
  });

  test("and one that does not leave what comes back as it commits", async () => {
    for (const colour of [1, 2, 3]) await photo(`${colour}.jpg`, { colour });
    await look();
    for (const colour of [1, 2]) await rm(join(folder, `${colour}.jpg`));
    await look();
    const gone = (await photos()).slice(0, 2).map((one) => one.id);
    const comesBack = async (): Promise<void> => {
      await photo("2.jpg", { colour: 2 });
      await look();
    };
    await commitPhotoDeletion(instance, gone, "Ada", { missingFrom: id, first: comesBack });
    await settle(instance);
    expect(await files()).toEqual(["2.jpg", "3.jpg"]);
    expect(await missing()).toEqual([]);
  });
});

describe("what a second person confirms", () => {
  test("is not confirmed while it cannot be done, and passes over photos that are gone already", async () => {
    for (const colour of [1, 2, 3]) await photo(`${colour}.jpg`, { colour });
    await look();
    const [one, two] = await photos();
    const order = { collection, photos: [one?.id ?? "", two?.id ?? ""], by: ada };
    const waits = await asked(purge(instance, TWO, order));
    const confirm = () => confirmSecond(instance, { id: waits, by: bob, giveRole });
    await unlessImporting(instance.db, collection, () =>
      expect(confirm()).rejects.toMatchObject({ code: "instance-busy" }),
    );
    expect([await stateOf(waits), await entriesAbout(waits)]).toEqual(["open", ["second-asked"]]);
    await deletePhotos(instance, { collection, photos: [one?.id ?? ""], actor: "Ada" });
    expect(await confirm()).toMatchObject({ photos: 1 });
    expect(await files()).toEqual(["3.jpg"]);
  });

  test("and was deleted stays confirmed where only its finish failed, which the next settling does", async () => {
    await photo("1.jpg", { colour: 1 });
    await look();
    const waits = await asked(purge(instance, TWO, { collection, by: ada }));
    const append: Instance["journal"]["append"] = async (events, at) => {
      // The first is of the commit itself.
      if (events.length === 0) throw new Error("the disk is full");
      await instance.journal.append(events, at);
    };
    const failing = { ...instance, journal: { ...instance.journal, append } };
    await expect(confirmSecond(failing, { id: waits, by: bob, giveRole })).rejects.toThrow(
      "the disk is full",
    );
    expect(await files()).toEqual([]);
    expect(await stateOf(waits)).toBe("confirmed");
    expect(await entriesAbout(waits)).toEqual(["second-asked", "second-confirmed"]);
    expect(await settle(instance)).toMatchObject({ erasures: 1 });
  });

  test("about a collection is read for a month after that is gone; what waited about it goes with it", async () => {
    const [photoAsked, wholeAsked] = [
      await asked(askForOne()),
      await asked(purge(instance, TWO, { collection, by: ada })),
    ];
    await confirmSecond(instance, { id: wholeAsked, by: bob, giveRole });
    expect([await stateOf(photoAsked), await stateOf(wholeAsked)]).toEqual([undefined, "confirmed"]);
    now += 30 * DAY_MS;
    await expire(instance);
    expect(await stateOf(wholeAsked)).toBeUndefined();
  });

  async function askForOne() {
    await photo("1.jpg", { colour: 1 });
    await look();
    return purge(instance, TWO, { collection, photos: (await photos()).map((one) => one.id), by: ada });
  }
});

describe("a folder whose photos go with their files", () => {
  test("deletes none that was in the collection before, and tells of it", async () => {
    const path = join(test_.folder, "by hand.jpg");
    await writeFile(path, await picture(1));
    await ingest(instance, { collection, path, name: "by hand.jpg" });
    for (const colour of [1, 2, 3, 4, 5]) await photo(`${colour}.jpg`, { colour });
    // The same bytes twice: the photo came from here all the same.
    await photo("2 as well.jpg", { colour: 2 });
    await look();
    for (const gone of ["1.jpg", "2.jpg", "2 as well.jpg"]) await rm(join(folder, gone));
    await look();
    now += DAY_MS;
    await look();
    expect(await files()).toEqual(["3.jpg", "4.jpg", "5.jpg", "by hand.jpg"]);
    expect(await missing()).toEqual(["1.jpg"]);
    await deleteMissing(instance, ONE, { folder: id, by: ada });
    expect(await files()).toEqual(["3.jpg", "4.jpg", "5.jpg"]);
  });

  test("deletes as long as whoever named it may, and tells from then on", async () => {
    const asks: unknown[] = [];
    const may: MayDelete = (maker) => {
      asks.push(maker);
      return Promise.resolve(false);
    };
    for (const colour of [1, 2, 3, 4]) await photo(`${colour}.jpg`, { colour });
    await look();
    await rm(join(folder, "1.jpg"));
    await look();
    now += DAY_MS;
    await look(may);
    expect(asks).toContainEqual({ account: ada.account, collection });
    // Nor where nobody can say what an account may do.
    await lookAtWatched(instance, id, { twoPersons: ONE });
    expect(await missing()).toEqual(["1.jpg"]);
    await look();
    expect(await files()).toEqual(["2.jpg", "3.jpg", "4.jpg"]);
  });
});
