/** The texts of an EXIF block: of its main directory (the device), and of its EXIF directory (the exposure). */
export interface ExifTexts {
  /** "" where there is no such tag. */
  main(tag: number): string;
  /** "" where there is no such tag, or no such directory. */
  exposure(tag: number): string;
}

/** The pointer to the EXIF directory (CIPA DC-008). */
const EXIF_POINTER = 0x8769;

/** No text that is read here is longer. */
const LONGEST_TEXT = 64;

/**
 * Opens an EXIF block, with or without the "Exif" prefix; null where it is none. Reads untrusted bytes: every offset is
 * checked, and a tag whose place makes no sense is not there.
 */
export function openExif(exif: Uint8Array | undefined): ExifTexts | null {
  if (!exif) return null;
  const whole = Buffer.from(exif.buffer, exif.byteOffset, exif.byteLength);
  const block = whole.toString("latin1", 0, 4) === "Exif" ? whole.subarray(6) : whole;
  if (block.length < 8) return null;
  const little = block.toString("latin1", 0, 2) === "II";
  const u16 = (at: number): number => (little ? block.readUInt16LE(at) : block.readUInt16BE(at));
  const u32 = (at: number): number => (little ? block.readUInt32LE(at) : block.readUInt32BE(at));

  /** Where the entry of a tag begins in the directory at `start`. */
  const entry = (start: number, tag: number): number | undefined => {
    if (start + 2 > block.length) return undefined;
    const end = Math.min(block.length - 12, start + 2 + 12 * (u16(start) - 1));
    for (let at = start + 2; at <= end; at += 12) if (u16(at) === tag) return at;
    return undefined;
  };
  const text = (start: number, tag: number): string => {
    const at = entry(start, tag);
    if (at === undefined) return "";
    const length = u32(at + 4);
    const from = length <= 4 ? at + 8 : u32(at + 8);
    const raw = block.toString("latin1", from, Math.min(block.length, from + Math.min(length, LONGEST_TEXT)));
    return raw.split("\0")[0] ?? "";
  };
  const main = u32(4);
  const pointer = entry(main, EXIF_POINTER);
  const exposure = pointer === undefined ? undefined : u32(pointer + 8);
  return {
    main: (tag) => text(main, tag),
    exposure: (tag) => (exposure === undefined ? "" : text(exposure, tag)),
  };
}
