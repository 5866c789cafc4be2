import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distance, landmarkPoints, type Landmarks, type Point } from "../core/index.ts";
import {
  alignmentOf,
  applySimilarity,
  CHIP_SIDE,
  cutChip,
  inverse,
  similarityBetween,
  TEMPLATE,
} from "./align.ts";
import type { Pyramid } from "./pyramid.ts";

const coordinate = fc.double({ min: -5000, max: 5000, noNaN: true });
const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
const scale = fc.double({ min: 0.05, max: 20, noNaN: true });

/** The template turned, scaled and moved: a face somewhere in a picture. */
function faceAt(turn: number, size: number, x: number, y: number): Landmarks {
  const place = (point: Point): Point => ({
    x: size * (Math.cos(turn) * point.x - Math.sin(turn) * point.y) + x,
    y: size * (Math.sin(turn) * point.x + Math.cos(turn) * point.y) + y,
  });
  return {
    leftEye: place(TEMPLATE.leftEye),
    rightEye: place(TEMPLATE.rightEye),
    nose: place(TEMPLATE.nose),
    leftMouth: place(TEMPLATE.leftMouth),
    rightMouth: place(TEMPLATE.rightMouth),
  };
}

describe("alignment", () => {
  test("brings a turned, scaled and moved face back to the template", () => {
    fc.assert(
      fc.property(angle, scale, coordinate, coordinate, (turn, size, x, y) => {
        const face = faceAt(turn, size, x, y);
        const alignment = alignmentOf(face);
        for (const [n, point] of landmarkPoints(face).entries()) {
          const target = landmarkPoints(TEMPLATE)[n] ?? { x: NaN, y: NaN };
          expect(distance(applySimilarity(alignment, point), target)).toBeLessThan(1e-6);
        }
      }),
    );
  });

  test("is undone by its inverse", () => {
    fc.assert(
      fc.property(angle, scale, coordinate, coordinate, (turn, size, x, y) => {
        const alignment = alignmentOf(faceAt(turn, size, x, y));
        const back = inverse(alignment);
        const { x: u, y: v } = applySimilarity(alignment, { x: 17, y: -23 });
        const point = { x: back.a * u + back.b * v + back.c, y: back.d * u + back.e * v + back.f };
        expect(distance(point, { x: 17, y: -23 })).toBeLessThan(1e-5);
      }),
    );
  });

  test("is no farther from the template than any other similarity near it", () => {
    const nudge = fc.double({ min: -0.05, max: 0.05, noNaN: true });
    const points = fc.array(fc.record({ x: coordinate, y: coordinate }), { minLength: 5, maxLength: 5 });
    const target = landmarkPoints(TEMPLATE);
    fc.assert(
      fc.property(points, nudge, nudge, nudge, nudge, (from, a, b, c, d) => {
        fc.pre(from.some((point) => distance(point, from[0] ?? point) > 1));
        const best = similarityBetween(from, target);
        const other = { a: best.a + a, b: best.b + b, c: best.c + c, d: best.d + d };
        const error = (similarity: typeof best): number =>
          from.reduce(
            (sum, point, n) => sum + distance(applySimilarity(similarity, point), target[n] ?? point) ** 2,
            0,
          );
        expect(error(best)).toBeLessThanOrEqual(error(other) * (1 + 1e-9));
      }),
    );
  });
});

test("a chip cut from a picture whose colour is its place shows the right places", () => {
  const side = 256;
  const data = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) data.set([x, y, 0], (y * side + x) * 3);
  const pyramid: Pyramid = {
    full: { pixels: { data, width: side, height: side }, factorX: 1, factorY: 1 },
    searched: [],
  };
  const face = faceAt(0.3, 1.2, 80, 40);
  const chip = cutChip(pyramid, face);
  const back = inverse(alignmentOf(face));
  for (const [u, v] of [
    [20, 30],
    [56, 56],
    [90, 70],
  ] as const) {
    const p = (v * CHIP_SIDE + u) * 3;
    expect(chip[p]).toBeCloseTo(back.a * (u + 0.5) + back.b * (v + 0.5) + back.c - 0.5, -0.3);
    expect(chip[p + 1]).toBeCloseTo(back.d * (u + 0.5) + back.e * (v + 0.5) + back.f - 0.5, -0.3);
  }
});
