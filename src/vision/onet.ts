import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Box, Landmarks, Point } from "../core/index.ts";
import { levelFor, type Pyramid } from "./pyramid.ts";
import { sample } from "./sample.ts";

/** What MTCNN's third network says of one square of the picture. */
export interface Verdict {
  /** 0 to 1: that the square holds a face. */
  readonly score: number;
  readonly box: Box;
  readonly landmarks: Landmarks;
}

/** The network with the names of its outputs; input values are `(v - mean) * scale`. */
export interface SecondStage {
  readonly session: InferenceSession;
  readonly outputs: { readonly score: string; readonly box: string; readonly points: string };
  readonly mean: number;
  readonly scale: number;
}

/** The network's input is 48 x 48, its axes swapped as in the MATLAB original. */
const SIDE = 48;

/** Samples per axis when a square is reduced; more changed no decision and cost time. */
const MOST_SAMPLES = 3;

/** Measured on one thread: 0.8 ms a face alone or by four, 1.2 ms by 32, which no longer fit the cache. */
const BATCH = 4;

/** The square around the same centre with `margin` times the longer side of the box. */
export function squareAround(box: Box, margin: number): Box {
  const side = Math.max(box.w, box.h) * margin;
  return { x: box.x + (box.w - side) / 2, y: box.y + (box.h - side) / 2, w: side, h: side };
}

/** Judges squares (in pixels of the full picture); the answers are in the same order. */
export async function judgeSquares(
  stage: SecondStage,
  pyramid: Pyramid,
  squares: readonly Box[],
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const plane = SIDE * SIDE;
  for (let first = 0; first < squares.length; first += BATCH) {
    const batch = squares.slice(first, first + BATCH);
    const input = new Float32Array(batch.length * 3 * plane);
    for (const [k, square] of batch.entries()) {
      const { pixels, factorX, factorY } = levelFor(pyramid, square.w / SIDE);
      const map = {
        a: square.w / SIDE / factorX,
        b: 0,
        c: square.x / factorX,
        d: 0,
        e: square.h / SIDE / factorY,
        f: square.y / factorY,
      };
      const planes = {
        offset: k * 3 * plane,
        plane,
        stepU: SIDE,
        stepV: 1,
        mean: stage.mean,
        scale: stage.scale,
      };
      sample(pixels, map, SIDE, SIDE, input, planes, MOST_SAMPLES);
    }
    const output = await stage.session.run({
      [stage.session.inputNames[0] ?? "input"]: new Tensor("float32", input, [batch.length, 3, SIDE, SIDE]),
    });
    const scores = output[stage.outputs.score]?.data as Float32Array;
    const boxes = output[stage.outputs.box]?.data as Float32Array;
    const points = output[stage.outputs.points]?.data as Float32Array;
    for (const [k, square] of batch.entries()) {
      const edge = (n: number): number => boxes[4 * k + n]! * square.w;
      const point = (n: number): Point => ({
        x: square.x + points[10 * k + n]! * square.w,
        y: square.y + points[10 * k + n + 5]! * square.w,
      });
      verdicts.push({
        score: scores[2 * k + 1]!,
        box: {
          x: square.x + edge(0),
          y: square.y + edge(1),
          w: square.w + edge(2) - edge(0),
          h: square.w + edge(3) - edge(1),
        },
        landmarks: {
          leftEye: point(0),
          rightEye: point(1),
          nose: point(2),
          leftMouth: point(3),
          rightMouth: point(4),
        },
      });
    }
  }
  return verdicts;
}
