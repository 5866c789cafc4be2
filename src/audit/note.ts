import { sameBytes, sha256, verifyBytes } from "../crypto/index.ts";

/**
 * Signed notes, as C2SP signed-note defines them: text, an empty line, and a line for each signature. Types of keys:
 * `log` is Ed25519 over the text (0x01), `witness` a cosignature of a checkpoint with its time (0x04, C2SP tlog-cosignature).
 */
export interface Note {
  /** With its last newline, without the empty line. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  /** 4 bytes; with the name, tells which key. */
  readonly keyId: Uint8Array;
  /** 64 bytes of a log's key; 8 bytes of time and 64 of a witness. */
  readonly signature: Uint8Array;
}

export interface NoteKey {
  readonly name: string;
  readonly type: "log" | "witness";
  /** Ed25519, 32 bytes (RFC 8032). */
  readonly publicKey: Uint8Array;
}

const TYPE_BYTE = { log: 1, witness: 4 } as const satisfies Record<NoteKey["type"], number>;
const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;
/** More than our own log writes; C2SP asks for at least 16. */
const MOST_SIGNATURES = 100;
const LONGEST_NOTE = 100_000;
const DASH = "\u2014";

/** Names have no space and no plus, so that lines and keys can be taken apart again. */
export function isKeyName(name: string): boolean {
  return name !== "" && !/[\p{White_Space}\p{Cc}+]/u.test(name) && name.isWellFormed();
}

/** SHA-256 of name, newline, type and public key; of it the first four bytes. */
export function keyIdOf({ name, type, publicKey }: NoteKey): Uint8Array {
  return sha256(
    Buffer.concat([Buffer.from(`${name}\n`, "utf8"), Uint8Array.of(TYPE_BYTE[type]), publicKey]),
  ).subarray(0, KEY_ID_BYTES);
}

/** The key in one line, as tools of other logs take it: name, id in hexadecimal, type and key in base64, joined by plus. */
export function formatVerifierKey(key: NoteKey): string {
  const id = Buffer.from(keyIdOf(key)).toString("hex");
  const bytes = Buffer.from([TYPE_BYTE[key.type], ...key.publicKey]);
  return `${key.name}+${id}+${bytes.toString("base64")}`;
}

/** Undefined for what is no such line, or one whose id is not that of its key. */
export function parseVerifierKey(text: string): NoteKey | undefined {
  const [, name = "", base64 = ""] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/.exec(text) ?? [];
  const bytes = decodeBase64(base64);
  const type =
    bytes?.[0] === TYPE_BYTE.log ? "log" : bytes?.[0] === TYPE_BYTE.witness ? "witness" : undefined;
  if (!bytes || type === undefined || bytes.length !== 33 || !isKeyName(name)) return undefined;
  const key: NoteKey = { name, type, publicKey: bytes.subarray(1) };
  return formatVerifierKey(key) === text ? key : undefined;
}

export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(signatureLine).join("")}`;
}

export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  return `${DASH} ${name} ${Buffer.concat([keyId, signature]).toString("base64")}\n`;
}

/** Undefined for what is no signed note. Strict: what is accepted is written in the one way that `formatNote` writes it. */
export function parseNote(note: string): Note | undefined {
  if (note.length > LONGEST_NOTE || !note.isWellFormed() || /[^\n\P{Cc}]/u.test(note)) return undefined;
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n")) return undefined;
  const lines = note.slice(cut + 2, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const [dash, name = "", base64 = "", ...more] = line.split(" ");
    const bytes = decodeBase64(base64);
    if (dash !== DASH || more.length > 0 || !isKeyName(name) || !bytes || bytes.length <= KEY_ID_BYTES)
      return undefined;
    signatures.push({
      name,
      keyId: bytes.subarray(0, KEY_ID_BYTES),
      signature: bytes.subarray(KEY_ID_BYTES),
    });
  }
  return { text: note.slice(0, cut + 1), signatures };
}

/** What a key signs: the text itself; of a witness, the time and the checkpoint, so that neither passes for the other. */
export function signedBytes(type: NoteKey["type"], text: string, seconds: number): Uint8Array {
  return Buffer.from(type === "log" ? text : `cosignature/v1\ntime ${seconds}\n${text}`, "utf8");
}

/** A signature of a key's owner, in the form in which a note carries it. `seconds` since 1970, of a witness alone. */
export function noteSignature(key: NoteKey, signature: Uint8Array, seconds: number): NoteSignature {
  if (key.type === "log") return { name: key.name, keyId: keyIdOf(key), signature };
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(seconds));
  return { name: key.name, keyId: keyIdOf(key), signature: Buffer.concat([time, signature]) };
}

export type NoteCheck =
  | { readonly valid: true; readonly signers: readonly Signer[] }
  | { readonly valid: false; readonly reason: "no-known-signer" | "wrong-signature"; readonly key?: string };

export interface Signer {
  readonly key: NoteKey;
  /** When a witness says that it saw the checkpoint. */
  readonly at: Date | null;
}

/**
 * Who of the given keys signed. Signatures of other keys count for nothing; a wrong one in the name of a given key makes
 * the whole note invalid, as C2SP signed-note advises.
 */
export function checkNote(note: Note, keys: readonly NoteKey[]): NoteCheck {
  const signers: Signer[] = [];
  for (const { name, keyId, signature } of note.signatures) {
    const key = keys.find((one) => one.name === name && sameBytes(keyIdOf(one), keyId));
    if (!key) continue;
    const seconds = key.type === "witness" ? secondsOf(signature) : 0;
    const bytes = key.type === "witness" ? signature.subarray(TIME_BYTES) : signature;
    const right =
      seconds !== undefined &&
      bytes.length === SIGNATURE_BYTES &&
      verifyBytes(key.publicKey, signedBytes(key.type, note.text, seconds), bytes);
    if (!right) return { valid: false, reason: "wrong-signature", key: name };
    signers.push({ key, at: key.type === "witness" ? new Date((seconds ?? 0) * 1000) : null });
  }
  return signers.length > 0 ? { valid: true, signers } : { valid: false, reason: "no-known-signer" };
}

function secondsOf(signature: Uint8Array): number | undefined {
  if (signature.length < TIME_BYTES) return undefined;
  const seconds = Buffer.from(signature).readBigUInt64BE();
  return seconds <= BigInt(Math.floor(8.64e12)) ? Number(seconds) : undefined;
}

/** Undefined unless the text is the one base64 spelling (RFC 4648, section 4) of its bytes. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : undefined;
}
