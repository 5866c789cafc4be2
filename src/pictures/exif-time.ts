/** Tags of the EXIF standard (CIPA DC-008): the pointer to the EXIF directory, and the times in it. */
const EXIF_POINTER = 0x8769;
const DATE_TIME_ORIGINAL = 0x9003;
const OFFSET_TIME_ORIGINAL = 0x9011;

/**
 * When the shutter was released, from an EXIF block (with or without the "Exif" prefix), as ISO 8601. Cameras write
 * local time; the offset is added only where the file states it, so that "2024-05-01T12:00:00" has no time zone.
 * Null where there is no such tag or it makes no sense. Reads untrusted bytes: every offset is checked.
 */
export function exifTakenAt(exif: Uint8Array | undefined): string | null {
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
    return block.toString("latin1", from, Math.min(block.length, from + Math.min(length, 32)));
  };

  const pointer = entry(u32(4), EXIF_POINTER);
  if (pointer === undefined) return null;
  const directory = u32(pointer + 8);
  const time = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)/.exec(text(directory, DATE_TIME_ORIGINAL));
  if (!time) return null;
  const offset = /^[+-]\d\d:\d\d/.exec(text(directory, OFFSET_TIME_ORIGINAL))?.[0] ?? "";
  const iso = `${time[1]}-${time[2]}-${time[3]}T${time[4]}:${time[5]}:${time[6]}`;
  return Number.isNaN(Date.parse(`${iso}Z`)) ? null : `${iso}${offset}`;
}
