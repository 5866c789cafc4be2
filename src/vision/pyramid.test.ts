import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LARGEST_ON_LEVEL, levelFor, searchEdges, windowsOf, type Level } from "./pyramid.ts";

describe("the levels of a picture", () => {
  test("a face of any size is within what some level sees reliably", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2_000, max: 16_000 }),
        fc.double({ min: 24, max: 900, noNaN: true }),
        (edge, face) => {
          const edges = searchEdges(edge);
          const seen = edges.some((level, n) => {
            const height = (face * level) / edge;
            return height >= 17.9 && (n === edges.length - 1 || height <= LARGEST_ON_LEVEL);
          });
          expect(seen).toBe(true);
        },
      ),
    );
  });

  test("small pictures are searched whole, at their own size and at the coarsest", () => {
    expect(searchEdges(300)).toEqual([300]);
    expect(searchEdges(1000)).toEqual([1000, 320]);
    expect(searchEdges(2048)).toEqual([1536, 320]);
  });

  test("what is to be reduced is cut from the coarsest level that still holds twice its detail", () => {
    const level = (factor: number): Level => ({
      pixels: { data: new Uint8Array(0), width: 0, height: 0 },
      factorX: factor,
      factorY: factor,
    });
    const [full, half, tenth] = [level(1), level(2), level(10)];
    const pyramid = { full, searched: [half, tenth] };
    expect(levelFor(pyramid, 3)).toBe(full);
    expect(levelFor(pyramid, 4)).toBe(half);
    expect(levelFor(pyramid, 25)).toBe(tenth);
  });
});

test("windows cover every face of up to the overlap whole, and lie within the picture", () => {
  const side = fc.integer({ min: 1, max: 7_000 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(side, side, share, share, (width, height, across, down) => {
      const windows = windowsOf(width, height);
      const face = Math.min(LARGEST_ON_LEVEL, width, height);
      const x = across * (width - face);
      const y = down * (height - face);
      expect(
        windows.some(
          (one) =>
            one.left <= x &&
            one.top <= y &&
            one.left + one.width >= x + face &&
            one.top + one.height >= y + face,
        ),
      ).toBe(true);
      for (const one of windows) {
        expect(Math.min(one.left, one.top)).toBeGreaterThanOrEqual(0);
        expect(one.left + one.width).toBeLessThanOrEqual(width);
        expect(one.top + one.height).toBeLessThanOrEqual(height);
      }
    }),
  );
});
