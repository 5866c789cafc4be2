import { AssentError, toPlainError, type Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { endJob, openWorkshop, type DoJob, type Job, type JobKind, type Outcome } from "../jobs/index.ts";
import { collectionById, photoById } from "../photos/index.ts";
import type { TwoPersonRule } from "../rights/index.ts";
import { cutChipsAgain } from "./cut-chips.ts";
import { scanPending } from "./import.ts";
import type { Parts } from "./instance.ts";
import { keepJobs } from "./keep-jobs.ts";
import { keepWatch } from "./keep-watch.ts";
import { requireFreshLook } from "./look-through.ts";
import { publish } from "./publish.ts";
import type { OrderedPublication } from "./publish-here.ts";
import { collectionsToRescan, rescanPhotos, resumeRescan } from "./rescan.ts";
import { finishCutOff, settle } from "./settle.ts";
import { lookAtWatched, type MayDelete } from "./watch-folders.ts";

/** So long one collection is looked through before another has its turn. */
const TURN_MS = 30_000;
/** How late a lost or left job is taken up at most. */
const KEEP_EVERY_MS = 30_000;

export interface WorkOptions {
  /** Sends what is due; without it nobody is written to. */
  readonly sendMail?: (signal: AbortSignal) => Promise<void>;
  /** Told of what fails, by kind and code; never with a name in it. */
  readonly onFailure?: (kind: JobKind | "keep", code: string) => void;
  /** What takes two persons; deleting for good, unless told. */
  readonly twoPersons?: TwoPersonRule;
  /** Whether photos go with their file on behalf of whoever named a watched folder; of accounts not, unless told. */
  readonly mayDelete?: MayDelete;
  /** Told in plain words of what stays to be done. */
  readonly note?: (message: string) => void;
}

export interface Working {
  /** Has what is in hand finished, and begins nothing more. */
  stop(): Promise<void>;
}

/**
 * Does what is written down as to be done, until stopped: as the only process, or beside others on the same database, data
 * folder and keys. Whoever dies on the way leaves nothing undone and nothing done twice: photos are shared out by claims that go
 * with the process, everything else by a lock that does, and the rows say what is left.
 */
export async function work(parts: Parts, options: WorkOptions = {}): Promise<Working> {
  const { sendMail, onFailure = () => undefined } = options;
  const told = (kind: JobKind | "keep", error: unknown): void => onFailure(kind, toPlainError(error).code);
  await parts.queue.start((error) => told("keep", error));
  const workshop = await openWorkshop(parts, workOf(parts, options, told), told);
  const stopping = new AbortController();
  const keep = (): Promise<void> =>
    keepJobs(parts, { mail: sendMail !== undefined }).catch((error: unknown) => told("keep", error));
  let keeping = keep();
  const timer = setInterval(() => {
    keeping = keeping.then(keep);
  }, KEEP_EVERY_MS);
  // After a restore it may take hours; nothing waits for it.
  const cutting = cutChips(parts, options, stopping.signal);
  const watching = keepWatch(parts, stopping.signal, (error) => told("keep", error));
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await Promise.all([workshop.stop(), keeping, cutting, watching]);
      await parts.queue.stop();
    },
  };
}

/**
 * One function for each kind; each may be called for what is done already, and twice at once. Mail is left to those who have a server
 * for it.
 */
function workOf(
  parts: Parts,
  { sendMail, note, twoPersons, mayDelete }: WorkOptions,
  told: (kind: JobKind, error: unknown) => void,
): Readonly<Partial<Record<JobKind, DoJob>>> {
  const work: Readonly<Record<Exclude<JobKind, "mail">, DoJob>> = {
    scan: (job, watch) => lookThrough(parts, job, watch),
    "scan-photo": (job, { signal }) => lookAtOne(parts, job, signal),
    rescan: async (job, { signal, moved }) => {
      const collection = collectionOf(job);
      let done = 0;
      await resumeRescan(parts, collection, { signal, onPhoto: () => moved({ done: ++done }) });
      if (signal.aborted) return "again";
      return (await collectionsToRescan(parts.db)).has(collection) ? "others" : "done";
    },
    publish: async (job, { signal, moved }) => {
      const order = job.details as OrderedPublication;
      // It may have waited for long, and a place have been shown again before it was ordered once more.
      await requireFreshLook(parts, { collection: collectionOf(job), reviewedBy: order.reviewedBy });
      await publish(parts, { ...order, signal, progress: (done, total) => moved({ done, total }) });
      return "done";
    },
    confirm: async (_, { signal }) => {
      const failures: unknown[] = [];
      await finishCutOff(parts, { onFailure: (error) => failures.push(error), signal });
      if (signal.aborted) return "again";
      const [last, ...others] = failures.toReversed();
      for (const error of others) told("confirm", error);
      if (failures.length > 0) throw last;
      return "done";
    },
    expire: async (_, { signal }) => {
      const { kept } = await settle(parts, { looks: false, signal });
      for (const reason of kept) note?.(reason);
      return signal.aborted ? "again" : "done";
    },
    watch: async (job, { signal, moved }) => {
      const looked = await lookAtWatched(parts, job.subject ?? "", {
        signal,
        onPhoto: () => moved({ more: 1 }),
        twoPersons,
        mayDelete,
      });
      return looked === undefined ? "later" : "done";
    },
  };
  if (!sendMail) return work;
  return {
    ...work,
    mail: async (_, { signal }) => {
      await sendMail(signal);
      return signal.aborted ? "again" : "done";
    },
  };
}

/** Photos of a collection, for a while: whoever is free joins in, and another collection has its turn after it. */
async function lookThrough(
  parts: Parts,
  job: Job,
  { signal, moved }: Parameters<DoJob>[1],
): Promise<Outcome> {
  const collection = collectionOf(job);
  const until = performance.now() + TURN_MS;
  let turnIsOver = false;
  // One process after the other is woken while there is more than those at it have in hand.
  if ((await waiting(parts.db, collection)) > parts.processes + 1) await parts.queue.wakeNow(job);
  const done = await scanPending(parts, {
    collection,
    signal,
    isEnough: () => (turnIsOver ||= performance.now() >= until),
    onPhoto: () => moved({ more: 1 }),
  });
  if (done === undefined) return "later";
  if (signal.aborted || turnIsOver) return "again";
  return inTransaction(parts.db, async (trx) => {
    // Whoever takes another photo in holds the job's row until it is there to be seen.
    await trx.selectFrom("job").select("id").where("id", "=", job.id).forUpdate().execute();
    if ((await waiting(trx, collection)) > 0) return "others";
    await endJob(trx, job.id, { state: "done" }, parts.clock);
    return "ended";
  });
}

async function waiting(db: Parts["db"] | Trx, collection: Id): Promise<number> {
  const { n } = await db
    .selectFrom("photo")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("collection_id", "=", collection)
    .where("state", "=", "pending")
    .executeTakeFirstOrThrow();
  return n;
}

/** One photo again: by its chips, for whose its faces are; human decisions stay. */
async function lookAtOne(parts: Parts, job: Job, signal: AbortSignal): Promise<Outcome> {
  const photo = await photoById(parts.db, job.subject ?? "");
  if (photo.state === "pending") {
    const done = await scanPending(parts, { collection: photo.collection_id, only: photo.id, signal });
    if (done === undefined) return "later";
    return done.interrupted ? "again" : "done";
  }
  const collection = await collectionById(parts.db, photo.collection_id);
  const { photos } = await rescanPhotos(parts, collection, [photo], { signal });
  return photos === 0 ? "again" : "done";
}

function collectionOf(job: Job): Id {
  if (job.collection === null) throw new AssentError("internal", "a job of a collection names none");
  return job.collection;
}

/** The faces that a restore did not bring back, told about at each tenth. What fails is told, and stays due. */
async function cutChips(parts: Parts, { note }: WorkOptions, signal: AbortSignal): Promise<void> {
  let tenths = 0;
  try {
    const { failed } = await cutChipsAgain(parts, {
      signal,
      progress(done, total) {
        const now = Math.floor((10 * done) / total);
        if (now === tenths) return;
        tenths = now;
        note?.(`For people who join later: faces of ${done} of ${total} photos are cut again.`);
      },
    });
    if (failed > 0) note?.(`Still to be done: the faces of ${failed} photos could not be cut again`);
  } catch (error) {
    if (!signal.aborted) note?.(`Still to be done: ${toPlainError(error).message}`);
  }
}
