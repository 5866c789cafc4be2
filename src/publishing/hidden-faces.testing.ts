import { join } from "node:path";
import sharp from "sharp";
import { landmarkPoints, type Box, type Landmarks } from "../core/index.ts";
import type { Pixels } from "../pictures/index.ts";

export interface Labelled {
  readonly person: string;
  readonly neutral: { readonly face_box: readonly [number, number, number, number] };
  readonly smiling: { readonly face_box: readonly [number, number, number, number] };
}

interface Placed {
  readonly person: string;
  readonly box: Box;
}

/**
 * Writes a sheet of people side by side, each turned a little, their faces all `height` pixels high. Pictures are those
 * of the folder `london`; the answer says where each face is.
 */
export async function composeSheet(
  london: string,
  people: readonly Labelled[],
  height: number,
  file: string,
): Promise<Placed[]> {
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
    const turned = await sharp(straight)
      .rotate(tilt, { background: "#8c8c8c" })
      .toBuffer({ resolveWithObject: true });
    const inset = {
      left: Math.round((turned.info.width - size.width) / 2),
      top: Math.round((turned.info.height - size.height) / 2),
    };
    layers.push({
      input: await sharp(turned.data)
        .extract({ ...inset, ...size })
        .toBuffer(),
      left,
      top,
    });
    const from = {
      x: (x + w / 2) * scale - cut.left - size.width / 2,
      y: (y + h / 2) * scale - cut.top - size.height / 2,
    };
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
export async function forcedChip(picture: Pixels, landmarks: Landmarks): Promise<Uint8Array> {
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
