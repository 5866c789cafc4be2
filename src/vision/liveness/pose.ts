import { landmarkPoints, type Landmarks, type Point } from "../../core/index.ts";
import type { Challenge, Prompt } from "./prompts.ts";
import { HELD_FRAMES } from "./timing.ts";

/** How a head stands, from its five landmarks. All but `length` are free of the face's size and of the head's tilt. */
export interface Pose {
  /**
   * By how much the nose lies beside the middle of eyes and mouth, along the line of the eyes, in eye distances.
   * Positive: turned to the person's own left, which is the right of a picture that is not mirrored. A plane keeps it
   * however it turns; a head does not.
   */
  readonly turn: number;
  /** Distance of the eyes over distance from eyes to mouth: a turn shortens it, of a head and of a plane alike. */
  readonly width: number;
  /** From the middle of the eyes to the middle of the mouth, as a share of the frame's height: grows as one nears. */
  readonly length: number;
}

/** `landmarks` in pixels of a picture that is not mirrored, `height` of that picture. */
export function poseOf({ leftEye, rightEye, nose, leftMouth, rightMouth }: Landmarks, height: number): Pose {
  const dx = rightEye.x - leftEye.x;
  const dy = rightEye.y - leftEye.y;
  const eyes = Math.max(1e-6, Math.hypot(dx, dy));
  const upper = between(leftEye, rightEye);
  const lower = between(leftMouth, rightMouth);
  const middle = between(upper, lower);
  const down = Math.max(1e-6, Math.hypot(lower.x - upper.x, lower.y - upper.y));
  return {
    turn: ((nose.x - middle.x) * dx + (nose.y - middle.y) * dy) / eyes ** 2,
    width: eyes / down,
    length: down / height,
  };
}

function between(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** How far the nose stands out before eyes and mouth, in eye distances, as the detector's landmarks show it. */
const NOSE = 0.41;

/**
 * About how far a head is turned, in degrees, positive to the person's own left. Measured on rendered heads of 18 people:
 * medians of 19 to 22 for 20 degrees, 24 to 26 for 25, 27 to 30 for 30; one frame may be 8 degrees off.
 */
export function yawOf({ turn }: Pose): number {
  return (Math.atan(turn / NOSE) * 180) / Math.PI;
}

/** Largest turn that counts as straight, about 16 degrees. The 71 frontal portraits lie within 0.08. */
const STRAIGHT = 0.12;

/** Least change of turn from the straight frames, about 18 degrees. */
export const TURNED = 0.13;

/** Least width over that of the straight frames, about 44 degrees: beyond, the landmarks are guesses. */
const LEAST_WIDTH = 0.72;

/** Times as long as in the straight frames: nearer by a fifth at least; and, back again, at most. */
const CLOSER = 1.25;
const BACK = 1.12;

/** Whether a head does what it was asked to. `straight`: how it stood when it first looked straight. */
export function meets(prompt: Prompt, pose: Pose, straight: Pose): boolean {
  switch (prompt) {
    case "look-straight":
      return looksStraight(pose);
    case "turn-left":
      return pose.turn - straight.turn >= TURNED && pose.width >= LEAST_WIDTH * straight.width;
    case "turn-right":
      return straight.turn - pose.turn >= TURNED && pose.width >= LEAST_WIDTH * straight.width;
    case "closer":
      return looksStraight(pose) && pose.length >= CLOSER * straight.length;
    case "back":
      return looksStraight(pose) && pose.length <= BACK * straight.length;
  }
}

/** A frame's pose, null where it has no face, with the index of the prompt that was shown. */
export interface PosedFrame {
  readonly prompt: number;
  readonly pose: Pose | null;
}

/**
 * Whether the last frames of a prompt are what it asked for, so that the next may be shown. `frames` are those of all
 * prompts so far, in order; how the head stood at the end of the first prompt is what the others are measured against.
 */
export function follows(challenge: Challenge, frames: readonly PosedFrame[], prompt: number): boolean {
  const asked = challenge.prompts[prompt];
  const held = heldPoses(frames, prompt);
  const straight = heldPoses(frames, 0);
  if (asked === undefined || held === null || straight === null) return false;
  const reference = meanPose(straight);
  return held.every((pose) => meets(asked, pose, reference));
}

/** The poses of the last HELD_FRAMES frames of a prompt; null where there are fewer, or one has no face. */
export function heldPoses(frames: readonly PosedFrame[], prompt: number): readonly Pose[] | null {
  const held = frames.filter((frame) => frame.prompt === prompt).slice(-HELD_FRAMES);
  const poses = held.flatMap(({ pose }) => (pose ? [pose] : []));
  return poses.length === HELD_FRAMES ? poses : null;
}

export function looksStraight({ turn }: Pose): boolean {
  return Math.abs(turn) <= STRAIGHT;
}

export function meanPose(poses: readonly Pose[]): Pose {
  const mean = (value: (pose: Pose) => number): number =>
    poses.reduce((sum, pose) => sum + value(pose), 0) / poses.length;
  return {
    turn: mean((one) => one.turn),
    width: mean((one) => one.width),
    length: mean((one) => one.length),
  };
}

/**
 * How badly one affine map carries the landmarks of `a` to those of `b`: what is left over by least squares, as root mean
 * square per point, in pixels of `b`. 0 for the points of a plane far from the camera.
 */
export function affineResidual(a: Landmarks, b: Landmarks): number {
  const from = landmarkPoints(a);
  const to = landmarkPoints(b);
  const centred = (values: readonly number[]): number[] => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const dot = (p: readonly number[], q: readonly number[]): number =>
    p.reduce((sum, value, i) => sum + value * q[i]!, 0);
  const x = centred(from.map((point) => point.x));
  const y = centred(from.map((point) => point.y));
  const xx = dot(x, x);
  const yy = dot(y, y);
  const xy = dot(x, y);
  const determinant = Math.max(1e-9, xx * yy - xy * xy);
  const leftOver = (target: readonly number[]): number => {
    const tx = dot(target, x);
    const ty = dot(target, y);
    const p = (tx * yy - ty * xy) / determinant;
    const q = (ty * xx - tx * xy) / determinant;
    return target.reduce((sum, value, i) => sum + (value - p * x[i]! - q * y[i]!) ** 2, 0);
  };
  const square =
    leftOver(centred(to.map((point) => point.x))) + leftOver(centred(to.map((point) => point.y)));
  return Math.sqrt(square / from.length);
}

/**
 * How far the nose stands out, in eye distances: by how much it moved when the head was turned to both sides, over how far
 * that was, as the narrowing of the face tells. About 0.4 for a head, 0.1 for a plane, between them for a bent print.
 */
export function reliefOf(straight: Pose, left: Pose, right: Pose): number {
  const tangent = (pose: Pose): number => {
    const cosine = Math.min(NARROWED, pose.width / straight.width);
    return Math.sqrt(1 - cosine * cosine) / cosine;
  };
  return (left.turn - right.turn) / (tangent(left) + tangent(right));
}

/** A narrowing is measured to about 4 %; less than that is taken for 12 degrees, lest a plane divide by nothing. */
const NARROWED = 0.978;
