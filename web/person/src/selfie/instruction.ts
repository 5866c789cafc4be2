import type { FrameAnswer } from "../../../../src/http/contract/person.ts";

type GoingOn = Extract<FrameAnswer, { state: "going-on" }>;
/** What is asked of the person now: the prompt, or what stands in its way. */
export type Instruction = `prompt.${GoingOn["prompt"]}` | `advice.${Exclude<GoingOn["advice"], "ok">}`;

export interface Shown {
  readonly instruction: Instruction;
  readonly step: number;
  readonly steps: number;
  /** Milliseconds, of the clock that is handed in. */
  readonly since: number;
  /** What the last answer asked for, where it is not yet shown, and since when. */
  readonly waiting: { readonly instruction: Instruction; readonly since: number } | null;
}

/** Advice that lasts less than this is not worth a change of words: an instruction that flickers cannot be followed. */
export const CALM_MS = 800;

function wanted(answer: GoingOn): Instruction {
  return answer.advice === "ok" ? `prompt.${answer.prompt}` : `advice.${answer.advice}`;
}

/**
 * Which one instruction stands on the page after an answer. A new step is shown at once; advice, and its end, only when it
 * has been asked for during `CALM_MS`.
 */
export function settle(shown: Shown | null, answer: GoingOn, now: number): Shown {
  const instruction = wanted(answer);
  const { step, steps } = answer;
  if (shown === null || shown.step !== step) return { instruction, step, steps, since: now, waiting: null };
  if (shown.instruction === instruction) return { ...shown, steps, waiting: null };
  const waiting = shown.waiting?.instruction === instruction ? shown.waiting : { instruction, since: now };
  if (now - waiting.since < CALM_MS) return { ...shown, steps, waiting };
  return { instruction, step, steps, since: now, waiting: null };
}
