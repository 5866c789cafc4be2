import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { area, centre, distance, intersection, landmarkPoints, type Box, type Landmarks, type Size } from "../core/index.ts";
import { readFullPicture, type Pixels } from "../pictures/index.ts";
import { createVisionPool, type FoundFace, type VisionPool } from "../vision/index.ts";
import { radius, shapeBounds, type HeadShape } from "./head-shape.ts";
import { plan, type Plan } from "./plan.ts";
import { createRenderPool, type RenderPool } from "./render.ts";

/**
 * Of 87 million pairs of strangers 1 % are more alike than the first value, 0.1 % more than the second, where the
 * product begins to ask: the model pack's measured distribution.
 */
const ONE_STRANGER_IN_100 = 0.353;
const ONE_STRANGER_IN_1000 = 0.456;

/** JPEG moves a flat tone by this much at most (levels of 255), also near the soft edge. */
const JPEG_TOLERANCE = 8;

const root = resolve(import.meta.dirname, "../..");
const faces = process.env["ASSENT_FACES"] ?? resolve(root, "../shared/faces");
const london = join(faces, "london");
const samples = [1, 2, 3, 4, 5, 6].map((n) => resolve(root, `node_modules/@vladmandic/face-api/demo/sample${n}.jpg`));
if (!existsSync(london)) console.log(`skipped: no labelled faces in ${faces} (set ASSENT_FACES)`);

let vision: VisionPool;
let renderer: RenderPool;
let folder: string;

beforeAll(async () => {
  vision = createVisionPool({ packFolder: join(root, "models/default"), processes: 1 });
  renderer = createRenderPool({ processes: 1 });
  folder = await mkdtemp(join(tmpdir(), "assent-hidden-"));
});
afterAll(async () => {
  await Promise.all([vision.close(), renderer.close()]);
  await rm(folder, { recursive: true });
});

interface Labelled {
  readonly person: string;
  readonly neutral: { readonly face_box: readonly [number, number, number, number] };
  readonly smiling: { readonly face_box: readonly [number, number, number, number] };
}

interface Placed {
  readonly person: string;
  readonly box: Box;
}

/** Heights of faces, in pixels, with the number of people shown at each. */
const HEIGHTS = [
  [24, 12],
  [28, 12],
  [32, 12],
  [48, 12],
  [64, 12],
  [96, 12],
  [128, 12],
  [192, 8],
  [256, 6],
  [400, 2],
  [600, 1],
] as const;

/** People side by side on one sheet, each turned a little: their faces all `height` pixels high. */
async function composeSheet(people: readonly Labelled[], height: number, file: string): Promise<Placed[]> {
  const columns = Math.min(people.length, 4);
  const cell = { w: Math.round(height * 2.2), h: Math.round(height * 2.4) };
  const width = Math.max(640, columns * cell.w);
  const tall = Math.max(480, Math.ceil(people.length / columns) * cell.h);
  const placed: Placed[] = [];
  const layers = [];
  for (const [index, one] of people.entries()) {
    const [x, y, w, h] = one.smiling.face_box;
    const scale = height / h;
    const side = Math.round(720 * scale);
    const left = (index % columns) * cell.w;
    const top = Math.floor(index / columns) * cell.h;
    const cut = {
      left: Math.max(0, Math.round((x + w / 2) * scale - cell.w / 2)),
      top: Math.max(0, Math.round((y + h / 2) * scale - cell.h / 2)),
    };
    const size = { width: Math.min(cell.w, side - cut.left), height: Math.min(cell.h, side - cut.top) };
    const portrait = sharp(join(london, "smiling", `${one.person}.jpg`)).resize(side, side);
    const tilt = [-14, 0, 9, -5, 16][index % 5] ?? 0;
    const straight = await portrait.extract({ ...cut, ...size }).toBuffer();
    const turned = await sharp(straight).rotate(tilt, { background: "#8c8c8c" }).toBuffer({ resolveWithObject: true });
    const inset = {
      left: Math.round((turned.info.width - size.width) / 2),
      top: Math.round((turned.info.height - size.height) / 2),
    };
    layers.push({ input: await sharp(turned.data).extract({ ...inset, ...size }).toBuffer(), left, top });
    const from = { x: (x + w / 2) * scale - cut.left - size.width / 2, y: (y + h / 2) * scale - cut.top - size.height / 2 };
    const a = (tilt * Math.PI) / 180;
    const middle = {
      x: left + size.width / 2 + from.x * Math.cos(a) - from.y * Math.sin(a),
      y: top + size.height / 2 + from.x * Math.sin(a) + from.y * Math.cos(a),
    };
    placed.push({
      person: one.person,
      box: { x: middle.x - (w * scale) / 2, y: middle.y - height / 2, w: w * scale, h: height },
    });
  }
  await sharp({ create: { width, height: tall, channels: 3, background: "#7d8a80" } })
    .composite(layers)
    .jpeg({ quality: 95 })
    .toFile(file);
  return placed;
}

/** Where the five landmarks lie in an aligned face of 112 x 112 pixels: the ArcFace template. */
const TEMPLATE = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
] as const;

/**
 * An attacker's own alignment: who has the original's landmarks (from another photo of the burst, say) cuts the face
 * out of a rendition where no detector finds one. Least-squares similarity, bilinear samples, 4 x 4 per pixel.
 */
async function forcedChip(picture: Pixels, landmarks: Landmarks): Promise<Uint8Array> {
  const points = landmarkPoints(landmarks);
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [mx, my] = [mean(points.map((p) => p.x)), mean(points.map((p) => p.y))];
  const [tx, ty] = [mean(TEMPLATE.map((t) => t[0])), mean(TEMPLATE.map((t) => t[1]))];
  let [along, across, spread] = [0, 0, 0];
  for (const [i, [u, v]] of TEMPLATE.entries()) {
    const [x, y, p, q] = [points[i]!.x - mx, points[i]!.y - my, u - tx, v - ty];
    along += p * x + q * y;
    across += p * y - q * x;
    spread += p * p + q * q;
  }
  const [a, b] = [along / spread, across / spread];
  const chip = new Uint8Array(112 * 112 * 3);
  const at = (x: number, y: number, channel: number): number => {
    const column = Math.min(picture.width - 1, Math.max(0, x));
    const row = Math.min(picture.height - 1, Math.max(0, y));
    return picture.data[(row * picture.width + column) * 3 + channel]!;
  };
  for (let i = 0; i < 112 * 112; i++) {
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      for (let s = 0; s < 16; s++) {
        const p = (i % 112) + ((s % 4) + 0.5) / 4 - tx;
        const q = Math.floor(i / 112) + (Math.floor(s / 4) + 0.5) / 4 - ty;
        const x = mx + a * p - b * q - 0.5;
        const y = my + b * p + a * q - 0.5;
        const [x0, y0] = [Math.floor(x), Math.floor(y)];
        const [fx, fy] = [x - x0, y - y0];
        sum +=
          (at(x0, y0, channel) * (1 - fx) + at(x0 + 1, y0, channel) * fx) * (1 - fy) +
          (at(x0, y0 + 1, channel) * (1 - fx) + at(x0 + 1, y0 + 1, channel) * fx) * fy;
      }
      chip[i * 3 + channel] = Math.round(sum / 16);
    }
  }
  return sharp(chip, { raw: { width: 112, height: 112, channels: 3 } })
    .jpeg({ quality: 98, chromaSubsampling: "4:4:4" })
    .toBuffer();
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** Plans with nobody's consent, renders, and answers what was hidden and the rendition. */
async function hideAll(
  source: string,
  size: Size,
  found: readonly FoundFace[],
  missed: readonly Box[] = [],
): Promise<{ made: Plan; target: string }> {
  const made = plan({
    size,
    faces: [
      ...found.map((face, i) => ({ ...face, id: `f${i}`, person: null })),
      ...missed.map((box, i) => ({ id: `m${i}`, box, landmarks: null, detection: "marked" as const, person: null })),
    ],
    reveals: new Map(),
  });
  const target = `${source}.rendition.jpg`.replace(/^.*\//, `${folder}/`);
  await renderer.render({ source, target, size, hidden: made.hidden.map(({ shape }) => shape) });
  return { made, target };
}

/**
 * How far the rendition's pixels inside a core stray from the core's own mean (levels of 255), and how near they come
 * to the original's there (mean difference, and correlation of brightness).
 */
function compareCore(
  original: Pixels,
  rendition: Pixels,
  shape: HeadShape,
): { stray: number; correlation: number; originalSpread: number } {
  const bounds = intersection(shapeBounds(shape, 1), { x: 0, y: 0, w: original.width, h: original.height });
  const values: { before: number; after: number }[] = [];
  for (let y = Math.ceil(bounds.y); y < bounds.y + bounds.h - 1; y++) {
    for (let x = Math.ceil(bounds.x); x < bounds.x + bounds.w - 1; x++) {
      if (radius(shape, { x: x + 0.5, y: y + 0.5 }) > 0.9) continue;
      const at = (y * original.width + x) * 3 + 1;
      values.push({ before: original.data[at]!, after: rendition.data[at]! });
    }
  }
  const mean = (pick: (v: { before: number; after: number }) => number): number =>
    values.reduce((sum, v) => sum + pick(v), 0) / values.length;
  const [before, after] = [mean((v) => v.before), mean((v) => v.after)];
  const together = mean((v) => (v.before - before) * (v.after - after));
  const spread = Math.sqrt(mean((v) => (v.before - before) ** 2));
  const afterSpread = Math.sqrt(mean((v) => (v.after - after) ** 2));
  return {
    stray: Math.max(...values.map((v) => Math.abs(v.after - after))),
    correlation: afterSpread > 0 ? together / (spread * afterSpread) : 0,
    originalSpread: spread,
  };
}
