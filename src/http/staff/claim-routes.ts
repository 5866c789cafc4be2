import { Type } from "@fastify/type-provider-typebox";
import { claimsWaiting, seeClaim, settleClaim } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { ClaimOpened, Claims, OpenWithReason, SettleClaim } from "../contract/staff-matters.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, mayHere, needs } from "../access.ts";

const OfClaim = Type.Object({ claim: Type.String({ format: "uuid" }) });

/** "This is me", said without face recognition: what waits, one of them to be seen, and the answer. */
export function claimRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  app.get(
    "/api/staff/claims",
    { config: needs("settle-claims", "some"), schema: { response: { "2xx": Claims, ...PROBLEMS } } },
    async (request) => ({
      claims: (await claimsWaiting(parts))
        .filter((one) => mayHere(request, one.collection.id))
        .map(({ claim, collection, at }) => ({
          id: claim,
          collection: collection.id,
          collectionName: collection.name,
          at,
        })),
    }),
  );

  app.post(
    "/api/staff/claims/:claim/open",
    {
      config: needs("settle-claims", "claim"),
      schema: { params: OfClaim, body: OpenWithReason, response: { "2xx": ClaimOpened, ...PROBLEMS } },
    },
    async (request) => {
      const { claim } = request.params;
      const seen = await seeClaim(parts, { claim, actor: actorOf(request), reason: request.body.reason });
      const { who, file, box, size, picture } = seen;
      return {
        who,
        file,
        box: [...box] as [number, number, number, number],
        ...size,
        picture: picture.toString("base64"),
      };
    },
  );

  app.post(
    "/api/staff/claims/:claim",
    {
      config: needs("settle-claims", "claim"),
      schema: { params: OfClaim, body: SettleClaim, response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      await settleClaim(parts, request.params.claim, request.body.outcome === "accepted", actorOf(request));
      return reply.code(204).send(null);
    },
  );
}
