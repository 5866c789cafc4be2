import helmet from "@fastify/helmet";
import type { FastifyReply } from "fastify";
import { AssentError } from "../core/index.ts";
import type { App, HttpOptions } from "./context.ts";

/** What browsers may do with our pages: run our own files, show our own pictures, use the camera, and nothing else. */
const FEATURES = [
  "camera=(self)",
  "microphone=()",
  "geolocation=()",
  "payment=()",
  "usb=()",
  "serial=()",
  "bluetooth=()",
  "hid=()",
  "midi=()",
  "display-capture=()",
  "browsing-topics=()",
  "publickey-credentials-create=(self)",
  "publickey-credentials-get=(self)",
].join(", ");

/** Two years, as browsers' preload lists ask. */
const HSTS_SECONDS = 63_072_000;

/**
 * Every answer: a policy without inline scripts or styles and without frames; nothing of a person in a cache; no
 * referrer, since an address may hold a photo's id; no search engine. `img-src` takes `blob:` for pictures about to be
 * shared, `data:` for the placeholder of a picture that has not come yet.
 */
export async function addSecurityHeaders(
  app: App,
  { publicUrl }: Pick<HttpOptions, "publicUrl">,
): Promise<void> {
  const secure = publicUrl.protocol === "https:";
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "blob:", "data:"],
        mediaSrc: ["'self'", "blob:"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        workerSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        ...(secure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: secure ? { maxAge: HSTS_SECONDS, includeSubDomains: false } : false,
    referrerPolicy: { policy: "no-referrer" },
    frameguard: { action: "deny" },
    crossOriginResourcePolicy: { policy: "same-origin" },
    crossOriginOpenerPolicy: { policy: "same-origin" },
  });
  app.addHook("onRequest", async (_, reply) => {
    reply.header("permissions-policy", FEATURES);
    reply.header("x-robots-tag", "noindex, nofollow, noimageindex");
    // Pages and their files say otherwise; an answer that says nothing is personal.
    reply.header("cache-control", "no-store");
  });
}

const NO_FRAMES = "frame-ancestors 'none'";

/** Lets pages of these origins, and of no other, hold the answer in a frame. Nothing changes where there are none. */
export function allowFramesOf(reply: FastifyReply, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const policy = String(reply.getHeader("content-security-policy"));
  if (!policy.includes(NO_FRAMES)) throw new AssentError("internal", "the policy says nothing about frames");
  reply.header("content-security-policy", policy.replace(NO_FRAMES, `frame-ancestors ${origins.join(" ")}`));
  // The older header cannot name an origin.
  reply.raw.removeHeader("x-frame-options");
  reply.removeHeader("x-frame-options");
}
