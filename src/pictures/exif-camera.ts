import { createHash } from "node:crypto";
import type { ExifTexts } from "./exif-block.ts";

/** Tags of the EXIF standard (CIPA DC-008). */
const MAKE = 0x010f;
const MODEL = 0x0110;
const BODY_SERIAL_NUMBER = 0xa431;

/**
 * Tells one camera from another: 16 hexadecimal digits of the SHA-256 of what the file says of make, model and serial
 * number. Null where it states no serial number: two cameras of one model, side by side, would be taken for one.
 */
export function exifCamera(exif: ExifTexts | null): string | null {
  const serial = exif?.exposure(BODY_SERIAL_NUMBER).trim() ?? "";
  if (!exif || serial === "") return null;
  const named = [exif.main(MAKE).trim(), exif.main(MODEL).trim(), serial].join("\n");
  return createHash("sha256").update(named).digest("hex").slice(0, 16);
}
