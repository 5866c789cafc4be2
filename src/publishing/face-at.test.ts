import { describe, expect, test } from "vitest";
import { faceAt } from "./face-at.ts";

const face = (id: string, x: number, y: number, size: number) => ({
  id,
  box: { x, y, w: size, h: size },
  landmarks: null,
  detection: "certain" as const,
  person: null,
  state: null,
});
const photo = {
  size: { width: 1000, height: 500 },
  faces: [face("large", 100, 100, 200), face("small", 290, 180, 40), face("far", 800, 300, 50)],
};
const at = (x: number, y: number) => faceAt(photo, { x: x / 1000, y: y / 500 });

describe("the face that somebody taps", () => {
  test("is the one whose head is at the place, also beside its box where it is hidden", () => {
    expect(at(200, 200)).toBe("large");
    expect(at(825, 325)).toBe("far");
    expect(at(825, 290)).toBe("far");
  });

  test("is, of two that overlap, the one whose middle is nearer by its own size", () => {
    expect(at(310, 200)).toBe("small");
    expect(at(270, 200)).toBe("large");
  });

  test("is nobody where there is no head", () => {
    expect(at(600, 100)).toBeNull();
    expect(faceAt({ ...photo, faces: [] }, { x: 0.2, y: 0.4 })).toBeNull();
  });
});
