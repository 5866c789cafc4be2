export { JOB_KINDS, type JobKind, type JobOrder } from "./kinds.ts";
export { createJobQueue, type JobQueue } from "./queue.ts";
export {
  endJob,
  forgetEndedJobs,
  jobById,
  jobsIn,
  lastJob,
  openJobs,
  reopenJob,
  writeJob,
  type Job,
} from "./record.ts";
export { openWorkshop, type DoJob, type Outcome, type Watch, type Workshop } from "./worker.ts";
