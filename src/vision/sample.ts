import type { Pixels } from "../pictures/index.ts";

/**
 * A map from the target's coordinates to the source's: `x = a*u + b*v + c`, `y = d*u + e*v + f`. Both have the origin
 * at the top left corner of the top left pixel, so that pixel centres lie at halves.
 */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

/** The same map onto a source that was reduced by these factors. */
export function reduced(map: Affine, factorX: number, factorY: number): Affine {
  return {
    a: map.a / factorX,
    b: map.b / factorX,
    c: map.c / factorX,
    d: map.d / factorY,
    e: map.e / factorY,
    f: map.f / factorY,
  };
}

/** Where a sampled value goes: `offset + channel * plane + u * stepU + v * stepV`, as `(value - mean) * scale`. */
export interface Planes {
  readonly offset: number;
  readonly plane: number;
  readonly stepU: number;
  readonly stepV: number;
  readonly mean: number;
  readonly scale: number;
}

/**
 * Most samples per target pixel and axis. Bilinear samples are averaged so that reducing does not alias; eight cover
 * a reduction of a face of about 900 px to 112.
 */
const MOST_SAMPLES = 8;

/**
 * Fills `width` x `height` values per channel of `target` from the picture by bilinear interpolation. Places outside
 * the picture are 0 (black); the half pixel at its border repeats the border.
 */
export function sample(
  pixels: Pixels,
  map: Affine,
  width: number,
  height: number,
  target: Float32Array,
  planes: Planes,
  mostSamples: number = MOST_SAMPLES,
): void {
  const { data, width: w, height: h } = pixels;
  const { a, b, c, d, e, f } = map;
  const { offset, plane, stepU, stepV, mean, scale } = planes;
  const reduction = Math.sqrt(Math.abs(a * e - b * d));
  const n = Math.max(1, Math.min(mostSamples, Math.round(reduction)));
  const share = 1 / (n * n);
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = 0; j < n; j++) {
        const vv = v + (j + 0.5) / n;
        for (let i = 0; i < n; i++) {
          const uu = u + (i + 0.5) / n;
          let x = a * uu + b * vv + c - 0.5;
          let y = d * uu + e * vv + f - 0.5;
          if (x < -1 || y < -1 || x > w || y > h) continue;
          x = x < 0 ? 0 : x > w - 1 ? w - 1 : x;
          y = y < 0 ? 0 : y > h - 1 ? h - 1 : y;
          const left = x | 0;
          const top = y | 0;
          const fx = x - left;
          const fy = y - top;
          const p = (top * w + left) * 3;
          const right = left < w - 1 ? p + 3 : p;
          const below = top < h - 1 ? w * 3 : 0;
          const w00 = (1 - fx) * (1 - fy);
          const w10 = fx * (1 - fy);
          const w01 = (1 - fx) * fy;
          const w11 = fx * fy;
          // The indices are inside by construction; `!` spares four checks per channel in the innermost loop.
          red += w00 * data[p]! + w10 * data[right]! + w01 * data[p + below]! + w11 * data[right + below]!;
          green +=
            w00 * data[p + 1]! +
            w10 * data[right + 1]! +
            w01 * data[p + below + 1]! +
            w11 * data[right + below + 1]!;
          blue +=
            w00 * data[p + 2]! +
            w10 * data[right + 2]! +
            w01 * data[p + below + 2]! +
            w11 * data[right + below + 2]!;
        }
      }
      const at = offset + u * stepU + v * stepV;
      target[at] = (red * share - mean) * scale;
      target[at + plane] = (green * share - mean) * scale;
      target[at + 2 * plane] = (blue * share - mean) * scale;
    }
  }
}
