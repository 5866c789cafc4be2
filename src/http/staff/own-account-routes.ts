import { Type } from "@fastify/type-provider-typebox";
import { endOtherSessions, endSession, sessionsOf } from "../../accounts/index.ts";
import type { App, HttpContext } from "../context.ts";
import { SessionsEnded } from "../contract/staff-accounts.ts";
import { OwnSessions } from "../contract/staff-own-account.ts";
import { PROBLEMS } from "../problem.ts";
import { accountOf, needs } from "../access.ts";

const OfSession = Type.Object({ session: Type.String({ format: "uuid" }) });

/** One's own account: where one is signed in. */
export function ownAccountRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  const { db, clock } = parts;
  const config = needs("see-self", "some");

  app.get(
    "/api/staff/account/sessions",
    { config, schema: { response: { "2xx": OwnSessions, ...PROBLEMS } } },
    async (request) => {
      const { id, session } = accountOf(request);
      return {
        sessions: (await sessionsOf(db, id, clock)).map((one) => ({
          ...one,
          own: one.id === session.id,
          since: one.since.toISOString(),
          lastSeen: one.lastSeen.toISOString(),
        })),
      };
    },
  );
  app.delete(
    "/api/staff/account/sessions/:session",
    { config, schema: { params: OfSession, response: { "2xx": Type.Null(), ...PROBLEMS } } },
    async (request, reply) => {
      await endSession(db, { account: accountOf(request).id, session: request.params.session }, clock);
      return reply.code(204).send(null);
    },
  );
  app.post(
    "/api/staff/account/sessions/end-others",
    { config, schema: { response: { "2xx": SessionsEnded, ...PROBLEMS } } },
    async (request) => {
      const { id, session } = accountOf(request);
      return { sessions: await endOtherSessions(db, { account: id, keep: session.id }, clock) };
    },
  );
}
