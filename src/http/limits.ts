import { createHash, createHmac, randomBytes } from "node:crypto";
import rateLimit from "@fastify/rate-limit";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AssentError } from "../core/index.ts";
import type { App } from "./context.ts";
import { PERSON_COOKIE } from "./person-cookie.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Carries the secret of a gallery's link once it is open. */
export const GALLERY_HEADER = "x-assent-gallery";

/** How often one address and one device may ask, within a window. A device that is not known yet counts by its address. */
interface Allowance {
  readonly windowMs: number;
  readonly perAddress: number;
  readonly perDevice: number;
}

/**
 * Chosen, not measured. Guests of one event often share one address (the venue's), so addresses may do what a hall of
 * people does; a device may do what one pair of hands does. Secrets have at least 60 random bits: 30 guesses an hour from
 * each of a million addresses for a year hit one in a million years, and the limit is there for the load and the log.
 */
const ALLOWANCES = {
  /** Everything, pictures included: a page of photos is about 60 requests. */
  any: { windowMs: MINUTE_MS, perAddress: 6_000, perDevice: 1_200 },
  /** Opening an invitation: reading what it is. */
  open: { windowMs: HOUR_MS, perAddress: 600, perDevice: 600 },
  /** Joining. A hall of 300 within the hour fits; one device joins once, and twice when something went wrong. */
  join: { windowMs: HOUR_MS, perAddress: 300, perDevice: 10 },
  /** Personal links, which people open again and again, a hall full of them from one address. */
  link: { windowMs: HOUR_MS, perAddress: 300, perDevice: 60 },
  /** What somebody could guess: recovery codes, claim codes, passkeys. */
  secret: { windowMs: HOUR_MS, perAddress: 30, perDevice: 10 },
  /** What makes the server write to somebody. How often one person is written to is counted with the person. */
  mail: { windowMs: HOUR_MS, perAddress: 30, perDevice: 10 },
  /** Beginning a challenge; how many a day a person has is counted with the person. */
  challenge: { windowMs: HOUR_MS, perAddress: 600, perDevice: 20 },
  /** "Hide me": suspends what is public at once, so that one person cannot take a whole gallery off in a minute. */
  request: { windowMs: HOUR_MS, perAddress: 20, perDevice: 20 },
  /** Files with many pictures: each reads the disk for as long as it takes. */
  download: { windowMs: HOUR_MS, perAddress: 200, perDevice: 12 },
  /** Checking receipts: a signature each. */
  verify: { windowMs: MINUTE_MS, perAddress: 60, perDevice: 60 },
  ...forGalleries(),
} as const satisfies Record<string, Allowance>;

/**
 * Chosen, not measured. Of a gallery `perDevice` is what one link does from one address, a family's or a school's, and `perAddress`
 * what it does from everywhere: whoever fetches all of a large gallery at full size waits for hours.
 */
function forGalleries() {
  return {
    /** What is there, asked every four seconds by each page that is open. */
    gallery: { windowMs: HOUR_MS, perAddress: 200_000, perDevice: 20_000 },
    /** Small pictures: a gallery of 1,000 is scrolled through some times. */
    "gallery-small": { windowMs: HOUR_MS, perAddress: 100_000, perDevice: 5_000 },
    /** At full size, to look at or to save. */
    "gallery-picture": { windowMs: HOUR_MS, perAddress: 20_000, perDevice: 400 },
  } as const satisfies Record<string, Allowance>;
}

/** Requests of one API key a minute: chosen, not measured. A key that copies a gallery of 600 pictures takes two minutes for it. */
export const KEY_A_MINUTE = 300;

export type LimitClass = keyof typeof ALLOWANCES;

/** Classes that are counted by the link of a gallery instead of by cookie. */
const BY_LINK: ReadonlySet<string> = new Set(Object.keys(forGalleries()));

export interface Limits {
  /** Counts one request of a class. Errors: `too-often`, with the answer's Retry-After set. */
  count(of: LimitClass, request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Counts one request of an API key, the request's own. Errors: as `count`. */
  countKey(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** As many callers are remembered for each counter; the least recent is forgotten first. */
const REMEMBERED = 50_000;

/**
 * Counters in memory. Addresses are kept as a keyed hash whose key ends with the process, so that neither a memory dump
 * nor a log tells who was here. Allowances can be made smaller by tests.
 */
export async function createLimits(
  app: App,
  allowances: Readonly<Record<LimitClass, Allowance>> = ALLOWANCES,
): Promise<Limits> {
  await app.register(rateLimit, { global: false, cache: REMEMBERED });
  const secret = randomBytes(32);
  const addressOf = (request: FastifyRequest): string =>
    createHmac("sha256", secret).update(rateLimit.normalizeIP(request.ip, 64)).digest("base64url");
  const deviceOf = (request: FastifyRequest): string => {
    const cookie = request.cookies[PERSON_COOKIE];
    return cookie === undefined
      ? addressOf(request)
      : createHash("sha256").update(secret).update(cookie).digest("base64url");
  };
  const keyed = (text: string): string => createHmac("sha256", secret).update(text).digest("base64url");
  const linkOf = (request: FastifyRequest): string =>
    keyed(`link:${String(request.headers[GALLERY_HEADER])}`);
  const linkFrom = (request: FastifyRequest): string => keyed(`${linkOf(request)} ${addressOf(request)}`);
  const counter = (max: number, timeWindow: number, keyGenerator: (request: FastifyRequest) => string) =>
    app.createRateLimit({ max, timeWindow, keyGenerator });
  const counters = Object.fromEntries(
    Object.entries(allowances).map(([name, one]) => [
      name,
      {
        address: counter(one.perAddress, one.windowMs, BY_LINK.has(name) ? linkOf : addressOf),
        device: counter(one.perDevice, one.windowMs, BY_LINK.has(name) ? linkFrom : deviceOf),
      },
    ]),
  ) as Record<LimitClass, Record<"address" | "device", ReturnType<typeof counter>>>;
  const keyCounter = counter(KEY_A_MINUTE, MINUTE_MS, (request) => request.apiKey?.id ?? "");
  const take = async (
    one: ReturnType<typeof counter>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> => {
    const answer = await one(request);
    if (answer.isAllowed || !answer.isExceeded) return;
    reply.header("retry-after", String(answer.ttlInSeconds));
    throw new AssentError("too-often", "this was asked for too many times", {
      remedy: `Try again in ${answer.ttlInSeconds} seconds.`,
    });
  };
  return {
    async count(of, request, reply) {
      const known = BY_LINK.has(of) || request.cookies[PERSON_COOKIE] !== undefined;
      const { address, device } = counters[of];
      for (const one of known ? [device, address] : [address]) await take(one, request, reply);
    },
    countKey: (request, reply) => take(keyCounter, request, reply),
  };
}
