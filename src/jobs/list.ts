import type { Clock, Id } from "../core/index.ts";
import type { Db, JobState, Trx } from "../db/index.ts";
import { asJob, type Job } from "./job.ts";
import { JOB_KINDS, type JobKind } from "./kinds.ts";

export async function jobById(db: Db | Trx, id: Id): Promise<Job | undefined> {
  const row = await db.selectFrom("job").selectAll().where("id", "=", id).executeTakeFirst();
  return row && asJob(row);
}

/** The one of a kind that is open in a collection, or of the instance's own; else the one that ended last. */
export async function lastJob(db: Db | Trx, kind: JobKind, collection: Id | null): Promise<Job | undefined> {
  const row = await db
    .selectFrom("job")
    .selectAll()
    .where("kind", "=", kind)
    .where("collection_id", collection === null ? "is" : "=", collection)
    .orderBy("ended_at", (by) => by.desc().nullsFirst())
    .orderBy("created_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && asJob(row);
}

export interface JobQuery {
  /** Of these collections; undefined: of all, and those of the instance. */
  readonly collections?: ReadonlySet<Id> | undefined;
  readonly open?: boolean | undefined;
  readonly state?: JobState | undefined;
  readonly limit: number;
  /** Those written down before this one. */
  readonly before?: Id | undefined;
}

/** Open ones and ended ones, newest first. */
export async function jobsIn(
  db: Db,
  { collections, open, state, limit, before }: JobQuery,
): Promise<readonly Job[]> {
  if (collections?.size === 0) return [];
  let query = db.selectFrom("job").selectAll();
  if (collections) query = query.where("collection_id", "in", [...collections]);
  if (open === true) query = query.where("state", "in", ["waiting", "running"]);
  if (open === false) query = query.where("state", "not in", ["waiting", "running"]);
  if (state !== undefined) query = query.where("state", "=", state);
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
