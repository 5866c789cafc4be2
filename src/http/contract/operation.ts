import { Type, type Static, type TSchema } from "typebox";
import type { Scope } from "./api-shapes.ts";

/** What an operation is of: see http/access.ts. `self`: every key may. */
type Of = "self" | "instance" | "some" | "collection" | "request" | "webhook";

export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, with `{name}` for what `params` names. */
  readonly path: string;
  /** One sentence. */
  readonly says: string;
  /** Words of the house by which the document groups operations. */
  readonly about: string;
  readonly scope: Static<typeof Scope> | null;
  readonly of: Of;
  readonly params?: ReturnType<typeof Type.Object>;
  readonly query?: ReturnType<typeof Type.Object>;
  readonly body?: ReturnType<typeof Type.Object>;
  /** In the place of a body: the bytes of a file, with their Content-Digest. */
  readonly file?: true;
  /** `null`: 204, without a body; `image/jpeg`: bytes. */
  readonly answer: TSchema | null | "image/jpeg";
  /** Takes an Idempotency-Key. */
  readonly repeats?: true;
  /** Bytes of the largest body; the server's usual limit unless given. */
  readonly largest?: number;
}

type Part<O, Name extends string> = O extends { readonly [K in Name]: infer S extends TSchema }
  ? Static<S>
  : never;
/** What an operation is given. */
export interface Asked<O extends Operation> {
  readonly params: Part<O, "params">;
  readonly query: Part<O, "query">;
  readonly body: O extends { readonly file: true } ? Uint8Array<ArrayBuffer> : Part<O, "body">;
}
/** What it answers. */
export type Answer<O extends Operation> = O["answer"] extends null
  ? null
  : O["answer"] extends string
    ? Uint8Array
    : O["answer"] extends TSchema
      ? Static<O["answer"]>
      : never;
