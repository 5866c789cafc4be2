import { AssentError, isId, type ErrorCode, type Id } from "../core/index.ts";
import { inTransaction, workersOf, type JobState, type Trx } from "../db/index.ts";
import { endJob, JOB_KINDS, jobById, jobsIn, lastJob, reopenJob, type Job } from "../jobs/index.ts";
import { collectionById, forgetUnread, photoById, unreadIn, type UnreadPhoto } from "../photos/index.ts";
import type { Parts } from "./instance.ts";
import { requireFreshLook } from "./look-through.ts";
import { orderJob } from "./order-job.ts";
import { orderPublication, type OrderedPublication } from "./publish-here.ts";

/** A job as staff see it. */
export interface ListedJob extends Omit<Job, "details" | "error"> {
  readonly collectionName: string | null;
  /** Of a publication. */
  readonly channel: string | null;
  /** Photos, or what else is counted. */
  readonly total: number | null;
  /** At the pace so far; null where that cannot be told. */
  readonly remainingSeconds: number | null;
  readonly failed: { readonly code: ErrorCode; readonly remedy: string } | null;
  readonly stoppable: boolean;
}

export interface JobList {
  readonly jobs: readonly ListedJob[];
  /** Processes that work now; where there is none, nothing goes on. */
  readonly workers: number;
}

/** A pace measured over less tells nothing. */
const PACE_MS = 3_000;

/** What is to be done, goes on, and ended in the last month, newest first. */
export async function listJobs(
  parts: Pick<Parts, "db" | "clock">,
  order: {
    readonly collections?: ReadonlySet<Id> | undefined;
    readonly open?: boolean | undefined;
    readonly state?: JobState | undefined;
    readonly limit?: number;
    readonly before?: Id | undefined;
  } = {},
): Promise<JobList> {
  const { limit = 100, ...query } = order;
  const found = await jobsIn(parts.db, { ...query, limit });
  const collections = new Set(found.flatMap((job) => job.collection ?? []));
  const [names, waiting, workers] = await Promise.all([
    namesOf(parts.db, collections),
    waitingIn(parts.db, collections),
    workersOf(parts.db),
  ]);
  const now = parts.clock.now();
  return { jobs: found.map((job) => listed(job, { names, waiting, now })), workers };
}

interface Around {
  readonly names: ReadonlyMap<Id, string>;
  /** Photos of a collection that wait to be looked through. */
  readonly waiting: ReadonlyMap<Id, number>;
  readonly now: Date;
}

function listed({ details, error, ...job }: Job, { names, waiting, now }: Around): ListedJob {
  const isOpen = job.endedAt === null;
  // Photos may still be coming in: what a look has to do is what waits now.
  const left = job.kind === "scan" && isOpen ? (waiting.get(job.collection ?? "") ?? 0) : undefined;
  const total = left === undefined ? (job.kind === "scan" ? job.done : job.total) : job.done + left;
  return {
    ...job,
    collectionName: job.collection === null ? null : (names.get(job.collection) ?? null),
    channel: job.kind === "publish" ? (details as OrderedPublication).channel : null,
    total,
    remainingSeconds: isOpen ? remaining(job, total, now) : null,
    failed: error === null ? null : { code: error, remedy: REMEDIES[error] ?? ANY_REMEDY },
    stoppable: isOpen && JOB_KINDS[job.kind].stoppable,
  };
}

function remaining(
  { startedAt, done, state }: Pick<Job, "startedAt" | "done" | "state">,
  total: number | null,
  now: Date,
): number | null {
  if (state !== "running" || startedAt === null || total === null || done === 0) return null;
  const ms = now.getTime() - startedAt.getTime();
  return ms < PACE_MS ? null : Math.round((ms / done / 1000) * Math.max(0, total - done));
}

async function namesOf(db: Parts["db"], ids: ReadonlySet<Id>): Promise<ReadonlyMap<Id, string>> {
  if (ids.size === 0) return new Map();
  const rows = await db
    .selectFrom("collection")
    .select(["id", "name"])
    .where("id", "in", [...ids])
    .execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

async function waitingIn(db: Parts["db"], ids: ReadonlySet<Id>): Promise<ReadonlyMap<Id, number>> {
  if (ids.size === 0) return new Map();
  const rows = await db
    .selectFrom("photo")
    .select((eb) => ["collection_id as id", eb.fn.countAll<number>().as("n")])
    .where("state", "=", "pending")
    .where("collection_id", "in", [...ids])
    .groupBy("collection_id")
    .execute();
  return new Map(rows.map((row) => [row.id, row.n]));
}

/** What to do about a job that failed, in English, as on the command line; pages say it in their own words. */
const REMEDIES: Partial<Record<ErrorCode, string>> = {
  "storage-failed": "See that the disk has room and the data folder can be written, then retry.",
  "database-unavailable": "See that the database server runs, then retry.",
  "model-pack": "Put the model pack in its place, then retry.",
  suspended: "After a restore, accept the gap in the log first (assent accept-gap), then retry.",
  "review-needed": "Look through the photos of the channel, then publish again.",
  "mail-failed": "See that the mail server answers and takes this account, then retry.",
  "not-found": "What this was about is gone; nothing is left to do.",
  "instance-busy": "Wait for the import or deletion under way, then retry.",
};
const ANY_REMEDY = "Retry; where it fails again, see this code in docs/errors.md.";

/** Errors: `not-found`. */
export async function seeJob(parts: Pick<Parts, "db">, id: string): Promise<Job> {
  const job = isId(id) ? await jobById(parts.db, id) : undefined;
  if (!job) throw new AssentError("not-found", "there is no such job");
  return job;
}

/**
 * Stops a job: what is in hand is finished, and nothing more begun. What was looked through or made so far stays; what waits
 * can be gone on with by `retryJob`. Errors: `not-found`, `refused` for what is not staff's to stop, `conflict` where it has ended.
 */
export async function cancelJob(parts: Pick<Parts, "db" | "clock">, id: string): Promise<void> {
  const job = await seeJob(parts, id);
  if (!JOB_KINDS[job.kind].stoppable) {
    throw new AssentError(
      "refused",
      "this is not stopped: the law or a date asks for it, or somebody waits for it",
    );
  }
  if (await endJob(parts.db, job.id, { state: "cancelled" }, parts.clock)) return;
  throw new AssentError("conflict", "this job has ended already");
}

/**
 * Opens a job again that failed or was stopped. Errors: `not-found`, `conflict` where it has come to its end, or another does the same
 * just now; `review-needed` for a publication whose look is too long ago by now, or whose photos show since what was hidden then.
 */
export async function retryJob(parts: Pick<Parts, "db" | "clock" | "queue">, id: string): Promise<void> {
  const job = await seeJob(parts, id);
  if (job.state === "done") throw new AssentError("conflict", "this job has come to its end already");
  await inTransaction(parts.db, async (trx) => {
    if (job.kind === "publish" && job.collection !== null) {
      const { collection } = job;
      await holdMarks(trx, collection);
      const { reviewedBy } = job.details as OrderedPublication;
      await requireFreshLook({ db: trx, clock: parts.clock }, { collection, reviewedBy });
    }
    await reopenJob(trx, job, parts.clock);
    await parts.queue.wake(trx, job);
  });
}

/** Has the photos of a collection that wait looked through, also where that was stopped or failed. Errors: `not-found`. */
export async function orderScan(
  parts: Pick<Parts, "db" | "clock" | "queue">,
  order: { readonly collection: Id; readonly actor: string },
): Promise<void> {
  const { id: collection } = await collectionById(parts.db, order.collection);
  await inTransaction(parts.db, (trx) => orderJob(parts, trx, { kind: "scan", collection }, order.actor));
}

/** Has one photo looked through again: one that waits, as any; one that was, for whose its faces are. Errors: `not-found`. */
export async function orderPhotoScan(
  parts: Pick<Parts, "db" | "clock" | "queue">,
  order: { readonly collection: Id; readonly photo: Id; readonly actor: string },
): Promise<{ readonly job: Id }> {
  const photo = await photoById(parts.db, order.photo);
  if (photo.collection_id !== order.collection) {
    throw new AssentError("not-found", "there is no such photo in this collection");
  }
  const wanted = { kind: "scan-photo", collection: order.collection, subject: photo.id } as const;
  const { id } = await inTransaction(parts.db, (trx) => orderJob(parts, trx, wanted, order.actor));
  return { job: id };
}

/**
 * Orders the pictures of a channel (`orderPublication`); whoever works makes them. Errors: `conflict` while the collection is
 * being published; those of `orderPublication`.
 */
export async function orderPublishing(
  parts: Pick<Parts, "db" | "clock" | "queue">,
  order: Parameters<typeof orderPublication>[1],
): Promise<{ readonly job: Id }> {
  const details = await orderPublication(parts, order);
  const { collection, reviewedBy } = details;
  return inTransaction(parts.db, async (trx) => {
    await holdMarks(trx, collection);
    // A place may have been shown again since the order was checked.
    await requireFreshLook({ db: trx, clock: parts.clock }, { collection, reviewedBy });
    const { id, added } = await orderJob(parts, trx, { kind: "publish", collection, details }, order.actor);
    if (!added) throw publishing();
    return { job: id };
  });
}

/** For a moment nothing is ordered, and no mark taken back: the one waits for the other, and sees it. */
async function holdMarks(trx: Trx, collection: Id): Promise<void> {
  await trx.selectFrom("collection").select("id").where("id", "=", collection).forNoKeyUpdate().execute();
}

/**
 * In the transaction that takes a mark back: what is being made now was looked at before, and must not show a place that nobody
 * looked at since. Errors: `conflict`.
 */
export async function refuseWhilePublishing(trx: Trx, collection: Id): Promise<void> {
  await holdMarks(trx, collection);
  const last = await lastJob(trx, "publish", collection);
  if (last && last.endedAt === null) throw publishing();
}

function publishing(): AssentError {
  return new AssentError("conflict", "this collection is being published just now", {
    remedy: "Wait until that has ended.",
  });
}

/** How far the look through a collection's photos is. */
export interface ScanProgress {
  readonly running: boolean;
  /** Why it ended before its end. */
  readonly stopped: ErrorCode | null;
  readonly failures: readonly UnreadPhoto[];
}

export async function scanProgress(parts: Pick<Parts, "db">, collection: Id): Promise<ScanProgress> {
  const last = await lastJob(parts.db, "scan", collection);
  return {
    running: last !== undefined && last.endedAt === null,
    stopped: last?.state === "failed" ? last.error : last?.state === "cancelled" ? "interrupted" : null,
    failures: await unreadIn(parts.db, collection),
  };
}

/** Forgets what could not be looked through, once somebody has read it. */
export function dismissUnread(parts: Pick<Parts, "db">, collection: Id): Promise<void> {
  return inTransaction(parts.db, (trx) => forgetUnread(trx, collection));
}

/** The last publication of a collection that was ordered here, under way or ended. */
export interface PublicationProgress {
  readonly channel: string;
  readonly running: boolean;
  readonly done: number;
  readonly total: number;
  readonly failed: ErrorCode | null;
}

export async function publicationProgress(
  parts: Pick<Parts, "db">,
  collection: Id,
): Promise<PublicationProgress | null> {
  const last = await lastJob(parts.db, "publish", collection);
  if (!last) return null;
  return {
    channel: (last.details as OrderedPublication).channel,
    running: last.endedAt === null,
    done: last.done,
    total: last.total ?? 0,
    failed: last.state === "failed" ? last.error : last.state === "cancelled" ? "interrupted" : null,
  };
}
