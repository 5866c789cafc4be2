import type { fromKysely, PgBoss } from "pg-boss";
import { AssentError, type Id } from "../core/index.ts";
import { addressOf, type Db, type Trx } from "../db/index.ts";
import { JOB_KINDS, type JobKind } from "./kinds.ts";

/**
 * Wakes whoever does the work. Where no server runs, nothing is woken, and nothing is lost: the job's row is the truth, and the
 * next server looks at it.
 */
export interface JobQueue {
  /** Opens the queue, making its tables where they are missing. Errors: `database-unavailable`. */
  start(onError: (error: Error) => void): Promise<void>;
  /** Wakes with the commit of the transaction. Woken twice, somebody looks once more. */
  wake(trx: Trx, job: JobRef): Promise<void>;
  /** Wakes now, or after so many seconds. */
  wakeNow(job: JobRef, afterSeconds?: number): Promise<void>;
  /** Has this process woken for jobs of a kind, one at a time; may not throw. */
  work(kind: JobKind, look: (id: Id) => Promise<void>): Promise<void>;
  /** Wakes this process no more. */
  rest(): Promise<void>;
  stop(): Promise<void>;
}

export interface JobRef {
  readonly id: Id;
  readonly kind: JobKind;
}

/** All that the queue carries. */
interface Payload {
  readonly job: Id;
}

const SCHEMA = "pgboss";
/** A look may take hours, and the library's longest is a day; one that died is taken up by the row, not by this. */
const LOOK_SECONDS = 86_000;
/** What the library keeps says nothing but ids; it goes soon all the same. */
const KEPT_SECONDS = 3_600;
/** One that died holds its place that long, and no job: the same may be woken for meanwhile. */
const HEARTBEAT_SECONDS = 30;
/** Notices wake at once; this is for one that got lost. */
const POLL_SECONDS = 15;
const SESSIONS = 2;

export function createJobQueue(db: Db): JobQueue {
  let boss: PgBoss | undefined;
  let within: typeof fromKysely | undefined;
  return {
    async start(onError) {
      if (boss) return;
      // Every command loads this file, and few open the queue.
      const { PgBoss, fromKysely } = await import("pg-boss");
      within = fromKysely;
      const opened = new PgBoss({
        ...(addressOf(db) as object),
        max: SESSIONS,
        schema: SCHEMA,
        schedule: false,
        useListenNotify: true,
      });
      opened.on("error", onError);
      try {
        await open(opened);
      } catch (error) {
        await opened.stop({ graceful: false }).catch(() => undefined);
        throw unusable(error);
      }
      boss = opened;
    },
    async wake(trx, { id, kind }) {
      const payload: Payload = { job: id };
      if (within) await boss?.send(queueOf(kind), payload, { singletonKey: id, db: within(trx) });
    },
    async wakeNow({ id, kind }, afterSeconds) {
      const payload: Payload = { job: id };
      const startAfter = afterSeconds === undefined ? {} : { startAfter: afterSeconds };
      await boss?.send(queueOf(kind), payload, { singletonKey: id, ...startAfter });
    },
    async work(kind, look) {
      const open = boss;
      let worker: string | undefined;
      worker = await open?.work<Payload>(
        queueOf(kind),
        { notifyPollingIntervalSeconds: POLL_SECONDS, pollingIntervalSeconds: 1 },
        async ([job]) => {
          if (job) await look(job.data.job);
          // Two notices that came meanwhile are one to the library: the second job would wait for the next poll.
          if (worker !== undefined) open?.notifyWorker(worker);
        },
      );
    },
    async rest() {
      for (const kind of Object.keys(JOB_KINDS)) {
        await boss?.offWork(queueOf(kind as JobKind), { wait: false });
      }
    },
    async stop() {
      const open = boss;
      boss = undefined;
      await open?.stop({ graceful: true, timeout: 1_000 });
    },
  };
}

async function open(boss: PgBoss): Promise<void> {
  await boss.start();
  for (const kind of Object.keys(JOB_KINDS)) {
    await boss.createQueue(queueOf(kind as JobKind), {
      policy: "short",
      notify: true,
      retryLimit: 0,
      expireInSeconds: LOOK_SECONDS,
      deleteAfterSeconds: KEPT_SECONDS,
      heartbeatSeconds: HEARTBEAT_SECONDS,
    });
  }
}

function unusable(error: unknown): AssentError {
  return new AssentError("database-unavailable", "the tables of the queue cannot be made or used", {
    remedy: `See that the database server runs, and that its account may make the schema ${SCHEMA} or owns it.`,
    cause: error,
  });
}

/** Names of the library's queues allow no more than letters, digits and a few signs. */
function queueOf(kind: JobKind): string {
  return `assent-${kind}`;
}
