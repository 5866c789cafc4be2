import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasFaces, people, selfieOf } from "../../../test/support/faces.ts";
import { renderHead } from "../../../test/support/head-render.ts";
import {
  answerOf,
  photographed,
  replayed,
  seededRandom,
  subject,
  type Portrait,
  type Subject,
} from "../../../test/support/liveness-clips.ts";
import { readPicture } from "../../pictures/index.ts";
import {
  cosine,
  createVisionPool,
  type Challenge,
  type FrameJudgement,
  type LivenessAnswer,
  type LivenessResult,
  type VisionPool,
} from "../index.ts";

const CHALLENGE: Challenge = { prompts: ["look-straight", "turn-left", "closer", "turn-right", "back"] };
const OTHER: Challenge = { prompts: ["look-straight", "turn-right", "closer", "turn-left", "back"] };
const FRAME = { width: 480, height: 640 } as const;

let pool: VisionPool;
beforeAll(async () => {
  pool = await createVisionPool({ processes: 1 });
});
afterAll(() => pool.close());

async function portraitOf(person: string): Promise<Portrait> {
  const path = selfieOf(person);
  const { faces } = await pool.findFaces(path, { embed: false, chips: false });
  const landmarks = faces[0]?.landmarks;
  if (!landmarks) throw new Error("the portrait shows no face");
  return { pixels: (await readPicture(path)).pixels, landmarks };
}

const clip = (before: Subject, yaws?: readonly number[]): Promise<LivenessAnswer> =>
  answerOf(pool, CHALLENGE, before, { random: seededRandom(5), ...(yaws ? { yaws } : {}) });

const reasonOf = (result: LivenessResult): string => (result.passed ? "passed" : result.reason);

describe.skipIf(!hasFaces)("before the camera", () => {
  const PRINT_YAWS = [22, 30, 40, 50];
  let one: Portrait;
  let two: Portrait;
  let genuine: LivenessAnswer;
  beforeAll(async () => {
    const [first = "", second = ""] = people();
    one = await portraitOf(first);
    two = await portraitOf(second);
    genuine = await clip(subject(one, { kind: "head", relief: 1 }));
  });

  test("a head that turns and nears as prompted passes, and gives the templates of that person", async () => {
    const result = await pool.checkLiveness(genuine);
    expect(reasonOf(result)).toBe("passed");
    if (!result.passed) return;
    expect(result.embeddings).toHaveLength(3);
    const selfie = await pool.templatesOf(selfieOf(people()[0] ?? ""));
    const stranger = await pool.templatesOf(selfieOf(people()[1] ?? ""));
    const near = result.embeddings[0] ?? new Float32Array();
    expect(cosine(near, selfie.embeddings[0] ?? new Float32Array())).toBeGreaterThan(0.8);
    expect(cosine(near, stranger.embeddings[0] ?? new Float32Array())).toBeLessThan(0.5);
  });

  test("a print turned as prompted is refused as flat", async () => {
    const answer = await clip(subject(one, { kind: "plane" }), PRINT_YAWS);
    expect(reasonOf(await pool.checkLiveness(answer))).toBe("flat");
  });

  test("a still is refused", async () => {
    const print = subject(one, { kind: "plane" });
    const answer = await clip((view, prompt) => print({ ...view, yaw: 0 }, prompt), [0]);
    expect(await pool.checkLiveness(answer)).toMatchObject({ passed: false, reason: "pose-does-not-follow" });
  });

  test("a film of the same head answering other prompts is refused", async () => {
    expect(await pool.checkLiveness(replayed(genuine, OTHER))).toMatchObject({
      reason: "pose-does-not-follow",
      prompt: 1,
    });
  });

  test("a print of one person with another one's head for the turns is refused", async () => {
    const print = subject(one, { kind: "plane" });
    const head = subject(two, { kind: "head", relief: 1 });
    const answer = await clip((view, prompt) =>
      prompt.startsWith("turn") ? head(view, prompt) : print(view, prompt),
    );
    expect(reasonOf(await pool.checkLiveness(answer))).toBe("different-faces");
  });

  test("a head in mirrored frames is refused, because left and right do not follow", async () => {
    const frames = await Promise.all(
      genuine.frames.map(async (frame) => ({
        ...frame,
        picture: await sharp(frame.picture).flop().toBuffer(),
      })),
    );
    expect(reasonOf(await pool.checkLiveness({ ...genuine, frames }))).toBe("pose-does-not-follow");
  });

  test("a head that stays where it is when asked closer is refused", async () => {
    const head = subject(one, { kind: "head", relief: 1 });
    const answer = await clip((view, prompt) => head({ ...view, scale: 1 }, prompt));
    expect(reasonOf(await pool.checkLiveness(answer))).toBe("distance-does-not-follow");
  });

  test("two people side by side are refused, and nobody is", async () => {
    const both = await sharp({ create: { width: 960, height: 640, channels: 3, background: "#969696" } })
      .composite(
        await Promise.all(
          [one, two].map(async (portrait, n) => {
            const { data, ...size } = renderHead(portrait.pixels, portrait.landmarks, { yaw: 0, scale: 1 });
            const input = await sharp(data, { raw: { ...size, channels: 3 } })
              .png()
              .toBuffer();
            return { input, left: n * 480, top: 0 };
          }),
        ),
      )
      .jpeg()
      .toBuffer();
    const nobody = await sharp({ create: { ...FRAME, channels: 3, background: "#969696" } })
      .jpeg()
      .toBuffer();
    const withLast = (picture: Uint8Array): LivenessAnswer => ({
      ...genuine,
      frames: genuine.frames.map((frame, n) =>
        n === genuine.frames.length - 1 ? { ...frame, picture } : frame,
      ),
    });
    expect(reasonOf(await pool.checkLiveness(withLast(both)))).toBe("several-faces");
    expect(reasonOf(await pool.checkLiveness(withLast(nobody)))).toBe("no-face");
    expect((await pool.judgeFrame(both, "look-straight")).advice).toBe("several-faces");
    expect((await pool.judgeFrame(nobody, "look-straight")).advice).toBe("no-face");
  });

  test("frames too early, too few, too many, or of another kind of challenge are refused", async () => {
    const early = { ...genuine, shownAt: genuine.shownAt.map((at, n) => (n === 0 ? at : at + 390)) };
    expect(reasonOf(await pool.checkLiveness(early))).toBe("timing");
    const few = { ...genuine, frames: genuine.frames.filter(({ prompt }) => prompt !== 2) };
    expect(reasonOf(await pool.checkLiveness(few))).toBe("too-few-frames");
    const many = { ...genuine, frames: Array.from({ length: 61 }, () => genuine.frames[0]!) };
    await expect(pool.checkLiveness(many)).rejects.toMatchObject({ code: "bad-input" });
    const easy = { ...genuine, challenge: { prompts: ["look-straight"] as const } };
    await expect(pool.checkLiveness(easy)).rejects.toMatchObject({ code: "bad-input" });
  });

  test("a frame that is no JPEG, or a large one, is an error of the input", async () => {
    const frame = genuine.frames[0]?.picture ?? "";
    const png = await sharp(frame).png().toBuffer();
    const large = Buffer.concat([await sharp(frame).toBuffer(), Buffer.alloc(1_000_000)]);
    for (const picture of [Buffer.from("no picture"), png, large]) {
      const frames = genuine.frames.map((one, n) => (n === 3 ? { ...one, picture } : one));
      for (const judged of [
        pool.checkLiveness({ ...genuine, frames }),
        pool.judgeFrame(picture, "look-straight"),
      ]) {
        await expect(judged).rejects.toMatchObject({ code: "unsupported-picture" });
      }
    }
  });

  test("frames of 240 x 320 suffice to pass", async () => {
    const small = { random: seededRandom(6), width: 240, height: 320 };
    const near = subject(one, { kind: "head", relief: 1 });
    const answer = await answerOf(
      pool,
      CHALLENGE,
      (view, prompt) => near({ ...view, scale: view.scale * 1.3 }, prompt),
      small,
    );
    expect(reasonOf(await pool.checkLiveness(answer))).toBe("passed");
  });

  describe("one frame", () => {
    const random = seededRandom(9);
    const judge = async (view: { yaw?: number; scale?: number }, dim = 1): Promise<FrameJudgement> => {
      const frame = renderHead(one.pixels, one.landmarks, { yaw: 0, scale: 1, ...view });
      const data = frame.data.map((value) => value * dim);
      return pool.judgeFrame(await photographed({ ...frame, data }, random), "look-straight");
    };

    test("that can be used is ok, and says where the face is and how it stands", async () => {
      const { advice, faces, place, yaw } = await judge({});
      expect({ advice, faces }).toEqual({ advice: "ok", faces: 1 });
      expect(Math.abs(yaw ?? 90)).toBeLessThan(12);
      expect(place?.h).toBeGreaterThan(0.25);
      expect((place?.x ?? 0) + (place?.w ?? 0) / 2).toBeCloseTo(0.5, 1);
    });

    test("says what is wrong with it", async () => {
      expect((await judge({ scale: 0.4 })).advice).toBe("closer");
      expect((await judge({ scale: 2.6 })).advice).toBe("further");
      expect((await judge({}, 0.2)).advice).toBe("to-the-light");
      expect((await judge({ yaw: -30 })).advice).toBe("straight");
      const frame = renderHead(one.pixels, one.landmarks, { yaw: 0, scale: 1 });
      const { data, ...size } = frame;
      const blurred = await sharp(data, { raw: { ...size, channels: 3 } })
        .blur(6)
        .jpeg()
        .toBuffer();
      expect((await pool.judgeFrame(blurred, "look-straight")).advice).toBe("hold-still");
    });

    test("so near that nobody could come closer is not ok, unless closer is what was asked", async () => {
      const near = renderHead(one.pixels, one.landmarks, { yaw: 0, scale: 2.1 });
      const picture = await photographed(near, random);
      const straight = await pool.judgeFrame(picture, "look-straight");
      expect(straight.place?.h).toBeGreaterThan(0.7);
      expect(straight.advice).toBe("further");
      expect((await pool.judgeFrame(picture, "closer")).advice).toBe("ok");
    });

    test("turned as it was asked to be is ok, with the sign of the person's own left", async () => {
      const turned = async (yaw: number): Promise<FrameJudgement> =>
        pool.judgeFrame(
          await photographed(renderHead(one.pixels, one.landmarks, { yaw, scale: 1 }), random),
          yaw > 0 ? "turn-left" : "turn-right",
        );
      const left = await turned(28);
      const right = await turned(-28);
      expect([left.advice, right.advice]).toEqual(["ok", "ok"]);
      const nearer = renderHead(one.pixels, one.landmarks, { yaw: -28, scale: 1.4 });
      const asked = await pool.judgeFrame(await photographed(nearer, random), "closer");
      expect(asked.advice).toBe("straight");
      expect(left.yaw).toBeGreaterThan(10);
      expect(right.yaw).toBeLessThan(-10);
    });
  });
});
