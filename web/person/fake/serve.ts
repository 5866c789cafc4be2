import { createReadStream, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { BROWSED, COLLECTION, LOOKS, me, PHOTOS, RECEIPT, SHOWN, id, welcome } from "./data.ts";
import { draw, scene } from "./drawing.ts";

/**
 * A MOCK of the server, for looking at the pages and for testing them alone: it answers the contract of
 * src/http/contract/person.ts with made-up data, keeps nothing, signs nothing, recognises nobody. It is not shipped. What
 * the pages do with the real server is shown by the journeys.
 */
export interface Scenario {
  readonly invitation: "public" | "single" | "guardian" | "personal" | "gone";
  readonly signedIn: boolean;
  readonly enrolment: "none" | "provisional" | "live" | "vouched" | "frozen";
  readonly guardian: boolean;
  /** What there is to see. `looking` never finishes. */
  readonly photos: "all" | "none" | "looking";
  /** Which instruction the camera page stands at, or how the challenge ends. */
  readonly challenge:
    "look-straight" | "turn-left" | "closer" | "to-the-light" | "passed" | "frozen" | "refused";
  /** Every question is answered with this status. */
  readonly trouble: number | null;
  readonly receiptValid: boolean;
}

export const USUAL: Scenario = {
  invitation: "public",
  signedIn: true,
  enrolment: "live",
  guardian: false,
  photos: "all",
  challenge: "look-straight",
  trouble: null,
  receiptValid: true,
};

export interface Fake {
  readonly url: string;
  readonly set: (change: Partial<Scenario>) => void;
  readonly close: () => Promise<void>;
}

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

const CODE = "TILLEUL-7K4M-PQ2X-9HVC";

/** Serves `dist` and the made-up answers on the loopback address, on a free port or on `port`. */
export async function startFake(dist: string, port = 0): Promise<Fake> {
  let scenario = USUAL;
  const server = createServer((request, response) => {
    response.setHeader("content-security-policy", POLICY);
    answer(request, response, dist, scenario).catch(() => {
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((ready) => {
    server.listen(port, "127.0.0.1", ready);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    set: (change) => {
      scenario = { ...USUAL, ...change };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => {
        server.close(done);
      });
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  dist: string,
  scenario: Scenario,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (!url.pathname.startsWith("/api/")) return file(response, dist, url.pathname);
  for await (const _ of request);
  if (scenario.trouble !== null) return problem(response, scenario.trouble);
  if (request.method !== "GET" && request.headers["x-assent"] !== "1") return problem(response, 403);
  const path = url.pathname.replace("/api/person", "");
  const open =
    path === "/open" || path === "/join" || path === "/recover" || path === "/link" || url.pathname === path;
  if (!open && !scenario.signedIn) return problem(response, 401);
  const picture = /^\/photos\/([^/]+)\/picture$/.exec(path)?.[1];
  if (picture !== undefined) return sendPicture(response, picture, url.searchParams.get("size") === "small");
  if (path.startsWith("/api/renditions/")) return sendPicture(response, id(4, 31), false);
  if (path === "/search") return search(response, scenario);
  const made = json(`${request.method} ${path}`, scenario);
  if (made === undefined) return problem(response, 404);
  if (made === null) {
    response.writeHead(204).end();
    return;
  }
  if (typeof made === "number") return problem(response, made);
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(made));
}

/** The answer's body; null for 204, a number for a problem of that status, undefined where there is no such path. */
function json(asked: string, scenario: Scenario): object | number | null | undefined {
  switch (asked) {
    case "POST /open":
      return scenario.invitation === "gone" ? 404 : welcome(scenario.invitation);
    case "POST /join":
      return {
        person: id(6, 1),
        collection: COLLECTION,
        recoveryCode: CODE,
        receipt: RECEIPT,
        findMe: true,
      };
    case "POST /recover":
    case "POST /recovery-code":
      return { recoveryCode: CODE };
    case "GET /me":
      return me({ enrolment: scenario.enrolment, guardian: scenario.guardian });
    case "GET /photos":
      return {
        photos:
          scenario.photos === "none"
            ? []
            : PHOTOS.slice(0, scenario.photos === "looking" ? 5 : undefined).map((one) => one.photo),
        next: null,
      };
    case "GET /browse":
      return BROWSED;
    case "GET /looks":
      return scenario.photos === "none" ? { looks: [] } : LOOKS;
    case "GET /shown":
      return scenario.photos === "none" ? { disclosures: [] } : SHOWN;
    case "PUT /consents":
      return { receipt: RECEIPT, stoppedMs: 14, erasedMs: 321 };
    case "POST /challenge":
      return {
        challenge: id(8, 1),
        frameEdge: 960,
        framesPerSecond: 2,
        expiresAt: new Date(Date.now() + 90_000).toISOString(),
      };
    case `POST /challenge/${id(8, 1)}/frame`:
      return frame(scenario.challenge);
    case "POST /leave":
      return {
        receipt: RECEIPT,
        claimCode: "SAULE-3T8N",
        at: "2026-06-21T16:04:07Z",
        stoppedMs: 14,
        erasedMs: 412,
        leftEarlier: 3,
      };
    case "POST /api/verify":
      return {
        valid: scenario.receiptValid,
        reason: scenario.receiptValid ? "" : "the signature does not fit",
      };
    case "POST /api/receipts/claim":
      return { receipt: RECEIPT };
    case "POST /api/requests":
      return { request: id(9, 1), dueAt: "2026-07-20T00:00:00Z", suspended: 1 };
  }
  if (/^POST \/faces\/[^/]+\/claim$/.test(asked)) return { state: "open" };
  if (
    /^(POST \/faces\/[^/]+\/answer|DELETE \/(devices|passkeys)\/[^/]+|POST \/(link|sign-out|notices\/seen))$/.test(
      asked,
    )
  )
    return null;
  return undefined;
}

function frame(at: Scenario["challenge"]): object {
  switch (at) {
    case "passed":
    case "frozen":
      return { state: at };
    case "refused":
      return { state: "refused", reason: "pose-does-not-follow", triesLeft: 4 };
    case "to-the-light":
      return { state: "going-on", prompt: "look-straight", step: 0, steps: 5, advice: at };
    case "look-straight":
    case "turn-left":
    case "closer":
      return { state: "going-on", prompt: at, step: at === "look-straight" ? 0 : 1, steps: 5, advice: "ok" };
  }
}

function problem(response: ServerResponse, status: number): void {
  const codes: Readonly<Record<number, string>> = {
    401: "signed-out",
    404: "not-found",
    403: "refused",
    429: "too-often",
  };
  const code = codes[status] ?? "internal";
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

function search(response: ServerResponse, scenario: Scenario): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const send = (event: string, data: object) =>
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  if (scenario.photos === "looking") {
    send("progress", { looked: 312, of: 2000, found: 5 });
    return;
  }
  send("done", { looked: 2000, of: 2000, found: scenario.photos === "none" ? 0 : 9 });
  response.end();
}

const drawn = new Map<string, Promise<Buffer>>();

async function sendPicture(response: ServerResponse, photo: string, small: boolean): Promise<void> {
  const mine = PHOTOS.find((one) => one.photo.id === photo);
  const seed = mine?.seed ?? Number(photo.slice(-12));
  const key = `${photo} ${small}`;
  const asked = mine?.photo.state === "asked";
  const jpeg =
    drawn.get(key) ??
    draw(
      scene(seed),
      (index) => mine !== undefined && !asked && (index === mine.you || (index + seed) % 3 === 0),
      small ? 480 : 1200,
    );
  drawn.set(key, jpeg);
  response.writeHead(200, { "content-type": "image/jpeg", "cache-control": "no-store" });
  response.end(await jpeg);
}

function file(response: ServerResponse, dist: string, path: string): void {
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

if (import.meta.main) {
  const { url } = await startFake(join(import.meta.dirname, "../../dist"), 4173);
  console.log(`The pages with made-up data: ${url}/join#made-up-secret and ${url}/me`);
}
