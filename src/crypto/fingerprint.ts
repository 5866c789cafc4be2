import { hkdfSync, type KeyObject } from "node:crypto";

/**
 * Eight bytes in hexadecimal by which people tell keys apart, derived so that it says nothing of the key (HKDF-SHA256, RFC 5869,
 * of 256 random bits).
 */
export function fingerprintOf(key: Uint8Array | KeyObject): string {
  return Buffer.from(hkdfSync("sha256", key, new Uint8Array(0), "assent-fingerprint/1", 8)).toString("hex");
}
