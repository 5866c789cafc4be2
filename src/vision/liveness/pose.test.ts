import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Landmarks, Point } from "../../core/index.ts";
import {
  affineResidual,
  follows,
  meets,
  poseOf,
  reliefOf,
  yawOf,
  type Pose,
  type PosedFrame,
} from "./pose.ts";
import { CHALLENGES, type Challenge } from "./prompts.ts";

interface Solid {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** The five points of a head in eye distances, the nose 0.41 before the others; and the same pressed flat. */
const solid = (relief: number): Record<keyof Landmarks, Solid> => ({
  leftEye: { x: -0.5, y: 0, z: 0 },
  rightEye: { x: 0.5, y: 0, z: 0 },
  nose: { x: 0, y: 0.6, z: relief },
  leftMouth: { x: -0.4, y: 1.1, z: 0 },
  rightMouth: { x: 0.4, y: 1.1, z: 0 },
});

/** Seen from far away, turned by so many degrees to the person's own left, tilted, 100 px between the eyes. */
function seen(relief: number, yaw: number, tilt = 0, size = 100): Landmarks {
  const turn = (yaw * Math.PI) / 180;
  const lean = (tilt * Math.PI) / 180;
  const project = ({ x, y, z }: Solid): Point => {
    const u = (x * Math.cos(turn) + z * Math.sin(turn)) * size;
    const v = y * size;
    return {
      x: 300 + u * Math.cos(lean) - v * Math.sin(lean),
      y: 200 + u * Math.sin(lean) + v * Math.cos(lean),
    };
  };
  const points = solid(relief);
  return {
    leftEye: project(points.leftEye),
    rightEye: project(points.rightEye),
    nose: project(points.nose),
    leftMouth: project(points.leftMouth),
    rightMouth: project(points.rightMouth),
  };
}
const HEAD = 0.41;
const pose = (relief: number, yaw: number, tilt = 0, size = 100): Pose =>
  poseOf(seen(relief, yaw, tilt, size), 640);

describe("the pose of a head", () => {
  test("is its yaw in degrees, however far, tilted and large", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -45, max: 45 }),
        fc.integer({ min: -40, max: 40 }),
        fc.integer({ min: 30, max: 200 }),
        (yaw, tilt, size) => {
          expect(yawOf(pose(HEAD, yaw, tilt, size))).toBeCloseTo(yaw, 6);
        },
      ),
    );
  });

  test("of a plane stays straight however it turns, and one map carries it along", () => {
    for (const yaw of [-60, -30, 20, 50]) {
      expect(yawOf(pose(0, yaw))).toBeCloseTo(0, 6);
      expect(affineResidual(seen(0, 0), seen(0, yaw, 10))).toBeCloseTo(0, 6);
      expect(affineResidual(seen(HEAD, 0), seen(HEAD, yaw, 10))).toBeGreaterThan(5);
    }
    expect(meets("turn-left", pose(0, 40), pose(0, 0))).toBe(false);
  });

  test("tells the person's own left from their right, which a mirrored frame turns round", () => {
    const straight = pose(HEAD, 0);
    expect(meets("turn-left", pose(HEAD, 25), straight)).toBe(true);
    expect(meets("turn-right", pose(HEAD, 25), straight)).toBe(false);
    expect(meets("turn-right", pose(HEAD, -25), straight)).toBe(true);
    expect(meets("turn-left", pose(HEAD, -25), straight)).toBe(false);
  });

  test("must turn far enough and not too far", () => {
    const straight = pose(HEAD, 0);
    expect(meets("turn-left", pose(HEAD, 15), straight)).toBe(false);
    expect(meets("turn-left", pose(HEAD, 40), straight)).toBe(true);
    expect(meets("turn-left", pose(HEAD, 50), straight)).toBe(false);
    expect(meets("look-straight", pose(HEAD, 10), straight)).toBe(true);
    expect(meets("look-straight", pose(HEAD, 20), straight)).toBe(false);
  });

  test("nears and goes back by the length of the face, which a turn does not change", () => {
    const straight = pose(HEAD, 0);
    expect(meets("closer", pose(HEAD, 10, 0, 130), straight)).toBe(true);
    expect(meets("closer", pose(HEAD, 10, 0, 115), straight)).toBe(false);
    expect(meets("closer", pose(HEAD, 25, 0, 130), straight)).toBe(false);
    expect(meets("back", pose(HEAD, 0, 0, 105), straight)).toBe(true);
    expect(meets("back", pose(HEAD, 0, 0, 120), straight)).toBe(false);
  });

  test("gives back how far the nose stands out", () => {
    for (const relief of [0, 0.1, 0.3, 0.5]) {
      expect(reliefOf(pose(relief, 0), pose(relief, 30), pose(relief, -25))).toBeCloseTo(relief, 6);
    }
  });
});

test("a film of one challenge answers no other", () => {
  /** How somebody stands at each prompt who does what is asked and no more. */
  const film = ({ prompts }: Challenge): PosedFrame[] => {
    let size = 100;
    return prompts.flatMap((prompt, n) => {
      if (prompt === "closer") size = 140;
      if (prompt === "back") size = 100;
      const yaw = prompt === "turn-left" ? 27 : prompt === "turn-right" ? -27 : 0;
      const frame = { prompt: n, pose: pose(HEAD, yaw, 0, size) };
      return [frame, frame];
    });
  };
  for (const asked of CHALLENGES) {
    const answered = CHALLENGES.filter((filmed) =>
      asked.prompts.every((_, n) => follows(asked, film(filmed), n)),
    );
    expect(answered).toEqual([asked]);
  }
});

describe("a prompt is followed", () => {
  const challenge: Challenge = { prompts: ["look-straight", "turn-left", "closer", "turn-right", "back"] };
  const frame = (prompt: number, yaw: number | null): PosedFrame => ({
    prompt,
    pose: yaw === null ? null : pose(HEAD, yaw),
  });
  const straight = [frame(0, 2), frame(0, -2)];

  test("when its last two frames are what it asked for, whatever came before", () => {
    expect(follows(challenge, straight, 0)).toBe(true);
    expect(follows(challenge, [...straight, frame(1, -20), frame(1, 25), frame(1, 24)], 1)).toBe(true);
    expect(follows(challenge, [...straight, frame(1, 25), frame(1, 10), frame(1, 25)], 1)).toBe(false);
  });

  test("not by one frame, nor without a face, nor before the first prompt was answered", () => {
    expect(follows(challenge, [...straight, frame(1, 25)], 1)).toBe(false);
    expect(follows(challenge, [...straight, frame(1, 25), frame(1, null)], 1)).toBe(false);
    expect(follows(challenge, [frame(1, 25), frame(1, 25)], 1)).toBe(false);
    expect(follows(challenge, straight, 5)).toBe(false);
  });
});
