import { timingSafeEqual } from "node:crypto";
import { Type } from "@fastify/type-provider-typebox";
import { sql } from "kysely";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { AssentError } from "../core/index.ts";
import { workersOf, type Db } from "../db/index.ts";
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

interface Watched {
  readonly name: string;
  readonly help: string;
  read(db: Db, now: Date): Promise<number>;
}

const counted = async (query: ReturnType<typeof sql<{ n: number }>>, db: Db): Promise<number> =>
  (await query.execute(db)).rows[0]?.n ?? 0;

const GAUGES: readonly Watched[] = [
  {
    name: "assent_photos_waiting",
    help: "Photos that are not looked through yet.",
    read: (db) => counted(sql`select count(*)::int as n from photo where state = 'pending'`, db),
  },
  {
    name: "assent_workers",
    help: "Processes that do what is to be done.",
    read: workersOf,
  },
  {
    name: "assent_jobs_open",
    help: "Jobs that wait or go on.",
    read: (db) => counted(sql`select count(*)::int as n from job where state in ('waiting', 'running')`, db),
  },
  {
    name: "assent_jobs_failed",
    help: "Jobs that failed and were not gone on with.",
    read: (db) => counted(sql`select count(*)::int as n from job where state = 'failed'`, db),
  },
  {
    name: "assent_jobs_still_seconds",
    help: "For how long the open job that stands still longest has not moved; 0 where none is open.",
    read: (db, now) =>
      counted(
        sql`select coalesce(greatest(0, extract(epoch from ${now} - min(moved_at))), 0)::float8 as n from job
          where state in ('waiting', 'running')`,
        db,
      ),
  },
  {
    name: "assent_pending",
    help: "Work that a commit left to be done: renditions, keys and files to be destroyed.",
    read: (db) => counted(sql`select count(*)::int as n from pending`, db),
  },
  {
    name: "assent_pending_overdue_seconds",
    help: "By how much the oldest of that work is past its deadline; 0 where none is.",
    read: (db, now) =>
      counted(
        sql`select coalesce(greatest(0, extract(epoch from ${now} - min(deadline))), 0)::float8 as n from pending`,
        db,
      ),
  },
  {
    name: "assent_erasures_unfinished",
    help: "Withdrawals and erasures whose use has stopped and whose traces are not all gone.",
    read: (db) => counted(sql`select count(*)::int as n from erasure where erased_at is null`, db),
  },
  {
    name: "assent_requests_overdue",
    help: "Requests of people past their month.",
    read: (db, now) =>
      counted(sql`select count(*)::int as n from request where state = 'open' and due_at < ${now}`, db),
  },
  {
    name: "assent_log_unsequenced",
    help: "Entries of the transparency log that no signed head covers yet; more than a few for long means a stopped sequencer.",
    read: (db) => counted(sql`select count(*)::int as n from log_waiting`, db),
  },
  {
    name: "assent_letters_waiting",
    help: "Invitations in the outbox.",
    read: (db) => counted(sql`select count(*)::int as n from letter where state = 'waiting'`, db),
  },
  {
    name: "assent_suspended",
    help: "1 while nothing is matched, published or looked up, because a restore left a gap that nobody has accepted.",
    read: (db) =>
      counted(sql`select (exists (select 1 from restoration where state = 'suspended'))::int as n`, db),
  },
];
