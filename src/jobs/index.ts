export { JOB_KINDS, type JobKind, type JobOrder } from "./kinds.ts";
export { createJobQueue, type JobQueue } from "./queue.ts";
export type { Job } from "./job.ts";
export { forgetEndedJobs, jobById, jobsIn, lastJob, openJobs } from "./list.ts";
export { endJob, reopenJob, writeJob } from "./record.ts";
export { openWorkshop, type DoJob, type Outcome, type Watch, type Workshop } from "./worker.ts";
