import { timingSafeEqual } from "node:crypto";
import { Type } from "@fastify/type-provider-typebox";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { AssentError } from "../core/index.ts";
import { GAUGES } from "../flows/index.ts";
import type { App, HttpContext } from "./context.ts";
import { PROBLEMS } from "./problem.ts";

/** Seconds; a picture of a photo takes a quarter, a page of the contact sheet a few. */
const BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

const SENT = { "2xx": Type.String(), ...PROBLEMS };

/**
 * What whoever runs the instance watches, in the text form of Prometheus: counts and times, by route and never by address,
 * account or person. Only with a token and only for whoever has it: how much goes on is nobody else's business. Errors:
 * `not-found` without the token, as if there were no such page.
 */
export function metricsRoutes(
  app: App,
  { parts, metricsToken }: Pick<HttpContext, "parts" | "metricsToken">,
): void {
  if (metricsToken === undefined) return;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "assent_http_requests_total",
    help: "Requests answered, by route, method and status.",
    labelNames: ["method", "route", "status"] as const,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "assent_http_request_seconds",
    help: "Seconds until a request was answered whole, by route.",
    labelNames: ["route"] as const,
    buckets: BUCKETS,
    registers: [registry],
  });
  for (const one of GAUGES) {
    const gauge: Gauge = new Gauge({
      name: one.name,
      help: one.help,
      registers: [registry],
      async collect() {
        gauge.set(await one.read(parts.db, parts.clock.now()));
      },
    });
  }
  app.addHook("onResponse", async (request, reply) => {
    // Of what is not there the address is not a label: strangers could make as many as they like.
    const route = request.routeOptions.url ?? "none";
    requests.inc({ method: request.method, route, status: reply.statusCode });
    seconds.observe({ route }, reply.elapsedTime / 1000);
  });
  app.get("/metrics", { config: { sends: "file" }, schema: { response: SENT } }, async (request, reply) => {
    if (!isToken(request.headers.authorization, metricsToken)) {
      throw new AssentError("not-found", "there is nothing here");
    }
    reply.header("cache-control", "no-store");
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

/** In constant time, whatever comes. */
function isToken(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header?.startsWith("Bearer ") === true ? header.slice(7) : "");
  const wanted = Buffer.from(token);
  const same = given.length === wanted.length ? given : Buffer.alloc(wanted.length);
  return timingSafeEqual(same, wanted) && given.length === wanted.length;
}
