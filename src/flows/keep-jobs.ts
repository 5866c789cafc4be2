import { inTransaction, withAdvisoryLock } from "../db/index.ts";
import { watchFoldersDue } from "../photos/index.ts";
import { forgetEndedJobs, lastJob, openJobs, type JobKind, type JobOrder } from "../jobs/index.ts";
import { collectionsToScan } from "./import.ts";
import type { Parts } from "./instance.ts";
import { orderJob } from "./order-job.ts";
import { collectionsToRescan } from "./rescan.ts";
import { unfinishedErasures } from "./settle.ts";

/** Whoever withdrew has it carried to its end at once, by the process that they asked; later than this, it was cut off. */
const CUT_OFF_MS = 30_000;
/** A newcomer's own page looks through the photos; where it has not begun by then, nobody else does. */
const UNWATCHED_MS = 60_000;
/** Consents, joining and retention end by the day; an hour late is early enough. */
const BY_THE_CLOCK_MS = 3_600_000;

/**
 * Looks at what is to be done and has it done: what no job is about is written down as one, and whoever works is woken for
 * every job that is open. So a job that was lost is made again, and one whose process died is taken up; one too many finds
 * nothing to do. Each process that works does this at its start and now and then; one at a time.
 */
export async function keepJobs(parts: Parts, { mail }: { readonly mail: boolean }): Promise<void> {
  await withAdvisoryLock(
    parts.db,
    "jobs",
    async () => {
      for (const order of await due(parts, mail)) {
        await inTransaction(parts.db, (trx) => orderJob(parts, trx, order));
      }
      for (const job of await openJobs(parts.db)) await parts.queue.wakeNow(job);
      await forgetEndedJobs(parts.db, parts.clock);
    },
    { wait: false },
  );
}

async function due(parts: Parts, mail: boolean): Promise<readonly JobOrder[]> {
  const { db, clock } = parts;
  const now = clock.now().getTime();
  const [scans, rescans, folders] = await Promise.all([
    collectionsToScan(db),
    collectionsToRescan(db, new Date(now - UNWATCHED_MS)),
    watchFoldersDue(db, clock.now()),
  ]);
  const orders: JobOrder[] = scans.map((collection) => ({ kind: "scan", collection }));
  for (const collection of rescans) orders.push({ kind: "rescan", collection });
  for (const { id, collection } of folders) orders.push({ kind: "watch", collection, subject: id });
  if (await isLeftOver(parts)) orders.push({ kind: "confirm" });
  for (const kind of ["expire", ...(mail ? (["mail"] as const) : [])] as const) {
    if (await isDue(parts, kind)) orders.push({ kind });
  }
  return orders;
}

/**
 * Whether an erasure was cut off, or work is past its deadline, that nobody has tried to carry to its end; what was tried and failed is
 * tried again each hour.
 */
async function isLeftOver(parts: Parts): Promise<boolean> {
  const { db, clock } = parts;
  const now = clock.now();
  const [erasures, pending, last] = await Promise.all([
    unfinishedErasures(db, new Date(now.getTime() - CUT_OFF_MS)),
    db
      .selectFrom("pending")
      .select("created_at")
      .where("kind", "not in", ["rescan", "cut-chips"])
      .where("deadline", "<", now)
      .execute(),
    lastJob(db, "confirm", null),
  ]);
  const since = [...erasures.map((one) => one.stopped_at), ...pending.map((one) => one.created_at)];
  const tried = last?.startedAt;
  if (since.length === 0) return false;
  return !tried || since.some((at) => at >= tried) || (await isDue(parts, "confirm"));
}

async function isDue({ db, clock }: Parts, kind: JobKind): Promise<boolean> {
  const last = await lastJob(db, kind, null);
  return !last || last.createdAt.getTime() <= clock.now().getTime() - BY_THE_CLOCK_MS;
}
