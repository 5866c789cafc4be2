import type { FastifyRequest } from "fastify";
import { AssentError, isLoopback } from "../core/index.ts";

/** Requests that only read; everything else changes something. */
const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A request that changes something comes from our own pages: it carries `x-assent: 1`, which a form or a picture of
 * another site cannot send, and where the browser says whose page asks, it is ours. The cookies are SameSite=Strict
 * besides. Errors: `refused`.
 */
export function requireOwnOrigin(request: FastifyRequest, publicUrl: URL): void {
  // Who asks with a key carries it in a header of the request, which no page of another site can make a browser send.
  if (request.routeOptions.config.asks === "key") return;
  const site = request.headers["sec-fetch-site"];
  const otherSite = site !== undefined && site !== "same-origin" && site !== "none";
  // Reading is for our own pages too, where the browser says whose page asks: no other shows a picture or starts a download.
  if (otherSite && request.routeOptions.url?.startsWith("/api/")) throw foreign(publicUrl);
  if (READS.has(request.method)) return;
  // The accounts' library checks origins by itself, and its clients know nothing of our header.
  const headerNeeded = request.routeOptions.config.open !== "accounts";
  if (headerNeeded && request.headers["x-assent"] !== "1") {
    throw new AssentError("refused", "the request does not come from a page of this server", {
      remedy: "Send the header x-assent: 1.",
    });
  }
  const { origin } = request.headers;
  if (otherSite || (origin !== undefined && !isOurs(origin, publicUrl))) throw foreign(publicUrl);
}

function foreign(publicUrl: URL): AssentError {
  return new AssentError("refused", "the request comes from a page of another site", {
    remedy: `Open ${publicUrl.origin}. If that is not this server's address, whoever runs it sets ASSENT_URL.`,
  });
}

function isOurs(origin: string, publicUrl: URL): boolean {
  if (origin === publicUrl.origin) return true;
  // One machine has several names for itself.
  if (!isLoopback(publicUrl.hostname) || !URL.canParse(origin)) return false;
  const other = new URL(origin);
  return isLoopback(other.hostname) && other.port === publicUrl.port && other.protocol === publicUrl.protocol;
}
