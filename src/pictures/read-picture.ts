import { open } from "node:fs/promises";
import sharp, { type Metadata, type Sharp } from "sharp";
import { AssentError, type Size } from "../core/index.ts";
import { openExif } from "./exif-block.ts";
import { exifCamera } from "./exif-camera.ts";
import { exifTakenAt } from "./exif-time.ts";
import { decodeHeic } from "./heic.ts";
import { HEAD_BYTES, identify, type MediaType } from "./media-type.ts";
import { frameAsTiff } from "./tiff-frame.ts";

/** RGB, 8 bit, interleaved, rows from top to bottom of the upright picture: `width * height * 3` bytes. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Largest file taken. An uncompressed TIFF of 50 megapixels has 150 MB. */
const MAX_PICTURE_BYTES = 256 * 1024 * 1024;
/** Largest picture taken: above every camera sold by the hundred, and 600 MB of pixels. */
export const MAX_PICTURE_PIXELS = 200_000_000;
/** Longest side taken: JPEG's own limit; it keeps a strip of 1 x 200,000,000 pixels out. */
const MAX_SIDE = 65_535;
/** Seconds that one pass of the decoder may take. 50 megapixels of JPEG take less than one. */
const DECODE_SECONDS = 60;

/**
 * Truncated and corrupt data is refused, a harmless oddity is not. Measured on sharp 0.35.5: "none" takes half a JPEG,
 * "truncated" takes a TIFF that lacks its last bytes, "warning" refuses a whole JPEG with two stray bytes between its
 * markers; "error" refuses the first two and takes the third.
 */
const FAIL_ON = "error";

const SHARP_FORMAT: Record<MediaType, string> = {
  "image/jpeg": "jpeg",
  "image/png": "png",
  "image/webp": "webp",
  "image/avif": "heif",
  "image/tiff": "tiff",
  "image/heic": "heif",
};

/** Transparent places are shown on white, as a browser's page would. */
const PAPER = "#ffffff";

const BROKEN_REMEDY = "Bring in an undamaged copy: open the file in a picture editor and save it again.";

/** To be called once by every process that decodes: one thread per process, and no pixels kept after use. */
export function prepareDecoderProcess(): void {
  sharp.concurrency(1);
  sharp.cache(false);
}

interface ReadPicture {
  readonly pixels: Pixels;
  /** Of the upright picture at full resolution, whatever `pixels` was reduced to. */
  readonly size: Size;
  readonly mediaType: MediaType;
  /** When it was taken, ISO 8601, in the camera's local time unless the file states an offset. */
  readonly takenAt: string | null;
  /** Tells the very camera from others, without saying which; null where the file does not. */
  readonly camera: string | null;
}

/**
 * Decodes a picture upright (EXIF orientation, HEIC turn and mirror), in sRGB, without alpha, first page only; it is
 * given as the path of a file or as a file's bytes, which are held to the same rules and left as they are.
 * With `maxEdge` the longer side is at most so many pixels; JPEG is then decoded at a fraction of the cost.
 *
 * Errors: `unsupported-picture` (raw, SVG, anything not a MediaType, over the limits), `unreadable-picture`
 * (truncated, corrupt). To be called in a process that may die: the decoders are native code.
 */
export async function readPicture(
  source: string | Uint8Array,
  options: { readonly maxEdge?: number } = {},
): Promise<ReadPicture> {
  const opened = await openPicture(source);
  const { maxEdge } = options;
  const small = (image: Sharp): Sharp =>
    maxEdge === undefined
      ? image
      : image.resize({
          width: maxEdge,
          height: maxEdge,
          fit: "inside",
          withoutEnlargement: true,
          kernel: "linear",
        });
  const pixels = await toPixels(small(opened.image().autoOrient()));
  const { size, mediaType, takenAt, camera } = opened;
  return { pixels, size, mediaType, takenAt, camera };
}

interface FullPicture {
  readonly pixels: Pixels;
  /** The colour profile the pixels are in; null means sRGB. */
  readonly profile: Buffer | null;
  readonly mediaType: MediaType;
}

/**
 * Decodes a picture file upright at full resolution for rendering. RGB pixels stay in the colours of their own
 * profile, which is returned, so that a rendition looks as the original did; grey and CMYK become sRGB.
 * Errors as `readPicture`.
 */
export async function readFullPicture(path: string): Promise<FullPicture> {
  const opened = await openPicture(path);
  const pixels = await toPixels(opened.image({ ignoreIcc: opened.profile !== null }).autoOrient());
  return { pixels, profile: opened.profile, mediaType: opened.mediaType };
}

/**
 * A JPEG of pixels that are in the colours of `profile` (null: sRGB, written without one). Colours are not converted
 * and no other metadata is written. `quality` 1 to 100.
 */
export async function encodeJpeg(
  pixels: Pixels,
  profile: Uint8Array | null,
  quality: number,
): Promise<Buffer> {
  const image = profile
    ? sharp(frameAsTiff(pixels, 3, profile), {
        ignoreIcc: true,
        limitInputPixels: MAX_PICTURE_PIXELS,
      }).keepIccProfile()
    : sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } });
  return image.jpeg({ quality }).toBuffer();
}

interface Opened {
  image(extra?: { ignoreIcc?: boolean }): Sharp;
  readonly size: Size;
  readonly mediaType: MediaType;
  readonly takenAt: string | null;
  readonly camera: string | null;
  /** Of an RGB picture, else null. */
  readonly profile: Buffer | null;
}

/**
 * When a picture file says it was taken, as `readPicture` tells it, from its metadata alone: nothing is decoded, and a truncated
 * picture is not noticed. Errors as `readPicture`; to be called, as that, in a process that may die.
 */
export async function readTakenAt(path: string): Promise<string | null> {
  const { about } = await readAbout(path);
  return exifTakenAt(openExif(about.exif));
}

async function readAbout(picture: string | Uint8Array) {
  const bytes = typeof picture === "string" ? await readBounded(picture) : bounded(picture);
  const found = identify(bytes.subarray(0, HEAD_BYTES));
  if (found.kind === "raw") {
    throw new AssentError("unsupported-picture", `camera raw files (here ${found.name}) are not read`, {
      remedy: "Develop it to JPEG or TIFF and bring that in.",
    });
  }
  if (found.kind === "unknown") {
    throw new AssentError("unsupported-picture", "this is no JPEG, PNG, WebP, AVIF, TIFF or HEIC picture", {
      remedy: "Export it in one of these formats and bring that in.",
    });
  }
  const { mediaType } = found;
  const source = { failOn: FAIL_ON, limitInputPixels: MAX_PICTURE_PIXELS } as const;
  const about = await metadata(sharp(bytes, source));
  if (about.format !== SHARP_FORMAT[mediaType])
    throw broken(`its beginning says ${mediaType}, its content does not`);
  if (Math.max(about.width, about.height) > MAX_SIDE || about.width * about.height > MAX_PICTURE_PIXELS) {
    throw new AssentError("unsupported-picture", `${about.width} x ${about.height} pixels are too many`, {
      remedy: `Bring in a copy of at most ${MAX_PICTURE_PIXELS / 1e6} megapixels.`,
    });
  }
  return { bytes, mediaType, source, about };
}

async function openPicture(picture: string | Uint8Array): Promise<Opened> {
  const { bytes, mediaType, source, about } = await readAbout(picture);
  const exif = openExif(about.exif);
  const takenAt = exifTakenAt(exif);
  const camera = exifCamera(exif);
  const profile = rgbProfile(about);

  if (mediaType === "image/heic") {
    const decoded = await decodeHeic(bytes, MAX_PICTURE_PIXELS);
    const { width, height } = decoded;
    // Framed with a profile, sharp converts HEIC colours as it does those of every other format.
    const framed = profile ? frameAsTiff(decoded, 4, profile) : undefined;
    return {
      image: (extra) =>
        framed
          ? sharp(framed, { ...source, ...extra })
          : sharp(decoded.data, {
              raw: { width, height, channels: 4 },
              limitInputPixels: MAX_PICTURE_PIXELS,
            }),
      size: { width, height },
      mediaType,
      takenAt,
      camera,
      profile,
    };
  }
  return {
    image: (extra) => sharp(bytes, { ...source, ...extra }),
    size: { width: about.autoOrient.width, height: about.autoOrient.height },
    mediaType,
    takenAt,
    camera,
    profile,
  };
}

/** A profile counts only if both the pixels and the profile itself (ICC.1, byte 16 of the header) are RGB. */
function rgbProfile(about: Metadata): Buffer | null {
  const rgbPixels = about.space === "srgb" || about.space === "rgb16";
  return rgbPixels && about.icc?.toString("latin1", 16, 20) === "RGB " ? about.icc : null;
}

async function readBounded(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    refuseTooLarge(size);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function bounded(bytes: Uint8Array): Uint8Array {
  refuseTooLarge(bytes.length);
  return bytes;
}

function refuseTooLarge(size: number): void {
  if (size <= MAX_PICTURE_BYTES) return;
  throw new AssentError("unsupported-picture", `the file has ${Math.ceil(size / 1e6)} MB`, {
    remedy: `Bring in a copy of at most ${Math.floor(MAX_PICTURE_BYTES / 1e6)} MB.`,
  });
}

async function metadata(image: Sharp): Promise<Metadata> {
  try {
    return await image.metadata();
  } catch (error) {
    throw refused(error);
  }
}

async function toPixels(image: Sharp): Promise<Pixels> {
  try {
    const { data, info } = await image
      .flatten({ background: PAPER })
      .toColourspace("srgb")
      .timeout({ seconds: DECODE_SECONDS })
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels`);
    return { data, width: info.width, height: info.height };
  } catch (error) {
    throw refused(error);
  }
}

/** sharp's messages quote no file name when it reads from memory, so they can be shown. */
function refused(error: unknown): AssentError {
  const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  if (/exceeds pixel limit/.test(reason)) {
    return new AssentError("unsupported-picture", "it has too many pixels", {
      remedy: `Bring in a copy of at most ${MAX_PICTURE_PIXELS / 1e6} megapixels.`,
      cause: error,
    });
  }
  return broken(reason, error);
}

function broken(reason: string, cause?: unknown): AssentError {
  return new AssentError("unreadable-picture", `the picture is truncated or damaged (${reason})`, {
    remedy: BROKEN_REMEDY,
    cause,
  });
}
