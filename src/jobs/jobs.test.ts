import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { AssentError, newId, systemClock, type Id } from "../core/index.ts";
import { inTransaction, openDatabase, type Database, type Db } from "../db/index.ts";
import {
  createJobQueue,
  endJob,
  forgetEndedJobs,
  JOB_KINDS,
  jobById,
  jobsIn,
  openJobs,
  openWorkshop,
  reopenJob,
  writeJob,
  type DoJob,
  type Job,
  type JobKind,
  type JobQueue,
  type Workshop,
} from "./index.ts";
import { beginJob, movedJob } from "./record.ts";

const clock = systemClock;
let database: TestDatabase;
/** As another process has it open. */
let other: Database;
beforeAll(async () => {
  database = await testDatabase();
  other = await openDatabase({ kind: "url", url: database.url });
});
afterAll(async () => {
  await other.close();
  await database.close();
});
beforeEach(async () => {
  await database.db.deleteFrom("job").execute();
});

function write(order: Parameters<typeof writeJob>[1], askedBy?: string) {
  return inTransaction(database.db, (trx) => writeJob(trx, order, clock, askedBy));
}

async function seen(id: Id): Promise<Job> {
  const job = await jobById(database.db, id);
  if (!job) throw new Error("no such job");
  return job;
}

describe("a job that is written down", () => {
  test("is the one that is open already, until that has ended", async () => {
    const first = await write({ kind: "mail" }, "Ada Owner");
    expect(await write({ kind: "mail" })).toEqual({ id: first.id, added: false });
    expect(await write({ kind: "expire" })).toMatchObject({ added: true });
    expect(await endJob(database.db, first.id, { state: "done" }, clock)).toBe(true);
    expect(await endJob(database.db, first.id, { state: "cancelled" }, clock)).toBe(false);
    const second = await write({ kind: "mail" });
    expect(second).toMatchObject({ added: true });
    expect(await seen(first.id)).toMatchObject({ state: "done", askedBy: "Ada Owner", error: null });
    expect((await openJobs(database.db)).map((job) => job.kind).toSorted()).toEqual(["expire", "mail"]);
  });

  test("tells how far it is until it has ended, and can be opened again", async () => {
    const { id } = await write({ kind: "mail" });
    expect(await beginJob(database.db, id, clock)).toMatchObject({ state: "running" });
    expect(await movedJob(database.db, id, { more: 2 }, clock)).toBe(true);
    expect(await movedJob(database.db, id, { more: 3, total: 9 }, clock)).toBe(true);
    expect(await seen(id)).toMatchObject({ done: 5, total: 9 });
    await endJob(database.db, id, { state: "failed", error: "storage-failed" }, clock);
    expect(await movedJob(database.db, id, {}, clock)).toBe(false);
    const failed = await seen(id);
    expect(failed).toMatchObject({ state: "failed", error: "storage-failed", attempts: 1 });
    await inTransaction(database.db, (trx) => reopenJob(trx, failed, clock));
    expect(await seen(id)).toMatchObject({
      state: "waiting",
      error: null,
      attempts: 0,
      done: 0,
      endedAt: null,
    });
    expect(await inTransaction(database.db, (trx) => reopenJob(trx, failed, clock))).toEqual({
      id,
      added: false,
    });
  });

  test("is told for a month once it has ended, what comes back by the clock for a day", async () => {
    const { id: routine } = await write({ kind: "mail" });
    const { id: failed } = await write({ kind: "expire" });
    await endJob(database.db, routine, { state: "done" }, clock);
    await endJob(database.db, failed, { state: "failed", error: "internal" }, clock);
    const inDays = (days: number) => ({ now: () => new Date(Date.now() + days * 86_400_000) });
    await forgetEndedJobs(database.db, inDays(2));
    expect((await jobsIn(database.db, { limit: 9 })).map((job) => job.id)).toEqual([failed]);
    await forgetEndedJobs(database.db, inDays(31));
    expect(await jobsIn(database.db, { limit: 9 })).toEqual([]);
  });
});

/** A process that works: what it does with a job of whichever kind is `act`. */
async function process_(
  db: Db,
  act: DoJob,
): Promise<{ readonly queue: JobQueue; readonly failures: string[]; stop(): Promise<void> }> {
  const queue = createJobQueue(db);
  await queue.start((error) => failures.push(error.message));
  const failures: string[] = [];
  const work = Object.fromEntries(Object.keys(JOB_KINDS).map((kind) => [kind, act]));
  const workshop: Workshop = await openWorkshop(
    { db, clock, queue },
    work as unknown as Readonly<Record<JobKind, DoJob>>,
    (kind) => failures.push(kind),
  );
  return {
    queue,
    failures,
    async stop() {
      await workshop.stop();
      await queue.stop();
    },
  };
}

function settled<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  return Promise.withResolvers<T>();
}

async function until(id: Id, isSo: (job: Job) => boolean): Promise<Job> {
  for (;;) {
    const job = await seen(id);
    if (isSo(job)) return job;
    await sql`select pg_sleep(0.02)`.execute(database.db);
  }
}

describe("whoever works", () => {
  test("is woken with the commit, and not by what is rolled back", async () => {
    const looked: Id[] = [];
    const worker = await process_(other.db, async (job) => {
      looked.push(job.id);
      return "done";
    });
    const queue = createJobQueue(database.db);
    await queue.start(() => undefined);
    let lost = "";
    await inTransaction(database.db, async (trx) => {
      lost = (await writeJob(trx, { kind: "expire" }, clock)).id;
      await queue.wake(trx, { id: lost, kind: "expire" });
      throw new Error("rolled back");
    }).catch(() => undefined);
    const { id } = await inTransaction(database.db, async (trx) => {
      const job = await writeJob(trx, { kind: "mail" }, clock);
      await queue.wake(trx, { id: job.id, kind: "mail" });
      return job;
    });
    expect(await until(id, (job) => job.endedAt !== null)).toMatchObject({ state: "done" });
    expect(looked).toEqual([id]);
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from pgboss.job where data::text like ${`%${lost}%`}`.execute(database.db);
    expect(rows).toEqual([{ n: 0 }]);
    await worker.stop();
    await queue.stop();
  });

  test("is alone at a job that is not shared, and together at one that is", async () => {
    const collection = await aCollection(database.db);
    let inside = 0;
    let most = 0;
    const both = settled<void>();
    const act: DoJob = async (job) => {
      most = Math.max(most, ++inside);
      if (job.kind === "scan") {
        if (inside === 2) both.resolve();
        await both.promise;
      } else await sql`select pg_sleep(0.05)`.execute(database.db);
      inside--;
      return "done";
    };
    const workers = [await process_(database.db, act), await process_(other.db, act)];
    const { id: alone } = await write({ kind: "expire" });
    for (const { queue } of [...workers, ...workers]) await queue.wakeNow({ id: alone, kind: "expire" });
    await until(alone, (job) => job.endedAt !== null);
    expect(most).toBe(1);
    const { id: shared } = await write({ kind: "scan", collection });
    await workers[0]?.queue.wakeNow({ id: shared, kind: "scan" });
    // The same again while the first is at it.
    await until(shared, () => inside === 1);
    await workers[0]?.queue.wakeNow({ id: shared, kind: "scan" });
    await both.promise;
    expect(most).toBe(2);
    for (const worker of workers) await worker.stop();
  });

  test("hears that a job was stopped, and that a process is to end: it is gone on with by the next", async () => {
    const collection = await aCollection(database.db);
    const begun = settled<void>();
    const worker = await process_(other.db, async (_, { signal }) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      throw new AssentError("interrupted", "stopped");
    });
    const { id } = await write({ kind: "publish", collection, details: {} });
    await worker.queue.wakeNow({ id, kind: "publish" });
    await begun.promise;
    await endJob(database.db, id, { state: "cancelled" }, clock);
    const { id: going } = await write({ kind: "rescan", collection });
    await worker.queue.wakeNow({ id: going, kind: "rescan" });
    await until(going, (job) => job.state === "running");
    await worker.stop();
    expect(await seen(id)).toMatchObject({ state: "cancelled", attempts: 0 });
    expect(await seen(going)).toMatchObject({ state: "waiting", attempts: 0, error: null });
    const next = await process_(other.db, () => Promise.resolve("done"));
    await next.queue.wakeNow({ id: going, kind: "rescan" });
    expect(await until(going, (job) => job.endedAt !== null)).toMatchObject({ state: "done" });
    await next.stop();
  });

  test("tries again what passes by itself, and says why the rest failed, by a code alone", async () => {
    const worker = await process_(other.db, (job) => {
      const code = job.kind === "mail" ? "mail-failed" : "model-pack";
      return Promise.reject(new AssentError(code, "no word of erika@example.org gets out"));
    });
    const { id: passing } = await write({ kind: "mail" });
    const { id: lasting } = await write({ kind: "expire" });
    for (const job of [
      { id: passing, kind: "mail" },
      { id: lasting, kind: "expire" },
    ] as const) {
      await worker.queue.wakeNow(job);
    }
    expect(await until(passing, (job) => job.attempts > 0)).toMatchObject({
      state: "waiting",
      error: "mail-failed",
    });
    expect(await until(lasting, (job) => job.attempts > 0)).toMatchObject({
      state: "failed",
      error: "model-pack",
    });
    await worker.stop();
    const { rows } = await sql<{ text: string }>`
      select j::text as text from pgboss.job j union all select j::text from job j`.execute(database.db);
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.filter(({ text }) => text.includes("erika"))).toEqual([]);
  });

  test("finds nothing to do in a job that has ended, is gone, or is of a later version", async () => {
    const looked: Id[] = [];
    const worker = await process_(other.db, (job) => {
      looked.push(job.id);
      return Promise.resolve("done");
    });
    const { id: ended } = await write({ kind: "mail" });
    await endJob(database.db, ended, { state: "cancelled" }, clock);
    const gone = newId();
    for (const id of [ended, gone]) await worker.queue.wakeNow({ id, kind: "mail" });
    const { id } = await write({ kind: "mail" });
    await worker.queue.wakeNow({ id, kind: "mail" });
    await until(id, (job) => job.endedAt !== null);
    expect(looked).toEqual([id]);
    expect(await seen(ended)).toMatchObject({ state: "cancelled" });
    await worker.stop();
  });
});

async function aCollection(db: Db): Promise<Id> {
  const id = newId();
  const later = new Date(Date.now() + 86_400_000);
  await db
    .insertInto("collection")
    .values({
      id,
      name: `collection ${id}`,
      purpose: "a test",
      matching: "off",
      match_only: null,
      retain_until: later,
      join_until: later,
      joining_closed_at: null,
      attestation: "ours",
      attested_by: "a tester",
      justification: null,
      created_at: new Date(),
    })
    .execute();
  return id;
}
