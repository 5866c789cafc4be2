import sharp from "sharp";
import { AssentError } from "../core/index.ts";
import { CHIP_SIDE } from "./align.ts";

/**
 * JPEG without colour subsampling. Measured on 315 chips of faces from 27 px: the embedding of the decoded chip had a
 * cosine of 0.996 to 1.000 with that of the chip itself, in 4.8 kB, an eighth of the bytes.
 */
const QUALITY = { quality: 95, chromaSubsampling: "4:4:4" } as const;

export async function encodeChip(chip: Uint8Array): Promise<Uint8Array> {
  return sharp(chip, { raw: { width: CHIP_SIDE, height: CHIP_SIDE, channels: 3 } })
    .jpeg(QUALITY)
    .toBuffer();
}

/** Error `bad-input`: not a chip of CHIP_SIDE squared. */
export async function decodeChip(jpeg: Uint8Array): Promise<Uint8Array> {
  const { data, info } = await sharp(jpeg, { failOn: "error", limitInputPixels: CHIP_SIDE * CHIP_SIDE })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new AssentError("bad-input", "a face chip cannot be decoded", { cause: error });
    });
  if (info.width !== CHIP_SIDE || info.height !== CHIP_SIDE || info.channels !== 3) {
    throw new AssentError("bad-input", `a face chip has ${info.width} x ${info.height} pixels`);
  }
  return data;
}
