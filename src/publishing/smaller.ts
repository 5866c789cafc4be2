import sharp from "sharp";
import { AssentError } from "../core/index.ts";
import { foreignContent } from "./jpeg-segments.ts";
import { RENDITION_QUALITY } from "./render-picture.ts";
import { watermarkFor } from "./watermark.ts";

/** How a rendition is written where it is not as it is. */
export interface PictureForm {
  /** Longest side in pixels; null: as large as the original. */
  readonly maxEdge: number | null;
  /** Text written across it. */
  readonly watermark: string | null;
}

/**
 * A rendition again, its longer side at most `edge` pixels (null: as it is), with a text across it where one is given. What it
 * hides was destroyed before it was encoded, so that no filter can carry it outside of a shape. The bytes are our own, not an
 * original's. The colour profile is kept, and nothing else.
 * Errors: `internal` for what is no rendition of ours.
 */
export async function smaller(
  rendition: Uint8Array,
  edge: number | null,
  watermark: string | null = null,
): Promise<Uint8Array> {
  const jpeg = await encode(rendition, edge, watermark).catch((error: unknown) => {
    throw new AssentError("internal", "a rendition cannot be read", { cause: error });
  });
  const foreign = foreignContent(jpeg);
  if (foreign)
    throw new AssentError("internal", `a rendition must hold pixels and colour profile only: ${foreign}`);
  return jpeg;
}

async function encode(rendition: Uint8Array, edge: number | null, watermark: string | null): Promise<Buffer> {
  const picture = sharp(rendition, { failOn: "error", ignoreIcc: true });
  const { width, height } = await picture.metadata();
  const share = edge === null ? 1 : Math.min(1, edge / Math.max(width, height));
  const sized =
    edge === null
      ? picture
      : picture.resize({ width: edge, height: edge, fit: "inside", withoutEnlargement: true });
  const over =
    watermark === null
      ? []
      : await watermarkFor(watermark, {
          width: Math.round(width * share),
          height: Math.round(height * share),
        });
  return sized
    .composite([...over])
    .keepIccProfile()
    .jpeg({ quality: RENDITION_QUALITY, chromaSubsampling: "4:2:0" })
    .toBuffer();
}
