import { pino, type DestinationStream, type Logger } from "pino";
import { AssentError } from "../core/index.ts";

export type Log = Logger;

/**
 * All that a line of the log may hold besides its time, level and message. Everything else is dropped, because a log is
 * copied, kept and read by people who were never asked: no address, no query, no path with an id or a secret in it
 * (`route` is the pattern that was written in the code), no header, no name. Messages are literals of ours.
 */
const KEPT = new Set(["method", "route", "status", "ms", "request", "code", "error", "at", "count", "state"]);

/**
 * One JSON line an event, on the standard error unless told: the standard output is for answers. Fastify's own logger is
 * off: it writes addresses and queries.
 */
export function createLog(destination?: DestinationStream): Log {
  const options = {
    base: null,
    level: "info",
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (line: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(line).filter(([key]) => KEPT.has(key))),
    },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  return pino(options, destination ?? pino.destination(2));
}

/**
 * An error as the log may know it: its kind and the places in our code, never its message, which may quote a value (the
 * database's do).
 */
export function errorFacts(error: unknown): { error: string; code?: string; at?: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = error instanceof AssentError ? error.code : (error as { code?: unknown }).code;
  const frames = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
    .slice(0, 12);
  return {
    error: error.name,
    ...(typeof code === "string" && /^[\w-]{1,40}$/.test(code) ? { code } : {}),
    at: frames,
  };
}
