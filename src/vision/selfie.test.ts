import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cosine, createVisionPool, type SelfieProblem, type VisionPool } from "./index.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const LONDON = join(process.env["ASSENT_FACES"] ?? resolve(ROOT, "../shared/faces"), "london");
const sample = (n: number): string => resolve(ROOT, `node_modules/@vladmandic/face-api/demo/sample${n}.jpg`);
if (!existsSync(LONDON)) console.log(`skipped: no labelled faces in ${LONDON} (set ASSENT_FACES)`);

let pool: VisionPool;
let folder: string;
beforeAll(async () => {
  pool = await createVisionPool({ processes: 1 });
  folder = await mkdtemp(join(tmpdir(), "assent-selfie-"));
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

async function problemOf(picture: Sharp): Promise<SelfieProblem | null> {
  const path = join(folder, "selfie.jpg");
  await picture.jpeg({ quality: 92 }).toFile(path);
  const { problem, embeddings } = await pool.templatesOf(path);
  expect(embeddings.length > 0).toBe(problem === null);
  return problem;
}

/** One person of sample6.jpg with room around the face. */
const alone = (): Sharp => sharp(sample(6)).extract({ left: 1060, top: 170, width: 400, height: 560 });

describe("a selfie", () => {
  test("of one clear face is taken, and gives templates of unit length", async () => {
    expect(await problemOf(alone())).toBeNull();
    const { embeddings, faces, face } = await pool.templatesOf(join(folder, "selfie.jpg"));
    expect(faces).toBe(1);
    expect(face?.detection).toBe("certain");
    expect(embeddings).toHaveLength(3);
    for (const embedding of embeddings) expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
  });

  test("without a face, or with several, is not taken", async () => {
    const empty = { create: { width: 600, height: 600, channels: 3, background: "#889" } } as const;
    expect(await problemOf(sharp(empty))).toBe("no-face");
    expect(await problemOf(sharp(sample(6)))).toBe("several-faces");
  });

  test("too small, too dark or blurred is not taken", async () => {
    expect(await problemOf(alone().resize({ height: 130 }))).toBe("too-small");
    expect(await problemOf(alone().linear(0.2, 0))).toBe("too-dark");
    expect(await problemOf(alone().blur(9))).toBe("blurred");
  });

  test("with a small face in the background is taken all the same", async () => {
    const passer = await sharp(sample(6))
      .extract({ left: 150, top: 380, width: 420, height: 480 })
      .resize({ height: 120 })
      .toBuffer();
    const path = join(folder, "passer.png");
    await sharp({ create: { width: 620, height: 560, channels: 3, background: "#889" } })
      .composite([
        { input: await alone().toBuffer(), left: 0, top: 0 },
        { input: passer, left: 460, top: 20 },
      ])
      .png()
      .toFile(path);
    const { problem, faces } = await pool.templatesOf(path);
    expect({ problem, faces }).toEqual({ problem: null, faces: 1 });
  });
});

describe.skipIf(!existsSync(LONDON))("portraits of known people", () => {
  const PEOPLE = ["001", "003", "004", "005", "006", "007"];

  test("score above 0.6 with another portrait of the same person, and below 0.5 with everybody else's", async () => {
    for (const person of PEOPLE) {
      const { problem, embeddings } = await pool.templatesOf(join(LONDON, "neutral", `${person}.jpg`));
      expect(problem).toBeNull();
      for (const other of PEOPLE) {
        const { faces } = await pool.findFaces(join(LONDON, "smiling", `${other}.jpg`), {
          embed: true,
          chips: false,
        });
        expect(faces).toHaveLength(1);
        const score = Math.max(
          ...embeddings.map((one) => cosine(one, faces[0]?.embedding ?? new Float32Array(192))),
        );
        if (person === other) expect(score).toBeGreaterThan(0.6);
        else expect(score).toBeLessThan(0.5);
      }
    }
  });

  test("keep the score they had when the pack was measured", async () => {
    const { embeddings } = await pool.templatesOf(join(LONDON, "neutral", "001.jpg"));
    const { faces } = await pool.findFaces(join(LONDON, "smiling", "001.jpg"), { embed: true, chips: false });
    const [near, afar40, afar28] = embeddings.map((one) =>
      cosine(one, faces[0]?.embedding ?? new Float32Array(192)),
    );
    expect(Math.abs((near ?? 0) - 0.92)).toBeLessThan(0.02);
    expect(Math.abs((afar40 ?? 0) - 0.78)).toBeLessThan(0.02);
    expect(Math.abs((afar28 ?? 0) - 0.62)).toBeLessThan(0.02);
  });
});
