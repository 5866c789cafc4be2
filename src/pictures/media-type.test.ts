import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { identify, isRawName } from "./index.ts";

/** A little-endian TIFF whose first directory has the given tags (short values) and a maker's name. */
function tiff(tags: Record<number, number>, make = ""): Buffer {
  const entries = Object.entries(tags).map(([tag, value]) => [Number(tag), value] as const);
  const bytes = Buffer.alloc(256);
  bytes.write("II*\0", 0, "latin1");
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(entries.length + 1, 8);
  for (const [n, [tag, value]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 10 + 12 * n);
    bytes.writeUInt16LE(3, 12 + 12 * n);
    bytes.writeUInt32LE(1, 14 + 12 * n);
    bytes.writeUInt16LE(value, 18 + 12 * n);
  }
  const at = 10 + 12 * entries.length;
  bytes.writeUInt16LE(271, at);
  bytes.writeUInt16LE(2, at + 2);
  bytes.writeUInt32LE(make.length, at + 4);
  bytes.writeUInt32LE(200, at + 8);
  bytes.write(make, 200, "latin1");
  return bytes;
}

function isoMedia(...brands: readonly string[]): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.writeUInt32BE(12 + 4 * brands.length, 0);
  bytes.write(`ftyp${brands[0]}\0\0\0\0${brands.slice(1).join("")}`, 4, "latin1");
  return bytes;
}

describe("raw files are told from pictures", () => {
  test.each([
    ["NEF", tiff({ 254: 1, 259: 1, 330: 0 }, "NIKON CORPORATION")],
    ["ARW", tiff({ 254: 1, 259: 6, 330: 0 }, "SONY")],
    ["PEF", tiff({ 259: 65_535, 262: 32_803 }, "PENTAX")],
    ["DNG", tiff({ 254: 1, 50_706: 1 })],
    ["RAW", tiff({ 262: 32_803 }, "Somebody")],
    ["CR2", Buffer.concat([Buffer.from("II*\0\x10\0\0\0CR\x02\0", "latin1"), Buffer.alloc(64)])],
    ["CR3", isoMedia("crx ", "crx ", "isom")],
    ["RAF", Buffer.from("FUJIFILMCCD-RAW 0201")],
    ["ORF", Buffer.from("IIRO\x08\0\0\0\0\0\0\0", "latin1")],
    ["RW2", Buffer.from("IIU\0\x18\0\0\0\0\0\0\0", "latin1")],
  ])("%s", (name, head) => {
    expect(identify(head)).toEqual({ kind: "raw", name });
  });

  test("a finished TIFF that a camera's maker is named in stays a picture", () => {
    expect(identify(tiff({ 254: 0, 259: 1, 262: 2 }, "NIKON CORPORATION"))).toEqual({
      kind: "picture",
      mediaType: "image/tiff",
    });
  });

  test("by name, whatever its case", () => {
    expect(isRawName("IMG_1.CR2")).toBe(true);
    expect(isRawName("a.b.dng")).toBe(true);
    expect(isRawName("cr2")).toBe(false);
    expect(isRawName("IMG_1.JPG")).toBe(false);
  });
});

test("brands tell HEIC from AVIF where the first brand does not", () => {
  expect(identify(isoMedia("mif1", "mif1", "heic"))).toEqual({ kind: "picture", mediaType: "image/heic" });
  expect(identify(isoMedia("mif1", "mif1", "avif", "miaf"))).toEqual({
    kind: "picture",
    mediaType: "image/avif",
  });
  expect(identify(isoMedia("isom", "mp42"))).toEqual({ kind: "unknown" });
});

test("any bytes get an answer", () => {
  const beginnings = ["", "II*\0", "MM\0*", "\0\0\0\x18ftyp", "RIFF"].map((text) =>
    Buffer.from(text, "latin1"),
  );
  fc.assert(
    fc.property(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 300 }), (beginning, rest) => {
      expect(["picture", "raw", "unknown"]).toContain(identify(Buffer.concat([beginning, rest])).kind);
    }),
    { numRuns: 2_000 },
  );
});
