import { Type, type TSchema } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { forgetOldAnswers, openApiKey, type ApiKey } from "../../accounts/index.ts";
import { AssentError } from "../../core/index.ts";
import type { App, HttpContext } from "../context.ts";
import { BASE, OPERATIONS, type Operation } from "../contract/api.ts";
import { PROBLEMS } from "../problem.ts";
import { isAllowed, needs, nothingHere, requireNeeds } from "../access.ts";
import type { StaffPlaces } from "../staff/index.ts";
import { docsRoutes } from "./docs-page.ts";
import { answerIfChanged } from "./etag.ts";
import { handlers } from "./handlers.ts";
import { BEARER, headersOf } from "./repeat.ts";
import { takeFiles } from "./sent-file.ts";

/** As often as what time ends is ended. */
const TIDY_EVERY_MS = 3_600_000;

/** The interface for other programs: each operation of the contract, and nothing without a key that is good. */
export async function apiRoutes(app: App, context: HttpContext, places: StaffPlaces): Promise<void> {
  const { parts, limits, log } = context;
  const timer = setInterval(() => {
    forgetOldAnswers(parts.db, parts.clock).catch(() => log.warn("old answers could not be removed"));
  }, TIDY_EVERY_MS).unref();
  app.addHook("onClose", async () => clearInterval(timer));
  docsRoutes(app);
  const handle = handlers(context, places);
  await app.register(async (scope: App) => {
    scope.addHook("onRoute", requireNeeds);
    scope.addHook("onRequest", async (request, reply) => {
      await requireKey(context, request, reply);
      await limits.countKey(request, reply);
      const { needs: need } = request.routeOptions.config;
      const { grants } = apiKeyOf(request);
      if (!need || !(await isAllowed(parts.db, grants, need, request.params))) throw nothingHere();
    });
    scope.addHook("onSend", answerIfChanged);
    takeFiles(scope);
    for (const [name, operation] of Object.entries(OPERATIONS) as [keyof typeof OPERATIONS, Operation][]) {
      scope.route({
        ...routeOf(operation),
        handler: async (request, reply) => {
          const { params, query, body } = request;
          const answer = await handle(name, { params, query, body } as never, request);
          if (operation.answer === null) return reply.code(204).send(null);
          if (typeof operation.answer === "string") return reply.type(operation.answer).send(answer as never);
          return answer;
        },
      } as RouteOptions as never);
    }
    // What is not there answers like what is forbidden.
    scope.route({
      method: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      url: `${BASE}/*`,
      config: { ...needs("see-self", "some"), asks: "key" },
      schema: { response: { "2xx": Type.Null(), ...PROBLEMS } },
      handler: async () => {
        throw nothingHere();
      },
    });
  });
}

function routeOf(
  operation: Operation,
): Pick<RouteOptions, "method" | "url" | "config" | "schema" | "bodyLimit"> {
  const { method, path, scope, of, params, query, body, answer, largest } = operation;
  const good: TSchema = answer === null ? Type.Null() : typeof answer === "string" ? Type.String() : answer;
  return {
    method,
    url: `${BASE}${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
    config: {
      ...(scope === null ? needs("see-self", "some") : needs(scope, of === "self" ? "some" : of)),
      asks: "key",
      ...(typeof answer === "string" ? { sends: "image/jpeg" as const } : {}),
    },
    schema: {
      ...(params ? { params } : {}),
      // Without a schema whatever is asked for would be passed over in silence.
      querystring: query ?? Type.Object({}),
      ...(body ? { body } : {}),
      headers: headersOf(operation),
      response: { "2xx": good, "3xx": Type.Null(), ...PROBLEMS },
    },
    ...(largest === undefined ? {} : { bodyLimit: largest }),
  };
}

/** Errors: `signed-out`; who tries many keys is refused as `too-often`. */
async function requireKey(
  { parts, limits }: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const bearer = BEARER.exec(request.headers.authorization ?? "")?.[1];
  request.apiKey = bearer === undefined ? null : await openApiKey(parts.db, bearer, parts.clock);
  if (request.apiKey) return;
  if (bearer !== undefined) await limits.count("secret", request, reply);
  reply.header("www-authenticate", "Bearer");
  throw new AssentError("signed-out", "this takes a key that is good here", {
    remedy: "Send it as authorization: Bearer KEY. An owner makes one at /staff/keys.",
  });
}

function apiKeyOf(request: FastifyRequest): ApiKey {
  if (request.apiKey === null) throw new AssentError("internal", "a route ran without its key");
  return request.apiKey;
}
