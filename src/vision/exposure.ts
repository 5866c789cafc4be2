import type { Pixels } from "../pictures/index.ts";

/**
 * A picture is dark when 99 of 100 pixels are below this grey level. Measured on eight composed photos of little light
 * (0.99 quantile 53 to 91, with noise; 53 faces): lifted and searched at one size more, all faces are hidden instead of
 * 81 %, without a false box.
 */
const DARK = 110;

/** One pixel in so many is looked at: a prime, so that no column of the picture is preferred. */
const STRIDES = [251, 61, 7] as const;

/** Pixels that suffice: a hundredth of them is 400. Looking at one in seven of 12 megapixels took 31 ms. */
const ENOUGH_PIXELS = 40_000;

/** Grey levels that the darkest and the brightest hundredth are moved to. */
const LIFTED = { from: 10, to: 245 };

/** Least distance of the two, so that an even grey is not torn into noise. */
const LEAST_RANGE = 20;

/** A dark picture lifted over the whole range of grey levels; null of any other. */
export function lifted(pixels: Pixels): Pixels | null {
  const { data, width, height } = pixels;
  const stride = STRIDES.find((one) => width * height >= one * ENOUGH_PIXELS) ?? 1;
  const counts = new Uint32Array(256);
  let all = 0;
  for (let p = 0; p + 2 < data.length; p += 3 * stride) {
    counts[(data[p]! * 77 + data[p + 1]! * 150 + data[p + 2]! * 29) >> 8]!++;
    all++;
  }
  const quantile = (share: number): number => {
    let sum = 0;
    return counts.findIndex((count) => (sum += count) >= share * all);
  };
  const bright = quantile(0.99);
  if (bright >= DARK) return null;
  const low = quantile(0.01);
  const range = Math.max(LEAST_RANGE, bright - low);
  const curve = Uint8ClampedArray.from(
    { length: 256 },
    (_, value) => LIFTED.from + ((value - low) * (LIFTED.to - LIFTED.from)) / range,
  );
  return { data: data.map((value) => curve[value]!), width, height };
}
