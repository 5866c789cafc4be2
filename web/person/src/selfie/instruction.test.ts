import { describe, expect, test } from "vitest";
import { CALM_MS, settle } from "./instruction.ts";

const answer = (change: object = {}) => ({
  state: "going-on" as const,
  prompt: "look-straight" as const,
  step: 1,
  steps: 4,
  advice: "ok" as const,
  ...change,
});

describe("the one instruction", () => {
  test("the first answer is shown at once", () => {
    expect(settle(null, answer({ advice: "no-face" }), 0).instruction).toBe("advice.no-face");
  });

  test("advice that comes and goes does not change the words", () => {
    let shown = settle(null, answer(), 0);
    shown = settle(shown, answer({ advice: "hold-still" }), 500);
    shown = settle(shown, answer(), 500 + CALM_MS);
    expect(shown.instruction).toBe("prompt.look-straight");
    expect(shown.waiting).toBe(null);
  });

  test("advice that stays is shown", () => {
    let shown = settle(null, answer(), 0);
    shown = settle(shown, answer({ advice: "closer" }), 500);
    expect(shown.instruction).toBe("prompt.look-straight");
    shown = settle(shown, answer({ advice: "closer" }), 500 + CALM_MS);
    expect(shown.instruction).toBe("advice.closer");
  });

  test("a new step is shown at once", () => {
    const shown = settle(settle(null, answer(), 0), answer({ step: 2, prompt: "turn-left" }), 1);
    expect(shown).toMatchObject({ instruction: "prompt.turn-left", step: 2 });
  });
});
