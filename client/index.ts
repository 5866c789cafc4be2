import {
  BASE,
  OPERATIONS,
  type Answer,
  type Asked,
  type Operation,
  type OperationName,
} from "../src/http/contract/api.ts";

/**
 * The typed client of an instance's interface for other programs: one function for each operation of the contract, with what it is
 * given and what it answers. Nothing of the interface is written down here a second time.
 */
export type AssentClient = {
  readonly [N in OperationName]: Call<(typeof OPERATIONS)[N]>;
};

type Call<O extends Operation> =
  // Where everything may be left out, so may the whole.
  Partial<Given<O>> extends Given<O>
    ? (given?: Given<O>) => Promise<Answer<O>>
    : (given: Given<O>) => Promise<Answer<O>>;

/** Ids of the address and the parts of the query side by side; what is sent as `body`. */
type Given<O extends Operation> = Part<Asked<O>["params"]> &
  Part<Asked<O>["query"]> &
  ([Asked<O>["body"]] extends [never] ? unknown : { readonly body: Asked<O>["body"] }) &
  (O extends { readonly repeats: true }
    ? {
        /** The request's Idempotency-Key: repeated with the same body within a day, it is answered as before. */
        readonly repeat?: string;
      }
    : unknown);

type Part<T> = [T] extends [never] ? unknown : Readonly<T>;

export interface ClientOptions {
  /** Of the instance, as people open it: https://photos.example.org. */
  readonly address: string | URL;
  /** Made by an owner at /staff/keys, or by `assent api-key make`. */
  readonly key: string;
  /** In the place of the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Why something was not done, as the instance says it (docs/errors.md lists the codes). */
export class AssentProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string | undefined;
  /** Seconds to wait before it is asked again, of `too-often`. */
  readonly retryAfter: number | undefined;
  constructor(
    says: {
      readonly status: number;
      readonly code: string;
      readonly detail: string;
      readonly remedy?: string;
    },
    retryAfter: number | undefined,
  ) {
    super(says.detail);
    this.name = "AssentProblem";
    this.status = says.status;
    this.code = says.code;
    this.remedy = says.remedy;
    this.retryAfter = retryAfter;
  }
}

/** Errors of each call: AssentProblem for what the instance refuses; those of `fetch` where it cannot be reached. */
export function assentClient(options: ClientOptions): AssentClient {
  const calls = (Object.entries(OPERATIONS) as [OperationName, Operation][]).map(
    ([name, operation]) =>
      [name, (given: Record<string, unknown> = {}) => ask(options, operation, given)] as const,
  );
  return Object.fromEntries(calls) as unknown as AssentClient;
}

/** Every page of a list, each asked for when the one before it was taken. */
export async function* pages<Page extends { readonly next: string | null }>(
  read: (place: { readonly cursor?: string }) => Promise<Page>,
): AsyncGenerator<Page> {
  let place: { readonly cursor?: string } = {};
  for (;;) {
    const page = await read(place);
    yield page;
    if (page.next === null) return;
    place = { cursor: page.next };
  }
}

async function ask(
  { address, key, fetch = globalThis.fetch }: ClientOptions,
  { method, path, query, answer, file }: Operation,
  given: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  // What is in addresses is text, whatever the operation.
  const texts = given as Readonly<Record<string, string | undefined>>;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(texts[name] ?? ""));
  const url = new URL(`${BASE}${filled}`, address);
  for (const name of Object.keys(query?.properties ?? {})) {
    const text = texts[name];
    if (text !== undefined) url.searchParams.set(name, text);
  }
  const sent = file
    ? await asFile(given["body"] as Uint8Array<ArrayBuffer>)
    : "body" in given
      ? { headers: { "content-type": "application/json" }, body: JSON.stringify(given["body"]) }
      : { headers: {}, body: null };
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...sent.headers,
      ...(texts["repeat"] === undefined ? {} : { "idempotency-key": texts["repeat"] }),
    },
    body: sent.body,
  });
  if (!response.ok) throw await problemOf(response);
  if (answer === null) return null;
  return typeof answer === "string" ? new Uint8Array(await response.arrayBuffer()) : response.json();
}

/** Bytes with their digest (RFC 9530), so that none of them is lost on the way. */
async function asFile(body: Uint8Array<ArrayBuffer>) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const base64 = btoa(String.fromCharCode(...digest));
  return {
    headers: { "content-type": "application/octet-stream", "content-digest": `sha-256=:${base64}:` },
    body,
  };
}

async function problemOf(response: Response): Promise<AssentProblem> {
  const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfter = Number.isNaN(wait) ? undefined : wait;
  const { status } = response;
  try {
    const said = (await response.json()) as { status: number; code: string; detail: string; remedy?: string };
    return new AssentProblem({ ...said, status }, retryAfter);
  } catch {
    // A proxy's own page.
    return new AssentProblem({ status, code: "internal", detail: `answered ${status}` }, retryAfter);
  }
}
