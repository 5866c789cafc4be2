import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Says by a digest what a GET answers, and answers 304 to who has it already (RFC 9110, 8.8.3 and 13.1.2). What is answered is
 * made each time, so that nobody is told of something that is there no more.
 */
export async function answerIfChanged(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const reads = request.method === "GET" || request.method === "HEAD";
  if (!reads || reply.statusCode !== 200) return payload;
  if (typeof payload !== "string" && !(payload instanceof Uint8Array)) return payload;
  const etag = `"${createHash("sha256").update(payload).digest("base64url").slice(0, 27)}"`;
  reply.header("etag", etag);
  // May be kept by its reader, who asks each time whether it still is so.
  reply.header("cache-control", "private, no-cache");
  const known = request.headers["if-none-match"]?.split(",").map((one) => one.trim().replace(/^W\//, ""));
  if (known === undefined || !(known.includes(etag) || known.includes("*"))) return payload;
  reply.code(304).removeHeader("content-type").removeHeader("content-length");
  return null;
}
