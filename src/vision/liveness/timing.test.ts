import { describe, expect, test } from "vitest";
import type { Challenge } from "./prompts.ts";
import { LIVENESS_TIMES, timingProblem, type TimedFrame } from "./timing.ts";

const CHALLENGE: Challenge = {
  prompts: ["look-straight", "turn-left", "closer", "turn-right", "back"],
};
const SHOWN = [0, 1000, 3000, 5000, 7000];

/** Three frames a prompt: at once, and when the pose is held. */
const frames = (): TimedFrame[] =>
  SHOWN.flatMap((shown, prompt) => [100, 500, 950].map((after) => ({ prompt, at: shown + after })));

const changed = (index: number, change: Partial<TimedFrame>): TimedFrame[] =>
  frames().map((frame, n) => (n === index ? { ...frame, ...change } : frame));

describe("the frames of an answer", () => {
  test("that came in order, after their prompts and held, are in time", () => {
    expect(timingProblem(CHALLENGE, SHOWN, frames())).toBeNull();
  });

  test("that came before their prompt was shown, or before anybody can react, are not", () => {
    expect(timingProblem(CHALLENGE, SHOWN, changed(3, { at: 999 }))).toBe("timing");
    const atOnce = frames().filter(({ at }) => at !== 1500);
    expect(timingProblem(CHALLENGE, SHOWN, atOnce)).toBe("timing");
  });

  test("that came after the next prompt was shown are not", () => {
    expect(timingProblem(CHALLENGE, SHOWN, changed(2, { at: 1001 }))).toBe("timing");
  });

  test("out of order, of unknown prompts or at times that are no numbers are not", () => {
    expect(timingProblem(CHALLENGE, SHOWN, changed(4, { at: 1050 }))).toBe("timing");
    expect(timingProblem(CHALLENGE, SHOWN, changed(4, { prompt: 0 }))).toBe("timing");
    for (const prompt of [-1, 5, 0.5, Number.NaN]) {
      expect(timingProblem(CHALLENGE, SHOWN, changed(14, { prompt }))).toBe("timing");
    }
    expect(timingProblem(CHALLENGE, SHOWN, changed(14, { at: Number.NaN }))).toBe("timing");
    expect(timingProblem(CHALLENGE, SHOWN.slice(1), frames())).toBe("timing");
    expect(timingProblem(CHALLENGE, [0, 3000, 1000, 5000, 7000], frames())).toBe("timing");
  });

  test("that do not hold the pose, or take too long, are not", () => {
    expect(timingProblem(CHALLENGE, SHOWN, changed(1, { at: 900 }))).toBe("timing");
    const late = LIVENESS_TIMES.mostPerPrompt + 7001;
    expect(timingProblem(CHALLENGE, SHOWN, changed(14, { at: late }))).toBe("timing");
    const slow = SHOWN.map((shown) => shown * 10);
    const far = frames().map((frame, n) => ({ ...frame, at: slow[frame.prompt]! + [100, 500, 950][n % 3]! }));
    expect(timingProblem(CHALLENGE, slow, far)).toBe("timing");
  });

  test("are too few where a prompt has fewer than two", () => {
    const few = frames().filter(({ prompt, at }) => prompt !== 2 || at === 3950);
    expect(timingProblem(CHALLENGE, SHOWN, few)).toBe("too-few-frames");
    expect(timingProblem(CHALLENGE, SHOWN, [])).toBe("too-few-frames");
  });
});
