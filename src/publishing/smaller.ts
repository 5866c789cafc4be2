import sharp from "sharp";
import { AssentError } from "../core/index.ts";
import { foreignContent } from "./jpeg-segments.ts";
import { RENDITION_QUALITY } from "./render-picture.ts";

/**
 * A rendition again, its longer side at most `edge` pixels. What it hides was destroyed before it was encoded, so that no
 * filter can carry it outside of a shape. Decoded in this process: the bytes are our own, not an original's. The colour
 * profile is kept, and nothing else.
 * Errors: `internal` for what is no rendition of ours.
 */
export async function smaller(rendition: Uint8Array, edge: number): Promise<Uint8Array> {
  const jpeg = await sharp(rendition, { failOn: "error", ignoreIcc: true })
    .resize({ width: edge, height: edge, fit: "inside", withoutEnlargement: true })
    .keepIccProfile()
    .jpeg({ quality: RENDITION_QUALITY, chromaSubsampling: "4:2:0" })
    .toBuffer()
    .catch((error: unknown) => {
      throw new AssentError("internal", "a rendition cannot be read", { cause: error });
    });
  const foreign = foreignContent(jpeg);
  if (foreign)
    throw new AssentError("internal", `a rendition must hold pixels and colour profile only: ${foreign}`);
  return jpeg;
}
