import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../core/index.ts";
import type {
  FrameJudgement,
  LivenessAnswer,
  LivenessResult,
  Pose,
  Prompt,
  VisionPool,
} from "../../vision/index.ts";
import type { FrameAnswer } from "../contract/person.ts";
import { openChallenges, type ChallengeEnds, type Challenges } from "./challenge.ts";

const STRAIGHT: Pose = { turn: 0, width: 1, length: 0.15 };
const POSES: Readonly<Record<Prompt, Pose>> = {
  "look-straight": STRAIGHT,
  "turn-left": { ...STRAIGHT, turn: 0.25, width: 0.9 },
  "turn-right": { ...STRAIGHT, turn: -0.25, width: 0.9 },
  closer: { ...STRAIGHT, length: 0.22 },
  back: STRAIGHT,
};

/**
 * What the processes would say, told by the test: the server's part is the order of things, its limits and what it keeps. The
 * real networks judge real frames in journey.test.ts.
 */
function setUp() {
  let ms = 0;
  let pose: Partial<FrameJudgement> = {};
  let answer: LivenessResult = { passed: true, embeddings: [new Float32Array([1, 2, 3])] };
  const answers: LivenessAnswer[] = [];
  const refusals: string[] = [];
  const finished: Float32Array[] = [];
  let held: Promise<void> | undefined;
  const pool = {
    judgeFrame: async (_: unknown, prompt: Prompt): Promise<FrameJudgement> => {
      await held;
      return { advice: "ok", faces: 1, place: null, yaw: 0, pose: POSES[prompt], ...pose };
    },
    checkLiveness: async (given: LivenessAnswer) => {
      answers.push({
        ...given,
        frames: given.frames.map((one) => ({ ...one, picture: Buffer.from(one.picture) })),
      });
      return answer;
    },
  } as unknown as VisionPool;
  const ends: ChallengeEnds = {
    finish: async (_, __, embeddings) => {
      finished.push(...embeddings.map((one) => one.slice()));
      return { state: "passed" };
    },
    refused: async (_, reason) => void refusals.push(reason),
  };
  const challenges: Challenges = openChallenges(
    async () => pool,
    ends,
    () => ms,
  );
  const sent: Buffer[] = [];
  const frame = (person: string, challenge: string): Promise<FrameAnswer> => {
    ms += 400;
    const jpeg = Buffer.from(`frame ${sent.length}`);
    sent.push(jpeg);
    return challenges.frame(person, challenge, jpeg);
  };
  const follow = async (person: string, challenge: string): Promise<FrameAnswer> => {
    for (let n = 0; n < 60; n++) {
      const told = await frame(person, challenge);
      if (told.state !== "going-on") return told;
    }
    throw new Error("the challenge went on for sixty frames");
  };
  return {
    challenges,
    frame,
    follow,
    sent,
    answers,
    refusals,
    finished,
    wait: (more: number) => (ms += more),
    see: (what: Partial<FrameJudgement>) => (pose = what),
    judge: (result: LivenessResult) => (answer = result),
    hold: (until: Promise<void>) => void (held = until),
  };
}

const wiped = (frames: readonly Buffer[]): boolean => frames.every((one) => one.every((byte) => byte === 0));
const person = newId();
const here = [newId()];

describe("a challenge", () => {
  test("tells the next prompt when the one before was followed, and hands over all that was asked and shown", async () => {
    const it = setUp();
    const { challenge } = it.challenges.start(person, here);
    const told: string[] = [];
    let last: FrameAnswer;
    do {
      last = await it.frame(person, challenge);
      if (last.state === "going-on" && told.length <= last.step) told.push(last.prompt);
    } while (last.state === "going-on");
    expect(last).toEqual({ state: "passed" });
    expect(it.answers).toHaveLength(1);
    const [given] = it.answers;
    expect(told).toEqual(given?.challenge.prompts);
    expect(given?.shownAt).toHaveLength(told.length);
    expect(given?.frames.map(({ picture }) => picture.toString())).toEqual(
      it.sent.map((_, n) => `frame ${n}`),
    );
    expect(it.finished).toEqual([new Float32Array([1, 2, 3])]);
  });

  test("is one-time: it takes no frame after its end, and an older one ends when another begins", async () => {
    const it = setUp();
    const first = it.challenges.start(person, here).challenge;
    await it.frame(person, first);
    const second = it.challenges.start(person, here).challenge;
    await expect(it.frame(person, first)).rejects.toMatchObject({ code: "not-found" });
    await it.follow(person, second);
    await expect(it.frame(person, second)).rejects.toMatchObject({ code: "not-found" });
    expect(wiped(it.sent)).toBe(true);
  });

  test("takes frames of its own person alone", async () => {
    const it = setUp();
    const { challenge } = it.challenges.start(person, here);
    await expect(it.frame(newId(), challenge)).rejects.toMatchObject({ code: "not-found" });
    await expect(it.frame(person, newId())).rejects.toMatchObject({ code: "not-found" });
    expect(wiped(it.sent)).toBe(true);
  });

  test("keeps nothing of its frames and templates, whether it passed or was refused", async () => {
    const it = setUp();
    const embeddings = [new Float32Array([1, 2, 3])];
    it.judge({ passed: true, embeddings });
    await it.follow(person, it.challenges.start(person, here).challenge);
    expect(wiped(it.sent)).toBe(true);
    expect(embeddings[0]).toEqual(new Float32Array(3));
    it.judge({ passed: false, reason: "flat", prompt: null, problem: null });
    await it.follow(person, it.challenges.start(person, here).challenge);
    expect(it.sent.length).toBeGreaterThan(10);
    expect(wiped(it.sent)).toBe(true);
  });

  test("stays where it is while the prompt is not followed, or the frame is not fit to be judged", async () => {
    const it = setUp();
    const { challenge } = it.challenges.start(person, here);
    it.see({ pose: POSES["turn-left"] });
    for (let n = 0; n < 4; n++) expect(await it.frame(person, challenge)).toMatchObject({ step: 0 });
    it.see({ advice: "to-the-light" });
    for (let n = 0; n < 4; n++) {
      expect(await it.frame(person, challenge)).toMatchObject({ step: 0, advice: "to-the-light" });
    }
    it.see({ pose: null, advice: "no-face", faces: 0 });
    for (let n = 0; n < 4; n++)
      expect(await it.frame(person, challenge)).toMatchObject({ step: 0, advice: "no-face" });
    it.see({});
    await it.frame(person, challenge);
    expect(await it.frame(person, challenge)).toMatchObject({ step: 1 });
  });

  test("does not wait for those who are long in finding their place, and begins with what it kept", async () => {
    const it = setUp();
    const { challenge } = it.challenges.start(person, here);
    it.see({ advice: "closer" });
    for (let n = 0; n < 100; n++) await it.frame(person, challenge);
    expect(wiped(it.sent.slice(0, 88))).toBe(true);
    it.see({});
    expect(await it.follow(person, challenge)).toEqual({ state: "passed" });
    const [given] = it.answers;
    expect(given?.frames[0]?.at).toBe(0);
    expect(given?.frames.length).toBeLessThanOrEqual(60);
  });

  test("begins anew, with nothing kept, where a second face comes into view or a prompt takes too long", async () => {
    const it = setUp();
    const { challenge } = it.challenges.start(person, here);
    for (let n = 0; n < 2; n++) await it.frame(person, challenge);
    it.see({ faces: 2, advice: "several-faces" });
    expect(await it.frame(person, challenge)).toMatchObject({ step: 0, advice: "several-faces" });
    expect(wiped(it.sent)).toBe(true);
    it.see({});
    await it.frame(person, challenge);
    expect(await it.frame(person, challenge)).toMatchObject({ step: 1 });
    it.wait(20_000);
    expect(await it.frame(person, challenge)).toMatchObject({ step: 0 });
    expect(wiped(it.sent)).toBe(true);
  });

  test("looks at one frame at a time", async () => {
    const it = setUp();
    const { challenge } = it.challenges.start(person, here);
    const judged = Promise.withResolvers<void>();
    it.hold(judged.promise);
    const first = it.frame(person, challenge);
    await expect(it.frame(person, challenge)).rejects.toMatchObject({ code: "conflict" });
    judged.resolve();
    expect(await first).toMatchObject({ state: "going-on" });
  });

  test("that ends while a frame is looked at keeps that frame neither", async () => {
    const it = setUp();
    const { challenge } = it.challenges.start(person, here);
    const judged = Promise.withResolvers<void>();
    it.hold(judged.promise);
    const frame = it.frame(person, challenge);
    it.challenges.end(person);
    judged.resolve();
    await expect(frame).rejects.toMatchObject({ code: "not-found" });
    expect(wiped(it.sent)).toBe(true);
  });
});

describe("what was refused", () => {
  test("is counted without the person, and five a day are all", async () => {
    const it = setUp();
    it.judge({ passed: false, reason: "poor-face", prompt: 0, problem: "blurred" });
    for (let left = 4; left >= 0; left--) {
      const { challenge } = it.challenges.start(person, here);
      expect(await it.follow(person, challenge)).toEqual({
        state: "refused",
        reason: "blurred",
        triesLeft: left,
      });
    }
    expect(it.refusals).toEqual(Array(5).fill("blurred"));
    expect(() => it.challenges.start(person, here)).toThrow(expect.objectContaining({ code: "too-often" }));
    expect(it.challenges.start(newId(), here).challenge).toBeDefined();
  });
});

describe("a challenge that is left", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("ends after ninety seconds, and its frames with it", async () => {
    const it = setUp();
    const { challenge, expiresAt } = it.challenges.start(person, here);
    expect(expiresAt.getTime() - Date.now()).toBe(90_000);
    await it.frame(person, challenge);
    expect(wiped(it.sent)).toBe(false);
    vi.advanceTimersByTime(90_000);
    expect(wiped(it.sent)).toBe(true);
    await expect(it.frame(person, challenge)).rejects.toMatchObject({ code: "not-found" });
  });

  test("ends with the server", async () => {
    const it = setUp();
    await it.frame(person, it.challenges.start(person, here).challenge);
    it.challenges.close();
    expect(wiped(it.sent)).toBe(true);
  });
});
