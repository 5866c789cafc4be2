import { Type } from "@fastify/type-provider-typebox";
import { AssentError, type Id } from "../../core/index.ts";
import { enrolLive, lookFor, meOf } from "../../flows/index.ts";
import { countAttempt } from "../../people/index.ts";
import type { App, HttpContext } from "../context.ts";
import { ChallengeStarted, FrameAnswer, StartChallenge } from "../contract/person.ts";
import { errorFacts } from "../log.ts";
import { PROBLEMS } from "../problem.ts";
import {
  FRAME_EDGE,
  FRAMES_PER_SECOND,
  MOST_FRAME_BYTES,
  openChallenges,
  type ChallengeEnds,
  type Challenges,
} from "./challenge.ts";
import { who } from "./session.ts";

/** The challenges of a server, and what becomes of those that were passed. */
export function createChallenges(context: Pick<HttpContext, "parts" | "log">): Challenges {
  const { parts } = context;
  const ends: ChallengeEnds = {
    async finish(person, collections, embeddings) {
      let state: "passed" | "frozen" | "refused" = "passed";
      let reason = "";
      for (const collection of collections) {
        // Each takes and overwrites a copy of its own.
        const copies = embeddings.map((one) => one.slice());
        const enrolled = await enrolLive(parts, { person, collection, embeddings: copies });
        const outcome = enrolled.state === "live" ? "passed" : enrolled.state;
        await countAttempt(parts.db, { collection, outcome, reason: enrolled.reason ?? "" }, parts.clock);
        if (outcome === "frozen" || (outcome === "refused" && state === "passed")) {
          state = outcome;
          reason = enrolled.reason ?? "";
        }
        if (enrolled.state === "live") lookInBackground(context, person, collection);
      }
      return state === "refused" ? { state, reason } : { state };
    },
    async refused(collections, reason) {
      for (const collection of collections) {
        await countAttempt(parts.db, { collection, outcome: "refused", reason }, parts.clock);
      }
    },
  };
  return openChallenges(() => parts.vision(), ends);
}

/** The look through earlier photos goes on whether or not anybody watches; where it fails, it stays due. */
export function lookInBackground(
  { parts, log }: Pick<HttpContext, "parts" | "log">,
  person: Id,
  collection: Id,
): void {
  lookFor(parts, { person, collection }).catch((error: unknown) => {
    log.error(errorFacts(error), "a look through earlier photos failed; it stays due");
  });
}

export function challengeRoutes(app: App, { parts }: HttpContext, challenges: Challenges): void {
  app.addContentTypeParser(
    "image/jpeg",
    { parseAs: "buffer", bodyLimit: MOST_FRAME_BYTES },
    (_: unknown, body: Buffer, next: (error: null, body: Buffer) => void) => next(null, body),
  );

  app.post(
    "/challenge",
    {
      config: { limit: "challenge" },
      schema: {
        body: Type.Union([StartChallenge, Type.Null()]),
        response: { "2xx": ChallengeStarted, ...PROBLEMS },
      },
    },
    async (request) => {
      const { person } = who(request);
      const collections = await collectionsToEnrolIn(parts, person, request.body?.collection);
      const { challenge, expiresAt } = challenges.start(person, collections);
      return {
        challenge,
        frameEdge: FRAME_EDGE,
        framesPerSecond: FRAMES_PER_SECOND,
        expiresAt: expiresAt.toISOString(),
      };
    },
  );

  app.post(
    "/challenge/:id/frame",
    {
      bodyLimit: MOST_FRAME_BYTES,
      schema: {
        params: Type.Object({ id: Type.String({ format: "uuid" }) }),
        response: { "2xx": FrameAnswer, ...PROBLEMS },
      },
    },
    async (request) => {
      const jpeg: unknown = request.body;
      if (!Buffer.isBuffer(jpeg)) {
        throw new AssentError("bad-input", "a frame is a JPEG picture", { remedy: "Send it as image/jpeg." });
      }
      return challenges.frame(who(request).person, request.params.id, jpeg);
    },
  );
}

/**
 * Where the person agreed to be found: nothing of a face is looked at before that. Those whose enrolment waits for the
 * challenge; where there is none, a retake for those that are live. Errors: `no-consent`.
 */
async function collectionsToEnrolIn(
  parts: HttpContext["parts"],
  person: Id,
  wanted: Id | undefined,
): Promise<readonly Id[]> {
  const me = await meOf(parts, person);
  const agreed = me.collections.filter(
    (one) =>
      one.matching === "enrolled" &&
      (wanted === undefined || one.id === wanted) &&
      me.consents.some((given) => given.purpose === "find-me" && given.collection === one.id && given.live),
  );
  const waiting = agreed.filter((one) => one.enrolment === "provisional");
  const chosen = waiting.length > 0 ? waiting : agreed;
  if (chosen.length === 0) {
    throw new AssentError("no-consent", "find-me is not agreed to", { remedy: "Switch it on first." });
  }
  return chosen.map((one) => one.id);
}
