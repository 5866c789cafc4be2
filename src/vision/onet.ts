import { InferenceSession, Tensor } from "./runtime.ts";
import { centre, type Box, type Landmarks, type Point } from "../core/index.ts";
import { levelFor, type Pyramid } from "./pyramid.ts";
import { reduced, sample, type Affine } from "./sample.ts";

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

/** A square of the full picture, in its pixels, and by how much it is turned around its centre (radians). */
export interface Look {
  readonly square: Box;
  readonly turn?: number;
}

/** Judges squares; the answers are in the same order. The landmarks of a turned one are the turned face's own. */
export async function judgeSquares(
  stage: SecondStage,
  pyramid: Pyramid,
  looks: readonly Look[],
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const plane = SIDE * SIDE;
  for (let first = 0; first < looks.length; first += BATCH) {
    const batch = looks.slice(first, first + BATCH);
    const input = new Float32Array(batch.length * 3 * plane);
    for (const [k, look] of batch.entries()) {
      const { pixels, factorX, factorY } = levelFor(pyramid, look.square.w / SIDE);
      const planes = {
        offset: k * 3 * plane,
        plane,
        stepU: SIDE,
        stepV: 1,
        mean: stage.mean,
        scale: stage.scale,
      };
      sample(pixels, reduced(frameOf(look), factorX, factorY), SIDE, SIDE, input, planes, MOST_SAMPLES);
    }
    const output = await stage.session.run({
      [stage.session.inputNames[0] ?? "input"]: new Tensor("float32", input, [batch.length, 3, SIDE, SIDE]),
    });
    const scores = output[stage.outputs.score]?.data as Float32Array;
    const boxes = output[stage.outputs.box]?.data as Float32Array;
    const points = output[stage.outputs.points]?.data as Float32Array;
    for (const [k, look] of batch.entries()) {
      verdicts.push({
        score: scores[2 * k + 1]!,
        box: boxOf(look, boxes.subarray(4 * k, 4 * k + 4)),
        landmarks: landmarksOf(look, points.subarray(10 * k, 10 * k + 10)),
      });
    }
  }
  return verdicts;
}

/** From the network's input to the picture. */
function frameOf({ square, turn = 0 }: Look): Affine {
  const step = square.w / SIDE;
  const cos = Math.cos(turn) * step;
  const sin = Math.sin(turn) * step;
  const middle = centre(square);
  const half = SIDE / 2;
  return {
    a: cos,
    b: -sin,
    c: middle.x - half * (cos - sin),
    d: sin,
    e: cos,
    f: middle.y - half * (sin + cos),
  };
}

function pointOf(look: Look, u: number, v: number): Point {
  const { a, b, c, d, e, f } = frameOf(look);
  return { x: a * u * SIDE + b * v * SIDE + c, y: d * u * SIDE + e * v * SIDE + f };
}

/** The upright box around the network's box, whose edges come as shifts of the square's, in shares of its side. */
function boxOf(look: Look, [left = 0, top = 0, right = 0, bottom = 0]: Float32Array): Box {
  const { square, turn = 0 } = look;
  const middle = pointOf(look, (left + 1 + right) / 2, (top + 1 + bottom) / 2);
  const wide = square.w * (1 + right - left);
  const high = square.w * (1 + bottom - top);
  const cos = Math.abs(Math.cos(turn));
  const sin = Math.abs(Math.sin(turn));
  const w = wide * cos + high * sin;
  const h = wide * sin + high * cos;
  return { x: middle.x - w / 2, y: middle.y - h / 2, w, h };
}

/** Five x, then five y, in shares of the square's side. */
function landmarksOf(look: Look, shares: Float32Array): Landmarks {
  const point = (n: number): Point => pointOf(look, shares[n]!, shares[n + 5]!);
  return { leftEye: point(0), rightEye: point(1), nose: point(2), leftMouth: point(3), rightMouth: point(4) };
}
