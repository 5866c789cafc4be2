import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { embeddingAt } from "../../test/support/embeddings.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { DAY_MS, scene, testClock, type Scene, type TestClock } from "../../test/support/scene.ts";
import { openInstance, type Instance } from "../app/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { addPhoto } from "../photos/index.ts";
import { addPending, failedPending, pendingOf } from "../rights/index.ts";
import { faceKey, storeTemplates } from "../templates/index.ts";
import { settle } from "./settle.ts";
import { endConsents } from "./withdraw.ts";

let test_: TestInstance;
let instance: Instance;
let clock: TestClock;
let here: Scene;

beforeEach(async () => {
  clock = testClock();
  test_ = await testInstance({ clock });
  instance = test_.instance;
  here = scene(instance.db, instance.keys, clock);
});
afterEach(() => test_.close());

/** Somebody with a template whose withdrawal has committed, and whose process was killed then. */
async function cutOff(): Promise<{ person: Id; erasure: Id }> {
  const collection = (await here.collection()).id;
  const { person, enrolment } = await here.enrolled(collection);
  const erasure = await inTransaction(instance.db, async (trx) => {
    const templates = { person, enrolment, packId: "pack", embeddings: [embeddingAt(person)] };
    await storeTemplates(trx, instance.keys, templates, clock);
    const scopes = [{ purpose: "find-me" as const, channel: null, collection, guardian: null }];
    return endConsents(instance, trx, { id: person, language: "en" }, scopes, {
      event: "withdrawn",
      by: "a tester",
      dropTags: false,
    });
  });
  return { person, erasure };
}

const hasFaceKey = (person: Id): Promise<boolean> => instance.keys.has(faceKey(person));
const receipts = (): Promise<readonly string[]> => readdir(instance.receipts.path).catch(() => []);

describe("settling", () => {
  test("of an instance at rest has nothing to do", async () => {
    expect(await settle(instance)).toEqual({
      consents: 0,
      joiningClosed: 0,
      idle: 0,
      collections: 0,
      rescans: 0,
      scans: 0,
      erasures: 0,
      kept: [],
    });
  });

  test("carries a withdrawal that was cut off to its end: journal, key, receipt", async () => {
    const { person, erasure } = await cutOff();
    expect(await hasFaceKey(person)).toBe(true);
    expect(await settle(instance)).toMatchObject({ erasures: 1, kept: [] });
    expect(await hasFaceKey(person)).toBe(false);
    expect(await instance.journal.read()).toMatchObject([{ event: "withdrawn", person, purpose: "find-me" }]);
    expect(await pendingOf(instance.db, erasure)).toEqual([]);
    expect(await instance.db.selectFrom("doomed_key").selectAll().execute()).toEqual([]);
    const rows = await instance.db
      .selectFrom("receipt")
      .selectAll()
      .where("erasure_id", "=", erasure)
      .execute();
    expect(rows.map((row) => row.file)).toEqual(await receipts());
    expect(await settle(instance)).toMatchObject({ erasures: 0 });
    expect(await receipts()).toHaveLength(1);
  });

  test("by several processes at once ends each withdrawal once", async () => {
    const cut = [await cutOff(), await cutOff()];
    await Promise.all([settle(instance), settle(instance)]);
    expect(await receipts()).toHaveLength(2);
    const events = await instance.journal.read();
    expect(new Set(events.map((one) => "person" in one && one.person))).toEqual(
      new Set(cut.map((one) => one.person)),
    );
    for (const { person } of cut) expect(await hasFaceKey(person)).toBe(false);
  });

  test("goes on with the next where one cannot be finished, says so, and keeps nobody out", async () => {
    const stuck = await cutOff();
    clock.advance(1);
    const next = await cutOff();
    await instance.db
      .updateTable("erasure")
      .set({ counts: "null" })
      .where("id", "=", stuck.erasure)
      .execute();
    const opened = await openInstance(test_.configuration, { clock });
    expect(opened.settled).toMatchObject({
      erasures: 1,
      kept: [expect.stringContaining("not carried to its end yet") as string],
    });
    await opened.close();
    expect(await hasFaceKey(next.person)).toBe(false);
    expect(await receipts()).toHaveLength(1);
    await instance.db
      .updateTable("erasure")
      .set({ counts: '{"erased":{},"purposes":[],"stays":[],"leftEarlier":[]}' })
      .where("id", "=", stuck.erasure)
      .execute();
    expect(await settle(instance)).toMatchObject({ erasures: 1, kept: [] });
  });

  test("that is stopped begins nothing more, and leaves it due", async () => {
    const { person } = await cutOff();
    expect(await settle(instance, { signal: AbortSignal.abort() })).toMatchObject({ erasures: 0 });
    expect(await receipts()).toEqual([]);
    expect(await settle(instance)).toMatchObject({ erasures: 1 });
    expect(await hasFaceKey(person)).toBe(false);
  });

  test("destroys a key that was doomed in the store alone, before anything else", async () => {
    const person = await here.person();
    await instance.keys.create(faceKey(person));
    await instance.keys.doom(faceKey(person));
    await settle(instance);
    expect(await instance.keys.doomed()).toEqual([]);
  });

  test("does left-over work: files that no row needs go, those that one needs stay", async () => {
    const collection = (await here.collection()).id;
    const [gone, kept] = await Promise.all(
      ["gone", "kept"].map((text) => instance.blobs.put("originals", new TextEncoder().encode(text))),
    );
    await inTransaction(instance.db, async (trx) => {
      await addPhoto(
        trx,
        { collection, digest: "a".repeat(64), blob: kept ?? "", fileName: "a.jpg", mediaType: "image/jpeg" },
        clock,
      );
      await trx
        .updateTable("photo")
        .set({ state: "scanned", width: 9, height: 9, scanned_at: clock.now(), pack_id: "p" })
        .execute();
      await addPending(
        trx,
        [gone, kept].map((subject) => ({
          kind: "remove-blob" as const,
          subject: subject ?? "",
          erasure: null,
        })),
        clock,
      );
    });
    await settle(instance);
    const left: string[] = [];
    for await (const blob of instance.blobs.list("originals")) left.push(blob.ref);
    expect(left).toEqual([kept]);
    expect(await pendingOf(instance.db, null)).toEqual([]);
  });

  test("tries again what failed in a withdrawal that has had its receipt", async () => {
    const { erasure } = await cutOff();
    await settle(instance);
    const file = join(instance.receipts.path, "left-over.jws");
    await writeFile(file, "");
    const work = { kind: "remove-file" as const, subject: "left-over.jws", erasure };
    await inTransaction(instance.db, (trx) => addPending(trx, [work], clock));
    const [row] = await pendingOf(instance.db, erasure);
    await failedPending(instance.db, row?.id ?? "", "storage-failed");
    await settle(instance);
    expect(await receipts()).not.toContain("left-over.jws");
    expect(await pendingOf(instance.db, erasure)).toEqual([]);
  });

  test("keeps work that fails once more, with its reason, and goes on", async () => {
    const { person } = await cutOff();
    // A folder where a file should be: it is not removed.
    await mkdir(join(instance.receipts.path, "stuck.jws"), { recursive: true });
    const work = { kind: "remove-file" as const, subject: "stuck.jws", erasure: null };
    await inTransaction(instance.db, (trx) => addPending(trx, [work], clock));
    await settle(instance);
    expect(await pendingOf(instance.db, null)).toMatchObject([{ subject: "stuck.jws", attempts: 1 }]);
    expect(await hasFaceKey(person)).toBe(false);
    await rm(join(instance.receipts.path, "stuck.jws"), { recursive: true });
  });

  test("rolls the key epoch once a day", async () => {
    const before = (await instance.keys.currentEpoch()).number;
    await settle(instance);
    expect((await instance.keys.currentEpoch()).number).toBe(before);
    clock.advance(DAY_MS + 1000);
    await settle(instance);
    await settle(instance);
    expect((await instance.keys.currentEpoch()).number).toBe(before + 1);
  });

  test("says what could not be done now, and keeps nobody out", async () => {
    const collection = (await here.collection()).id;
    const photo = {
      collection,
      digest: "a".repeat(64),
      blob: "originals/aa/gone",
      fileName: "a.jpg",
      mediaType: "image/jpeg",
    };
    await inTransaction(instance.db, (trx) => addPhoto(trx, photo, clock));
    const { person } = await cutOff();
    const opened = await openInstance(
      { ...test_.configuration, modelPack: join(test_.folder, "no-such-pack") },
      { clock },
    );
    expect(opened.settled.kept).toEqual([expect.stringContaining("model pack") as string]);
    expect(opened.settled).toMatchObject({ erasures: 1 });
    expect(await hasFaceKey(person)).toBe(false);
    await opened.close();
  });
});
