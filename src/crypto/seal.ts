import { createCipheriv, createDecipheriv, randomFillSync, type KeyObject } from "node:crypto";
import { AssentError, wipe } from "../core/index.ts";

export const KEY_BYTES = 32;
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What sealing adds to the length: version, nonce and tag. */
export const SEAL_OVERHEAD = 1 + NONCE_BYTES + TAG_BYTES;

type Key = Uint8Array | KeyObject;

/** Keys that were replaced by another and are not destroyed yet, by the one that replaced them. [Note: Successors] */
const replaced = new WeakMap<Uint8Array, Uint8Array>();

/** Lets `openSealed` try the older key where the newer one does not open; `seal` uses the newer alone. */
export function withOlder(newer: Uint8Array, older: Uint8Array): void {
  replaced.set(newer, older);
}

/**
 * The same content sealed by the newest key; null where it is that key that seals it already.
 * Errors: as `openSealed`.
 */
export function sealAgain(key: Uint8Array, sealed: Uint8Array, purpose: string): Uint8Array | null {
  const older = replaced.get(key);
  try {
    wipe(open(key, sealed, purpose));
    return null;
  } catch (error) {
    if (!older) throw error;
    const plain = open(older, sealed, purpose);
    try {
      return seal(key, plain, purpose);
    } finally {
      wipe(plain);
    }
  }
}

/** A new key, in memory of its own that the caller wipes. */
export function randomKey(): Uint8Array {
  return randomFillSync(new Uint8Array(KEY_BYTES));
}

/**
 * Seals with AES-256-GCM: version byte 1, 12 bytes of random nonce, ciphertext, 16 bytes of tag (docs/formats.md).
 * `purpose` names what is sealed and for whom ("template:<person>:<template>"); the same must be given to `openSealed`, so
 * that sealed bytes moved to another place do not open there. It is not stored and not secret.
 * One key may seal 2^32 times (NIST SP 800-38D, 8.3); Assent's keys seal thousands.
 */
export function seal(key: Key, plaintext: Uint8Array, purpose: string): Uint8Array {
  const sealed = new Uint8Array(SEAL_OVERHEAD + plaintext.length);
  sealed[0] = VERSION;
  const nonce = randomFillSync(sealed.subarray(1, 1 + NONCE_BYTES));
  const cipher = createCipheriv("aes-256-gcm", checkedKey(key), nonce);
  cipher.setAAD(boundTo(purpose));
  sealed.set(cipher.update(plaintext), 1 + NONCE_BYTES);
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
  return sealed;
}

/**
 * The plaintext, in memory of its own that the caller wipes.
 * Errors: `signature` where the bytes were changed, belong to another key or purpose, or are no sealed bytes at all. The
 * cipher cannot tell these apart, and nothing of the content is given out.
 */
export function openSealed(key: Key, sealed: Uint8Array, purpose: string): Uint8Array {
  const older = key instanceof Uint8Array ? replaced.get(key) : undefined;
  if (!older) return open(key, sealed, purpose);
  try {
    return open(key, sealed, purpose);
  } catch {
    return open(older, sealed, purpose);
  }
}

function open(key: Key, sealed: Uint8Array, purpose: string): Uint8Array {
  const keyBytes = checkedKey(key);
  if (sealed.length < SEAL_OVERHEAD || sealed[0] !== VERSION) throw notOpening();
  const decipher = createDecipheriv("aes-256-gcm", keyBytes, sealed.subarray(1, 1 + NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(boundTo(purpose));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const unverified = decipher.update(sealed.subarray(1 + NONCE_BYTES, sealed.length - TAG_BYTES));
  try {
    decipher.final();
    return new Uint8Array(unverified);
  } catch {
    throw notOpening();
  } finally {
    wipe(unverified);
  }
}

/** The version is bound too, so that bytes of one version are never opened by the rules of another. */
function boundTo(purpose: string): Uint8Array {
  return Buffer.from(`assent-seal/${VERSION}\0${purpose}`, "utf8");
}

function checkedKey(key: Key): Key {
  const length = key instanceof Uint8Array ? key.length : key.symmetricKeySize;
  if (length !== KEY_BYTES)
    throw new AssentError("internal", `a sealing key has ${KEY_BYTES} bytes, not ${length}`);
  return key;
}

function notOpening(): AssentError {
  return new AssentError(
    "signature",
    "sealed data does not open: changed, or sealed with another key or for another use",
    {
      remedy:
        "If the database or its files were moved or restored, restore the key store of the same instance with them.",
    },
  );
}
