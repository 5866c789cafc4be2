import type { ServerResponse } from "node:http";
import { join } from "node:path";
import {
  BROWSED,
  COLLECTION,
  GALLERY,
  GALLERY_PICTURES,
  KEYS,
  LOOKS,
  me,
  PHOTOS,
  RECEIPT,
  SHOWN,
  id,
  welcome,
} from "./data.ts";
import { draw, scene } from "./drawing.ts";
import { type Fake, send, sendJpeg, startMock } from "./mock.ts";

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
  readonly waiting?: boolean;
  readonly textChanged?: boolean;
  readonly ofAge?: boolean;
  /** Nothing happened lately that the person must know. */
  readonly quiet: boolean;
  /** Whether they may be written to, at an address that is confirmed or not. */
  readonly address: "none" | "waiting" | "confirmed";
  /** What there is to see. `looking` never finishes. */
  readonly photos: "all" | "none" | "looking";
  /** Which instruction the camera page stands at, or how the challenge ends. */
  readonly challenge:
    "look-straight" | "turn-left" | "closer" | "to-the-light" | "passed" | "frozen" | "refused";
  readonly onSite?: boolean;
  /** Every question is answered with this status. */
  readonly trouble: number | null;
  readonly receiptValid: boolean;
  /** Nobody is recognised by their face. */
  readonly matchingOff?: boolean;
  /** The code of the day that was typed is not today's. */
  readonly wrongCode?: boolean;
  /** They refused to be found. */
  readonly findMe?: boolean;
  /** The instance sends no e-mail. */
  readonly mail?: boolean;
  /** Everything has happened that there is a word for. */
  readonly everyNotice?: boolean;
  /** What became of a gallery's link, where it is not the usual. */
  readonly gallery?: "gone" | "empty" | "changed";
}

export const USUAL: Scenario = {
  invitation: "public",
  signedIn: true,
  enrolment: "live",
  guardian: false,
  quiet: false,
  address: "none",
  photos: "all",
  challenge: "look-straight",
  trouble: null,
  receiptValid: true,
};

const CODE = "7XK2-0M9Q-ZZ4T-31WV";

/** Serves `dist` and the made-up answers on the loopback address, on a free port or on `port`. */
export async function startFake(dist: string, port = 0): Promise<Fake<Scenario>> {
  return await startMock(dist, USUAL, answer, port);
}

async function answer(
  { method, url }: { readonly method: string; readonly url: URL },
  response: ServerResponse,
  scenario: Scenario,
): Promise<void> {
  if (scenario.trouble !== null) return send(response, scenario.trouble);
  const path = url.pathname.replace("/api/person", "");
  const open =
    ["/open", "/join", "/link", "/recovery", "/address"].includes(path) ||
    path.startsWith("/recover") ||
    url.pathname === path;
  if (!open && !scenario.signedIn) return send(response, 401);
  const picture = /^\/photos\/([^/]+)\/picture$/.exec(path)?.[1];
  if (picture !== undefined) return sendPicture(response, picture, url.searchParams.get("size") === "small");
  if (path.startsWith("/api/renditions/")) return sendPicture(response, id(4, 31), false);
  const linked = /^\/api\/gallery\/pictures\/([^/]+)(\/small)?$/.exec(path);
  if (linked?.[1] !== undefined) return sendPicture(response, linked[1], linked[2] !== undefined);
  if (path === "/search") return search(response, scenario);
  send(response, json(`${method} ${path}`, scenario));
}

/** The answer's body; null for 204, a number for a problem of that status, undefined where there is no such path. */
function json(asked: string, scenario: Scenario): object | number | null | undefined {
  switch (asked) {
    case "POST /open":
      return scenario.invitation === "gone"
        ? 404
        : welcome(scenario.invitation, scenario.signedIn, scenario.matchingOff === true);
    case "POST /join":
      if (scenario.wrongCode === true) return 403;
      return {
        person: id(6, 1),
        collection: COLLECTION,
        recoveryCode: CODE,
        receipt: RECEIPT,
        findMe: true,
        waiting: false,
      };
    case "POST /recover":
    case "POST /recovery-code":
      return { recoveryCode: CODE };
    case "GET /recovery":
      return { byMail: scenario.mail !== false };
    case "GET /me":
      return me(scenario);
    case "GET /photos":
      return {
        photos:
          scenario.photos === "none"
            ? []
            : PHOTOS.slice(0, scenario.photos === "looking" ? 5 : undefined).map((one) => one.photo),
        next: null,
      };
    case "GET /browse":
      return scenario.photos === "none" ? { photos: [], next: null } : BROWSED;
    case "GET /looks":
      return scenario.photos === "none" ? { looks: [] } : LOOKS;
    case "GET /shown":
      return scenario.photos === "none" ? { disclosures: [] } : SHOWN;
    case "POST /faces/confirm":
      return { confirmed: 6 };
    case "PUT /consents":
      return { receipt: RECEIPT, stoppedMs: 14, erasedMs: 1840 };
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
        erasedMs: 2310,
        leftEarlier: 3,
      };
    case "GET /.well-known/assent-keys.json":
      return KEYS;
    case "POST /api/verify":
      return {
        valid: scenario.receiptValid,
        reason: scenario.receiptValid ? "" : "the signature does not fit",
      };
    case "POST /api/gallery/open":
      return scenario.gallery === "gone"
        ? 404
        : { ...GALLERY, changed: scenario.gallery === "changed" ? 2 : 0 };
    case "GET /api/gallery/state":
      return { version: "one", changed: scenario.gallery === "changed" ? 2 : 0 };
    case "GET /api/gallery/pictures":
      return { pictures: scenario.gallery === "empty" ? [] : GALLERY_PICTURES, next: null };
    case "POST /api/receipts/claim":
      return { receipt: RECEIPT };
    case "POST /api/requests":
      return { request: id(9, 1), dueAt: "2026-07-20T00:00:00Z", suspended: 1 };
  }
  if (/^POST \/faces\/[^/]+\/claim$/.test(asked)) return { state: "open" };
  if (
    /^(POST \/faces\/[^/]+\/answer|DELETE \/(devices|passkeys)\/[^/]+|POST \/(link|sign-out|notices\/seen|recover\/mail|recover\/link|address|address\/message))$/.test(
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

function search(response: ServerResponse, scenario: Scenario): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const send = (event: string, data: object) =>
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  if (scenario.photos === "looking") {
    send("progress", { looked: 312, of: 2000, found: 5 });
    return;
  }
  const looked = scenario.enrolment === "live" ? 2000 : 0;
  send("done", { looked, of: looked, found: scenario.photos === "none" ? 0 : 9 });
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
  sendJpeg(response, await jpeg);
}

if (import.meta.main) {
  const { url } = await startFake(join(import.meta.dirname, "../../dist"), 4173);
  console.log(`The pages with made-up data: ${url}/join#made-up-secret and ${url}/me`);
}
