import { readdir, stat } from "node:fs/promises";
import type { LightMyRequestResponse } from "fastify";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { samplePhotos } from "../../app/sample-photos.ts";
import { inTransaction } from "../../db/index.ts";
import { endJob, writeJob } from "../../jobs/index.ts";
import { askWith, makeKey } from "../api/ask.testing.ts";
import type { StaffJobs } from "../contract/staff-jobs.ts";
import { colleague, OWNER, staffServer, type StaffServer } from "./staff-server.testing.ts";

let here: StaffServer;
let collection: string;
let other: string;
/** Sent in and looked through. */
let photo: string;
beforeAll(async () => {
  here = await staffServer();
  collection = await here.collection("The fête");
  other = await here.collection("Another");
  const [sample = ""] = await samplePhotos();
  await here.upload(collection, sample);
  const broken = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from("no picture at all")]);
  await here.upload(collection, broken, "erika.jpg");
  await here.scanned(collection);
  const { db } = here.test.instance;
  photo = (await db.selectFrom("photo").select("id").executeTakeFirstOrThrow()).id;
});
afterAll(() => here.close());

type Job = StaffJobs["jobs"][number];

async function jobs(cookie?: string): Promise<readonly Job[]> {
  const options = cookie === undefined ? {} : { cookie };
  return (await here.ask("GET", "/api/staff/jobs", options)).json<StaffJobs>().jobs;
}

async function jobOf(kind: string, isSo: (job: Job) => boolean): Promise<Job> {
  for (;;) {
    const found = (await jobs()).find(
      (job) => job.kind === kind && job.collection === collection && isSo(job),
    );
    if (found) return found;
  }
}
const hasEnded = (job: Job): boolean => job.endedAt !== null;

/** An editor of one collection alone. */
const editorOf = async (id: string): Promise<string> =>
  (await colleague(here, "editor", { collection: id })).cookie;

/** A publication that is written down and of which nobody was told: as if whoever works were busy. */
async function left(state: "failed" | "cancelled"): Promise<string> {
  const { db, clock, dataFolder } = here.test.instance;
  const details = {
    collection,
    channel: "office",
    reveal: "confirmed",
    actor: OWNER.name,
    out: `${dataFolder}/exports/x`,
  };
  return inTransaction(db, async (trx) => {
    const { id } = await writeJob(trx, { kind: "publish", collection, details }, clock, OWNER.name);
    await endJob(trx, id, state === "failed" ? { state, error: "storage-failed" } : { state }, clock);
    return id;
  });
}

test("a photo that is sent in is a job until it is looked through; what cannot be is named until somebody has read it", async () => {
  // One job, or two where the first had ended before the second photo came.
  const scans = (await jobs()).filter((job) => job.kind === "scan");
  expect(scans.reduce((sum, job) => sum + job.done, 0)).toBe(2);
  for (const job of scans) {
    expect(job).toMatchObject({
      state: "done",
      collection,
      collectionName: "The fête",
      remainingSeconds: null,
    });
    expect(job).toMatchObject({ failed: null, stoppable: false, retriable: false });
  }
  const scan = `/api/staff/collections/${collection}/scan`;
  const failures = [{ file: "erika.jpg", code: "unreadable-picture" }];
  expect((await here.ask("GET", scan)).json()).toMatchObject({ running: false, photos: 1, failures });
  // No job tells whose file it was.
  expect((await here.ask("GET", "/api/staff/jobs")).body).not.toContain("erika");
  expect((await here.ask("DELETE", `${scan}/failures`)).statusCode).toBe(204);
  expect((await here.ask("GET", scan)).json()).toMatchObject({ failures: [] });
  expect((await here.ask("GET", "/api/staff/jobs")).json()).toMatchObject({ next: null });
});

test("one photo is looked through again, and keeps what it has", async () => {
  const { db } = here.test.instance;
  const faces = await db.selectFrom("face").selectAll().orderBy("id").execute();
  expect(faces.length).toBeGreaterThan(0);
  const ordered = await here.ask("POST", `/api/staff/collections/${collection}/photos/${photo}/scan`);
  const { job } = ordered.json<{ job: string }>();
  expect(await jobOf("scan-photo", hasEnded)).toMatchObject({ id: job, state: "done", askedBy: OWNER.name });
  expect(await db.selectFrom("face").selectAll().orderBy("id").execute()).toEqual(faces);
  const wrong = await here.ask("POST", `/api/staff/collections/${other}/photos/${photo}/scan`);
  expect(wrong.statusCode).toBe(404);
});

test("a publication is made by whoever works; a stopped or failed one is gone on with, by who may publish", async () => {
  const before = new Set((await jobs()).map((job) => job.id));
  const body = { channel: "office", reveal: "confirmed", looked: false };
  expect(
    (await here.ask("POST", `/api/staff/collections/${collection}/publications`, { body })).statusCode,
  ).toBe(200);
  const done = await jobOf("publish", (job) => !before.has(job.id) && hasEnded(job));
  expect(done).toMatchObject({ state: "done", channel: "office", done: 1, total: 1, askedBy: OWNER.name });
  expect((await here.ask("POST", `/api/staff/jobs/${done.id}/retry`)).json()).toMatchObject({
    code: "conflict",
  });
  expect((await here.ask("POST", `/api/staff/jobs/${done.id}/cancel`)).json()).toMatchObject({
    code: "conflict",
  });

  const failed = await left("failed");
  const editor = await editorOf(collection);
  const seen = (await jobs(editor)).find((job) => job.id === failed);
  expect(seen).toMatchObject({ state: "failed", failed: { code: "storage-failed" }, retriable: false });
  expect(seen?.failed?.remedy).toMatch(/disk/);
  expect((await here.ask("POST", `/api/staff/jobs/${failed}/retry`, { cookie: editor })).statusCode).toBe(
    404,
  );
  expect((await here.ask("POST", `/api/staff/jobs/${failed}/retry`)).statusCode).toBe(204);
  expect(await jobOf("publish", (job) => job.id === failed && hasEnded(job))).toMatchObject({
    state: "done",
    failed: null,
  });
  expect(await readdir(`${here.test.instance.dataFolder}/exports/x/photos`)).toHaveLength(1);
});

test("a publication that a human had to look at first is gone on with while that look counts, and not later", async () => {
  const { db, clock } = here.test.instance;
  const details = { collection, channel: "website", reveal: "confirmed", actor: OWNER.name, out: "/nowhere" };
  const { id } = await inTransaction(db, async (trx) => {
    const order = { kind: "publish", collection, details: { ...details, reviewedBy: "Grace Gone" } } as const;
    const job = await writeJob(trx, order, clock);
    await endJob(trx, job.id, { state: "cancelled" }, clock);
    return job;
  });
  expect((await here.ask("POST", `/api/staff/jobs/${id}/retry`)).json()).toMatchObject({
    code: "review-needed",
  });
  expect((await jobs()).find((job) => job.id === id)).toMatchObject({ state: "cancelled", retriable: true });
});

test("a publication that waited until its look counted no more is not made", async () => {
  const { instance } = here.test;
  const { db, clock } = instance;
  const out = `${instance.dataFolder}/exports/too-late`;
  const details = { collection, channel: "website", reveal: "confirmed", actor: OWNER.name, out };
  await inTransaction(db, async (trx) => {
    const order = { kind: "publish", collection, details: { ...details, reviewedBy: "Grace Gone" } } as const;
    const { id } = await writeJob(trx, order, clock);
    await instance.queue.wake(trx, { id, kind: "publish" });
  });
  const refused = await jobOf("publish", (job) => job.state === "failed");
  expect(refused).toMatchObject({ channel: "website", failed: { code: "review-needed" } });
  await expect(stat(out)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a place that is shown again while a publication is being ordered has to be looked at first", async () => {
  const { db, clock } = here.test.instance;
  const look = { channel: "website", reveal: "confirmed" };
  const begun = await here.ask("POST", `/api/staff/collections/${collection}/look`, { body: look });
  expect(begun.statusCode).toBe(200);
  const order = { ...look, looked: true };
  let ordered: Promise<LightMyRequestResponse> | undefined;
  await inTransaction(db, async (trx) => {
    // As whoever takes a mark back holds it.
    await trx.selectFrom("collection").select("id").where("id", "=", collection).forNoKeyUpdate().execute();
    await trx
      .updateTable("photo")
      .set({ unmarked_at: new Date(clock.now().getTime() + 1) })
      .where("collection_id", "=", collection)
      .execute();
    ordered = here.ask("POST", `/api/staff/collections/${collection}/publications`, { body: order });
    for (;;) {
      const { rows } = await sql<{ n: number }>`
        select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
      if ((rows[0]?.n ?? 0) > 0) break;
    }
  });
  expect((await ordered)?.json()).toMatchObject({ code: "review-needed" });
  expect((await jobs()).filter((job) => job.kind === "publish" && !hasEnded(job))).toEqual([]);
});

test("a publication is not gone on with while another is made, and says so", async () => {
  const { db, clock } = here.test.instance;
  const failed = await left("failed");
  const details = { collection, channel: "office", reveal: "confirmed", actor: OWNER.name, out: "/nowhere" };
  const other = await inTransaction(db, (trx) =>
    writeJob(trx, { kind: "publish", collection, details }, clock, OWNER.name),
  );
  // It has failed a moment ago, and is not begun again yet.
  await db.updateTable("job").set({ attempts: 3 }).where("id", "=", other.id).execute();
  expect((await here.ask("POST", `/api/staff/jobs/${failed}/retry`)).json()).toMatchObject({
    code: "conflict",
  });
  const publications = `/api/staff/collections/${collection}/publications`;
  const body = { channel: "office", reveal: "confirmed", looked: false };
  expect((await here.ask("POST", publications, { body })).json()).toMatchObject({ code: "conflict" });
  expect((await jobs()).find((job) => job.id === failed)).toMatchObject({ state: "failed" });
  expect((await here.ask("POST", `/api/staff/jobs/${other.id}/cancel`)).statusCode).toBe(204);
  expect((await here.ask("POST", `/api/staff/jobs/${failed}/retry`)).statusCode).toBe(204);
  expect(await jobOf("publish", (job) => job.id === failed && hasEnded(job))).toMatchObject({
    state: "done",
  });
});

test("whoever has a part in one collection sees its jobs, and of others and of the instance none", async () => {
  const { db, clock } = here.test.instance;
  const mine = await inTransaction(db, (trx) => writeJob(trx, { kind: "rescan", collection: other }, clock));
  const ours = await left("cancelled");
  const editor = await editorOf(collection);
  const all = await jobs();
  expect(all.map((job) => job.id)).toContain(mine.id);
  expect(all.some((job) => job.collection === null)).toBe(true);
  const theirs = await jobs(editor);
  expect(theirs.map((job) => job.id)).toContain(ours);
  expect(theirs.filter((job) => job.collection !== collection)).toEqual([]);
  for (const verb of ["retry", "cancel"]) {
    for (const job of all.filter((one) => one.collection !== collection)) {
      const answer = await here.ask("POST", `/api/staff/jobs/${job.id}/${verb}`, { cookie: editor });
      expect([job.kind, answer.statusCode]).toEqual([job.kind, 404]);
    }
  }
  // Somebody waits for it: it is nobody's to stop.
  const refusal = await here.ask("POST", `/api/staff/jobs/${mine.id}/cancel`);
  expect(refusal.json()).toMatchObject({ code: "refused" });
});

test("programs read the same, in pages, of the collections that their key may see", async () => {
  for (let i = 0; i < 3; i++) await left("cancelled");
  const { key } = await makeKey(here, ["see-collections"], { collection });
  const ask = askWith(here, key);
  const ids: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const answer = await ask("GET", `/jobs?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
    const page: { jobs: Job[]; next: string | null } = answer.json();
    expect(page.jobs.length).toBeLessThanOrEqual(2);
    ids.push(...page.jobs.map((job) => job.id));
    cursor = page.next;
  }
  const seen = (await jobs()).filter((job) => job.collection === collection);
  expect(ids).toEqual(seen.map((job) => job.id));
  const open = (await ask("GET", "/jobs?open=true")).json<{ jobs: Job[] }>().jobs;
  expect(open.filter((job) => job.endedAt !== null)).toEqual([]);
});
