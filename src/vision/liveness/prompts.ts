import { randomInt } from "node:crypto";

/** Left and right are the person's own, as they see themselves in a mirror or a mirrored preview. */
export type Prompt = "look-straight" | "turn-left" | "turn-right" | "closer" | "back";

/** What a person is asked to do before the camera, in this order. Plain data; whoever asks keeps it from the page. */
export interface Challenge {
  readonly prompts: readonly Prompt[];
}

/** After the first look straight. With four, an answer takes about ten seconds and there are 30 sequences. */
const PROMPTS_AFTER_FIRST = 4;

const AFTER_FIRST: readonly Prompt[] = ["look-straight", "turn-left", "turn-right", "closer", "back"];

/**
 * A sequence starts straight, turns to both sides at least once, comes closer once, never asks the same twice in a
 * row, and goes back only after it came closer, because "back" needs room behind the person that nobody can promise. It
 * looks straight again only before it comes closer: afterwards a film of "back" would answer that too.
 */
function isAskable(prompts: readonly Prompt[]): boolean {
  const count = (prompt: Prompt): number => prompts.filter((one) => one === prompt).length;
  return (
    prompts[0] === "look-straight" &&
    prompts.every((prompt, n) => n === 0 || prompt !== prompts[n - 1]) &&
    count("turn-left") >= 1 &&
    count("turn-right") >= 1 &&
    count("closer") === 1 &&
    count("back") <= 1 &&
    (count("back") === 0 || prompts.indexOf("back") > prompts.indexOf("closer")) &&
    prompts.lastIndexOf("look-straight") < prompts.indexOf("closer")
  );
}

function sequences(length: number): readonly (readonly Prompt[])[] {
  if (length === 0) return [["look-straight"]];
  return sequences(length - 1).flatMap((begun) => AFTER_FIRST.map((next) => [...begun, next]));
}

/** Every challenge that can be asked. */
export const CHALLENGES: readonly Challenge[] = sequences(PROMPTS_AFTER_FIRST)
  .filter(isAskable)
  .map((prompts) => ({ prompts }));

/** One of CHALLENGES, each as likely as any other, by the system's secure randomness. */
export function makeChallenge(): Challenge {
  return CHALLENGES[randomInt(CHALLENGES.length)]!;
}

/** Whether it is one that `makeChallenge` could have made, so that no shorter or easier one is ever judged. */
export function isChallenge({ prompts }: Challenge): boolean {
  return prompts.length === PROMPTS_AFTER_FIRST + 1 && isAskable(prompts);
}
