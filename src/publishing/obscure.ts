import { area, clip, intersection, type Box, type Size } from "../core/index.ts";
import { cubedRadiusIn, FEATHER, shapeBounds, type HeadShape } from "./head-shape.ts";

/** Pixels, 8-bit RGB interleaved, row by row from the top left; `data.length` is `width * height * 3`. */
export interface PixelBuffer extends Size {
  readonly data: Uint8Array;
}

/** Red, green, blue, 0 to 255. */
export type Tone = readonly [number, number, number];

/** Where the picture around a shape shows nothing that may be used: a warm grey, neither skin nor black bar. */
export const NEUTRAL_TONE: Tone = [150, 145, 137];

/**
 * A shape's tone is read from the ring between these radii, beyond the soft edge, where hair has mostly ended, and
 * above the line of the chin, where the wall or the sky is rather than clothes. A ring that has too few pixels (the
 * picture's corner, a crowd) is widened step by step, and last read all around.
 */
/** In half heights below the shape's centre. */
const CHIN_LINE = 0.5;
const RING_FROM = 1.25;
const RINGS = [
  { to: 1.8, below: CHIN_LINE },
  { to: 2.6, below: CHIN_LINE },
  { to: 4, below: CHIN_LINE },
  { to: 4, below: Number.POSITIVE_INFINITY },
] as const;
const RING_SAMPLES = 4096;
const RING_MINIMUM = 48;

/**
 * Colours are counted in 8 x 8 x 8 bins, and the tone is the mean of the fullest one: a colour that the picture has.
 * The median of each channel, tried first, made browns like skin out of a red and a green jersey.
 */
const TONE_BINS = 512;

/**
 * The tone stands off from what is around it by this much (0 to 255, per channel): a head in exactly the colour of the
 * wall would look like a body without one, and would hide that something is hidden.
 */
const STAND_OFF = 26;

/** Where the soft edge ends, as a cubed radius. */
const EDGE_END = (1 + FEATHER) ** 3;

/** The tone's share in the soft edge, by the cubed radius from 1 to EDGE_END: smoothstep from 1 at the core to 0. */
const EDGE = Float64Array.from({ length: 1024 }, (_, i) => {
  const radius = Math.cbrt(1 + ((i + 0.5) / 1024) * (EDGE_END - 1));
  const t = (1 + FEATHER - radius) / FEATHER;
  return t * t * (3 - 2 * t);
});

/**
 * Destroys what the shapes cover, in place, and returns the tone of each shape.
 *
 * A pixel inside a core becomes its tone; where hidden shapes overlap, a blend of their tones. The soft edge blends
 * outward into the picture. Tones are read outside of all cores before anything is painted. So the result does not
 * depend on any pixel inside any core: two pictures that differ only there become the same bytes.
 * Later shapes lie on top of earlier ones. The same input gives the same output.
 */
export function obscure(picture: PixelBuffer, shapes: readonly HeadShape[]): readonly Tone[] {
  const tones = shapes.map((shape) => toneAround(picture, shape, shapes));
  shapes.forEach((shape, index) => paint(picture, shape, tones[index] ?? NEUTRAL_TONE));
  return tones;
}

/** The pixels (whole numbers) of the picture that a box touches. */
function pixelRange(box: Box, size: Size): { x0: number; x1: number; y0: number; y1: number } {
  const inside = clip(box, size);
  if (area(inside) === 0) return { x0: 0, x1: 0, y0: 0, y1: 0 };
  return {
    x0: Math.floor(inside.x),
    x1: Math.ceil(inside.x + inside.w),
    y0: Math.floor(inside.y),
    y1: Math.ceil(inside.y + inside.h),
  };
}

/**
 * Fills the core of a shape and its soft edge. The core is convex: on each row only its two ends are searched, and
 * what lies between them is filled at once.
 */
function paint(picture: PixelBuffer, shape: HeadShape, tone: Tone): void {
  const { data, width } = picture;
  const [red, green, blue] = tone;
  const cubedRadius = cubedRadiusIn(shape);
  const { x0, x1, y0, y1 } = pixelRange(shapeBounds(shape, 1 + FEATHER), picture);
  const solid = Uint8Array.from({ length: (x1 - x0) * 3 }, (_, i) => tone[i % 3]!);

  /** Blends the pixel into the soft edge where it lies in it; true where it lies in the core. */
  const reachesCore = (x: number, y: number): boolean => {
    const r3 = cubedRadius(x + 0.5, y + 0.5);
    if (r3 <= 1) return true;
    if (r3 >= EDGE_END) return false;
    const share = EDGE[(((r3 - 1) / (EDGE_END - 1)) * EDGE.length) | 0]!;
    const at = (y * width + x) * 3;
    data[at] = data[at]! * (1 - share) + red * share + 0.5;
    data[at + 1] = data[at + 1]! * (1 - share) + green * share + 0.5;
    data[at + 2] = data[at + 2]! * (1 - share) + blue * share + 0.5;
    return false;
  };

  for (let y = y0; y < y1; y++) {
    let left = x0;
    while (left < x1 && !reachesCore(left, y)) left++;
    let right = x1;
    while (right > left && !reachesCore(right - 1, y)) right--;
    data.set(solid.subarray(0, (right - left) * 3), (y * width + left) * 3);
  }
}

function toneAround(picture: PixelBuffer, shape: HeadShape, shapes: readonly HeadShape[]): Tone {
  const own = cubedRadiusIn(shape);
  for (const { to, below } of RINGS) {
    const bounds = shapeBounds(shape, to);
    const near = shapes
      .filter((other) => other !== shape && area(intersection(bounds, shapeBounds(other, 1 + FEATHER))) > 0)
      .map(cubedRadiusIn);
    const counts = new Uint32Array(TONE_BINS);
    const sums = new Float64Array(TONE_BINS * 3);
    const { x0, x1, y0, y1 } = pixelRange(bounds, picture);
    const end = Math.min(y1, shape.centre.y + below * shape.halfHeight);
    const step = Math.max(1, Math.floor(Math.sqrt(((x1 - x0) * (y1 - y0)) / RING_SAMPLES)));
    let samples = 0;
    for (let y = y0; y < end; y += step) {
      for (let x = x0; x < x1; x += step) {
        const r3 = own(x + 0.5, y + 0.5);
        if (r3 <= RING_FROM ** 3 || r3 > to ** 3) continue;
        if (near.some((other) => other(x + 0.5, y + 0.5) <= EDGE_END)) continue;
        const at = (y * picture.width + x) * 3;
        const [red, green, blue] = [picture.data[at]!, picture.data[at + 1]!, picture.data[at + 2]!];
        const bin = ((red >> 5) << 6) | ((green >> 5) << 3) | (blue >> 5);
        counts[bin]!++;
        sums[3 * bin]! += red;
        sums[3 * bin + 1]! += green;
        sums[3 * bin + 2]! += blue;
        samples++;
      }
    }
    if (samples >= RING_MINIMUM) {
      const fullest = counts.indexOf(Math.max(...counts));
      const mean = (channel: number): number => Math.round(sums[3 * fullest + channel]! / counts[fullest]!);
      return standOff([mean(0), mean(1), mean(2)]);
    }
  }
  return NEUTRAL_TONE;
}

/** Lighter on dark surroundings, darker on light ones. Luma by ITU-R BT.601. */
function standOff(tone: Tone): Tone {
  const luma = 0.299 * tone[0] + 0.587 * tone[1] + 0.114 * tone[2];
  const shift = luma < 128 ? STAND_OFF : -STAND_OFF;
  const moved = (value: number): number => Math.min(255, Math.max(0, value + shift));
  return [moved(tone[0]), moved(tone[1]), moved(tone[2])];
}
