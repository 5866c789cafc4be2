import type { ListedJob } from "../flows/index.ts";

/** A job as the contract has it (`JOB`). */
export function asJob(job: ListedJob) {
  const { id, kind, state, collection, channel, done, total, remainingSeconds, failed } = job;
  return {
    id,
    kind,
    state,
    collection,
    channel,
    done,
    total,
    remainingSeconds,
    failed,
    createdAt: job.createdAt.toISOString(),
    endedAt: job.endedAt?.toISOString() ?? null,
  };
}
