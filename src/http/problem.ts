import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { AssentError, type ErrorCode } from "../core/index.ts";
import { withoutServer } from "../db/index.ts";
import { Problem } from "./contract/problem.ts";
import { errorFacts, type Log } from "./log.ts";

/**
 * The status of each code. `ours` are defects and failures of the instance: their messages speak of folders, servers and
 * rows to whoever runs it, so they go to the log's reader and the caller is told nothing but the code.
 */
const STATUS: Readonly<Record<ErrorCode, { readonly status: number; readonly ours?: true }>> = {
  "bad-input": { status: 400 },
  "signed-out": { status: 401 },
  "no-consent": { status: 403 },
  refused: { status: 403 },
  "not-found": { status: 404 },
  conflict: { status: 409 },
  exists: { status: 409 },
  "review-needed": { status: 409 },
  "several-faces": { status: 422 },
  "no-face": { status: 422 },
  "poor-face": { status: 422 },
  "unreadable-picture": { status: 422 },
  "unsupported-picture": { status: 422 },
  "too-often": { status: 429 },
  "key-gone": { status: 500, ours: true },
  "instance-mismatch": { status: 500, ours: true },
  "model-pack": { status: 500, ours: true },
  signature: { status: 500, ours: true },
  internal: { status: 500, ours: true },
  "database-unavailable": { status: 503, ours: true },
  suspended: { status: 503 },
  "mail-failed": { status: 503, ours: true },
  "instance-busy": { status: 503, ours: true },
  interrupted: { status: 503, ours: true },
  "storage-failed": { status: 503, ours: true },
  "worker-failed": { status: 503, ours: true },
};

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Signed out",
  403: "Refused",
  404: "Not found",
  409: "Conflict",
  413: "Too large",
  415: "Kind of content not taken",
  422: "Picture not usable",
  429: "Too often",
};

const PROBLEM_TYPE = "application/problem+json";

/** For every route: answers besides the good ones are problems. */
export const PROBLEMS = { "4xx": Problem, "5xx": Problem } as const;

/** An error as the caller may know it. Whatever is no AssentError is a defect, and leaks nothing. */
export function toProblem(thrown: unknown): Problem {
  const error = withoutServer(thrown);
  if (error instanceof AssentError) {
    const { status, ours } = STATUS[error.code];
    return ours
      ? problem(
          error.code,
          status,
          "The server could not do this.",
          "Try again later; the server's log says more.",
        )
      : problem(error.code, status, error.message, error.remedy);
  }
  const fastify = error as Partial<FastifyError>;
  if (typeof fastify.code === "string" && fastify.code.startsWith("FST_")) {
    const refused = refusedByFastify(fastify);
    if (refused) return refused;
  }
  return problem(
    "internal",
    500,
    "The server could not do this.",
    "Try again later; the server's log says more.",
  );
}

/** What Fastify refuses before a route runs. Its own texts may quote what was sent. */
function refusedByFastify(error: Partial<FastifyError>): Problem | undefined {
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return undefined;
  if (error.validation) {
    const [first] = error.validation;
    const where = `${error.validationContext ?? "request"}${first?.instancePath ?? ""}`;
    const what =
      first?.keyword === "additionalProperties" ? "has a field that is not known" : "has the wrong form";
    return problem(
      "bad-input",
      400,
      `the ${where} ${what}`,
      "Send what the interface describes, and nothing else.",
    );
  }
  if (status === 413) return problem("bad-input", 413, "the request is too large");
  if (status === 415) return problem("bad-input", 415, "this kind of content is not taken here");
  return problem("bad-input", status, "the request cannot be read");
}

function problem(code: ErrorCode, status: number, detail: string, remedy?: string): Problem {
  return {
    type: `urn:assent:error:${code}`,
    title: TITLES[status] ?? (status < 500 ? "Refused" : "Failed"),
    status,
    code,
    detail,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** The one place where errors become answers. What is our fault is logged, without its message. */
export function answerErrors(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const answer = toProblem(error);
    if (answer.status >= 500) {
      log.error(
        { request: request.id, route: request.routeOptions.url ?? "none", ...errorFacts(error) },
        "a request failed",
      );
    }
    return sendProblem(reply, answer);
  };
}

function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  // A page or a file says how long it may be kept before it is known whether it is there.
  reply.header("cache-control", "no-store");
  return reply.code(answer.status).header("content-type", PROBLEM_TYPE).send(answer);
}

export function answerNotFound(_: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, problem("not-found", 404, "there is nothing here"));
}
