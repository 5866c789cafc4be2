import { Type } from "@fastify/type-provider-typebox";
import { whereMay } from "../../accounts/index.ts";
import { cancelJob, listJobs, orderPhotoScan, retryJob, seeJob } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { PhotoScanOrdered, StaffJobs, StaffJobsQuery } from "../contract/staff-jobs.ts";
import { asJob } from "../job-shape.ts";
import { PROBLEMS } from "../problem.ts";
import { accountOf, actorOf, mayIn, needs, nothingHere } from "../access.ts";

const uuid = Type.String({ format: "uuid" });
const OfJob = Type.Object({ job: uuid });
const OfPhoto = Type.Object({ id: uuid, photo: uuid });
const DONE = { params: OfJob, response: { "2xx": Type.Null(), ...PROBLEMS } };

const PAGE = 60;

/** What is to be done, goes on and ended: how far it is, why it failed; stopping it, and doing it again. */
export function jobRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  app.get(
    "/api/staff/jobs",
    {
      config: needs("run-jobs", "some"),
      schema: { querystring: StaffJobsQuery, response: { "2xx": StaffJobs, ...PROBLEMS } },
    },
    async (request) => {
      const where = whereMay(accountOf(request).grants, "run-jobs");
      const { before } = request.query;
      const { jobs, workers } = await listJobs(parts, {
        collections: where === "all" ? undefined : where,
        before,
        limit: PAGE + 1,
      });
      const shown = jobs.slice(0, PAGE);
      return {
        workers,
        next: jobs.length > PAGE ? (shown.at(-1)?.id ?? null) : null,
        jobs: shown.map((job) => ({
          ...asJob(job),
          collectionName: job.collectionName,
          askedBy: job.askedBy,
          stoppable: job.stoppable,
          retriable:
            (job.state === "failed" || job.state === "cancelled") &&
            (job.kind !== "publish" || mayIn(request, job.collection ?? "").includes("publish")),
        })),
      };
    },
  );

  app.post(
    "/api/staff/jobs/:job/retry",
    { config: needs("run-jobs", "job"), schema: DONE },
    async (request, reply) => {
      const job = await seeJob(parts, request.params.job);
      // Whoever may not publish orders nothing to be published, not even again.
      if (job.kind === "publish" && !mayIn(request, job.collection ?? "").includes("publish")) {
        throw nothingHere();
      }
      await retryJob(parts, job.id);
      return reply.code(204).send(null);
    },
  );
  app.post(
    "/api/staff/jobs/:job/cancel",
    { config: needs("run-jobs", "job"), schema: DONE },
    async (request, reply) => {
      await cancelJob(parts, request.params.job);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/staff/collections/:id/photos/:photo/scan",
    {
      config: needs("run-jobs", "collection"),
      schema: { params: OfPhoto, response: { "2xx": PhotoScanOrdered, ...PROBLEMS } },
    },
    async (request) => {
      const { id, photo } = request.params;
      return orderPhotoScan(parts, { collection: id, photo, actor: actorOf(request) });
    },
  );
}
