import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssentError, clip, expand, type Box, type Landmarks, type Point } from "../core/index.ts";
import { headShape, HIDDEN_BOX_FACTOR, radius, shapeBounds } from "./head-shape.ts";

const boxes = fc.record({
  x: fc.double({ min: -500, max: 4000, noNaN: true }),
  y: fc.double({ min: -500, max: 3000, noNaN: true }),
  w: fc.double({ min: 0, max: 900, noNaN: true }),
  h: fc.double({ min: 0, max: 900, noNaN: true }),
});

/** Five points of an upright face in a box, turned around its middle by an angle in radians. */
function landmarksOf(box: Box, angle: number): Landmarks {
  const at = (u: number, v: number): Point => ({
    x: box.x + box.w / 2 + (u * Math.cos(angle) - v * Math.sin(angle)) * box.w,
    y: box.y + box.h / 2 + (u * Math.sin(angle) + v * Math.cos(angle)) * box.h,
  });
  return {
    leftEye: at(-0.2, -0.12),
    rightEye: at(0.2, -0.12),
    nose: at(0, 0.08),
    leftMouth: at(-0.16, 0.27),
    rightMouth: at(0.16, 0.27),
  };
}

const anyLandmarks = fc.option(
  fc.record({
    leftEye: fc.record({ x: fc.double(), y: fc.double() }),
    rightEye: fc.record({ x: fc.double(), y: fc.double() }),
    nose: fc.record({ x: fc.double(), y: fc.double() }),
    leftMouth: fc.record({ x: fc.double(), y: fc.double() }),
    rightMouth: fc.record({ x: fc.double(), y: fc.double() }),
  }),
);

const angles = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });

function cornersOf(box: Box): readonly Point[] {
  return [0, 1].flatMap((i) => [0, 1].map((j) => ({ x: box.x + i * box.w, y: box.y + j * box.h })));
}

describe("the shape that hides a head", () => {
  test("its solid core holds the face box enlarged by 1.3, at any tilt", () => {
    fc.assert(
      fc.property(boxes, angles, (box, angle) => {
        const shape = headShape(box, landmarksOf(box, angle));
        for (const corner of cornersOf(expand(box, HIDDEN_BOX_FACTOR))) {
          expect(radius(shape, corner)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("whatever the landmarks are, wild and infinite ones too, the core holds the enlarged box", () => {
    fc.assert(
      fc.property(boxes, anyLandmarks, (box, landmarks) => {
        const shape = headShape(box, landmarks);
        for (const corner of cornersOf(expand(box, HIDDEN_BOX_FACTOR))) {
          expect(radius(shape, corner)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("landmarks too large to be added up leave the shape upright", () => {
    const far = 1.7e308;
    const mouth = { x: 0, y: -far };
    const landmarks = {
      leftEye: { x: -far, y: far },
      rightEye: { x: far, y: far },
      nose: mouth,
      leftMouth: mouth,
      rightMouth: mouth,
    };
    const box = { x: 10, y: 20, w: 30, h: 40 };
    expect(headShape(box, landmarks)).toEqual(headShape(box, null));
  });

  test("every pixel that the enlarged box touches has its middle in the core, also at the picture's border", () => {
    const size = { width: 160, height: 120 };
    const small = fc.record({
      x: fc.double({ min: -60, max: 170, noNaN: true }),
      y: fc.double({ min: -60, max: 130, noNaN: true }),
      w: fc.double({ min: 0, max: 80, noNaN: true }),
      h: fc.double({ min: 0, max: 80, noNaN: true }),
    });
    fc.assert(
      fc.property(small, angles, (box, angle) => {
        const shape = headShape(box, landmarksOf(box, angle));
        const inside = clip(expand(box, HIDDEN_BOX_FACTOR), size);
        if (inside.w === 0 || inside.h === 0) return;
        for (let y = Math.floor(inside.y); y < Math.ceil(inside.y + inside.h); y++) {
          for (let x = Math.floor(inside.x); x < Math.ceil(inside.x + inside.w); x++) {
            expect(radius(shape, { x: x + 0.5, y: y + 0.5 })).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("it reaches further towards the crown than towards the chin, and turns with the head", () => {
    const box = { x: 100, y: 100, w: 100, h: 120 };
    for (const angle of [0, 0.4, Math.PI / 2, Math.PI, -2]) {
      const shape = headShape(box, landmarksOf({ ...box, h: box.w }, angle));
      expect(Math.cos(shape.angle - angle)).toBeGreaterThan(0.999);
      const fromMiddle = (v: number): Point => ({
        x: 150 - Math.sin(angle) * v,
        y: 160 + Math.cos(angle) * v,
      });
      expect(radius(shape, fromMiddle(-0.9 * box.h))).toBeLessThanOrEqual(1);
      expect(radius(shape, fromMiddle(-0.9 * box.h))).toBeLessThan(radius(shape, fromMiddle(0.9 * box.h)));
    }
  });

  test("in a profile, where the eyes coincide, the line from eyes to mouth gives the tilt", () => {
    const eye = { x: 150, y: 150 };
    const mouth = { x: 120, y: 150 };
    const shape = headShape(
      { x: 100, y: 100, w: 100, h: 100 },
      { leftEye: eye, rightEye: eye, nose: { x: 135, y: 140 }, leftMouth: mouth, rightMouth: mouth },
    );
    // The chin lies to the left, so the crown lies to the right.
    expect(shape.centre.x).toBeGreaterThan(155);
    expect(shape.centre.y).toBeCloseTo(150, 6);
  });

  test("a box without area gets a shape of some pixels", () => {
    const shape = headShape({ x: 10, y: 10, w: 0, h: 0 }, null);
    expect(shape.halfWidth).toBeGreaterThan(2);
    expect(shape.halfHeight).toBeGreaterThan(2);
  });

  test("what is no box is refused rather than left unhidden", () => {
    for (const box of [
      { x: Number.NaN, y: 0, w: 1, h: 1 },
      { x: 0, y: 0, w: Number.POSITIVE_INFINITY, h: 1 },
      { x: 0, y: 0, w: -1, h: 1 },
    ]) {
      expect(() => headShape(box, null)).toThrow(AssentError);
    }
  });

  test("its bounds hold every point up to the given radius", () => {
    fc.assert(
      fc.property(boxes, angles, fc.double({ min: 0, max: 7, noNaN: true }), (box, angle, direction) => {
        const shape = headShape(box, landmarksOf(box, angle));
        const ray = { x: shape.centre.x + Math.cos(direction), y: shape.centre.y + Math.sin(direction) };
        const length = 1.14 / radius(shape, ray);
        const edge = {
          x: shape.centre.x + Math.cos(direction) * length,
          y: shape.centre.y + Math.sin(direction) * length,
        };
        const bounds = shapeBounds(shape, 1.14);
        expect(edge.x).toBeGreaterThanOrEqual(bounds.x - 1e-6);
        expect(edge.x).toBeLessThanOrEqual(bounds.x + bounds.w + 1e-6);
        expect(edge.y).toBeGreaterThanOrEqual(bounds.y - 1e-6);
        expect(edge.y).toBeLessThanOrEqual(bounds.y + bounds.h + 1e-6);
      }),
    );
  });
});
