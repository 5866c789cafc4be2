import { AssentError, wipe, type Box, type Landmarks } from "../../core/index.ts";
import { HEAD_BYTES, identify, readPicture, type Pixels } from "../../pictures/index.ts";
import { cutChip } from "../align.ts";
import { detectFaces } from "../detect.ts";
import { detectionSettings } from "../find-faces.ts";
import type { Manifest } from "../manifest.ts";
import type { Networks } from "../networks.ts";
import { appearanceOf, frontalityOf, type Quality } from "../quality.ts";
import { PASSER_BY, problemOf, type SelfieProblem } from "../selfie.ts";
import { looksStraight, poseOf, yawOf, type Pose } from "./pose.ts";
import type { Prompt } from "./prompts.ts";

/** What to tell the person, the most urgent first; `ok`: the frame can be used. */
export type FrameAdvice =
  "no-face" | "several-faces" | "closer" | "further" | "to-the-light" | "hold-still" | "straight" | "ok";

/** One small frame of a camera, judged for guidance. Plain data without anything of the face but its place and pose. */
export interface FrameJudgement {
  readonly advice: FrameAdvice;
  /** Faces that count: certain ones not much smaller than the largest. */
  readonly faces: number;
  /** The largest, in shares of the frame's width and height, from its top left corner; null where there is none. */
  readonly place: Box | null;
  /** Degrees, about; positive: turned to the person's own left. Null where there is no face. */
  readonly yaw: number | null;
  /** For `meets`. */
  readonly pose: Pose | null;
}

/** Long edge to which a frame is reduced, and at which faces are searched: one that fills a fifth has 64 px there. */
const FRAME_EDGE = 960;
const SEARCH_EDGES: readonly number[] = [320];

/**
 * Largest share of the frame's height that a face may fill. Straight leaves room to come closer by a quarter; beyond 0.8 a
 * turned face leaves the frame.
 */
const MOST_SHARE: Readonly<Record<Prompt, number>> = {
  "look-straight": 0.7,
  "turn-left": 0.8,
  "turn-right": 0.8,
  back: 0.8,
  closer: 0.95,
};
/** Least share: below, too few pixels of a small frame are left for the landmarks. */
const LEAST_SHARE = 0.2;

/** The one face of a frame, in its pixels. */
export interface LookedFace {
  readonly box: Box;
  readonly landmarks: Landmarks;
  readonly pose: Pose;
  readonly seen: Omit<Quality, "norm">;
  /** RGB, CHIP_SIDE squared; to be overwritten. */
  readonly chip: Uint8Array;
}

export interface LookedFrame {
  readonly faces: number;
  readonly face: LookedFace | null;
  /** To be overwritten. */
  readonly pixels: Pixels;
}

/** Of a frame given as bytes. A frame of 480 x 640 has 40 to 90 kB. */
const MOST_FRAME_BYTES = 1_000_000;

/** Strangers send many frames a minute: they are JPEG and small, so that none costs more than a glance. */
function refuseStrange(picture: Uint8Array): void {
  const kind = identify(picture.subarray(0, HEAD_BYTES));
  if (kind.kind !== "picture" || kind.mediaType !== "image/jpeg") {
    throw new AssentError("unsupported-picture", "a frame is no JPEG", {
      remedy: "Send the camera's frames as JPEG, of about 480 x 640 pixels.",
    });
  }
  if (picture.length > MOST_FRAME_BYTES) {
    throw new AssentError("unsupported-picture", `a frame has ${Math.ceil(picture.length / 1000)} kB`, {
      remedy: "Send the camera's frames as JPEG, of about 480 x 640 pixels.",
    });
  }
}

/**
 * Decodes a frame and finds its face. Errors as `readPicture`; `unsupported-picture` also of bytes that are no JPEG, or
 * more than 1 MB.
 */
export async function lookAtFrame(
  networks: Networks,
  manifest: Manifest,
  picture: string | Uint8Array,
): Promise<LookedFrame> {
  if (typeof picture !== "string") refuseStrange(picture);
  const { pixels } = await readPicture(picture, { maxEdge: FRAME_EDGE });
  const { detections, pyramid } = await detectFaces(
    networks,
    pixels,
    detectionSettings(manifest),
    SEARCH_EDGES,
  );
  const certain = detections.filter((one) => one.detection === "certain").sort((a, b) => b.box.h - a.box.h);
  const [main] = certain;
  let face: LookedFace | null = null;
  if (main?.landmarks) {
    const { box, landmarks } = main;
    const chip = cutChip(pyramid, landmarks);
    const seen = { height: box.h, frontality: frontalityOf(landmarks), ...appearanceOf(chip) };
    face = { box, landmarks, pose: poseOf(landmarks, pixels.height), seen, chip };
  }
  // A frame no larger than the search is searched itself, and is still needed.
  for (const { pixels: level } of pyramid.searched) if (level !== pixels) wipe(level.data);
  return {
    faces: face ? certain.filter((one) => one.box.h >= PASSER_BY * face.box.h).length : 0,
    face,
    pixels,
  };
}

/** Judges one frame for guidance. `prompt`: what the person is asked to do; `straight` is not said while turning. */
export async function judgeFrameOf(
  networks: Networks,
  manifest: Manifest,
  picture: string | Uint8Array,
  prompt: Prompt,
): Promise<FrameJudgement> {
  const { faces, face, pixels } = await lookAtFrame(networks, manifest, picture);
  if (!face) {
    wipe(pixels.data);
    return { advice: "no-face", faces, place: null, yaw: null, pose: null };
  }
  const { width, height } = pixels;
  const { box, pose } = face;
  wipe(pixels.data, face.chip);
  return {
    advice: faces > 1 ? "several-faces" : adviceOn(face, { width, height }, prompt),
    faces,
    place: { x: box.x / width, y: box.y / height, w: box.w / width, h: box.h / height },
    yaw: yawOf(pose),
    pose,
  };
}

function adviceOn(
  { box, pose, seen }: LookedFace,
  frame: { readonly width: number; readonly height: number },
  prompt: Prompt,
): FrameAdvice {
  if (box.h < LEAST_SHARE * frame.height) return "closer";
  const middle = box.x + box.w / 2;
  const outside = middle < box.w / 4 || middle > frame.width - box.w / 4;
  if (box.h > MOST_SHARE[prompt] * frame.height || outside) return "further";
  const straight = prompt !== "turn-left" && prompt !== "turn-right";
  const advice = adviceFor(problemOf(straight ? seen : { ...seen, frontality: 1 }));
  return advice === "ok" && straight && !looksStraight(pose) ? "straight" : advice;
}

function adviceFor(problem: SelfieProblem | null): FrameAdvice {
  switch (problem) {
    case null:
      return "ok";
    case "no-face":
    case "several-faces":
      return problem;
    case "too-small":
      return "closer";
    case "too-dark":
      return "to-the-light";
    case "blurred":
      return "hold-still";
    case "not-frontal":
      return "straight";
  }
}
