import { createReadStream, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

/** A made-up server under the built pages. `set` says what it answers from now on: the usual, but for what is named. */
export interface Fake<Scenario> {
  readonly url: string;
  readonly set: (change: Partial<Scenario>) => void;
  readonly close: () => Promise<void>;
}

/** Answers one question to `/api/`, its body read. */
type Answer<Scenario> = (
  asked: { readonly method: string; readonly url: URL },
  response: ServerResponse,
  scenario: Scenario,
) => Promise<void> | void;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
/** The policy of the real pages. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/** Serves `dist` and the made-up answers on the loopback address, on a free port or on `port`. */
export async function startMock<Scenario extends object>(
  dist: string,
  usual: Scenario,
  answer: Answer<Scenario>,
  port = 0,
): Promise<Fake<Scenario>> {
  let scenario = usual;
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (!/^\/(api|\.well-known)\//.test(url.pathname)) return sendFile(response, dist, url.pathname);
    for await (const _ of request);
    if (request.method !== "GET" && request.headers["x-assent"] !== "1") return problem(response, 403);
    await answer({ method: request.method ?? "GET", url }, response, scenario);
  };
  const server = createServer((request, response) => {
    response.setHeader("content-security-policy", POLICY);
    respond(request, response).catch(() => {
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((ready) => {
    server.listen(port, "127.0.0.1", ready);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    set: (change) => {
      scenario = { ...usual, ...change };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => {
        server.close(done);
      });
    },
  };
}

/** What was made, as the server would send it: null for 204, a number for a problem of that status, undefined for 404. */
export function send(response: ServerResponse, made: object | number | null | undefined): void {
  if (made === undefined) return problem(response, 404);
  if (typeof made === "number") return problem(response, made);
  if (made === null) {
    response.writeHead(204).end();
    return;
  }
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(made));
}

export function sendJpeg(response: ServerResponse, jpeg: Buffer): void {
  response.writeHead(200, { "content-type": "image/jpeg", "cache-control": "no-store" });
  response.end(jpeg);
}

const CODES: Readonly<Record<number, string>> = {
  401: "signed-out",
  404: "not-found",
  403: "refused",
  429: "too-often",
};

function problem(response: ServerResponse, status: number): void {
  const code = CODES[status] ?? "internal";
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(
    JSON.stringify({
      type: `urn:assent:error:${code}`,
      title: "Refused",
      status,
      code,
      detail: "this is what the server says",
      remedy: "And this is what to do.",
    }),
  );
}

function sendFile(response: ServerResponse, dist: string, path: string): void {
  const asset = path.startsWith("/assets/");
  const name = join(
    dist,
    asset ? normalize(path) : path.startsWith("/staff") ? "staff/index.html" : "person/index.html",
  );
  if (!name.startsWith(dist) || !existsSync(name)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" });
  createReadStream(name).pipe(response);
}
