import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hashFile, sameBytes, sha256, sha256Hex } from "./digest.ts";

// FIPS 180-2, appendix B.1.
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

test("text and bytes have the digest of the standard's example", () => {
  expect(sha256Hex("abc")).toBe(ABC);
  expect(Buffer.from(sha256(Buffer.from("abc"))).toString("hex")).toBe(ABC);
});

test("a file of many chunks has the digest of its bytes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "assent-digest-"));
  try {
    const bytes = Uint8Array.from({ length: 300_001 }, (_, index) => index % 251);
    await writeFile(join(folder, "file"), bytes);
    expect(await hashFile(join(folder, "file"))).toBe(sha256Hex(bytes));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("bytes are the same when, and only when, length and content are", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(sameBytes(a, a.slice())).toBe(true);
      expect(sameBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
    }),
  );
});
