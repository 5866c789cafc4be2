import { lookup, type LookupAddress } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { PostFailure } from "../db/index.ts";
import { mayReach, reachOf } from "./addresses.ts";

/**
 * The only file from which webhooks leave. One other of the program's own asks outwards by http, for the staff's single sign-on
 * (`src/accounts/ask-provider.ts`); the linter refuses sockets everywhere else.
 */

/** From the look-up of the name to the answer: within the 10 to 30 s that senders commonly give. */
const LIMIT_MS = 10_000;
/** What an answer says is not used; this much is taken so that small ones end in order. */
const MOST_ANSWER = 1024;

export interface PostOrder {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether addresses of this network may be asked. */
  readonly allowPrivate: boolean;
}

export interface Posted {
  /** null: there was no answer. */
  readonly status: number | null;
  readonly failure: PostFailure | null;
  readonly milliseconds: number;
  /** What the answer's Retry-After asks to wait, in milliseconds; null: nothing. */
  readonly retryAfterMs: number | null;
}

export type Post = (order: PostOrder) => Promise<Posted>;

/** Gives the addresses of a name; a test's may change its mind. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

const resolveName: Resolve = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true, verbatim: true }, (error, found) => (error ? reject(error) : resolve(found)));
  });

/** Sends a message once. Never throws: what went wrong is in the answer. */
export function createPost(resolve: Resolve = resolveName, limitMs = LIMIT_MS): Post {
  return async (order) => {
    const started = performance.now();
    const done = (answer: Partial<Posted>): Posted => ({
      status: null,
      failure: null,
      retryAfterMs: null,
      ...answer,
      milliseconds: Math.round(performance.now() - started),
    });
    const url = new URL(order.url);
    const limit = AbortSignal.timeout(limitMs);
    const found = await addressesOf(url, resolve, limit);
    if (found === "time" || found === "name") return done({ failure: found });
    // One that may not be asked among them is the mark of a name that was made to lead elsewhere: then none is.
    const allowed = found.every(({ address }) => mayReach(address, order.allowPrivate));
    const [first] = found;
    if (!allowed || !first) return done({ failure: "address" });
    // Without encryption nothing goes out into the world.
    if (url.protocol === "http:" && reachOf(first.address) !== "private") return done({ failure: "address" });
    return done(await send(url, first, order, limit));
  };
}

async function addressesOf(
  url: URL,
  resolve: Resolve,
  limit: AbortSignal,
): Promise<readonly LookupAddress[] | "name" | "time"> {
  // As the URL standard writes it: 0x7f.1 has become 127.0.0.1 here.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  const tooLate = new Promise<"time">((given) => {
    limit.addEventListener("abort", () => given("time"), { once: true });
  });
  return Promise.race([resolve(host).catch(() => "name" as const), tooLate]);
}

function send(
  url: URL,
  to: LookupAddress,
  { headers, body }: PostOrder,
  signal: AbortSignal,
): Promise<Partial<Posted>> {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const failed = (error: Error): void => resolve({ failure: failureOf(error, signal) });
    const asking = request(
      url,
      {
        method: "POST",
        signal,
        // A connection of its own, to the very address that was checked; the certificate is checked against the name.
        agent: false,
        lookup: pinnedTo(to),
        headers: {
          ...headers,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "user-agent": "Assent-Webhooks",
        },
      },
      (answer) => {
        const status = answer.statusCode ?? null;
        const retryAfterMs = retryAfter(answer.headers["retry-after"]);
        let read = 0;
        const end = (): void => {
          resolve({ status, retryAfterMs });
          asking.destroy();
        };
        answer.on("data", (piece: Buffer) => {
          read += piece.length;
          if (read > MOST_ANSWER) end();
        });
        answer.once("end", end);
        answer.once("error", failed);
      },
    );
    asking.once("error", failed);
    asking.end(body);
  });
}

function pinnedTo({ address, family }: LookupAddress): LookupFunction {
  return (_name, options, given) => {
    if (options.all === true) given(null, [{ address, family }]);
    else given(null, address, family);
  };
}

function failureOf(error: Error, signal: AbortSignal): PostFailure {
  if (signal.aborted) return "time";
  const code = "code" in error ? String(error.code) : "";
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|ERR_TLS|EPROTO/.test(code) ? "certificate" : "connection";
}

/** Whole seconds, or a time (RFC 9110, 10.2.3). */
function retryAfter(header: string | undefined): number | null {
  if (header === undefined) return null;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}
