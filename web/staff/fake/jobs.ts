import type { StaffJobs } from "../../../src/http/contract/staff-jobs.ts";
import { id } from "../../person/fake/data.ts";
import { PARTY } from "./data.ts";

/** Made-up answers of contract/staff-jobs.ts. */

const AT = "2026-06-20T14:05:00Z";
const ENDED = "2026-06-20T14:40:00Z";
const OF_PARTY = { collection: PARTY, collectionName: "Fête d’été 2026", channel: null, createdAt: AT };
const OPEN = { endedAt: null, failed: null, retriable: false } as const;
const OF_INSTANCE = { collection: null, collectionName: null, channel: null, createdAt: AT } as const;

export const JOBS: StaffJobs = {
  workers: 2,
  next: null,
  jobs: [
    {
      ...OF_PARTY,
      ...OPEN,
      id: id(11, 1),
      kind: "scan",
      state: "running",
      done: 3120,
      total: 10_000,
      remainingSeconds: 1290,
      askedBy: "assent",
      stoppable: true,
    },
    {
      ...OF_PARTY,
      ...OPEN,
      id: id(11, 2),
      kind: "publish",
      channel: "Site web",
      state: "waiting",
      done: 0,
      total: null,
      remainingSeconds: null,
      askedBy: "Camille Roy",
      stoppable: true,
    },
    {
      ...OF_PARTY,
      id: id(11, 3),
      kind: "publish",
      channel: "Presse",
      state: "failed",
      done: 40,
      total: 312,
      remainingSeconds: null,
      failed: { code: "storage-failed", remedy: "See that the disk has room." },
      endedAt: ENDED,
      askedBy: "Camille Roy",
      stoppable: false,
      retriable: true,
    },
    {
      ...OF_INSTANCE,
      id: id(11, 4),
      kind: "expire",
      state: "done",
      done: 0,
      total: null,
      remainingSeconds: null,
      failed: null,
      endedAt: ENDED,
      askedBy: "assent",
      stoppable: false,
      retriable: false,
    },
  ],
};
