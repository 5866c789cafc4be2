import type { Challenge } from "./prompts.ts";

/** When a frame arrived, by the clock of whoever asks. */
export interface TimedFrame {
  /** Index into the challenge's prompts: the one that was shown when it was taken. */
  readonly prompt: number;
  /** Milliseconds since the challenge began. */
  readonly at: number;
}

/** The last so many frames of a prompt decide: the pose is reached and held. */
export const HELD_FRAMES = 2;

/**
 * Milliseconds. A person needs about 250 to react to what they see (simple visual reaction: 200 to 300), and more to turn a
 * head; a clip that plays on by itself is there before. The other limits are generous to slow and old people.
 */
export const LIVENESS_TIMES = {
  /** From a prompt's showing to the first frame that counts, except the first prompt's, which may already be met. */
  leastReaction: 250,
  /** Between the first and the last frame that count for a prompt. */
  leastHeld: 250,
  /** From a prompt's showing to its last frame. */
  mostPerPrompt: 20_000,
  /** From the beginning to the last frame. */
  mostInAll: 60_000,
} as const;

/**
 * Judges when the frames of an answer came. `shownAt`: when each prompt was shown, in milliseconds since the challenge
 * began; a prompt is shown after the last frame of the one before. Frames are in the order in which they arrived.
 */
export function timingProblem(
  challenge: Challenge,
  shownAt: readonly number[],
  frames: readonly TimedFrame[],
): "timing" | "too-few-frames" | null {
  const { leastReaction, leastHeld, mostPerPrompt, mostInAll } = LIVENESS_TIMES;
  const known = frames.every(({ prompt }) => challenge.prompts[prompt] !== undefined);
  if (!known || shownAt.length !== challenge.prompts.length || !ascending(shownAt)) return "timing";
  if (!ascending(frames.map(({ at }) => at)) || !ascending(frames.map(({ prompt }) => prompt)))
    return "timing";
  for (const [prompt, shown] of shownAt.entries()) {
    const times = frames.filter((frame) => frame.prompt === prompt).map(({ at }) => at);
    const held = times.slice(-HELD_FRAMES);
    const [first] = held;
    const last = held.at(-1);
    if (held.length < HELD_FRAMES || first === undefined || last === undefined) return "too-few-frames";
    const until = Math.min(shown + mostPerPrompt, shownAt[prompt + 1] ?? Infinity, mostInAll);
    if (times.some((at) => at < shown || at > until)) return "timing";
    if (last - first < leastHeld || (prompt > 0 && first - shown < leastReaction)) return "timing";
  }
  return null;
}

/** Numbers from 0 on, none smaller than the one before. */
function ascending(numbers: readonly number[]): boolean {
  return numbers.every((value, n) => Number.isFinite(value) && value >= (n === 0 ? 0 : numbers[n - 1]!));
}
