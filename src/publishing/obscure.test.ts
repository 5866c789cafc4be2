import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FEATHER, headShape, radius, type HeadShape } from "./head-shape.ts";
import { NEUTRAL_TONE, obscure, type PixelBuffer, type Tone } from "./obscure.ts";

function noise(width: number, height: number, seed: number): PixelBuffer {
  const data = new Uint8Array(width * height * 3);
  let state = seed >>> 0;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state >>> 24;
  }
  return { data, width, height };
}

function flat(width: number, height: number, tone: Tone): PixelBuffer {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = tone[i % 3]!;
  return { data, width, height };
}

function copy(picture: PixelBuffer): PixelBuffer {
  return { ...picture, data: picture.data.slice() };
}

function pixel(picture: PixelBuffer, x: number, y: number): Tone {
  const at = (y * picture.width + x) * 3;
  return [picture.data[at]!, picture.data[at + 1]!, picture.data[at + 2]!];
}

/** Every pixel with its radius in one shape. */
function eachPixel(
  picture: PixelBuffer,
  shape: HeadShape,
  see: (x: number, y: number, r: number) => void,
): void {
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) see(x, y, radius(shape, { x: x + 0.5, y: y + 0.5 }));
  }
}

const box = fc.record({
  x: fc.integer({ min: -30, max: 150 }),
  y: fc.integer({ min: -30, max: 110 }),
  w: fc.integer({ min: 0, max: 60 }),
  h: fc.integer({ min: 0, max: 60 }),
});
const turned = fc
  .record({ box, angle: fc.double({ min: -3.2, max: 3.2, noNaN: true }) })
  .map(({ box, angle }) => ({
    ...headShape(box, null),
    angle,
  }));

describe("obscuring", () => {
  test("two pictures that differ only inside hidden cores become the same bytes", () => {
    fc.assert(
      fc.property(fc.array(turned, { minLength: 1, maxLength: 6 }), fc.integer(), (shapes, seed) => {
        const one = noise(160, 120, seed);
        const other = copy(one);
        const strange = noise(160, 120, seed + 1);
        for (const shape of shapes) {
          eachPixel(other, shape, (x, y, r) => {
            const at = (y * other.width + x) * 3;
            if (r <= 1) other.data.set(strange.data.subarray(at, at + 3), at);
          });
        }
        obscure(one, shapes);
        obscure(other, shapes);
        expect(Buffer.compare(one.data, other.data)).toBe(0);
      }),
    );
  });

  test("inside the core of a shape that no later one overlaps, every pixel is the tone exactly", () => {
    fc.assert(
      fc.property(turned, fc.integer(), (shape, seed) => {
        const picture = noise(160, 120, seed);
        const [tone] = obscure(picture, [shape]);
        eachPixel(picture, shape, (x, y, r) => {
          if (r <= 1) expect(pixel(picture, x, y)).toEqual(tone);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("beyond the soft edge no pixel is touched", () => {
    const before = noise(160, 120, 5);
    const picture = copy(before);
    const shape = { ...headShape({ x: 60, y: 40, w: 30, h: 36 }, null), angle: 0.5 };
    obscure(picture, [shape]);
    let untouched = 0;
    eachPixel(picture, shape, (x, y, r) => {
      if (r <= 1 + FEATHER) return;
      untouched++;
      expect(pixel(picture, x, y)).toEqual(pixel(before, x, y));
    });
    expect(untouched).toBeGreaterThan(5000);
  });

  test("the soft edge goes gradually from the tone to the picture", () => {
    const picture = flat(400, 400, [20, 20, 20]);
    const shape = headShape({ x: 150, y: 150, w: 100, h: 100 }, null);
    const [tone] = obscure(picture, [shape]);
    const y = Math.round(shape.centre.y);
    const reds: number[] = [];
    for (let x = Math.round(shape.centre.x); x < 400; x++) reds.push(pixel(picture, x, y)[0]);
    expect(reds[0]).toBe(tone![0]);
    expect(reds.at(-1)).toBe(20);
    for (let i = 1; i < reds.length; i++) {
      expect(reds[i]).toBeLessThanOrEqual(reds[i - 1]!);
      expect(reds[i - 1]! - reds[i]!).toBeLessThan(8);
    }
  });

  test("the tone comes from around the head and stands off from it", () => {
    for (const surroundings of [
      [30, 60, 40],
      [220, 200, 190],
    ] as const) {
      const picture = flat(300, 300, surroundings);
      const shape = headShape({ x: 120, y: 120, w: 50, h: 60 }, null);
      eachPixel(picture, shape, (x, y, r) => {
        if (r <= 1) picture.data.set([255, 0, 255], (y * 300 + x) * 3);
      });
      const [tone] = obscure(picture, [shape]);
      const shifts = tone!.map((value, channel) => value - surroundings[channel]!);
      expect(new Set(shifts).size).toBe(1);
      expect(Math.abs(shifts[0]!)).toBeGreaterThan(15);
    }
  });

  test("a few odd pixels around the head do not change the tone", () => {
    const clean = flat(300, 300, [90, 120, 150]);
    const speckled = copy(clean);
    for (let i = 0; i < 300 * 300; i += 17) speckled.data.set([255, 255, 255], i * 3);
    const shape = headShape({ x: 120, y: 120, w: 50, h: 60 }, null);
    expect(obscure(speckled, [shape])).toEqual(obscure(clean, [shape]));
  });

  test("a head that fills the picture, or has only hidden heads around it, gets the neutral tone", () => {
    expect(obscure(noise(50, 50, 1), [headShape({ x: 0, y: 0, w: 50, h: 50 }, null)])).toEqual([
      NEUTRAL_TONE,
    ]);
    const covering = headShape({ x: 0, y: 0, w: 50, h: 50 }, null);
    const tones = obscure(noise(50, 50, 1), [headShape({ x: 20, y: 20, w: 8, h: 8 }, null), covering]);
    expect(tones).toEqual([NEUTRAL_TONE, NEUTRAL_TONE]);
  });

  test("the same picture gives the same result, and a shape outside of it changes nothing", () => {
    const before = noise(100, 80, 9);
    const picture = copy(before);
    obscure(picture, [headShape({ x: 500, y: 500, w: 40, h: 40 }, null)]);
    expect(picture.data).toEqual(before.data);
    const shapes = [
      headShape({ x: 20, y: 20, w: 20, h: 20 }, null),
      headShape({ x: 30, y: 25, w: 20, h: 20 }, null),
    ];
    const again = copy(before);
    obscure(picture, shapes);
    obscure(again, shapes);
    expect(picture.data).toEqual(again.data);
  });
});
