import type { ErrorCode, Id } from "../core/index.ts";
import type { JobRow, JobState } from "../db/index.ts";
import { isJobKind, type JobKind } from "./kinds.ts";

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
export function asJob(row: JobRow): Job | undefined {
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
