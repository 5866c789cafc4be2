import { randomUUID } from "node:crypto";
import cookie from "@fastify/cookie";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, { type FastifyReply, type FastifyRequest, type FastifyServerOptions } from "fastify";
import { AssentError } from "../core/index.ts";
import { anybodyRoutes } from "./anybody-routes.ts";
import { apiRoutes } from "./api/index.ts";
import type { App, HttpContext, HttpOptions } from "./context.ts";
import { galleryRoutes } from "./gallery-routes.ts";
import { healthRoutes } from "./health.ts";
import { createLimits } from "./limits.ts";
import { logRoutes } from "./log-routes.ts";
import type { Log } from "./log.ts";
import { requireOwnOrigin } from "./own-origin.ts";
import { addPages } from "./pages.ts";
import { metricsRoutes } from "./metrics.ts";
import { createPosting } from "./posting.ts";
import { personRoutes } from "./person/routes.ts";
import { answerErrors, answerNotFound } from "./problem.ts";
import { sandboxMarks } from "./sandbox.ts";
import { addSecurityHeaders } from "./security-headers.ts";
import { staffRoutes } from "./staff/index.ts";
import { requireResponseSchemas, strictValidator } from "./strict-schemas.ts";

/** JSON bodies: the largest is a receipt to be checked. Routes that take pictures or files name their own limit. */
const BODY_BYTES = 200_000;
/** A large photo on a slow line; what was received of it by then is kept, and the rest is sent by the next request. */
const REQUEST_MS = 300_000;

/**
 * The server: pages, interface, and what both need. Not listening yet; `listen` and `close` are Fastify's. Closing ends the
 * streams of events, lets running requests finish, and takes no new ones.
 */
export async function createServer(options: HttpOptions): Promise<App> {
  const settings: FastifyServerOptions & { https?: HttpOptions["tls"] } = {
    logger: false,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    genReqId: () => randomUUID(),
    trustProxy: [...options.proxies],
    routerOptions: { maxParamLength: 300 },
    // Whoever keeps a connection open without asking anything is not waited for when the server closes.
    forceCloseConnections: "idle",
    return503OnClosing: true,
    ...(options.tls ? { https: options.tls } : {}),
  };
  const app = Fastify(settings as FastifyServerOptions).withTypeProvider<TypeBoxTypeProvider>() as App;
  app.setValidatorCompiler(strictValidator);
  app.setErrorHandler(answerErrors(options.log));
  app.setNotFoundHandler(answerNotFound);
  app.addHook("onRoute", requireResponseSchemas);

  await addSecurityHeaders(app, options);
  await app.register(cookie);
  const limits = await createLimits(app);
  const stopping = new AbortController();
  const { mailer, publicUrl, organisation } = options;
  const sender = mailer && { mailer, publicUrl, organisation };
  const posting = createPosting(options.parts, sender, options.log);
  app.addHook("onClose", () => posting.close());
  const context: HttpContext = { ...options, limits, sender, posting, stopping: stopping.signal };
  app.addHook("preClose", async () => stopping.abort());
  app.addHook("onRequest", async (request, reply) => {
    requireOwnOrigin(request, options.publicUrl);
    await limits.count("any", request, reply);
    const { limit } = request.routeOptions.config;
    if (limit !== undefined) await limits.count(limit, request, reply);
  });
  app.addHook("preSerialization", async (request, _, payload) => {
    request.serialised = true;
    return payload;
  });
  app.addHook("onSend", async (request, reply, payload) => refuseUnserialised(request, reply, payload));
  app.addHook("onResponse", async (request, reply) => logAnswer(options.log, request, reply));
  app.decorateRequest("serialised", false);
  app.decorateRequest("device", null);

  await sandboxMarks(app, context);
  healthRoutes(app, context);
  metricsRoutes(app, context);
  anybodyRoutes(app, context);
  galleryRoutes(app, context);
  logRoutes(app, context);
  await personRoutes(app, context);
  if (options.staff) await apiRoutes(app, context, await staffRoutes(app, context, options.staff));
  await addPages(app, context);
  return app;
}

/** Text that says it is JSON but went past the schemas: whoever wrote the route has serialised it by hand. */
function refuseUnserialised(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  const type = String(reply.getHeader("content-type") ?? "");
  const byHand = typeof payload === "string" && payload !== "" && !request.serialised;
  if (byHand && type.includes("json") && request.routeOptions.config.open === undefined) {
    throw new AssentError("internal", "an answer was not serialised by its schema");
  }
  return payload;
}

function logAnswer(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  log.info(
    {
      request: request.id,
      method: request.method,
      route: request.routeOptions.url ?? "none",
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    },
    "answered",
  );
}
