import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId, type Id } from "../../src/core/index.ts";
import { listJobs, orderPublishing, prove, removeOrphans } from "../../src/flows/index.ts";
import { json, start, type Running } from "../support/command-line.ts";
import { environmentOf, testInstance, type TestInstance } from "../support/instance.ts";
import { makeCollection } from "../support/order.ts";
import { atPhotos, lostOrTwice, pictures, send, waitUntil } from "../support/worked-photos.ts";

/** With `npm run test:long`: so many seconds, in which one process or the other is killed again and again. */
const LONG_SECONDS = Number(process.env["KILL_SECONDS"] ?? 600);
const OFFICE = "office";

let here: TestInstance;
let sources: readonly Buffer[];
beforeAll(async () => {
  here = await testInstance();
  sources = await pictures();
});
afterAll(() => here.close());

/** A process that works, with one process that looks for faces. */
async function worker(): Promise<Running> {
  const environment = { ...environmentOf(here), ASSENT_PROCESSES: "1" };
  const running = start(environment, "serve", "--roles", "work");
  await running.said("Work is done");
  return running;
}

/** With all its children, as a machine does that goes out. */
async function kill(running: Running): Promise<void> {
  process.kill(-(running.child.pid ?? 0), "SIGKILL");
  await running.ended;
}

async function stop(running: Running): Promise<void> {
  running.child.kill("SIGTERM");
  const { status, complaints } = await running.ended;
  expect(status, complaints).toBe(0);
}

async function collectionOf(name: string): Promise<Id> {
  await makeCollection(here.instance, name, { channels: [`${OFFICE}:internal`] });
  const row = await here.instance.db
    .selectFrom("collection")
    .select("id")
    .where("name", "=", name)
    .executeTakeFirstOrThrow();
  return row.id;
}

async function isAllDone(): Promise<boolean> {
  return (await listJobs(here.instance, { open: true })).jobs.length === 0;
}

async function publishIn(collection: Id): Promise<string> {
  const exports = join(here.instance.dataFolder, "exports");
  await orderPublishing(here.instance, {
    collection,
    channel: OFFICE,
    reveal: "confirmed",
    looked: false,
    exports,
    actor: "a tester",
  });
  return exports;
}

describe("several processes that work", () => {
  test("share one collection's photos out, and where one is killed among them nothing is lost and nothing done twice", async () => {
    const collection = await collectionOf("The killed");
    const count = 36;
    expect((await listJobs(here.instance)).workers).toBe(0);
    const workers = await Promise.all([worker(), worker()]);
    // As the server of the pages does: whoever works is woken with each photo.
    await here.instance.queue.start(() => undefined);
    const order = { collection, pictures: sources, from: 0, count, folder: here.folder };
    const sending = send(here.instance, order);
    const [one, other] = workers;
    if (!one || !other) throw new Error("no workers");
    await waitUntil(async () => (await atPhotos(here.instance)).size === 2);
    expect((await listJobs(here.instance)).workers).toBe(2);
    await kill(one);
    await sending;
    await waitUntil(isAllDone);
    expect(await lostOrTwice(here.instance, collection, count)).toEqual([]);
    const { jobs } = await listJobs(here.instance, { collections: new Set([collection]) });
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) {
      expect(job).toMatchObject({ kind: "scan", state: "done", failed: null, remainingSeconds: null });
    }
    // What the killed one had looked through and not counted yet is missing.
    expect(jobs.reduce((sum, job) => sum + job.done, 0)).toBeLessThanOrEqual(count);
    const listed = await json<{ jobs: unknown[]; workers: number }>(
      environmentOf(here),
      "jobs",
      "list",
      "--all",
    );
    expect(listed.answer).toMatchObject({ workers: 1 });
    expect(listed.answer.jobs.length).toBeGreaterThan(0);
    const failed = await hiddenFailure(1_000);
    const without = await json<{ jobs: { id: Id }[] }>(environmentOf(here), "jobs", "list");
    expect(without.answer.jobs.map((job) => job.id)).toContain(failed);
    await stop(other);
  }, 240_000);

  test.runIf(process.env["MODE"] === "long")(
    "one of which is killed at random again and again lose nothing and do nothing twice",
    async () => {
      const collection = await collectionOf("Killed again");
      const until = performance.now() + LONG_SECONDS * 1000;
      const workers = [await worker(), await worker()];
      let sent = 0;
      let killed = 0;
      let published = 0;
      const sending = (async () => {
        while (performance.now() < until) {
          await send(here.instance, {
            collection,
            pictures: sources,
            from: sent,
            count: 24,
            folder: here.folder,
          });
          sent += 24;
          // Meanwhile photos are looked through, so that both kinds of work are cut off.
          if (await isPublished(collection)) {
            await publishIn(collection);
            published++;
          }
          await waitUntil(async () => performance.now() >= until || (await waitingIn(collection)) < 48);
        }
      })();
      while (performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 8_000));
        const victim = Math.floor(Math.random() * workers.length);
        await kill(workers[victim] as Running);
        killed++;
        workers[victim] = await worker();
      }
      await sending;
      await waitUntil(async () => (await isAllDone()) && (await waitingIn(collection)) === 0);
      await waitUntil(async () => isPublished(collection));
      const exports = await publishIn(collection);
      await waitUntil(isAllDone);
      for (const running of workers) await stop(running);
      console.log(
        `killed ${killed} times in ${LONG_SECONDS} s: ${sent} photos, ${published + 1} publications`,
      );
      expect(await lostOrTwice(here.instance, collection, sent)).toEqual([]);
      const { jobs } = await listJobs(here.instance, { collections: new Set([collection]), limit: 1_000 });
      expect(jobs.filter((job) => job.state !== "done")).toEqual([]);
      const renditions = await here.instance.db
        .selectFrom("rendition")
        .select("photo_id")
        .where("collection_id", "=", collection)
        .execute();
      expect(renditions).toHaveLength(sent);
      expect(new Set(renditions.map((row) => row.photo_id)).size).toBe(sent);
      expect(await manifestOf(exports, collection)).toHaveLength(sent);
      await removeOrphans(here.instance);
      expect((await prove(here.instance, {})).residue).toEqual([]);
    },
    (LONG_SECONDS + 600) * 1000,
  );
});

/** A job that failed, and so many newer ones that did not. Returns its id. */
async function hiddenFailure(newer: number): Promise<Id> {
  const id = newId();
  await sql`
    insert into job (id, kind, state, asked_by, error, created_at, moved_at, ended_at)
    select case when n = 0 then ${id}::uuid else gen_random_uuid() end, 'expire', case when n = 0 then 'failed' else 'done' end,
      'assent', case when n = 0 then 'storage-failed' end, now() + n * interval '1 millisecond', now(), now()
    from generate_series(0, ${newer}::int) n`.execute(here.instance.db);
  return id;
}

async function waitingIn(collection: Id): Promise<number> {
  const rows = await here.instance.db
    .selectFrom("photo")
    .select("id")
    .where("collection_id", "=", collection)
    .where("state", "=", "pending")
    .execute();
  return rows.length;
}

/** Whether no publication of the collection is under way. */
async function isPublished(collection: Id): Promise<boolean> {
  const { jobs } = await listJobs(here.instance, { collections: new Set([collection]), open: true });
  return jobs.every((job) => job.kind !== "publish");
}

async function manifestOf(exports: string, collection: Id): Promise<readonly unknown[]> {
  const row = await here.instance.db
    .selectFrom("disclosure")
    .select("folder")
    .where("collection_id", "=", collection)
    .orderBy("at", "desc")
    .executeTakeFirstOrThrow();
  expect(row.folder?.startsWith(exports)).toBe(true);
  return JSON.parse(await readFile(join(row.folder ?? "", "manifest.json"), "utf8")) as unknown[];
}
