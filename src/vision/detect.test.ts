import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Box, Landmarks } from "../core/index.ts";
import { decide, type DetectionSettings } from "./detect.ts";
import { isSameFace, keepBest } from "./overlap.ts";

const SETTINGS: DetectionSettings = {
  propose: 0.15,
  insist: 0.4,
  firstLook: 0.2,
  certain: 0.7,
  doubtful: 0.5,
};
const landmarks = { leftEye: { x: 1, y: 1 } } as Landmarks;

/** What both stages said of a place: first stage's score, second stage's first and last. */
function judged(
  box: Box,
  first: number,
  look: number,
  last: number | null,
): Parameters<typeof decide>[0][number] {
  return {
    candidate: { ...box, score: first },
    firstScore: look,
    verdict: last === null ? null : { score: last, box, landmarks },
  };
}

const HERE = { x: 100, y: 100, w: 40, h: 50 };

describe("a place is", () => {
  test("certain when the second stage agrees, however unsure the first", () => {
    expect(decide([judged(HERE, 0.16, 0.9, 0.95)], SETTINGS)).toMatchObject([
      { detection: "certain", landmarks },
    ]);
  });

  test("doubtful when the first insists and the second refuses, and has no landmarks", () => {
    expect(decide([judged(HERE, 0.8, 0.01, null)], SETTINGS)).toMatchObject([
      { detection: "doubtful", landmarks: null },
    ]);
  });

  test("doubtful when the second takes it at its first look and refuses it at its second", () => {
    expect(decide([judged(HERE, 0.2, 0.6, 0.3)], SETTINGS)).toMatchObject([{ detection: "doubtful" }]);
  });

  test("nothing when neither is sure", () => {
    expect(decide([judged(HERE, 0.3, 0.4, 0.5)], SETTINGS)).toEqual([]);
  });
});

describe("overlaps", () => {
  test("a face found twice is one face, the better one", () => {
    const again = { ...HERE, x: 104 };
    const [face, ...more] = decide([judged(again, 0.6, 0.9, 0.9), judged(HERE, 1, 1, 1)], SETTINGS);
    expect(more).toEqual([]);
    expect(face?.box).toEqual(HERE);
  });

  test("a child before an adult's face stays a face of its own", () => {
    const adult = { x: 0, y: 0, w: 200, h: 250 };
    const child = { x: 120, y: 170, w: 60, h: 75 };
    expect(decide([judged(adult, 1, 1, 1), judged(child, 0.9, 1, 1)], SETTINGS)).toHaveLength(2);
  });

  test("a doubtful box within a certain face is that face; beside it, it is another", () => {
    const face = judged({ x: 0, y: 0, w: 100, h: 120 }, 1, 1, 1);
    expect(decide([face, judged({ x: 20, y: 20, w: 50, h: 60 }, 0.9, 0, null)], SETTINGS)).toHaveLength(1);
    expect(decide([face, judged({ x: 80, y: 20, w: 50, h: 60 }, 0.9, 0, null)], SETTINGS)).toHaveLength(2);
  });

  test("of any boxes, those kept are none of them one face, and each one dropped repeats a better one kept", () => {
    const size = fc.double({ min: 1, max: 300, noNaN: true });
    const box = fc.record({
      x: size,
      y: size,
      w: size,
      h: size,
      score: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(box, { maxLength: 30 }), (boxes) => {
        const kept = keepBest(boxes, (one) => one.score, isSameFace);
        for (const [n, one] of kept.entries()) {
          for (const other of kept.slice(n + 1)) expect(isSameFace(one, other)).toBe(false);
        }
        for (const one of boxes) {
          if (kept.includes(one)) continue;
          expect(kept.some((better) => better.score >= one.score && isSameFace(one, better))).toBe(true);
        }
      }),
    );
  });
});
