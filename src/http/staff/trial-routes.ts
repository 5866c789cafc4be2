import { Type } from "@fastify/type-provider-typebox";
import { endTrial, startTrial, trialOf } from "../../flows/index.ts";
import type { TwoPersonRule } from "../../rights/index.ts";
import type { App, HttpContext } from "../context.ts";
import { StartTrial, TrialState } from "../contract/staff-trial.ts";
import { MadeCollection } from "../contract/staff.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, mayHere, needs } from "../access.ts";
import { tidyFolders, type StaffFolders } from "./folders.ts";

/** A trial with sample photos: begun and deleted by one tap each. */
export function trialRoutes(
  app: App,
  { parts }: Pick<HttpContext, "parts">,
  {
    samples,
    folders,
    twoPersons,
  }: {
    readonly samples: readonly string[];
    readonly folders: StaffFolders;
    readonly twoPersons: TwoPersonRule;
  },
): void {
  app.get(
    "/api/staff/trial",
    { config: needs("see-collections", "some"), schema: { response: { "2xx": TrialState, ...PROBLEMS } } },
    async (request) => {
      const trial = (await trialOf(parts)) ?? null;
      return {
        pictures: samples.length,
        collection: trial !== null && mayHere(request, trial) ? trial : null,
      };
    },
  );

  app.post(
    "/api/staff/trial",
    {
      config: needs("make-collections", "instance"),
      schema: { body: StartTrial, response: { "2xx": MadeCollection, ...PROBLEMS } },
    },
    async (request) => {
      const { language } = request.body;
      const { id } = await startTrial(parts, { pictures: samples, language, actor: actorOf(request) });
      return { id };
    },
  );

  app.delete(
    "/api/staff/trial",
    {
      config: needs("manage-instance", "instance"),
      schema: { response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      await endTrial(parts, twoPersons, { pictures: samples, actor: actorOf(request) });
      // What was published of it, too: the hourly round would come late for one tap.
      await tidyFolders(parts, folders);
      return reply.code(204).send(null);
    },
  );
}
