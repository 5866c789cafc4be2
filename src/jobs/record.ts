import { newId, type Clock, type ErrorCode, type Id } from "../core/index.ts";
import type { Db, JobRow, JobState, Trx } from "../db/index.ts";
import { JOB_KINDS, isJobKind, type JobKind, type JobOrder } from "./kinds.ts";

/** Work as it is written down. */
export interface Job {
  readonly id: Id;
  readonly kind: JobKind;
  readonly collection: Id | null;
  readonly subject: Id | null;
  readonly state: JobState;
  readonly details: unknown;
  readonly askedBy: string;
  readonly done: number;
  readonly total: number | null;
  /** How often it failed. */
  readonly attempts: number;
  /** Why it failed last; the remedy of each is in docs/errors.md. */
  readonly error: ErrorCode | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly movedAt: Date;
  readonly endedAt: Date | null;
}

/** Undefined for a kind of a later version. */
function asJob(row: JobRow): Job | undefined {
  if (!isJobKind(row.kind)) return undefined;
  return {
    id: row.id,
    kind: row.kind,
    collection: row.collection_id,
    subject: row.subject_id,
    state: row.state,
    details: row.details,
    askedBy: row.asked_by,
    done: row.done,
    total: row.total,
    attempts: row.attempts,
    error: row.error as ErrorCode | null,
    createdAt: row.created_at,
    startedAt: row.started_at,
    movedAt: row.moved_at,
    endedAt: row.ended_at,
  };
}

/** Who asks for what follows by itself. */
const BY_ITSELF = "assent";

/**
 * Writes work down in the transaction that makes it necessary. Where the same is to be done already, that one is it, and its
 * row is held until the commit: whoever ends it waits, and sees what this transaction wrote.
 */
export async function writeJob(
  trx: Trx,
  order: JobOrder,
  clock: Clock,
  askedBy: string = BY_ITSELF,
): Promise<{ readonly id: Id; readonly added: boolean }> {
  const id = newId();
  const now = clock.now();
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
        .doUpdateSet((eb) => ({ kind: eb.ref("job.kind") })),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  return { id: row.id, added: row.id === id };
}

/** Begins or goes on with a job; undefined where it has ended, or is gone. */
export async function beginJob(db: Db, id: Id, clock: Clock): Promise<Job | undefined> {
  const now = clock.now();
  const row = await db
    .updateTable("job")
    .set((eb) => ({
      state: "running" as const,
      started_at: eb.fn.coalesce("started_at", eb.val(now)),
      moved_at: now,
    }))
    .where("id", "=", id)
    .where("state", "in", ["waiting", "running"])
    .returningAll()
    .executeTakeFirst();
  return row && asJob(row);
}

/** How far it is: `more` is added to what was done, or `done` replaces it. False where it has ended, by whomever. */
export async function movedJob(
  db: Db,
  id: Id,
  progress: { readonly more?: number; readonly done?: number; readonly total?: number },
  clock: Clock,
): Promise<boolean> {
  const { more, done, total } = progress;
  const row = await db
    .updateTable("job")
    .set((eb) => ({
      ...(more === undefined ? {} : { done: eb("done", "+", more) }),
      ...(done === undefined ? {} : { done }),
      ...(total === undefined ? {} : { total }),
      moved_at: clock.now(),
    }))
    .where("id", "=", id)
    .returning("ended_at")
    .executeTakeFirst();
  return row?.ended_at === null;
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

/** Puts a job back that could not go on just now; with `error`, because it failed and is to be tried again. */
export async function putBackJob(db: Db, id: Id, clock: Clock, error?: ErrorCode): Promise<void> {
  await db
    .updateTable("job")
    .set((eb) => ({
      state: "waiting" as const,
      moved_at: clock.now(),
      ...(error === undefined ? {} : { error, attempts: eb("attempts", "+", 1) }),
    }))
    .where("id", "=", id)
    .where("state", "=", "running")
    .execute();
}

/** Opens an ended job anew, unless the same is to be done already. Returns which one is to be done. */
export async function reopenJob(
  trx: Trx,
  job: Job,
  clock: Clock,
): Promise<{ readonly id: Id; readonly added: boolean }> {
  const open = await trx
    .selectFrom("job")
    .select("id")
    .where("kind", "=", job.kind)
    .where("collection_id", "is not distinct from", job.collection)
    .where("subject_id", "is not distinct from", job.subject)
    .where("state", "in", ["waiting", "running"])
    .executeTakeFirst();
  if (open) return { id: open.id, added: false };
  await trx
    .updateTable("job")
    .set({ state: "waiting", ended_at: null, error: null, attempts: 0, done: 0, moved_at: clock.now() })
    .where("id", "=", job.id)
    .where("state", "in", ["failed", "cancelled", "done"])
    .execute();
  return { id: job.id, added: true };
}

export async function jobById(db: Db | Trx, id: Id): Promise<Job | undefined> {
  const row = await db.selectFrom("job").selectAll().where("id", "=", id).executeTakeFirst();
  return row && asJob(row);
}

/** The last of a kind in a collection, or of the instance's own, open or ended. */
export async function lastJob(db: Db, kind: JobKind, collection: Id | null): Promise<Job | undefined> {
  const row = await db
    .selectFrom("job")
    .selectAll()
    .where("kind", "=", kind)
    .where("collection_id", collection === null ? "is" : "=", collection)
    .orderBy("created_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && asJob(row);
}

export interface JobQuery {
  /** Of these collections; undefined: of all, and those of the instance. */
  readonly collections?: ReadonlySet<Id> | undefined;
  readonly open?: boolean | undefined;
  readonly limit: number;
  /** Those written down before this one. */
  readonly before?: Id | undefined;
}

/** Open ones and ended ones, newest first. */
export async function jobsIn(
  db: Db,
  { collections, open, limit, before }: JobQuery,
): Promise<readonly Job[]> {
  if (collections?.size === 0) return [];
  let query = db.selectFrom("job").selectAll();
  if (collections) query = query.where("collection_id", "in", [...collections]);
  if (open === true) query = query.where("state", "in", ["waiting", "running"]);
  if (open === false) query = query.where("state", "not in", ["waiting", "running"]);
  if (before !== undefined) {
    query = query.where((eb) =>
      eb(
        eb.refTuple("created_at", "id"),
        "<",
        eb
          .selectFrom("job")
          .select(["created_at", "id"])
          .where("id", "=", before)
          .$asTuple("created_at", "id"),
      ),
    );
  }
  const rows = await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(limit).execute();
  return rows.flatMap((row) => asJob(row) ?? []);
}

/** Jobs that are to be done, oldest first. */
export async function openJobs(db: Db): Promise<readonly Job[]> {
  const rows = await db
    .selectFrom("job")
    .selectAll()
    .where("state", "in", ["waiting", "running"])
    .orderBy("created_at")
    .execute();
  return rows.flatMap((row) => asJob(row) ?? []);
}

/** What ended is told for a month. */
const TOLD_MS = 30 * 86_400_000;
/** What comes back by the clock would hide the rest: where it went well, it is told for a day. */
const ROUTINE_TOLD_MS = 86_400_000;
/** Each watched folder is looked at six times an hour, and mostly nothing has come. */
const NOTHING_CAME_TOLD_MS = 3_600_000;

/** Removes jobs that ended long ago. */
export async function forgetEndedJobs(db: Db, clock: Clock): Promise<void> {
  const now = clock.now().getTime();
  const routine = Object.entries(JOB_KINDS).flatMap(([kind, { of }]) => (of === "instance" ? [kind] : []));
  await db
    .deleteFrom("job")
    .where((eb) =>
      eb.or([
        eb("ended_at", "<", new Date(now - TOLD_MS)),
        eb.and([
          eb("ended_at", "<", new Date(now - ROUTINE_TOLD_MS)),
          eb("state", "=", "done"),
          eb("kind", "in", routine),
        ]),
        eb.and([
          eb("ended_at", "<", new Date(now - NOTHING_CAME_TOLD_MS)),
          eb("state", "=", "done"),
          eb("kind", "=", "watch"),
          eb("done", "=", 0),
        ]),
      ]),
    )
    .execute();
}
