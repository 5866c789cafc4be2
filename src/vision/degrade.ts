import type { Box, Landmarks, Point } from "../core/index.ts";
import type { Pixels } from "../pictures/index.ts";
import { CHIP_SIDE, cutChip } from "./align.ts";
import { reduce } from "./pyramid.ts";

/**
 * The chip that a face would give had it been photographed from afar: the picture is reduced until the face is
 * `height` px tall, then aligned anew. Small faces in photos match such a template better than the sharp one.
 */
export async function chipFromAfar(
  pixels: Pixels,
  box: Box,
  landmarks: Landmarks,
  height: number,
): Promise<Uint8Array> {
  const share = Math.min(1, height / box.h);
  const width = Math.max(1, Math.round(pixels.width * share));
  const tall = Math.max(1, Math.round(pixels.height * share));
  const small = await reduce(pixels, width, tall);
  const move = ({ x, y }: Point): Point => ({ x: (x * width) / pixels.width, y: (y * tall) / pixels.height });
  const { leftEye, rightEye, nose, leftMouth, rightMouth } = landmarks;
  const full = { pixels: small, factorX: 1, factorY: 1 };
  return cutChip(
    { full, searched: [] },
    {
      leftEye: move(leftEye),
      rightEye: move(rightEye),
      nose: move(nose),
      leftMouth: move(leftMouth),
      rightMouth: move(rightMouth),
    },
  );
}

/** The chip as in a mirror. */
export function mirrored(chip: Uint8Array): Uint8Array {
  const out = new Uint8Array(chip.length);
  for (let y = 0; y < CHIP_SIDE; y++) {
    for (let x = 0; x < CHIP_SIDE; x++) {
      const from = (y * CHIP_SIDE + x) * 3;
      const to = (y * CHIP_SIDE + CHIP_SIDE - 1 - x) * 3;
      out[to] = chip[from]!;
      out[to + 1] = chip[from + 1]!;
      out[to + 2] = chip[from + 2]!;
    }
  }
  return out;
}
