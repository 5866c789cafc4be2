import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  area,
  centre,
  clip,
  distance,
  expand,
  intersection,
  iom,
  iou,
  landmarkPoints,
  type Box,
} from "./geometry.ts";

const number = fc.double({ min: -2000, max: 4000, noNaN: true });
const length = fc.double({ min: 0, max: 3000, noNaN: true });
const boxes: fc.Arbitrary<Box> = fc.record({ x: number, y: number, w: length, h: length });
const sizes = fc.record({
  width: fc.integer({ min: 1, max: 5000 }),
  height: fc.integer({ min: 1, max: 5000 }),
});

const NEAR = 1e-6;

describe("intersection over union", () => {
  test("is 0 to 1 and the same both ways", () => {
    fc.assert(
      fc.property(boxes, boxes, (a, b) => {
        expect(iou(a, b)).toBe(iou(b, a));
        expect(iou(a, b)).toBeGreaterThanOrEqual(0);
        expect(iou(a, b)).toBeLessThanOrEqual(1 + NEAR);
      }),
    );
  });

  test("is 1 for a box with itself, 0 for boxes apart or without area", () => {
    expect(iou({ x: 3, y: 4, w: 10, h: 20 }, { x: 3, y: 4, w: 10, h: 20 })).toBe(1);
    expect(iou({ x: 0, y: 0, w: 10, h: 10 }, { x: 10, y: 0, w: 10, h: 10 })).toBe(0);
    expect(iou({ x: 0, y: 0, w: 0, h: 0 }, { x: 0, y: 0, w: 0, h: 0 })).toBe(0);
  });

  test("of two squares that share half of each is a third", () => {
    expect(iou({ x: 0, y: 0, w: 10, h: 10 }, { x: 5, y: 0, w: 10, h: 10 })).toBeCloseTo(1 / 3);
  });
});

describe("intersection over the smaller", () => {
  test("is never less than that over the union, and 1 where one box holds the other", () => {
    fc.assert(
      fc.property(boxes, boxes, (a, b) => {
        expect(iom(a, b)).toBe(iom(b, a));
        expect(iom(a, b)).toBeGreaterThanOrEqual(iou(a, b) - NEAR);
        expect(iom(a, b)).toBeLessThanOrEqual(1 + NEAR);
      }),
    );
    expect(iom({ x: 0, y: 0, w: 100, h: 100 }, { x: 20, y: 20, w: 5, h: 5 })).toBe(1);
    expect(iom({ x: 0, y: 0, w: 100, h: 100 }, { x: 20, y: 20, w: 0, h: 5 })).toBe(0);
  });
});

describe("clipping to a picture", () => {
  test("gives what lies inside both the box and the picture", () => {
    fc.assert(
      fc.property(boxes, sizes, (box, size) => {
        const inside = clip(box, size);
        expect(inside.w).toBeGreaterThanOrEqual(0);
        expect(inside.h).toBeGreaterThanOrEqual(0);
        if (area(inside) > 0) {
          expect(inside.x).toBeGreaterThanOrEqual(0);
          expect(inside.y).toBeGreaterThanOrEqual(0);
          expect(inside.x + inside.w).toBeLessThanOrEqual(size.width + NEAR);
          expect(inside.y + inside.h).toBeLessThanOrEqual(size.height + NEAR);
        }
        expect(area(intersection(inside, box))).toBeCloseTo(area(inside), 3);
        expect(area(clip(inside, size))).toBeCloseTo(area(inside), 3);
      }),
    );
  });

  test("leaves a box inside as it is, and nothing of one outside", () => {
    const size = { width: 100, height: 50 };
    expect(clip({ x: 10, y: 20, w: 30, h: 20 }, size)).toEqual({ x: 10, y: 20, w: 30, h: 20 });
    expect(clip({ x: -10, y: 40, w: 30, h: 20 }, size)).toEqual({ x: 0, y: 40, w: 20, h: 10 });
    expect(area(clip({ x: 120, y: 20, w: 30, h: 20 }, size))).toBe(0);
    expect(area(clip({ x: -30, y: 20, w: 20, h: 20 }, size))).toBe(0);
  });
});

describe("expanding a box", () => {
  test("keeps its centre and multiplies both its sides", () => {
    fc.assert(
      fc.property(boxes, fc.double({ min: 0.1, max: 5, noNaN: true }), (box, factor) => {
        const wider = expand(box, factor);
        expect(distance(centre(wider), centre(box))).toBeLessThan(NEAR);
        expect(wider.w).toBeCloseTo(box.w * factor);
        expect(wider.h).toBeCloseTo(box.h * factor);
      }),
    );
  });
});

test("landmarks are listed in the order of the alignment template", () => {
  const at = (x: number): { x: number; y: number } => ({ x, y: 0 });
  const points = landmarkPoints({
    nose: at(3),
    rightMouth: at(5),
    leftEye: at(1),
    leftMouth: at(4),
    rightEye: at(2),
  });
  expect(points.map((point) => point.x)).toEqual([1, 2, 3, 4, 5]);
});
