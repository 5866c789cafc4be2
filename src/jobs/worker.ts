import { setTimeout as pause } from "node:timers/promises";
import { AssentError, toPlainError, type Clock, type ErrorCode, type Id } from "../core/index.ts";
import { withAdvisoryLock, withoutServer, type Db } from "../db/index.ts";
import { JOB_KINDS, type JobKind } from "./kinds.ts";
import type { JobQueue } from "./queue.ts";
import { beginJob, endJob, movedJob, putBackJob, type Job } from "./record.ts";

/** What whoever does a job is given. */
export interface Watch {
  /** Aborted where the job was stopped, or this process is to end: what is in hand is finished, and nothing more begun. */
  readonly signal: AbortSignal;
  /** How far it is; of a shared job, `more` tells what this process did. Written down now and then. */
  readonly moved: (progress: {
    readonly more?: number;
    readonly done?: number;
    readonly total?: number;
  }) => void;
}

/**
 * `done`: it has come to its end. `ended`: that was written down. `again`: there is more to do, and others come first. `others`:
 * others are at the rest. `later`: not now, because somebody is in the way.
 */
export type Outcome = "done" | "ended" | "again" | "others" | "later";

export type DoJob = (job: Job, watch: Watch) => Promise<Outcome>;

/** Progress is written down so often, and whether the job was stopped is looked up. */
const BEAT_MS = 1_000;
/** Somebody in the way (an import on the command line, a deletion) is asked again after so long. */
const LATER_SECONDS = 3;
/** What passes by itself, a full disk or a lost server among it, is tried so often, each time after a longer pause. */
const TRIES = 5;
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "database-unavailable",
  "storage-failed",
  "instance-busy",
  "mail-failed",
  "worker-failed",
]);
const RETRY_SECONDS = 15;

export interface Workshop {
  /** Has what is in hand finished and begins nothing more. */
  stop(): Promise<void>;
}

export interface WorkshopParts {
  readonly db: Db;
  readonly clock: Clock;
  readonly queue: JobQueue;
}

/**
 * Does the work of all kinds, one job of each kind at a time, until stopped. Several processes do so side by side: of a job that is
 * not shared, the lock of its name says whose it is, and it goes with the process.
 */
export async function openWorkshop(
  parts: WorkshopParts,
  work: Readonly<Record<JobKind, DoJob>>,
  onFailure: (kind: JobKind, error: unknown) => void,
): Promise<Workshop> {
  const stopping = new AbortController();
  const inHand = new Set<Promise<void>>();
  for (const kind of Object.keys(JOB_KINDS) as JobKind[]) {
    await parts.queue.work(kind, async (id) => {
      if (stopping.signal.aborted) return;
      const look = doOne(parts, { id, kind, work: work[kind], stopping: stopping.signal, onFailure }).catch(
        // Not even its end could be written down: the row is looked at again.
        (error: unknown) => onFailure(kind, error),
      );
      inHand.add(look);
      await look;
      inHand.delete(look);
    });
  }
  return {
    async stop() {
      stopping.abort();
      await Promise.all(inHand);
    },
  };
}

interface Task {
  readonly id: Id;
  readonly kind: JobKind;
  readonly work: DoJob;
  readonly stopping: AbortSignal;
  readonly onFailure: (kind: JobKind, error: unknown) => void;
}

async function doOne(parts: WorkshopParts, task: Task): Promise<void> {
  const look = (): Promise<void> => lookAt(parts, task);
  if (JOB_KINDS[task.kind].shared) return look();
  await withAdvisoryLock(parts.db, `job:${task.id}`, look, { wait: false });
}

async function lookAt(parts: WorkshopParts, { id, kind, work, stopping, onFailure }: Task): Promise<void> {
  const { db, clock, queue } = parts;
  const job = await beginJob(db, id, clock);
  if (!job) return;
  const beat = watchOver(parts, job, stopping);
  try {
    const outcome = await work(job, beat.watch);
    const goesOn = await beat.end();
    if (!goesOn) return;
    switch (outcome) {
      case "done":
        await endJob(db, id, { state: "done" }, clock);
        return;
      case "ended":
      case "others":
        return;
      case "again":
        // Whoever is stopped leaves it as it is: the next one looks at every open job first.
        if (stopping.aborted) await putBackJob(db, id, clock);
        else await queue.wakeNow({ id, kind });
        return;
      case "later":
        await putBackJob(db, id, clock);
        await queue.wakeNow({ id, kind }, LATER_SECONDS);
    }
  } catch (error) {
    await beat.end().catch(() => undefined);
    if (stopping.aborted && isInterruption(error)) return putBackJob(db, id, clock);
    onFailure(kind, error);
    await failed(parts, job, toPlainError(withoutServer(error)).code);
  }
}

async function failed({ db, clock, queue }: WorkshopParts, job: Job, code: ErrorCode): Promise<void> {
  if (!PASSING.has(code) || job.attempts + 1 >= TRIES) {
    await endJob(db, job.id, { state: "failed", error: code }, clock);
    return;
  }
  await putBackJob(db, job.id, clock, code);
  await queue.wakeNow(job, RETRY_SECONDS * 2 ** job.attempts);
}

/** What a stop makes of work that is cut off. */
function isInterruption(error: unknown): boolean {
  return (
    (error instanceof AssentError && error.code === "interrupted") ||
    (error instanceof Error && error.name === "AbortError")
  );
}

/** Writes progress down at each beat, and hears whether the job was stopped. */
function watchOver(
  { db, clock }: WorkshopParts,
  job: Job,
  stopping: AbortSignal,
): { readonly watch: Watch; end(): Promise<boolean> } {
  const stopped = new AbortController();
  const ended = new AbortController();
  let more = 0;
  let done: number | undefined;
  let total: number | undefined;
  let goesOn = true;
  const write = async (): Promise<void> => {
    const told = { ...(more > 0 ? { more } : {}), ...(done === undefined ? {} : { done }) };
    const progress = { ...told, ...(total === undefined ? {} : { total }) };
    more = 0;
    done = undefined;
    total = undefined;
    goesOn = await movedJob(db, job.id, progress, clock);
    if (!goesOn) stopped.abort();
  };
  const beating = (async () => {
    while (!ended.signal.aborted) {
      await pause(BEAT_MS, undefined, { signal: ended.signal }).catch(() => undefined);
      // A beat that is missed is made up for by the next.
      if (!ended.signal.aborted) await write().catch(() => undefined);
    }
  })();
  return {
    watch: {
      signal: AbortSignal.any([stopping, stopped.signal]),
      moved(progress) {
        more += progress.more ?? 0;
        done = progress.done ?? done;
        total = progress.total ?? total;
      },
    },
    async end() {
      ended.abort();
      await beating;
      await write();
      return goesOn;
    },
  };
}
