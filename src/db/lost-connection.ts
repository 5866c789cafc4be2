import { AssentError } from "../core/index.ts";
import { sqlState } from "./transaction.ts";

/** Of PostgreSQL: the server is being stopped, starts, or is out of sessions, memory or disk (class 53, 57, 58). */
const SERVER_STATES = /^(08|53|57P|58)/;
const SOCKET_CODES = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOENT", "ETIMEDOUT"]);

/**
 * The `database-unavailable` error for a query that failed because the server could not be reached, was stopped or is
 * full; any other error as it is. Nothing is lost: what had not committed did not happen.
 */
export function withoutServer(error: unknown): unknown {
  const state = sqlState(error);
  const lost =
    (state !== undefined && (SERVER_STATES.test(state) || isSocketError(error, state))) ||
    (error instanceof Error &&
      /Connection terminated|Client has encountered a connection error/.test(error.message));
  if (!lost || error instanceof AssentError) return error;
  const full = state?.startsWith("53") ?? false;
  return new AssentError(
    "database-unavailable",
    full ? "the database server is full" : "the database cannot be reached",
    {
      remedy: full
        ? "Free disk space or sessions of the database server, then start the same command again: it goes on where it was."
        : "See that the database server runs, then start the same command again: it goes on where it was.",
      cause: error,
    },
  );
}

/** On the way to the server, or in the middle of a conversation with it. */
function isSocketError(error: unknown, code: string): boolean {
  if (!(error instanceof Error && "syscall" in error)) return false;
  if (error.syscall === "read" || error.syscall === "write") return code === "ECONNRESET" || code === "EPIPE";
  return error.syscall === "connect" && SOCKET_CODES.has(code);
}
