import { Type, type TObject } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import { keepAnswer, keptAnswer, type KeptAnswer } from "../../accounts/index.ts";
import { isUniqueViolation, type Trx } from "../../db/index.ts";
import type { HttpContext } from "../context.ts";
import type { Operation } from "../contract/api.ts";
import { DigestHeader, isFile } from "./sent-file.ts";

/** RFC 6750, 2.1. */
export const BEARER = /^bearer +(\S{1,200})$/i;

const RepeatHeader = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      pattern: "^[\\x21-\\x7e]{8,100}$",
      description:
        "A name of your own for this request: repeated with the same body within 24 hours, it is answered as before.",
    }),
  ),
});

/** What an operation reads of the headers. */
export function headersOf({ repeats, file }: Pick<Operation, "repeats" | "file">): TObject {
  return Type.Object({
    ...(file ? DigestHeader.properties : {}),
    ...(repeats ? RepeatHeader.properties : {}),
  });
}

/**
 * Does what is asked once, however often it is asked under the same Idempotency-Key. `act` is given what writes the answer down in
 * the transaction of what it does. Errors: `conflict` where the name was given to another request.
 */
export async function once<T>(
  { parts }: Pick<HttpContext, "parts">,
  request: FastifyRequest,
  act: (keep: (trx: Trx, answer: T) => Promise<void>) => Promise<T>,
): Promise<T> {
  const { db, clock } = parts;
  const named = namedRequest(request);
  if (named === null) return act(async () => undefined);
  const before = await keptAnswer(db, named, clock);
  if (before !== undefined) return before as T;
  try {
    return await act((trx, answer) => keepAnswer(trx, named, answer, clock));
  } catch (error) {
    // The same request at the same time was faster, and nothing of this one was done.
    const after = isUniqueViolation(error) ? await keptAnswer(db, named, clock) : undefined;
    if (after === undefined) throw error;
    return after as T;
  }
}

function namedRequest(request: FastifyRequest): KeptAnswer | null {
  const repeat = request.headers["idempotency-key"];
  const bearer = BEARER.exec(request.headers.authorization ?? "")?.[1];
  if (typeof repeat !== "string" || bearer === undefined || request.apiKey === null) return null;
  // A file is told by its digest, which was checked before.
  const body = isFile(request.body) ? request.headers["content-digest"] : JSON.stringify(request.body);
  const asked = `${request.method} ${request.url} ${String(body)}`;
  return { apiKey: request.apiKey.id, bearer, repeat, asked };
}
