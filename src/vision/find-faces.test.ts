import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import sharp, { type OverlayOptions } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { area, clip, intersection, iou, type Box } from "../core/index.ts";
import { createVisionPool, type FoundFaces, type VisionPool } from "./index.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const sample = (n: number): string => resolve(ROOT, `node_modules/@vladmandic/face-api/demo/sample${n}.jpg`);

/** Faces of sample6.jpg, read off the picture by eye: x, y, width, height. */
const FOUR_FACES: readonly Box[] = [
  { x: 255, y: 480, w: 215, h: 290 },
  { x: 1480, y: 245, w: 210, h: 305 },
  { x: 670, y: 325, w: 200, h: 310 },
  { x: 1168, y: 305, w: 205, h: 280 },
];

let pool: VisionPool;
let folder: string;

beforeAll(async () => {
  pool = await createVisionPool({ processes: 1 });
  folder = await mkdtemp(join(tmpdir(), "assent-vision-"));
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

function missed(found: FoundFaces, boxes: readonly Box[], least = 0.5): readonly Box[] {
  return boxes.filter((box) => !found.faces.some((face) => iou(face.box, box) >= least));
}

describe("in a group photo", () => {
  test("all faces are found, compared only when asked, with few boxes beside them", async () => {
    const found = await pool.findFaces(sample(6), { embed: false, chips: false });
    expect(missed(found, FOUR_FACES)).toEqual([]);
    expect(found.size).toEqual({ width: 1920, height: 1537 });
    expect(found.mediaType).toBe("image/jpeg");
    expect(found.faces.length).toBeLessThanOrEqual(FOUR_FACES.length + 2);
    for (const face of found.faces) expect([face.embedding, face.chip]).toEqual([null, null]);

    const compared = await pool.findFaces(sample(6), { embed: true, chips: true });
    const matchable = compared.faces.filter((face) => face.matchable);
    expect(matchable).toHaveLength(FOUR_FACES.length);
    for (const { embedding, chip, quality } of matchable) {
      expect(embedding).toHaveLength(pool.pack.dimension);
      expect(Math.hypot(...(embedding ?? []))).toBeCloseTo(1, 5);
      expect((await sharp(chip ?? undefined).metadata()).width).toBe(112);
      expect(quality?.frontality).toBeGreaterThan(0);
      expect(quality?.frontality).toBeLessThanOrEqual(1);
    }
    for (const face of compared.faces) {
      if (!face.matchable) expect([face.embedding, face.chip]).toEqual([null, null]);
    }
  });

  test("a chip embeds as its face did, and as the face of nobody else", async () => {
    const { faces } = await pool.findFaces(sample(6), { embed: true, chips: true });
    const matchable = faces.filter((face) => face.matchable);
    const again = await pool.embedChips(matchable.map((face) => face.chip ?? new Uint8Array()));
    const cosine = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
    for (const [n, one] of again.entries()) {
      for (const [m, { embedding }] of matchable.entries()) {
        const score = cosine(one, embedding ?? new Float32Array());
        if (n === m) expect(score).toBeGreaterThan(0.97);
        else expect(score).toBeLessThan(0.456);
      }
    }
  });

  test("the result is the same each time", async () => {
    const [one, two] = [
      await pool.findFaces(sample(5), { embed: true, chips: true }),
      await pool.findFaces(sample(5), { embed: true, chips: true }),
    ];
    expect({ ...one, timings: null }).toEqual({ ...two, timings: null });
  });
});

test("a picture turned on its side by EXIF gives the boxes of the upright picture", async () => {
  const upright = await sharp(sample(6)).resize(960).jpeg().toBuffer();
  const turned = await sharp(await sharp(upright).rotate(270).toBuffer())
    .withMetadata({ orientation: 6 })
    .toBuffer();
  const path = join(folder, "turned.jpg");
  await writeFile(path, turned);
  const found = await pool.findFaces(path, { embed: false, chips: false });
  expect(found.size).toEqual({ width: 960, height: 769 });
  const half = FOUR_FACES.map(({ x, y, w, h }) => ({ x: x / 2, y: y / 2, w: w / 2, h: h / 2 }));
  expect(missed(found, half)).toEqual([]);
});

test("faces of 26 px are found in a picture of 50 megapixels, at the tiles' borders as elsewhere", async () => {
  const [width, height] = [8660, 5774];
  const [first] = FOUR_FACES;
  const face = await sharp(sample(6))
    .extract({ left: 145, top: 330, width: 440, height: 560 })
    .resize({ height: Math.round((26 / (first?.h ?? 1)) * 560) })
    .png()
    .toBuffer({ resolveWithObject: true });
  const places: OverlayOptions[] = [];
  const boxes: Box[] = [];
  const scale = 26 / (first?.h ?? 1);
  for (let left = 40; left < width - 100; left += 611) {
    for (let top = 40; top < height - 100; top += 983) {
      places.push({ input: face.data, left, top });
      boxes.push({ x: left + 110 * scale, y: top + 150 * scale, w: 215 * scale, h: 290 * scale });
    }
  }
  const path = join(folder, "large.jpg");
  await sharp({ create: { width, height, channels: 3, background: "#7a8270" } })
    .composite(places)
    .jpeg({ quality: 92 })
    .toFile(path);
  const found = await pool.findFaces(path, { embed: false, chips: false });
  expect(found.size).toEqual({ width, height });
  expect(missed(found, boxes, 0.3)).toEqual([]);
  expect(found.faces.length).toBeLessThan(boxes.length * 1.1);
}, 240_000);

describe("a picture that cannot be read costs itself alone", () => {
  test("when it is broken or no picture", async () => {
    const path = join(folder, "half.jpg");
    const bytes = readFileSync(sample(1));
    await writeFile(path, bytes.subarray(0, bytes.length >> 1));
    await expect(pool.findFaces(path, { embed: true, chips: true })).rejects.toMatchObject({
      code: "unreadable-picture",
    });
    await writeFile(path, "no picture");
    await expect(pool.findFaces(path, { embed: true, chips: true })).rejects.toMatchObject({
      code: "unsupported-picture",
    });
    await expect(pool.templatesOf(path)).rejects.toMatchObject({ code: "unsupported-picture" });
    await expect(pool.embedChips([bytes])).rejects.toMatchObject({ code: "bad-input" });
    expect((await pool.findFaces(sample(1), { embed: false, chips: false })).faces.length).toBeGreaterThan(0);
  });

  test.skipIf(process.platform !== "linux")("when it ends its process", async () => {
    const own = await createVisionPool({ processes: 1 });
    try {
      const lost = own.findFaces(sample(1), { embed: false, chips: false });
      const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8")
        .trim()
        .split(" ");
      // The youngest child is the process that was just started for this picture.
      process.kill(Number(children.at(-1)), "SIGKILL");
      await expect(lost).rejects.toMatchObject({ code: "worker-failed" });
      const next = await own.findFaces(sample(6), { embed: false, chips: false });
      expect(missed(next, FOUR_FACES)).toEqual([]);
    } finally {
      await own.close();
    }
  });

  test("when it takes too long", async () => {
    const own = await createVisionPool({ processes: 1, timeLimitMs: 1 });
    try {
      await expect(own.findFaces(sample(1), { embed: false, chips: false })).rejects.toMatchObject({
        code: "worker-failed",
      });
    } finally {
      await own.close();
    }
  });
});

test("a face half out of the frame is found, with a box that covers what is left of it", async () => {
  const path = join(folder, "cut.jpg");
  // The left half of a face at the right edge of the picture.
  await sharp(sample(6))
    .extract({ left: 600, top: 100, width: 680, height: 900 })
    .jpeg({ quality: 95 })
    .toFile(path);
  const found = await pool.findFaces(path, { embed: false, chips: false });
  const left = { x: 1168 - 600, y: 305 - 100, w: 112, h: 280 };
  const covered = Math.max(
    ...found.faces.map(({ box }) => area(intersection(clip(box, found.size), left)) / area(left)),
  );
  expect(covered).toBeGreaterThan(0.6);
});
