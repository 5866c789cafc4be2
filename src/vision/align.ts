import { landmarkPoints, type Landmarks, type Point } from "../core/index.ts";
import { levelFor, type Pyramid } from "./pyramid.ts";
import { reduced, sample, type Affine } from "./sample.ts";

/** Side of an aligned face in pixels. */
export const CHIP_SIDE = 112;

/** Where the five landmarks lie in a chip: the ArcFace template (insightface, `src_112_96` moved by 8 to 112 x 112). */
export const TEMPLATE: Landmarks = {
  leftEye: { x: 38.2946, y: 51.6963 },
  rightEye: { x: 73.5318, y: 51.5014 },
  nose: { x: 56.0252, y: 71.7366 },
  leftMouth: { x: 41.5493, y: 92.3655 },
  rightMouth: { x: 70.7299, y: 92.2041 },
};

/** Turn, uniform scale and shift: `x' = a*x - b*y + c`, `y' = b*x + a*y + d`. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/**
 * The similarity that brings `from` nearest to `to` by least squares (Umeyama 1991, without reflection). Both lists
 * have the same length of at least two points, not all in one place.
 */
export function similarityBetween(from: readonly Point[], to: readonly Point[]): Similarity {
  const middle = (points: readonly Point[]): Point => ({
    x: points.reduce((sum, p) => sum + p.x, 0) / points.length,
    y: points.reduce((sum, p) => sum + p.y, 0) / points.length,
  });
  const m = middle(from);
  const n = middle(to);
  let along = 0;
  let across = 0;
  let spread = 0;
  for (const [i, point] of from.entries()) {
    const other = to[i] ?? n;
    const x = point.x - m.x;
    const y = point.y - m.y;
    along += x * (other.x - n.x) + y * (other.y - n.y);
    across += x * (other.y - n.y) - y * (other.x - n.x);
    spread += x * x + y * y;
  }
  const a = along / spread;
  const b = across / spread;
  return { a, b, c: n.x - (a * m.x - b * m.y), d: n.y - (b * m.x + a * m.y) };
}

export function applySimilarity({ a, b, c, d }: Similarity, { x, y }: Point): Point {
  return { x: a * x - b * y + c, y: b * x + a * y + d };
}

/** From the chip's coordinates back to the picture's. */
export function inverse({ a, b, c, d }: Similarity): Affine {
  const square = a * a + b * b;
  const ia = a / square;
  const ib = b / square;
  return { a: ia, b: ib, c: -(ia * c + ib * d), d: -ib, e: ia, f: ib * c - ia * d };
}

/** The similarity that brings a face's landmarks (pixels of the picture) to the template (pixels of the chip). */
export function alignmentOf(landmarks: Landmarks): Similarity {
  return similarityBetween(landmarkPoints(landmarks), landmarkPoints(TEMPLATE));
}

/** The aligned face: RGB, 8 bit, interleaved, CHIP_SIDE squared. Places outside the picture are black. */
export function cutChip(pyramid: Pyramid, landmarks: Landmarks): Uint8Array {
  const map = inverse(alignmentOf(landmarks));
  const { pixels, factorX, factorY } = levelFor(pyramid, Math.hypot(map.a, map.b));
  const values = new Float32Array(CHIP_SIDE * CHIP_SIDE * 3);
  const planes = { offset: 0, plane: 1, stepU: 3, stepV: 3 * CHIP_SIDE, mean: 0, scale: 1 };
  sample(pixels, reduced(map, factorX, factorY), CHIP_SIDE, CHIP_SIDE, values, planes);
  // Uint8ClampedArray rounds to nearest; Uint8Array would cut off and darken every chip by half a step.
  return new Uint8Array(new Uint8ClampedArray(values).buffer);
}
