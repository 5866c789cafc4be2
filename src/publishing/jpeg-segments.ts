/** A marker segment of a JPEG file (ITU-T T.81, annex B). `marker` is the byte after 0xFF. */
interface JpegSegment {
  readonly marker: number;
  /** Without marker and length; empty for markers that stand alone. */
  readonly body: Uint8Array;
}

interface JpegLayout {
  readonly segments: readonly JpegSegment[];
  /** Bytes after the end-of-image marker. Cameras put previews and second pictures there. */
  readonly trailing: number;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP2 = 0xe2;
const APP15 = 0xef;
const COM = 0xfe;

/** "JFIF\0", version, density, and no thumbnail (0 x 0): 14 bytes after the length. */
const BARE_JFIF_LENGTH = 14;

/**
 * All segments of a JPEG file from SOI to EOI; undefined where the bytes are no whole JPEG file. Entropy-coded data
 * between segments is skipped, not read.
 */
export function jpegLayout(bytes: Uint8Array): JpegLayout | undefined {
  const segments: JpegSegment[] = [];
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return undefined;
  let at = 2;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    at += 2;
    if (marker === EOI) return { segments, trailing: bytes.length - at };
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (length < 2 || at + length > bytes.length) return undefined;
    segments.push({ marker, body: bytes.subarray(at + 2, at + length) });
    at += length;
    if (marker === SOS) at = endOfScan(bytes, at);
  }
  return undefined;
}

/**
 * What a rendition must not hold, in words for a message; undefined where the file holds nothing but the picture, a
 * JFIF header without thumbnail, and a colour profile. EXIF, XMP, IPTC, MPF, comments, thumbnails and appended
 * pictures are all found by this: it is a list of what may be there, not of what may not.
 */
export function foreignContent(jpeg: Uint8Array): string | undefined {
  const layout = jpegLayout(jpeg);
  if (!layout) return "it is no whole JPEG file";
  if (layout.trailing > 0) return `${layout.trailing} bytes follow its end`;
  for (const { marker, body } of layout.segments) {
    if (marker === COM) return "it holds a comment";
    if (marker < APP0 || marker > APP15) continue;
    const bareJfif = marker === APP0 && startsWith(body, "JFIF\0") && body.length === BARE_JFIF_LENGTH;
    const profile = marker === APP2 && startsWith(body, "ICC_PROFILE\0");
    if (!bareJfif && !profile) return `it holds a segment APP${marker - APP0} that is no colour profile`;
  }
  return undefined;
}

/** Where the next marker stands after a scan's data: 0xFF followed by neither a stuffed zero nor a restart marker. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next !== undefined && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.subarray(0, text.length)).toString("latin1") === text;
}
