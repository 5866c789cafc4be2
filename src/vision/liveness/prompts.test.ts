import { describe, expect, test } from "vitest";
import { CHALLENGES, isChallenge, makeChallenge, type Prompt } from "./prompts.ts";

describe("a challenge", () => {
  test("starts straight, turns to both sides, comes closer once, and asks nothing twice in a row", () => {
    expect(CHALLENGES).toHaveLength(30);
    expect(new Set(CHALLENGES.map(({ prompts }) => prompts.join()))).toHaveProperty("size", 30);
    for (const { prompts } of CHALLENGES) {
      expect(prompts[0]).toBe("look-straight");
      expect(prompts).toEqual(expect.arrayContaining(["turn-left", "turn-right", "closer"]));
      expect(prompts.filter((prompt, n) => prompt === prompts[n - 1])).toEqual([]);
      if (prompts.includes("back"))
        expect(prompts.indexOf("back")).toBeGreaterThan(prompts.indexOf("closer"));
    }
  });

  test("is drawn evenly from all sequences", () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 2000; n++) {
      const key = makeChallenge().prompts.join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // 67 of each are expected; fewer than 20 or more than 130 would be a chance of less than one in a million.
    expect(counts.size).toBe(30);
    expect(Math.min(...counts.values())).toBeGreaterThan(19);
    expect(Math.max(...counts.values())).toBeLessThan(131);
  });

  test("that is shorter or easier than these is none", () => {
    const none: readonly (readonly Prompt[])[] = [
      [],
      ["look-straight"],
      ["look-straight", "turn-left", "turn-right"],
      ["look-straight", "closer", "turn-left", "closer", "turn-left"],
      ["turn-left", "turn-right", "closer", "look-straight", "turn-left"],
      ["look-straight", "back", "turn-left", "turn-right", "closer"],
      ["look-straight", "turn-left", "turn-right", "closer", "look-straight"],
    ];
    for (const prompts of none) expect(isChallenge({ prompts })).toBe(false);
    expect(CHALLENGES.every(isChallenge)).toBe(true);
  });
});
