import { createCipheriv, createDecipheriv, hkdfSync, randomFillSync } from "node:crypto";
import { AssentError, wipe } from "../core/index.ts";
import { KEY_BYTES } from "./seal.ts";

/** Plain bytes sealed together: 64 KiB, as age has it (C2SP age, "Payload"), so that a reader holds little unverified. */
export const STREAM_CHUNK = 65_536;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
/** A sealed chunk that is not the last one. */
export const SEALED_CHUNK = STREAM_CHUNK + TAG_BYTES;
export const STREAM_SALT_BYTES = 32;

/**
 * The key of one stream: HKDF-SHA256 of a secret, with the stream's own random salt, bound to `context` (what is sealed,
 * and everything beside it that must not be changed). It must seal one stream alone: nonces are counted from zero.
 */
export function streamKey(secret: Uint8Array, salt: Uint8Array, context: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, salt, `assent-stream/1\0${context}`, KEY_BYTES));
}

export function newStreamSalt(): Uint8Array {
  return randomFillSync(new Uint8Array(STREAM_SALT_BYTES));
}

/**
 * Seals a stream in chunks (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015; the nonce is age's: an 11-byte
 * big-endian counter and a byte that is 1 for the last chunk) with AES-256-GCM. Chunks that are left out, repeated, in
 * another order or cut off at the end do not open.
 */
export interface StreamSealer {
  /** `plain` has `STREAM_CHUNK` bytes; the last one at most so many. */
  seal(plain: Uint8Array, last: boolean): Uint8Array;
  /** Wipes the key. */
  close(): void;
}

/** Takes over the key, and wipes it with `close`. */
export function createStreamSealer(key: Uint8Array): StreamSealer {
  let counter = 0;
  return {
    seal(plain, last) {
      const cipher = createCipheriv("aes-256-gcm", key, nonce(counter++, last));
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    close: () => wipe(key),
  };
}

export interface StreamOpener {
  /**
   * Chunks in their order. Errors: `signature`, which says whether the stream was cut off or changed; nothing of a chunk
   * that does not open is given out.
   */
  open(sealed: Uint8Array, last: boolean): Uint8Array;
  close(): void;
}

/** Takes over the key, and wipes it with `close`. */
export function createStreamOpener(key: Uint8Array): StreamOpener {
  let counter = 0;
  return {
    open(sealed, last) {
      const plain = tryOpen(key, nonce(counter, last), sealed);
      if (!plain) throw tryOpen(key, nonce(counter, !last), sealed) ? cutOff(last) : changed(counter);
      counter++;
      return plain;
    },
    close: () => wipe(key),
  };
}

function tryOpen(key: Uint8Array, iv: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    wipe(plain);
    return undefined;
  }
}

function nonce(counter: number, last: boolean): Uint8Array {
  const bytes = Buffer.alloc(NONCE_BYTES);
  bytes.writeUIntBE(counter, NONCE_BYTES - 1 - 6, 6);
  bytes[NONCE_BYTES - 1] = last ? 1 : 0;
  return bytes;
}

function cutOff(atEnd: boolean): AssentError {
  const what = atEnd
    ? "the sealed file was cut off: its end is missing"
    : "something was put behind the sealed file's end";
  return new AssentError("signature", what, { remedy: "Copy it again from where it was written." });
}

function changed(chunk: number): AssentError {
  return new AssentError(
    "signature",
    `the sealed file was changed, or has been damaged, in its part ${chunk + 1}`,
    {
      remedy: "Take another copy of it, or an earlier one.",
    },
  );
}
