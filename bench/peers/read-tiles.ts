import sharp from "sharp";
import { iom, iou, type Box } from "../../src/core/index.ts";
import type { PeerAnswer, PeerFace, Reading } from "./protocol.ts";

// One thread per process, as Assent's own decoder has: the processes fill the cores.
sharp.concurrency(1);
sharp.cache(false);

/** Interleaved 8-bit RGB. */
interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A peer's network run on one picture: boxes in pixels of that picture. */
export type FaceFinder = (pixels: Pixels) => Promise<readonly PeerFace[]>;

/** Squares overlap by a quarter, so that a face of up to a quarter of a square lies whole in one of them. */
const OVERLAP = 0.25;
/** Two boxes of one face, from two squares: more than this share in common, or one nearly inside the other. */
const SAME_FACE = { iou: 0.3, iom: 0.7 };

function startsAlong(length: number, tile: number): readonly number[] {
  if (length <= tile) return [0];
  const steps = Math.ceil((length - tile) / (tile * (1 - OVERLAP)));
  return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * (length - tile)) / steps));
}

function squaresOf({ width, height }: Pixels, tile: number): readonly Box[] {
  return startsAlong(height, tile).flatMap((y) =>
    startsAlong(width, tile).map((x) => ({ x, y, w: Math.min(tile, width), h: Math.min(tile, height) })),
  );
}

function cut(pixels: Pixels, { x, y, w, h }: Box): Pixels {
  const data = new Uint8Array(w * h * 3);
  for (let row = 0; row < h; row++) {
    const start = ((y + row) * pixels.width + x) * 3;
    data.set(pixels.data.subarray(start, start + w * 3), row * w * 3);
  }
  return { data, width: w, height: h };
}

function withoutDoubles(faces: readonly PeerFace[]): readonly PeerFace[] {
  const kept: PeerFace[] = [];
  for (const face of faces.toSorted((a, b) => b.score - a.score)) {
    const known = kept.some(
      ({ box }) => iou(box, face.box) > SAME_FACE.iou || iom(box, face.box) > SAME_FACE.iom,
    );
    if (!known) kept.push(face);
  }
  return kept;
}

/** Decodes a photo as `reading` says, runs the peer on it and its squares, and gives boxes of the whole photo. */
export async function readTiles(file: string, reading: Reading, findFaces: FaceFinder): Promise<PeerAnswer> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const { autoOrient } = await sharp(file).metadata();
  const { data, info } = await sharp(file)
    .autoOrient()
    .resize(reading.maxEdge, reading.maxEdge, { fit: "inside", withoutEnlargement: true, kernel: "linear" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = { data, width: info.width, height: info.height };
  const decoded = performance.now();
  const faces: PeerFace[] = [...(await findFaces(pixels))];
  for (const square of reading.tile === null ? [] : squaresOf(pixels, reading.tile)) {
    for (const { box, score } of await findFaces(cut(pixels, square))) {
      faces.push({ box: { ...box, x: box.x + square.x, y: box.y + square.y }, score });
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  const scale = autoOrient.width / info.width;
  return {
    faces: withoutDoubles(faces).map(({ box, score }) => ({
      box: { x: box.x * scale, y: box.y * scale, w: box.w * scale, h: box.h * scale },
      score,
    })),
    descriptors: faces.length,
    decodeMs: decoded - start,
    modelMs: performance.now() - decoded,
    cpuMs: (user + system) / 1000,
  };
}
