export { cosine } from "./embed.ts";
export type { FoundFace, FoundFaces } from "./find-faces.ts";
export {
  MOST_LIVENESS_FRAMES,
  type LivenessAnswer,
  type LivenessFrame,
  type LivenessReason,
  type LivenessResult,
} from "./liveness/check.ts";
export type { FrameAdvice, FrameJudgement } from "./liveness/look.ts";
export { follows, type Pose, type PosedFrame } from "./liveness/pose.ts";
export { makeChallenge, type Challenge, type Prompt } from "./liveness/prompts.ts";
export { HELD_FRAMES, LIVENESS_TIMES, type TimedFrame } from "./liveness/timing.ts";
export { loadModelPack } from "./model-pack.ts";
export { createVisionPool, DEFAULT_PACK, type VisionPool } from "./pool.ts";
export type { SelfieProblem } from "./selfie.ts";
