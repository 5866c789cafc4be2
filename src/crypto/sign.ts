import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { calculateJwkThumbprint, CompactSign, compactVerify, importJWK } from "jose";
import { AssentError } from "../core/index.ts";

/** A public Ed25519 key (RFC 8037) with its RFC 7638 thumbprint. */
export interface PublicKey {
  readonly kid: string;
  readonly jwk: { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string };
}

export interface JwsHeader {
  readonly alg: "EdDSA";
  readonly kid: string;
  readonly typ: string;
}

export type Verification =
  | {
      readonly valid: true;
      readonly payload: Readonly<Record<string, unknown>>;
      readonly header: JwsHeader;
      readonly kid: string;
    }
  | { readonly valid: false; readonly reason: string };

/** Longer text is refused before it is parsed; the largest receipts have some kilobytes. */
const MAX_LENGTH = 1_000_000;

/** PKCS #8 around an Ed25519 seed (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** The public half of a 32-byte Ed25519 seed. */
export async function publicKeyOf(seed: Uint8Array): Promise<PublicKey> {
  const { x } = createPublicKey(privateKeyOf(seed)).export({ format: "jwk" });
  if (typeof x !== "string") throw new AssentError("internal", "an Ed25519 key has no public half");
  const jwk = { kty: "OKP", crv: "Ed25519", x } as const;
  return { kid: await calculateJwkThumbprint(jwk, "sha256"), jwk };
}

/**
 * Signs as one compact JWS (RFC 7515) with the header `{"alg":"EdDSA","kid":…,"typ":…}` and the payload in the form that
 * JSON.stringify gives it. Errors: `internal` where the payload is not an object that survives JSON.
 */
export async function signWith(seed: Uint8Array, payload: object, typ: string): Promise<string> {
  const text = JSON.stringify(payload);
  if (!isPlainJson(text)) throw new AssentError("internal", "only a JSON object can be signed");
  const { kid } = await publicKeyOf(seed);
  return new CompactSign(Buffer.from(text, "utf8"))
    .setProtectedHeader({ alg: "EdDSA", kid, typ } satisfies JwsHeader)
    .sign(privateKeyOf(seed));
}

/**
 * Checks that a text is exactly one compact JWS of one of the given keys and types; never throws over the text.
 * Strict, so that one statement has one form: no other characters around it, base64url in its only spelling, the three
 * header members in their order and no others, the payload a JSON object as JSON.stringify writes it (no spaces, no member
 * twice). The caller may cut one newline from the end of a file, and nothing else.
 */
export async function verifyCompact(
  text: string,
  publicKeys: readonly PublicKey[],
  types: readonly string[],
): Promise<Verification> {
  if (text.length > MAX_LENGTH) return invalid("too long for a signed statement");
  const parts = text.split(".");
  const [headerPart, payloadPart, signaturePart] = parts;
  if (
    parts.length !== 3 ||
    headerPart === undefined ||
    payloadPart === undefined ||
    signaturePart === undefined
  ) {
    return invalid("not a compact JWS: three parts joined by dots are expected");
  }
  const headerText = decodeText(headerPart);
  const payloadText = decodeText(payloadPart);
  if (headerText === undefined || payloadText === undefined || decodeBytes(signaturePart)?.length !== 64) {
    return invalid("not a compact JWS: a part is not base64url, not text, or not of the right length");
  }
  const header = parseHeader(headerText);
  if (!header) return invalid("the header is not exactly alg EdDSA, kid and typ");
  if (!types.includes(header.typ)) return invalid("a statement of another type");
  if (!isPlainJson(payloadText)) return invalid("the payload is not a JSON object in its plain form");

  const jwk = await keyWithThumbprint(header.kid, publicKeys);
  if (!jwk) return invalid("unknown signer");
  try {
    await compactVerify(text, await importJWK(jwk, "EdDSA"), { algorithms: ["EdDSA"] });
  } catch {
    return invalid("the signature does not match");
  }
  const payload = JSON.parse(payloadText) as Record<string, unknown>;
  return { valid: true, payload, header, kid: header.kid };
}

/** Ed25519 over some bytes (RFC 8032), 64 bytes, and the key's public half, 32 bytes. What the bytes mean is the caller's care. */
export function signBytes(
  seed: Uint8Array,
  bytes: Uint8Array,
): { readonly signature: Uint8Array; readonly publicKey: Uint8Array } {
  const key = privateKeyOf(seed);
  return {
    signature: sign(null, bytes, key),
    publicKey: rawPublicKey(createPublicKey(key).export({ format: "jwk" })),
  };
}

/** Whether an Ed25519 signature is that of the bytes; false too for a key or signature that is none. */
export function verifyBytes(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    const x = Buffer.from(publicKey).toString("base64url");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    return verify(null, bytes, key, signature);
  } catch {
    return false;
  }
}

/** The 32 bytes of a public key in JWK form. */
export function rawPublicKey(jwk: { readonly x?: string }): Uint8Array {
  return Buffer.from(jwk.x ?? "", "base64url");
}

function invalid(reason: string): Verification {
  return { valid: false, reason };
}

function privateKeyOf(seed: Uint8Array) {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  try {
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  } finally {
    der.fill(0);
  }
}

/** The thumbprint is computed, not read beside the key, so that a list cannot give one key the name of another. */
async function keyWithThumbprint(
  kid: string,
  keys: readonly PublicKey[],
): Promise<PublicKey["jwk"] | undefined> {
  for (const { jwk } of keys) if ((await calculateJwkThumbprint(jwk, "sha256")) === kid) return jwk;
  return undefined;
}

function parseHeader(text: string): JwsHeader | undefined {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null) return undefined;
  const { alg, kid, typ } = value as Record<string, unknown>;
  if (alg !== "EdDSA" || typeof kid !== "string" || typeof typ !== "string") return undefined;
  return JSON.stringify({ alg, kid, typ }) === text ? { alg, kid, typ } : undefined;
}

/** A JSON object, written as JSON.stringify writes it. */
function isPlainJson(text: string | undefined): text is string {
  if (text === undefined) return false;
  const value = parseJson(text);
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && JSON.stringify(value) === text
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined unless the text is the one base64url spelling of its bytes: the last character has bits to spare. */
function decodeBytes(part: string): Uint8Array | undefined {
  const bytes = Buffer.from(part, "base64url");
  return bytes.toString("base64url") === part ? bytes : undefined;
}

function decodeText(part: string): string | undefined {
  const bytes = decodeBytes(part);
  if (!bytes) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
