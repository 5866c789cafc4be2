import { sql } from "kysely";
import { AssentError, newId, type Clock, type ErrorCode, type Id } from "../core/index.ts";
import { isUniqueViolation, type Db, type Trx } from "../db/index.ts";
import { asJob, type Job } from "./job.ts";
import { JOB_KINDS, type JobOrder } from "./kinds.ts";

/** Who asks for what follows by itself. */
const BY_ITSELF = "assent";

/** What fails for a reason that passes is tried again after so long, then after twice as long, and so on. */
const RETRY_SECONDS = 15;
/** The clocks of the database and of this process, and the way between them. */
const SLACK_MS = 1_000;

/** How long to wait after so many failures. */
export function retryAfterSeconds(failures: number): number {
  return RETRY_SECONDS * 2 ** (failures - 1);
}

/**
 * Writes work down in the transaction that makes it necessary. Where the same is to be done already, that one is it, and its
 * row is held until the commit: whoever ends it waits, and sees what this transaction wrote. Where somebody asks for what one
 * process is at, it is done once more afterwards; what follows by itself is looked for again anyway (`flows/keep-jobs.ts`).
 */
export async function writeJob(
  trx: Trx,
  order: JobOrder,
  clock: Clock,
  askedBy: string = BY_ITSELF,
): Promise<{ readonly id: Id; readonly added: boolean }> {
  const id = newId();
  const now = clock.now();
  const onceMore = askedBy !== BY_ITSELF && !JOB_KINDS[order.kind].shared;
  const row = await trx
    .insertInto("job")
    .values({
      id,
      kind: order.kind,
      collection_id: "collection" in order ? order.collection : null,
      subject_id: "subject" in order ? order.subject : null,
      state: "waiting",
      details: "details" in order ? JSON.stringify(order.details) : null,
      asked_by: askedBy,
      total: null,
      error: null,
      created_at: now,
      started_at: null,
      moved_at: now,
      ended_at: null,
    })
    .onConflict((on) =>
      on
        .columns(["kind", "collection_id", "subject_id"])
        .where("state", "in", ["waiting", "running"])
        .doUpdateSet({ again: sql<boolean>`job.again or (${onceMore} and job.state = 'running')` }),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  return { id: row.id, added: row.id === id };
}

/** Begins or goes on with a job; undefined where it has ended, is gone, or has failed too short a while ago. */
export async function beginJob(db: Db, id: Id, clock: Clock): Promise<Job | undefined> {
  const now = clock.now();
  const row = await db
    .updateTable("job")
    .set((eb) => ({
      state: "running" as const,
      again: false,
      started_at: eb.fn.coalesce("started_at", eb.val(now)),
      moved_at: now,
    }))
    .where("id", "=", id)
    .where("state", "in", ["waiting", "running"])
    .where("kind", "in", Object.keys(JOB_KINDS))
    // Whoever else was woken meanwhile would use up the tries that are left at once.
    .where(
      sql<boolean>`(state = 'running' or attempts = 0
        or moved_at + make_interval(secs => ${RETRY_SECONDS} * 2 ^ (attempts - 1)) <= ${new Date(now.getTime() + SLACK_MS)})`,
    )
    .returningAll()
    .executeTakeFirst();
  return row && asJob(row);
}

export interface Progress {
  /** Added to what was done; each is one that will not be done again. */
  readonly more?: number;
  /** How far it has come; what is done again does not count back. */
  readonly done?: number;
  readonly total?: number;
}

/** How a job stands after its progress was written down. */
export interface Standing {
  /** False where it has ended, by whomever, or is gone. */
  readonly goesOn: boolean;
  /** Failures since it last came further than ever before. */
  readonly attempts: number;
}

/** Writes down how far a job is; with what has moved on, earlier failures count no more. */
export async function movedJob(
  db: Db,
  id: Id,
  { more = 0, done, total }: Progress,
  clock: Clock,
): Promise<Standing> {
  const reached = sql<number>`greatest(done + ${more}, ${done ?? 0}::int)`;
  const row = await db
    .updateTable("job")
    .set({
      done: total === undefined ? reached : sql<number>`least(${reached}, ${total}::int)`,
      ...(total === undefined ? {} : { total }),
      attempts: sql<number>`case when ${reached} > done then 0 else attempts end`,
      moved_at: clock.now(),
    })
    .where("id", "=", id)
    .returning(["ended_at", "attempts"])
    .executeTakeFirst();
  return { goesOn: row?.ended_at === null, attempts: row?.attempts ?? 0 };
}

/** Ends a job; false where somebody has ended it before. */
export async function endJob(
  db: Db | Trx,
  id: Id,
  end: { readonly state: "done" | "cancelled" } | { readonly state: "failed"; readonly error: ErrorCode },
  clock: Clock,
): Promise<boolean> {
  const now = clock.now();
  const row = await db
    .updateTable("job")
    .set((eb) => ({
      state: end.state,
      ended_at: now,
      moved_at: now,
      ...(end.state === "failed"
        ? { error: end.error, attempts: eb("attempts", "+", 1) }
        : end.state === "done"
          ? { error: null }
          : {}),
    }))
    .where("id", "=", id)
    .where("state", "in", ["waiting", "running"])
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

/** What was to be done is done: ends the job, or puts it back where the same was asked for since it was begun. */
export async function finishJob(db: Db, id: Id, clock: Clock): Promise<"ended" | "again"> {
  const now = clock.now();
  const row = await db
    .updateTable("job")
    .set({
      state: sql<"waiting" | "done">`case when again then 'waiting' else 'done' end`,
      ended_at: sql<Date | null>`case when again then null else ${now}::timestamptz end`,
      done: sql<number>`case when again then 0 else done end`,
      attempts: sql<number>`case when again then 0 else attempts end`,
      again: false,
      error: null,
      moved_at: now,
    })
    .where("id", "=", id)
    .where("state", "in", ["waiting", "running"])
    .returning("state")
    .executeTakeFirst();
  return row?.state === "waiting" ? "again" : "ended";
}

/** Puts a job back that could not go on just now. */
export async function putBackJob(db: Db, id: Id, clock: Clock): Promise<void> {
  await db
    .updateTable("job")
    .set({ state: "waiting", moved_at: clock.now() })
    .where("id", "=", id)
    .where("state", "=", "running")
    .execute();
}

/**
 * Counts a failed try: the job is put back, or ends with the last of them. `seen`: the failures that were counted when it was last
 * seen. Undefined, and nothing counted, where it stands otherwise by now: others were at the same try, and one is enough; or
 * somebody has come further, or ended it.
 */
export async function countTry(
  db: Db,
  id: Id,
  { seen, most, error }: { readonly seen: number; readonly most: number; readonly error: ErrorCode },
  clock: Clock,
): Promise<"waiting" | "failed" | undefined> {
  const now = clock.now();
  const failures = seen + 1;
  const state = failures < most ? "waiting" : "failed";
  const row = await db
    .updateTable("job")
    .set({ state, error, attempts: failures, moved_at: now, ended_at: state === "failed" ? now : null })
    .where("id", "=", id)
    .where("state", "=", "running")
    .where("attempts", "=", seen)
    .returning("id")
    .executeTakeFirst();
  return row && state;
}

/**
 * Opens an ended job anew; one that is open already stays as it is. Errors: `conflict` where another one does the same, also where
 * that is written down at this moment.
 */
export async function reopenJob(trx: Trx, job: Job, clock: Clock): Promise<void> {
  const open = await trx
    .selectFrom("job")
    .select("id")
    .where("kind", "=", job.kind)
    .where("collection_id", "is not distinct from", job.collection)
    .where("subject_id", "is not distinct from", job.subject)
    .where("state", "in", ["waiting", "running"])
    .executeTakeFirst();
  if (open && open.id !== job.id) throw another();
  try {
    await trx
      .updateTable("job")
      .set({
        state: "waiting",
        ended_at: null,
        error: null,
        attempts: 0,
        again: false,
        done: 0,
        moved_at: clock.now(),
      })
      .where("id", "=", job.id)
      .where("state", "in", ["failed", "cancelled", "done"])
      .execute();
  } catch (error) {
    throw isUniqueViolation(error) ? another() : error;
  }
}

function another(): AssentError {
  return new AssentError("conflict", "another job does the same just now", {
    remedy: "Wait until that has ended.",
  });
}
