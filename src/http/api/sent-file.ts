import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Type } from "@fastify/type-provider-typebox";
import { errorCodes, type FastifyRequest } from "fastify";
import { AssentError } from "../../core/index.ts";
import type { App } from "../context.ts";

/** As large as the largest file that a folder import takes. */
const LARGEST_FILE = 1_000_000_000;

/** RFC 9530, 2: what came is what was sent, or it is not taken. */
const SHA_256 = /(?:^|,\s*)sha-256=:([A-Za-z0-9+/]{43}=):/;

export const DigestHeader = Type.Object({
  "content-digest": Type.String({
    pattern: "sha-256=:[A-Za-z0-9+/]{43}=:",
    description: "SHA-256 of the bytes as RFC 9530 writes it: `sha-256=:BASE64:`.",
  }),
});

/** Lets bodies that are files through as they come, to `withSentFile`. */
export function takeFiles(scope: App): void {
  for (const type of ["application/octet-stream", /^image\//]) {
    scope.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
  }
}

export function isFile(body: unknown): body is Readable {
  return body instanceof Readable;
}

/**
 * What a request sends exists as a file, closed to others, for as long as it is used. Errors: `bad-input` where it is not what its
 * digest says, or too large (413), or no file (415).
 */
export async function withSentFile<T>(
  folder: string,
  request: FastifyRequest,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const { body, headers } = request;
  if (!isFile(body)) throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(headers["content-type"] ?? "none");
  if (Number(headers["content-length"] ?? 0) > LARGEST_FILE) {
    throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
  }
  const wanted = SHA_256.exec(String(headers["content-digest"]))?.[1];
  const path = join(folder, `sent-${randomBytes(16).toString("hex")}`);
  const hash = createHash("sha256");
  let size = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      size += piece.length;
      hash.update(piece);
      if (size > LARGEST_FILE) done(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
      else done(null, piece);
    },
  });
  try {
    await pipeline(body, counted, createWriteStream(path, { mode: 0o600, flags: "wx" }));
    if (hash.digest("base64") !== wanted) {
      throw new AssentError(
        "bad-input",
        "what came is not what its digest says: it was cut short or changed",
        { remedy: "Send it again, with the SHA-256 of the very bytes that are sent." },
      );
    }
    return await use(path);
  } finally {
    await rm(path, { force: true });
  }
}
