import { checkNote, decodeBase64, parseNote, type Note, type NoteCheck, type NoteKey } from "./note.ts";
import { HASH_BYTES, type Hash } from "./tree-hash.ts";

/** The log at one moment: how many leaves, and their root. `origin` names the log for ever. */
export interface TreeHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

/** A tree head as it was signed (C2SP tlog-checkpoint). */
export interface SignedCheckpoint extends TreeHead {
  /** As it is served: text and signatures. */
  readonly note: string;
}

/** The name of an instance's log, and of the key that signs for it. */
export function originOf(instance: string): string {
  return `assent-log/${instance}`;
}

/** The text that is signed: origin, size and root, each in its line. No extension lines. */
export function checkpointText({ origin, size, root }: TreeHead): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;
}

/** Undefined for what is no checkpoint, or not written in the one way that `checkpointText` writes it. Checks no signature. */
export function parseCheckpoint(text: string): (TreeHead & { readonly signed: Note }) | undefined {
  const signed = parseNote(text);
  if (!signed) return undefined;
  const [origin = "", digits = "", base64 = ""] = signed.text.split("\n");
  const root = decodeBase64(base64);
  const head = { origin, size: Number(digits), root: root ?? new Uint8Array() };
  const plain =
    origin !== "" && Number.isSafeInteger(head.size) && head.size >= 0 && head.root.length === HASH_BYTES;
  return plain && checkpointText(head) === signed.text ? { ...head, signed } : undefined;
}

export type CheckpointCheck =
  | (TreeHead & { readonly valid: true; readonly signers: Extract<NoteCheck, { valid: true }>["signers"] })
  | { readonly valid: false; readonly reason: string };

/** Whether a text is a checkpoint of that log, signed by one of its keys; witnesses' cosignatures are checked with it. */
export function checkCheckpoint(text: string, origin: string, keys: readonly NoteKey[]): CheckpointCheck {
  const parsed = parseCheckpoint(text);
  if (!parsed) return { valid: false, reason: "not a checkpoint in its plain form" };
  if (parsed.origin !== origin) return { valid: false, reason: "a checkpoint of another log" };
  const checked = checkNote(parsed.signed, keys);
  if (!checked.valid) {
    return {
      valid: false,
      reason: checked.reason === "no-known-signer" ? "unknown signer" : "the signature does not match",
    };
  }
  if (!checked.signers.some(({ key }) => key.type === "log"))
    return { valid: false, reason: "not signed by the log" };
  const { size, root } = parsed;
  return { valid: true, origin, size, root, signers: checked.signers };
}
