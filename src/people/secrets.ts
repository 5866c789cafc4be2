import { randomBytes, randomInt } from "node:crypto";
import { AssentError, type Id } from "../core/index.ts";
import { sameBytes, sha256 } from "../crypto/index.ts";

/** Links and devices: 128 bits are out of reach of guessing, and short enough for a QR code that scans from afar. */
const SECRET_BYTES = 16;

/** Crockford's base 32: no letter that is taken for another when a code is read aloud or copied from a photo. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_GROUPS = 4;
const CODE_GROUP = 4;
const TAG_CODE = 10;

/** A new secret, 22 characters of base64url. Only its hash is kept. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

/** A recovery code of 80 random bits as people copy it: `7XK2-0M9Q-ZZ4T-31WV`. */
export function newRecoveryCode(): string {
  const letters = Array.from({ length: CODE_GROUPS * CODE_GROUP }, () => ALPHABET[randomInt(32)]);
  const groups = Array.from({ length: CODE_GROUPS }, (_, i) =>
    letters.slice(i * CODE_GROUP, (i + 1) * CODE_GROUP).join(""),
  );
  return groups.join("-");
}

/** What a card shows to the camera, ten letters: 50 random bits. Public, so it only has to be no other card's. */
export function newTagCode(): string {
  return Array.from({ length: TAG_CODE }, () => ALPHABET[randomInt(32)]).join("");
}

/** A code as somebody typed it, in the form that was hashed: capitals, no blanks or dashes, O read as 0, I and L as 1. */
export function readRecoveryCode(typed: string): string {
  const plain = typed.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  return plain.replace(/(.{4})(?=.)/g, "$1-");
}

/** What is kept of a secret: SHA-256, 32 bytes. It needs no salt and no slow hash, because the secret is random and long. */
export function secretHash(secret: string): Buffer {
  return Buffer.from(sha256(secret));
}

/**
 * Whether the row found by the hash of a secret is that secret's. The look-up by index may tell by its time how much of a
 * hash is right, which is of no use to somebody who cannot choose hashes; the comparison itself tells nothing.
 */
export function isHashOf(kept: Uint8Array, secret: string): boolean {
  return sameBytes(kept, sha256(secret));
}

/** One answer for what never was and what belongs to somebody else. */
export function noSuch(what: string, id: Id): AssentError {
  return new AssentError("not-found", `there is no ${what} ${id}`);
}
