import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { area, intersection, iou, type Box } from "../src/core/index.ts";

/** A face of a composed photo, in pixels of the upright photo. */
interface TrueFace {
  readonly person: string;
  readonly box: Box;
  readonly condition?: string;
}

export interface TruePhoto {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly TrueFace[];
}

interface WrittenPhoto extends Omit<TruePhoto, "faces"> {
  readonly faces: readonly { person: string; box: [number, number, number, number]; condition?: string }[];
}

export async function readTruth(folder: string): Promise<readonly TruePhoto[]> {
  const written = JSON.parse(await readFile(join(folder, "truth.json"), "utf8")) as WrittenPhoto[];
  return written.map((photo) => ({
    ...photo,
    faces: photo.faces.map(({ box: [x, y, w, h], ...rest }) => ({ ...rest, box: { x, y, w, h } })),
  }));
}

/** A found box is a true face's from this overlap on; the systems' boxes differ in how much forehead they take in. */
const SAME_FACE = 0.2;

const HEIGHTS = [0, 28, 32, 48, 64, 96, Number.POSITIVE_INFINITY] as const;

interface HeightRecall {
  readonly from: number;
  /** Null: no upper end. */
  readonly to: number | null;
  readonly faces: number;
  readonly found: number;
}

export interface Recall {
  readonly faces: number;
  readonly found: number;
  /** 0 to 1. */
  readonly recall: number | null;
  /** Boxes on no face at all. */
  readonly falseBoxes: number;
  readonly byHeight: readonly HeightRecall[];
}

/** Which true faces were found: each found box serves one face, the best overlaps first. */
export function recallOf(photos: readonly TruePhoto[], found: ReadonlyMap<string, readonly Box[]>): Recall {
  const rows = HEIGHTS.slice(0, -1).map((from, i) => ({ from, to: HEIGHTS[i + 1] ?? 0, faces: 0, found: 0 }));
  let falseBoxes = 0;
  for (const photo of photos) {
    const boxes = found.get(photo.file) ?? [];
    const pairs = photo.faces
      .flatMap((face) => boxes.map((box) => ({ face, box, overlap: iou(face.box, box) })))
      .filter((pair) => pair.overlap >= SAME_FACE)
      .toSorted((a, b) => b.overlap - a.overlap);
    const foundFaces = new Set<TrueFace>();
    const usedBoxes = new Set<Box>();
    for (const { face, box } of pairs) {
      if (foundFaces.has(face) || usedBoxes.has(box)) continue;
      foundFaces.add(face);
      usedBoxes.add(box);
    }
    for (const face of photo.faces) {
      const row = rows.find(({ from, to }) => face.box.h >= from && face.box.h < to);
      if (!row) continue;
      row.faces += 1;
      if (foundFaces.has(face)) row.found += 1;
    }
    falseBoxes += boxes.filter(
      (box) => !usedBoxes.has(box) && !photo.faces.some((face) => area(intersection(face.box, box)) > 0),
    ).length;
  }
  const faces = rows.reduce((sum, row) => sum + row.faces, 0);
  const hits = rows.reduce((sum, row) => sum + row.found, 0);
  return {
    faces,
    found: hits,
    recall: faces === 0 ? null : hits / faces,
    falseBoxes,
    byHeight: rows.map((row) => ({ ...row, to: Number.isFinite(row.to) ? row.to : null })),
  };
}
