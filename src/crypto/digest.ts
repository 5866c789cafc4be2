import { createHash, hash, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** 32 bytes. Text is hashed as UTF-8. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return new Uint8Array(hash("sha256", data, "buffer"));
}

/** 64 lower-case hexadecimal digits. Text is hashed as UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** SHA-256 of a file of any size, as 64 lower-case hexadecimal digits. Errors: those of the file system, as they are. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** As `hashFile`, of an open file, from its beginning; it stays open. */
export async function hashOpen(file: FileHandle): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(file.createReadStream({ start: 0, autoClose: false }), hash);
  return hash.digest("hex");
}

/** Compares in a time that does not tell where two byte strings of the same length differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
