import { setTimeout as pause } from "node:timers/promises";
import { AssentError, toPlainError, type Clock, type ErrorCode, type Id } from "../core/index.ts";
import { withAdvisoryLock, withoutServer, type Db } from "../db/index.ts";
import { JOB_KINDS, type JobKind } from "./kinds.ts";
import type { JobQueue } from "./queue.ts";
import type { Job } from "./job.ts";
import {
  beginJob,
  countTry,
  endJob,
  finishJob,
  movedJob,
  putBackJob,
  retryAfterSeconds,
  type Progress,
  type Standing,
} from "./record.ts";

/** What whoever does a job is given. */
export interface Watch {
  /** Aborted where the job was stopped, or this process is to end: what is in hand is finished, and nothing more begun. */
  readonly signal: AbortSignal;
  /** How far it is; of a shared job, `more` tells what this process did. Written down now and then. */
  readonly moved: (progress: Progress) => void;
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
/** What passes by itself, a full disk or a lost server among it, is tried so often in all, each time after a longer pause. */
const TRIES = 5;
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "database-unavailable",
  "storage-failed",
  "instance-busy",
  "mail-failed",
  "worker-failed",
]);

export interface Workshop {
  /** Is woken no more, and has what is in hand finished. */
  stop(): Promise<void>;
}

export interface WorkshopParts {
  readonly db: Db;
  readonly clock: Clock;
  readonly queue: JobQueue;
}

/**
 * Does the work of all kinds that are given, one job of each kind at a time, until stopped. Several processes do so side by side:
 * of a job that is not shared, the lock of its name says whose it is, and it goes with the process.
 */
export async function openWorkshop(
  parts: WorkshopParts,
  work: Readonly<Partial<Record<JobKind, DoJob>>>,
  onFailure: (kind: JobKind, error: unknown) => void,
): Promise<Workshop> {
  const stopping = new AbortController();
  const inHand = new Set<Promise<void>>();
  for (const kind of Object.keys(JOB_KINDS) as JobKind[]) {
    const act = work[kind];
    if (!act) continue;
    await parts.queue.work(kind, async (id) => {
      const task = { id, kind, work: act, stopping: stopping.signal, onFailure };
      const look = doOne(parts, task).catch(
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
      await parts.queue.rest();
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

/** Seconds after which whoever works is to be woken for the job again; undefined: not by this one. */
type Next = number | undefined;

async function doOne(parts: WorkshopParts, task: Task): Promise<void> {
  const { id, kind } = task;
  const look = (): Promise<Next> => lookAt(parts, task);
  const next = JOB_KINDS[kind].shared
    ? await look()
    : await withAdvisoryLock(parts.db, `job:${id}`, look, { wait: false });
  // Once the lock is given back: whoever was woken before would find it taken, and pass on.
  if (next !== undefined) await parts.queue.wakeNow({ id, kind }, next === 0 ? undefined : next);
}

async function lookAt(
  { db, clock }: WorkshopParts,
  { id, kind, work, stopping, onFailure }: Task,
): Promise<Next> {
  const job = await beginJob(db, id, clock);
  if (!job) return undefined;
  const beat = watchOver(db, clock, job, stopping);
  try {
    const outcome = await work(job, beat.watch);
    const { goesOn } = await beat.end();
    // Opened again a moment after it was stopped, it was passed on by whoever was woken then.
    if (!goesOn) return 0;
    switch (outcome) {
      case "done":
        return (await finishJob(db, id, clock)) === "again" ? 0 : undefined;
      case "ended":
      case "others":
        return undefined;
      case "again":
        if (stopping.aborted) await putBackJob(db, id, clock);
        return 0;
      case "later":
        await putBackJob(db, id, clock);
        return LATER_SECONDS;
    }
  } catch (error) {
    const { attempts } = await beat.end().catch(() => job);
    const isCutOff = beat.watch.signal.aborted && isInterruption(error);
    if (!isCutOff) onFailure(kind, error);
    if (isCutOff || beat.wasStopped()) {
      await putBackJob(db, id, clock);
      return 0;
    }
    return failed(db, clock, id, attempts, toPlainError(withoutServer(error)).code);
  }
}

async function failed(db: Db, clock: Clock, id: Id, seen: number, code: ErrorCode): Promise<Next> {
  if (!PASSING.has(code)) {
    await endJob(db, id, { state: "failed", error: code }, clock);
    return undefined;
  }
  const counted = await countTry(db, id, { seen, most: TRIES, error: code }, clock);
  return counted === "waiting" ? retryAfterSeconds(seen + 1) : undefined;
}

/** What a stop makes of work that is cut off. */
function isInterruption(error: unknown): boolean {
  return (
    (error instanceof AssentError && error.code === "interrupted") ||
    (error instanceof Error && error.name === "AbortError")
  );
}

interface Beat {
  readonly watch: Watch;
  /** Whether the job was seen to have ended while it was done here. */
  wasStopped(): boolean;
  /** Writes down what is left to be written. */
  end(): Promise<Standing>;
}

/** Writes progress down at each beat, and hears whether the job was stopped. */
function watchOver(db: Db, clock: Clock, job: Job, stopping: AbortSignal): Beat {
  const stopped = new AbortController();
  const ended = new AbortController();
  let more = 0;
  let done: number | undefined;
  let total: number | undefined;
  const write = async (): Promise<Standing> => {
    const added = more;
    const reached = {
      ...(done === undefined ? {} : { done }),
      ...(total === undefined ? {} : { total }),
    };
    const standing = await movedJob(db, job.id, { more: added, ...reached }, clock);
    more -= added;
    if (!standing.goesOn) stopped.abort();
    return standing;
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
    wasStopped: () => stopped.signal.aborted,
    async end() {
      ended.abort();
      await beating;
      return write();
    },
  };
}
