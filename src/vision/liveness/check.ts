import { AssentError, distance, wipe } from "../../core/index.ts";
import { cosine, embedChip } from "../embed.ts";
import type { Manifest } from "../manifest.ts";
import type { Networks } from "../networks.ts";
import { isComparable, NORM_FLOOR } from "../quality.ts";
import { templatesOfPixels, type SelfieProblem } from "../selfie.ts";
import { lookAtFrame, type LookedFace, type LookedFrame } from "./look.ts";
import {
  affineResidual,
  follows,
  heldPoses,
  looksStraight,
  meanPose,
  reliefOf,
  TURNED,
  type Pose,
} from "./pose.ts";
import { isChallenge, type Challenge, type Prompt } from "./prompts.ts";
import { HELD_FRAMES, timingProblem, type TimedFrame } from "./timing.ts";

export interface LivenessFrame extends TimedFrame {
  /** A picture file, not mirrored: its bytes or its path. */
  readonly picture: string | Uint8Array;
}

/** What was asked, when each prompt was shown (milliseconds since the challenge began), and every frame received. */
export interface LivenessAnswer {
  readonly challenge: Challenge;
  readonly shownAt: readonly number[];
  readonly frames: readonly LivenessFrame[];
}

/** Why an answer is not taken, the first that applies. */
export type LivenessReason =
  | "timing"
  | "too-few-frames"
  | "no-face"
  | "several-faces"
  | "different-faces"
  | "pose-does-not-follow"
  | "distance-does-not-follow"
  /** The face turns as a plane or a bent sheet does: it is printed or shown. */
  | "flat"
  /** The best frame that looks straight makes no template: see `problem`. */
  | "poor-face";

export type LivenessResult =
  /** `embeddings`: the templates of `templatesOf`, of the best frame that looks straight. The caller overwrites them. */
  | { readonly passed: true; readonly embeddings: readonly Float32Array[] }
  | {
      readonly passed: false;
      readonly reason: LivenessReason;
      /** Index of the prompt that was not followed, if the reason is one prompt's. */
      readonly prompt: number | null;
      /** What is wrong with a poor face. */
      readonly problem: SelfieProblem | null;
    };

/** At two a second, a minute's worth is 120; what a page needs is a quarter of that. A frame takes about 40 ms. */
export const MOST_LIVENESS_FRAMES = 60;

/**
 * Least cosine between any comparable frame and the best straight one. Measured: of one person, rendered at up to 35
 * degrees, 0.70 at least (0.74 on a film of a real person at about 30); of two strangers see docs/liveness.md.
 */
const SAME_FACE = 0.55;

/** Least residual (eye distances) of the affine map from the frames turned right to those turned left. */
const SOLID = 0.08;

/**
 * Least relief (`reliefOf`). Rendered heads whose noses stand out by 0.8 of the average have 0.28 at least and a film of a real
 * head 0.61: at 0.30 five of 18 of the former were refused. Bent and folded prints have 0.20 to 0.38.
 */
const RELIEF = 0.27;

/** Width, over that of the straight frames, below which a face whose nose stayed in place was turned as a plane. */
const NARROW = 0.88;

interface Looked {
  readonly prompt: number;
  /** Among the last of its prompt, that decide. */
  readonly held: boolean;
  readonly frame: LookedFrame;
}

/**
 * Judges an answer to a challenge: timing, one face in every frame that decides, the same face in all, pose and distance
 * as prompted, a solid head. Frames between two poses may be without a face, blurred by motion, but never with two.
 * Frames, pixels, chips and embeddings are overwritten; `picture` bytes too.
 *
 * Errors: `bad-input` (no challenge of `makeChallenge`, too many frames), `unreadable-picture`, `unsupported-picture`.
 */
export async function checkAnswer(
  networks: Networks,
  manifest: Manifest,
  { challenge, shownAt, frames }: LivenessAnswer,
): Promise<LivenessResult> {
  const looked: Looked[] = [];
  const embeddings = new Map<Looked, Float32Array>();
  try {
    if (!isChallenge(challenge)) throw new AssentError("bad-input", "these prompts are no challenge");
    if (frames.length > MOST_LIVENESS_FRAMES) {
      throw new AssentError("bad-input", `${frames.length} frames are too many for a challenge`, {
        remedy: `Send at most ${MOST_LIVENESS_FRAMES}, two a second.`,
      });
    }
    const late = timingProblem(challenge, shownAt, frames);
    if (late) return refused(late);
    for (const [n, { prompt, picture }] of frames.entries()) {
      const held = frames[n + HELD_FRAMES]?.prompt !== prompt;
      const one = { prompt, held, frame: await lookAtFrame(networks, manifest, picture) };
      looked.push(one);
      if (one.frame.faces > 1) return refused("several-faces", prompt);
      if (held && !one.frame.face) return refused("no-face", prompt);
    }
    const wrong = poseProblem(challenge, looked);
    if (wrong) return wrong;

    for (const one of looked) {
      const { face } = one.frame;
      if (!face || !isComparable(face.seen)) {
        if (one.held) return refused("poor-face", one.prompt);
        continue;
      }
      const { vector, norm } = await embedChip(networks.embedder, face.chip);
      if (norm >= NORM_FLOOR) embeddings.set(one, vector);
      else wipe(vector);
      if (norm < NORM_FLOOR && one.held) return refused("poor-face", one.prompt);
    }
    const straight = bestStraight(challenge, looked);
    const reference = embeddings.get(straight);
    if (!reference) throw new AssentError("internal", "the straight frame was not embedded");
    for (const [{ prompt }, vector] of embeddings) {
      if (cosine(reference, vector) < SAME_FACE) return refused("different-faces", prompt);
    }

    const { pixels } = straight.frame;
    const templates = await templatesOfPixels(networks, manifest, pixels, 1);
    if (templates.problem === "several-faces") return refused("several-faces", straight.prompt);
    if (templates.problem) {
      return { passed: false, reason: "poor-face", prompt: straight.prompt, problem: templates.problem };
    }
    return { passed: true, embeddings: templates.embeddings };
  } finally {
    for (const { frame } of looked) wipe(frame.pixels.data, ...(frame.face ? [frame.face.chip] : []));
    for (const { picture } of frames) if (typeof picture !== "string") wipe(picture);
    wipe(...embeddings.values());
  }
}

function refused(reason: LivenessReason, prompt: number | null = null): LivenessResult {
  return { passed: false, reason, prompt, problem: null };
}

/** Whether pose and distance follow the prompts, and whether what turns is solid. */
function poseProblem(challenge: Challenge, looked: readonly Looked[]): LivenessResult | null {
  const frames = looked.map(({ prompt, frame }) => ({ prompt, pose: frame.face?.pose ?? null }));
  const held = (prompt: number): readonly Pose[] => heldPoses(frames, prompt) ?? [];
  const straight = meanPose(held(0));
  for (const [n, prompt] of challenge.prompts.entries()) {
    if (follows(challenge, frames, n)) continue;
    switch (prompt) {
      case "closer":
      case "back":
        return refused(held(n).every(looksStraight) ? "distance-does-not-follow" : "pose-does-not-follow", n);
      case "look-straight":
        return refused("pose-does-not-follow", n);
      case "turn-left":
      case "turn-right": {
        const asPlane = held(n).some(
          ({ width, turn }) => width < NARROW * straight.width && Math.abs(turn - straight.turn) < TURNED,
        );
        return refused(asPlane ? "flat" : "pose-does-not-follow", n);
      }
    }
  }
  const turned = (side: Prompt): readonly LookedFace[] =>
    looked.flatMap(({ prompt, held: decides, frame }) =>
      decides && frame.face && challenge.prompts[prompt] === side ? [frame.face] : [],
    );
  const left = turned("turn-left");
  const right = turned("turn-right");
  const relief = reliefOf(
    straight,
    meanPose(left.map(({ pose }) => pose)),
    meanPose(right.map(({ pose }) => pose)),
  );
  const residuals = left.flatMap((l) =>
    right.map((r) => {
      const { leftEye, rightEye } = l.landmarks;
      // As far apart as the eyes would be if the head looked straight from there.
      const eyes = (distance(leftEye, rightEye) * straight.width) / l.pose.width;
      return affineResidual(r.landmarks, l.landmarks) / eyes;
    }),
  );
  const residual = residuals.reduce((sum, value) => sum + value, 0) / residuals.length;
  return relief < RELIEF || residual < SOLID ? refused("flat") : null;
}

/** The sharpest of the frames that decide a look straight. */
function bestStraight(challenge: Challenge, looked: readonly Looked[]): Looked {
  const sharpness = (one: Looked): number => one.frame.face?.seen.sharpness ?? 0;
  const [best] = looked
    .filter((one) => one.held && challenge.prompts[one.prompt] === "look-straight")
    .sort((a, b) => sharpness(b) - sharpness(a));
  if (!best) throw new AssentError("internal", "no frame looks straight");
  return best;
}
