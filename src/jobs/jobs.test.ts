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
  lastJob,
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
import { beginJob, countTry, finishJob, movedJob } from "./record.ts";

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
    expect(await movedJob(database.db, id, { more: 2 }, clock)).toMatchObject({ goesOn: true });
    expect(await movedJob(database.db, id, { more: 3, total: 9 }, clock)).toMatchObject({ goesOn: true });
    expect(await seen(id)).toMatchObject({ done: 5, total: 9 });
    await endJob(database.db, id, { state: "failed", error: "storage-failed" }, clock);
    expect(await movedJob(database.db, id, {}, clock)).toMatchObject({ goesOn: false });
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
    // A second time, it is open already.
    await inTransaction(database.db, (trx) => reopenJob(trx, failed, clock));
    expect(await openJobs(database.db)).toHaveLength(1);
  });

  test("is not opened again while another one does the same, also where that is written down at this moment", async () => {
    const { id } = await write({ kind: "mail" });
    await endJob(database.db, id, { state: "failed", error: "mail-failed" }, clock);
    const failed = await seen(id);
    const reopen = () => inTransaction(database.db, (trx) => reopenJob(trx, failed, clock));
    let reopening: Promise<unknown> = Promise.resolve();
    const { id: other } = await inTransaction(database.db, async (trx) => {
      const job = await writeJob(trx, { kind: "mail" }, clock);
      reopening = expect(reopen()).rejects.toMatchObject({ code: "conflict" });
      await untilBlocked(1);
      return job;
    });
    await reopening;
    await expect(reopen()).rejects.toMatchObject({ code: "conflict" });
    expect(await lastJob(database.db, "mail", null)).toMatchObject({ id: other });
    await endJob(database.db, other, { state: "done" }, clock);
    await reopen();
    // The older one is what goes on now; and once both have ended, it ended last.
    expect(await lastJob(database.db, "mail", null)).toMatchObject({ id, state: "waiting" });
    await endJob(database.db, id, { state: "cancelled" }, clock);
    expect(await lastJob(database.db, "mail", null)).toMatchObject({ id, state: "cancelled" });
  });

  test("that somebody asks for while one process is at it is done once more", async () => {
    const collection = await aCollection(database.db);
    const photo = { kind: "scan-photo", collection, subject: newId() } as const;
    const { id } = await write(photo, "Ada Owner");
    expect(await write(photo, "Ada Owner")).toMatchObject({ id, added: false });
    await beginJob(database.db, id, clock);
    // What follows by itself is looked for again anyway.
    expect(await write(photo)).toMatchObject({ id });
    expect(await finishJob(database.db, id, clock)).toBe("ended");

    const { id: next } = await write(photo, "Ada Owner");
    await beginJob(database.db, next, clock);
    expect(await write(photo, "Ada Owner")).toMatchObject({ id: next, added: false });
    expect(await finishJob(database.db, next, clock)).toBe("again");
    expect(await seen(next)).toMatchObject({ state: "waiting", endedAt: null });
    await beginJob(database.db, next, clock);
    expect(await finishJob(database.db, next, clock)).toBe("ended");
    expect(await seen(next)).toMatchObject({ state: "done" });
    // Of a shared one, whoever is at it sees what came.
    const { id: shared } = await write({ kind: "scan", collection }, "Ada Owner");
    await beginJob(database.db, shared, clock);
    await write({ kind: "scan", collection }, "Ada Owner");
    expect(await finishJob(database.db, shared, clock)).toBe("ended");
  });

  test("has failed once where several processes fail at it at once, and waits before it is begun again", async () => {
    const { id } = await write({ kind: "scan", collection: await aCollection(database.db) });
    const fail = async (failures: number) =>
      countTry(database.db, id, { seen: failures, most: 5, error: "storage-failed" }, clock);
    for (let n = 0; n < 5; n++) await beginJob(database.db, id, clock);
    const counted = await Promise.all([fail(0), fail(0), fail(0), fail(0), fail(0)]);
    expect(counted.filter((one) => one === "waiting")).toHaveLength(1);
    expect(await seen(id)).toMatchObject({ state: "waiting", attempts: 1, error: "storage-failed" });
    expect(await beginJob(database.db, id, clock)).toBeUndefined();
    const later = { now: () => new Date(Date.now() + 15_000) };
    expect(await beginJob(database.db, id, later)).toMatchObject({ attempts: 1 });
    // One photo more, and what failed before counts no more; the same again is no progress.
    expect(await movedJob(database.db, id, { more: 1 }, clock)).toEqual({ goesOn: true, attempts: 0 });
    expect(await fail(0)).toBe("waiting");
    expect(await movedJob(database.db, id, { done: 1, total: 4 }, clock)).toMatchObject({ attempts: 1 });
    expect(await movedJob(database.db, id, { done: 2 }, clock)).toMatchObject({ attempts: 0 });
    await beginJob(database.db, id, clock);
    expect(await fail(0)).toBe("waiting");
    const muchLater = { now: () => new Date(Date.now() + 3_600_000) };
    for (const failures of [1, 2, 3, 4]) {
      await beginJob(database.db, id, muchLater);
      expect(await fail(failures)).toBe(failures === 4 ? "failed" : "waiting");
    }
    expect(await seen(id)).toMatchObject({ state: "failed", attempts: 5, done: 2 });
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
  kinds: readonly JobKind[] = Object.keys(JOB_KINDS) as JobKind[],
): Promise<{ readonly queue: JobQueue; readonly failures: string[]; stop(): Promise<void> }> {
  const queue = createJobQueue(db);
  const failures: string[] = [];
  await queue.start((error) => failures.push(error.message));
  const work: Partial<Record<JobKind, DoJob>> = Object.fromEntries(kinds.map((kind) => [kind, act]));
  const workshop: Workshop = await openWorkshop({ db, clock, queue }, work, (kind) => failures.push(kind));
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

/** Until so many sessions of this database wait for a lock. */
async function untilBlocked(count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(other.db);
    if ((rows[0]?.n ?? 0) >= count) return;
  }
}

/** Until so many of those who were woken for a job have had their look. */
async function untilLooked(id: Id, count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from pgboss.job where state = 'completed' and data ->> 'job' = ${id}`.execute(
      database.db,
    );
    if ((rows[0]?.n ?? 0) >= count) return;
    await sql`select pg_sleep(0.02)`.execute(database.db);
  }
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
    const bothWereWoken = settled<void>();
    const act: DoJob = async (job) => {
      most = Math.max(most, ++inside);
      if (job.kind === "scan") {
        if (inside === 2) both.resolve();
        await both.promise;
      } else await bothWereWoken.promise;
      inside--;
      return "done";
    };
    const workers = [await process_(database.db, act), await process_(other.db, act)];
    const { id: alone } = await write({ kind: "expire" });
    await workers[0]?.queue.wakeNow({ id: alone, kind: "expire" });
    await until(alone, () => inside === 1);
    await workers[0]?.queue.wakeNow({ id: alone, kind: "expire" });
    await untilLooked(alone, 1);
    expect(await seen(alone)).toMatchObject({ state: "running" });
    bothWereWoken.resolve();
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
    expect(workers.flatMap(({ failures }) => failures)).toEqual([]);
  });

  test("does what was stopped and opened again while they still had it in hand, and calls neither a failure", async () => {
    const collection = await aCollection(database.db);
    const heard = settled<void>();
    const opened = settled<void>();
    let looks = 0;
    const worker = await process_(other.db, async (_, { signal }) => {
      if (++looks > 1) return "done";
      if (!signal.aborted) await new Promise((go) => signal.addEventListener("abort", go, { once: true }));
      heard.resolve();
      await opened.promise;
      throw new AssentError("interrupted", "the publication was stopped");
    });
    const { id } = await write({ kind: "publish", collection, details: {} }, "Ada Owner");
    await worker.queue.wakeNow({ id, kind: "publish" });
    await until(id, (job) => job.state === "running");
    await endJob(database.db, id, { state: "cancelled" }, clock);
    await heard.promise;
    const stopped = await seen(id);
    await inTransaction(database.db, async (trx) => {
      await reopenJob(trx, stopped, clock);
      await worker.queue.wake(trx, { id, kind: "publish" });
    });
    opened.resolve();
    expect(await until(id, (job) => job.endedAt !== null)).toMatchObject({ state: "done", error: null });
    expect(looks).toBe(2);
    expect(worker.failures).toEqual([]);
    await worker.stop();
  });

  test("does once more what was asked for meanwhile", async () => {
    const photo = {
      kind: "scan-photo",
      collection: await aCollection(database.db),
      subject: newId(),
    } as const;
    const begun = settled<void>();
    const asked = settled<void>();
    let looks = 0;
    const worker = await process_(other.db, async () => {
      if (++looks === 1) {
        begun.resolve();
        await asked.promise;
      }
      return "done";
    });
    const { id } = await write(photo, "Ada Owner");
    await worker.queue.wakeNow({ id, kind: "scan-photo" });
    await begun.promise;
    await write(photo, "Ben Editor");
    asked.resolve();
    await until(id, (job) => job.endedAt !== null);
    expect(looks).toBe(2);
    await worker.stop();
  });

  test("is not woken for what they do not do, nor once they are to end", async () => {
    const looked: JobKind[] = [];
    const begun = settled<void>();
    const release = settled<void>();
    const act: DoJob = async (job) => {
      looked.push(job.kind);
      begun.resolve();
      await release.promise;
      return "done";
    };
    const worker = await process_(other.db, act, ["expire", "confirm"]);
    const { id: mail } = await write({ kind: "mail" });
    const { id: expire } = await write({ kind: "expire" });
    await worker.queue.wakeNow({ id: mail, kind: "mail" });
    await worker.queue.wakeNow({ id: expire, kind: "expire" });
    await begun.promise;
    const stopping = worker.stop();
    const { id: confirm } = await write({ kind: "confirm" });
    const queue = createJobQueue(database.db);
    await queue.start(() => undefined);
    await queue.wakeNow({ id: confirm, kind: "confirm" });
    release.resolve();
    await stopping;
    expect(looked).toEqual(["expire"]);
    expect(await seen(mail)).toMatchObject({ state: "waiting" });
    // Both wakes are still there, for whoever works next.
    const next = await process_(other.db, () => Promise.resolve("done"));
    for (const id of [mail, confirm]) await until(id, (job) => job.endedAt !== null);
    await next.stop();
    await queue.stop();
  });

  test("hears that a job was stopped, and that a process is to end: it is gone on with by the next", async () => {
    const collection = await aCollection(database.db);
    const begun = settled<void>();
    const worker = await process_(other.db, async (_, { signal }) => {
      begun.resolve();
      if (!signal.aborted) await new Promise((go) => signal.addEventListener("abort", go, { once: true }));
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
    expect(worker.failures).toEqual([]);
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
    expect(worker.failures.toSorted()).toEqual(["expire", "mail"]);
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
    const later = newId();
    const now = new Date();
    await database.db
      .insertInto("job")
      .values({
        id: later,
        kind: "dream",
        state: "waiting",
        asked_by: "assent",
        created_at: now,
        moved_at: now,
      })
      .execute();
    for (const id of [ended, gone, later]) await worker.queue.wakeNow({ id, kind: "mail" });
    for (const id of [ended, gone, later]) await untilLooked(id, 1);
    const { id } = await write({ kind: "mail" });
    await worker.queue.wakeNow({ id, kind: "mail" });
    await until(id, (job) => job.endedAt !== null);
    expect(looked).toEqual([id]);
    expect(await seen(ended)).toMatchObject({ state: "cancelled" });
    const row = database.db.selectFrom("job").select("state").where("id", "=", later);
    expect(await row.executeTakeFirst()).toEqual({ state: "waiting" });
    expect(worker.failures).toEqual([]);
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
