import { readFile, stat } from "node:fs/promises";
import { AssentError, isErrno } from "../core/index.ts";
import { verifyCompact } from "../crypto/index.ts";
import { CONSENT_RECEIPT, ERASURE_RECEIPT } from "../rights/index.ts";
import type { Parts } from "./instance.ts";

export interface Verdict {
  readonly valid: boolean;
  readonly reason: string;
  readonly kind?: "consent" | "erasure";
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** A receipt is some kilobytes; anything larger is none. */
const LARGEST_RECEIPT = 1_000_000;

/**
 * Whether a file is a receipt of this instance: exactly one compact JWS, signed by a key of its history, of one of the
 * two receipt types. One newline at the end is allowed. Errors: `not-found` where the file cannot be read.
 */
export async function verifyReceipt(parts: Pick<Parts, "keys">, file: string): Promise<Verdict> {
  const text = await readReceipt(file);
  if (text === undefined) return { valid: false, reason: "the file is too large to be a receipt" };
  return verifyReceiptText(parts, text);
}

/** The same of a receipt's text, as somebody pasted it. */
export async function verifyReceiptText(parts: Pick<Parts, "keys">, text: string): Promise<Verdict> {
  const checked = await verifyCompact(text.replace(/\n$/, ""), await parts.keys.publicKeys(), [
    CONSENT_RECEIPT,
    ERASURE_RECEIPT,
  ]);
  if (!checked.valid) return { valid: false, reason: checked.reason };
  const kind = checked.header.typ === CONSENT_RECEIPT ? "consent" : "erasure";
  return {
    valid: true,
    reason: `a receipt of ${kind}, signed by this instance (key ${checked.kid})`,
    kind,
    payload: checked.payload,
  };
}

async function readReceipt(file: string): Promise<string | undefined> {
  try {
    if ((await stat(file)).size > LARGEST_RECEIPT) return undefined;
    return await readFile(file, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "EISDIR") || isErrno(error, "EACCES")) {
      throw new AssentError("not-found", `the file ${file} cannot be read`, {
        remedy: "Name a receipt file.",
      });
    }
    throw error;
  }
}
