import { PassThrough } from "node:stream";
import type { TSchema } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Proxies and phones drop a connection that says nothing for half a minute or so. */
const SIGN_OF_LIFE_MS = 15_000;
/** How soon a browser asks again after the connection was lost. */
const RETRY_MS = 2_000;
/** Events waiting for a reader who does not read, in bytes; beyond it the stream ends and the browser asks again. */
const MOST_WAITING = 1_000_000;

/** Server-sent events of one answer. Each kind of event is serialised by its schema, as answers are. */
export interface EventStream<Kind extends string> {
  send(kind: Kind, value: Readonly<Record<string, unknown>>): void;
  end(): void;
  /** Aborted when the reader has gone, or the server closes. */
  readonly closed: AbortSignal;
}

/**
 * Begins to answer with events. The handler returns `reply` right after, and the stream lives until `end`, until the reader
 * goes, or until the server closes.
 */
export function openEventStream<Kind extends string>(
  request: FastifyRequest,
  reply: FastifyReply,
  stopping: AbortSignal,
  schemas: Readonly<Record<Kind, TSchema>>,
): EventStream<Kind> {
  const stream = new PassThrough();
  const gone = new AbortController();
  const alive = setInterval(() => stream.write(": \n\n"), SIGN_OF_LIFE_MS);
  const end = (): void => {
    if (gone.signal.aborted) return;
    gone.abort();
    clearInterval(alive);
    stopping.removeEventListener("abort", end);
    stream.end();
  };
  stopping.addEventListener("abort", end);
  request.raw.once("close", end);
  reply.raw.once("close", end);
  stream.once("error", end);
  const serialise = Object.fromEntries(
    Object.entries(schemas).map(([kind, schema]) => [
      kind,
      reply.compileSerializationSchema(schema as Record<string, unknown>),
    ]),
  );
  stream.write(`retry: ${RETRY_MS}\n\n`);
  void reply.header("content-type", "text/event-stream").header("x-accel-buffering", "no").send(stream);
  return {
    closed: gone.signal,
    end,
    send(kind, value) {
      if (gone.signal.aborted) return;
      stream.write(`event: ${kind}\ndata: ${serialise[kind]?.(value) ?? "null"}\n\n`);
      if (stream.writableLength > MOST_WAITING) end();
    },
  };
}
