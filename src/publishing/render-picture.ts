import { createHash } from "node:crypto";
import sharp from "sharp";
import { AssentError, writeFileDurably, type Size } from "../core/index.ts";
import { encodeJpeg, MAX_PICTURE_PIXELS, readFullPicture, type Pixels } from "../pictures/index.ts";
import type { HeadShape } from "./head-shape.ts";
import { foreignContent } from "./jpeg-segments.ts";
import { obscure } from "./obscure.ts";

export interface RenderInput {
  /** Path of the original. */
  readonly source: string;
  /** Path of the JPEG to be written; its folder exists. A file in its place is replaced. */
  readonly target: string;
  /** Of the upright original, in pixels: what the shapes refer to. */
  readonly size: Size;
  /** In the order of painting. Nothing else of the plan is needed: what is not hidden is shown. */
  readonly hidden: readonly HeadShape[];
  /** Longest side of the rendition in pixels; none: as large as the original. Nothing is ever enlarged. */
  readonly maxEdge?: number;
  /** JPEG quality; RENDITION_QUALITY unless given. */
  readonly quality?: number;
}

export interface Rendered extends Size {
  readonly bytes: number;
  /** Of the file written, hexadecimal. */
  readonly sha256: string;
}

/**
 * JPEG quality of renditions, with 4:2:0 chroma as cameras write it. Measured on ten photos of 2 to 3 megapixels:
 * 0.54 bit per pixel at 48.1 dB and 12 ms a megapixel; 4:4:4 costs 22 % more bytes and 1.8 times the time for colour
 * edges that soft shapes do not have; mozjpeg saves 9 % of the bytes and takes 9 times as long.
 */
export const RENDITION_QUALITY = 88;

/**
 * Makes one rendition. The order is the promise: what is hidden is destroyed in the pixels of full size, before
 * anything is made smaller or encoded, so that no filter can carry it outside of a shape; the file is then made from
 * pixels and colour profile alone, checked to hold nothing else, and written whole or not at all.
 *
 * Sources of any format become JPEG. Errors: those of reading a picture; `conflict` where the original's size is not
 * `size` (its shapes would lie in wrong places); `storage-failed` where the target cannot be written.
 */
export async function renderPicture(input: RenderInput): Promise<Rendered> {
  const { pixels, profile } = await readFullPicture(input.source);
  if (pixels.width !== input.size.width || pixels.height !== input.size.height) {
    throw new AssentError(
      "conflict",
      `the photo is ${pixels.width} x ${pixels.height} pixels, its faces were found in ${input.size.width} x ${input.size.height}`,
      { remedy: "Scan the photo again, then publish." },
    );
  }
  obscure(pixels, input.hidden);
  const sized = await limit(pixels, input.maxEdge);
  const jpeg = await encodeJpeg(sized, profile, input.quality ?? RENDITION_QUALITY);
  const foreign = foreignContent(jpeg);
  if (foreign)
    throw new AssentError("internal", `a rendition must hold pixels and colour profile only: ${foreign}`);
  try {
    await writeFileDurably(input.target, jpeg);
  } catch (error) {
    throw new AssentError("storage-failed", "a rendition could not be written", {
      remedy: "Look for a full disk, or a folder that may not be written to, and publish again.",
      cause: error,
    });
  }
  return {
    width: sized.width,
    height: sized.height,
    bytes: jpeg.length,
    sha256: createHash("sha256").update(jpeg).digest("hex"),
  };
}

async function limit(pixels: Pixels, maxEdge: number | undefined): Promise<Pixels> {
  if (maxEdge === undefined || Math.max(pixels.width, pixels.height) <= maxEdge) return pixels;
  const { data, info } = await sharp(pixels.data, {
    raw: { width: pixels.width, height: pixels.height, channels: 3 },
    limitInputPixels: MAX_PICTURE_PIXELS,
  })
    .resize({ width: maxEdge, height: maxEdge, fit: "inside" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
