/** A receipt as the page shows it. What is read here is checked by nobody: the signature is the server's and the checker's care. */
interface Common {
  readonly id: string;
  /** Of the key that signed it. */
  readonly fingerprint: string;
  /** The log's head that it names. */
  readonly head: { readonly size: number; readonly root: string } | undefined;
}

export interface Answer {
  readonly id: string;
  readonly purpose: string;
  readonly channel: string | null;
  readonly at: string;
  readonly until: string;
  readonly how: string;
  /** As it was shown; a receipt of version 1 lacks it. */
  readonly text: string | undefined;
  readonly language: string;
}

export interface ConsentSaid extends Common {
  readonly kind: "consent";
  readonly issued: string;
  readonly collection: string;
  readonly purpose: string;
  readonly controller:
    | { readonly name: string; readonly contact: string; readonly address?: string; readonly page: string }
    | undefined;
  readonly given: readonly Answer[];
  readonly refused: readonly Answer[];
}

export interface ErasureSaid extends Common {
  readonly kind: "erasure";
  readonly stoppedAt: string;
  readonly erasedAt: string;
  /** Since when the keys are wrapped anew: what was destroyed before opens nothing any more. */
  readonly keysSince: string;
  readonly erased: readonly (readonly [string, number])[];
  readonly stays: readonly { readonly what: string; readonly why: string }[];
  readonly left: readonly (readonly [string, number])[];
  readonly checks: readonly (readonly [string, number])[];
}

/** The members that are read, of both kinds and versions. */
interface Payload {
  readonly jti: string;
  readonly iat: number;
  readonly language: string;
  readonly collection: { readonly name: string; readonly purpose: string };
  readonly consents?: readonly Stated[];
  readonly refused?: readonly Stated[];
  readonly log?: { readonly checkpoint?: string; readonly proof?: string } | null;
  readonly receipt?: {
    readonly "dpv:hasEntity": Readonly<Record<string, string>>;
    readonly "dpv:hasRecordOfActivity": readonly LinkedRecord[];
  };
  readonly stoppedAt: string;
  readonly erasedAt: string;
  readonly keyEpoch: { readonly since: string };
  readonly erased: Readonly<Record<string, number>>;
  readonly stays: ErasureSaid["stays"];
  readonly leftEarlier: readonly { readonly what: string; readonly count: number }[];
  readonly checks: readonly { readonly check: string; readonly residue: number }[];
}
interface Stated {
  readonly consent: string;
  readonly purpose: string;
  readonly channel: string | null;
  readonly at: string;
  readonly until: string;
  readonly givenHow: string;
}
interface LinkedRecord {
  readonly "dct:identifier": string;
  readonly "dpv:hasNotice": { readonly "dct:description": { readonly "@value": string } };
  readonly "dpv:hasConsentControl": { readonly "dpv:isExercisedAt": string };
}

/** Undefined for what is no receipt that this page knows. */
export function readReceipt(jws: string): ConsentSaid | ErasureSaid | undefined {
  try {
    const [header = "", payload = ""] = jws.trim().split(".");
    const { kid, typ } = decode(header) as { readonly kid: string; readonly typ: string };
    const said = decode(payload) as Payload;
    const common = { id: said.jti, fingerprint: kid, head: headOf(said.log) };
    if (typ === "assent-consent+jwt") return { ...common, ...consentOf(said) };
    return typ === "assent-erasure+jwt" ? { ...common, ...erasureOf(said) } : undefined;
  } catch {
    return undefined;
  }
}

function decode(part: string): unknown {
  const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (one) => one.charCodeAt(0))));
}

/** Of a checkpoint, or of the proof that ends with one: size and root are its second and third line. */
function headOf(log: Payload["log"]): Common["head"] {
  const note = log?.checkpoint ?? log?.proof?.split("\n\n").slice(1).join("\n\n");
  const [, size, root] = note?.split("\n") ?? [];
  return size === undefined || root === undefined ? undefined : { size: Number(size), root };
}

function consentOf(said: Payload): Omit<ConsentSaid, keyof Common> {
  const records = said.receipt?.["dpv:hasRecordOfActivity"] ?? [];
  const entity = said.receipt?.["dpv:hasEntity"];
  const answer = (one: Stated): Answer => ({
    id: one.consent,
    purpose: one.purpose,
    channel: one.channel,
    at: one.at,
    until: one.until,
    how: one.givenHow,
    text: records.find((record) => record["dct:identifier"] === one.consent)?.["dpv:hasNotice"][
      "dct:description"
    ]["@value"],
    language: said.language,
  });
  return {
    kind: "consent",
    issued: new Date(said.iat * 1000).toISOString(),
    collection: said.collection.name,
    purpose: said.collection.purpose,
    controller: entity && {
      name: entity["dpv:hasName"] ?? "",
      contact: entity["dpv:hasContact"] ?? "",
      ...(entity["dpv:hasAddress"] === undefined ? {} : { address: entity["dpv:hasAddress"] }),
      page: records[0]?.["dpv:hasConsentControl"]["dpv:isExercisedAt"] ?? "",
    },
    given: (said.consents ?? []).map(answer),
    refused: (said.refused ?? []).map(answer),
  };
}

function erasureOf(said: Payload): Omit<ErasureSaid, keyof Common> {
  return {
    kind: "erasure",
    stoppedAt: said.stoppedAt,
    erasedAt: said.erasedAt,
    keysSince: said.keyEpoch.since,
    erased: Object.entries(said.erased),
    stays: said.stays,
    left: said.leftEarlier.map((one) => [one.what, one.count]),
    checks: said.checks.map((one) => [one.check, one.residue]),
  };
}
