import type { ExifTexts } from "./exif-block.ts";

/** Tags of the EXIF standard (CIPA DC-008). */
const DATE_TIME_ORIGINAL = 0x9003;
const OFFSET_TIME_ORIGINAL = 0x9011;

/**
 * When the shutter was released, as ISO 8601. Cameras write local time; the offset is added only where the file states
 * it, so that "2024-05-01T12:00:00" has no time zone. Null where there is no such tag or it makes no sense.
 */
export function exifTakenAt(exif: ExifTexts | null): string | null {
  const time = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)/.exec(exif?.exposure(DATE_TIME_ORIGINAL) ?? "");
  if (!time) return null;
  const offset = /^[+-]\d\d:\d\d/.exec(exif?.exposure(OFFSET_TIME_ORIGINAL) ?? "")?.[0] ?? "";
  const iso = `${time[1]}-${time[2]}-${time[3]}T${time[4]}:${time[5]}:${time[6]}`;
  return Number.isNaN(Date.parse(`${iso}Z`)) ? null : `${iso}${offset}`;
}
