import { describe, expect, test } from "vitest";
import { recallOf, type TruePhoto } from "./truth.ts";

const box = (x: number, y: number, side: number) => ({ x, y, w: side, h: side });
const photo = (...boxes: ReturnType<typeof box>[]): TruePhoto => ({
  file: "a.jpg",
  width: 1000,
  height: 1000,
  faces: boxes.map((one, i) => ({ person: `p${i}`, box: one })),
});

describe("recall", () => {
  test("counts a face as found by a box that overlaps it enough, and by no other", () => {
    const truth = photo(box(0, 0, 100), box(500, 500, 100));
    const result = recallOf([truth], new Map([["a.jpg", [box(20, 20, 100), box(590, 590, 100)]]]));
    expect(result).toMatchObject({ faces: 2, found: 1, recall: 0.5, falseBoxes: 0 });
  });

  test("lets one box serve one face only, the one it fits best", () => {
    const truth = photo(box(0, 0, 100), box(40, 0, 100));
    expect(recallOf([truth], new Map([["a.jpg", [box(38, 0, 100)]]]))).toMatchObject({ found: 1 });
    const both = new Map([["a.jpg", [box(38, 0, 100), box(10, 0, 100)]]]);
    expect(recallOf([truth], both)).toMatchObject({ found: 2 });
  });

  test("takes boxes that touch no face for false, and photos without an answer for missed", () => {
    const truth = photo(box(0, 0, 100));
    expect(recallOf([truth], new Map([["a.jpg", [box(700, 700, 50)]]]))).toMatchObject({
      found: 0,
      falseBoxes: 1,
    });
    expect(recallOf([truth], new Map())).toMatchObject({ faces: 1, found: 0, falseBoxes: 0 });
  });

  test("puts faces in bands by their true height", () => {
    const { byHeight } = recallOf([photo(box(0, 0, 31), box(100, 100, 96))], new Map());
    expect(byHeight.map((band) => band.faces)).toEqual([0, 1, 0, 0, 0, 1]);
    expect(byHeight.at(-1)).toMatchObject({ from: 96, to: null });
  });
});
