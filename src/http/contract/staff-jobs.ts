import { Type, type Static } from "typebox";

/** What the staff's pages and the server say to each other about work that is to be done, under `/api/staff`. As in staff.ts. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Nullable = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(type: T) =>
  Type.Union([type, Type.Null()]);

/** A job, here and under `/api/v1/jobs`. */
export const JOB = {
  id: Id,
  kind: Type.String({
    description:
      "scan, scan-photo, rescan, watch, publish; of the whole instance: confirm, expire, mail. Others may come.",
  }),
  state: Type.Union([
    Type.Literal("waiting"),
    Type.Literal("running"),
    Type.Literal("done"),
    Type.Literal("failed"),
    Type.Literal("cancelled"),
  ]),
  collection: Nullable(Id),
  channel: Nullable(Type.String({ description: "Of a publication." })),
  done: Type.Integer(),
  total: Nullable(Type.Integer({ description: "null: not known, or nothing is counted." })),
  remainingSeconds: Nullable(Type.Integer({ description: "At the pace so far; null: not known." })),
  failed: Type.Union([
    Type.Object({ code: Type.String(), remedy: Type.String({ description: "In English." }) }),
    Type.Null(),
  ]),
  createdAt: Time,
  endedAt: Nullable(Time),
};

/** GET /jobs?before= of what the account may see, newest first. `workers`: processes that work now. */
export const StaffJobs = Type.Object({
  jobs: Type.Array(
    Type.Object({
      ...JOB,
      collectionName: Nullable(Type.String()),
      askedBy: Type.String(),
      stoppable: Type.Boolean(),
      retriable: Type.Boolean(),
    }),
  ),
  next: Nullable(Id),
  workers: Type.Integer(),
});
export type StaffJobs = Static<typeof StaffJobs>;

export const StaffJobsQuery = Type.Object({ before: Type.Optional(Id) });

/** POST /collections/:id/photos/:photo/scan */
export const PhotoScanOrdered = Type.Object({ job: Id });
export type PhotoScanOrdered = Static<typeof PhotoScanOrdered>;
