import { AssentError, isPrivateWay } from "../core/index.ts";

/** A provider that does not answer must not hold up a sign-in for longer than somebody waits. */
const TIMEOUT_MS = 10_000;
/** Of what it says about itself, its keys, a token, a person: some kilobytes each. */
const MOST_BYTES = 1_000_000;

/**
 * Asks the OpenID provider that the owner has configured, and nobody else: the one place of the accounts that opens a socket outwards.
 * By https, or by http on this very machine; redirects are not followed. Answers the JSON. Errors: `refused`, without what was sent or answered.
 */
export async function askProvider(
  url: URL,
  request: {
    readonly method?: "POST";
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } = {},
): Promise<Readonly<Record<string, unknown>>> {
  if (!isPrivateWay(url)) throw failed("its address is neither https nor of this machine");
  let answer: Response;
  let text: string;
  try {
    // oxlint-disable-next-line no-restricted-globals -- Single sign-on: a socket to the provider that the owner names, decision 0028.
    answer = await fetch(url, {
      method: request.method ?? "GET",
      headers: { accept: "application/json", ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await readText(answer);
  } catch {
    throw failed("it does not answer");
  }
  if (!answer.ok) throw failed(`it answers with status ${answer.status}`);
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === "object" && read !== null) return read as Readonly<Record<string, unknown>>;
  } catch {
    // As below.
  }
  throw failed("its answer is no JSON");
}

async function readText(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.byteLength;
    if (bytes > MOST_BYTES) throw new Error("too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function failed(why: string): AssentError {
  return new AssentError("refused", `the organisation's sign-in cannot be used: ${why}`, {
    remedy: "Try again; whoever runs this instance checks ASSENT_OIDC_ISSUER.",
  });
}
