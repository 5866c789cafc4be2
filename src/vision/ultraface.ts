import { InferenceSession, Tensor } from "./runtime.ts";
import { AssentError } from "../core/index.ts";
import type { Pixels } from "../pictures/index.ts";
import type { Level } from "./pyramid.ts";

/** A place that the first stage takes for a face, in pixels of the picture it was given. */
export interface Candidate {
  readonly score: number;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Sides of UltraFace's anchor boxes (RFB-320), in pixels of its input, per stride. */
const ANCHORS: readonly { readonly stride: number; readonly sides: readonly number[] }[] = [
  { stride: 8, sides: [10, 16, 24] },
  { stride: 16, sides: [32, 48] },
  { stride: 32, sides: [64, 96] },
  { stride: 64, sides: [128, 192, 256] },
];

/** Variances of the box encoding, from the network's training (as in SSD). */
const CENTRE_VARIANCE = 0.1;
const SIZE_VARIANCE = 0.2;

/** The network's input sides are multiples of this; the rest is filled with grey (0 after normalisation). */
const INPUT_MULTIPLE = 32;

/** The network with the names of its outputs; input values are `(v - mean) * scale`. */
export interface FirstStage {
  readonly session: InferenceSession;
  readonly outputs: { readonly scores: string; readonly boxes: string };
  readonly mean: number;
  readonly scale: number;
}

/** Anchors of one input size as `centre x, centre y, side` triples, in the network's order. */
function anchorsOf(width: number, height: number): Float32Array {
  const anchors: number[] = [];
  for (const { stride, sides } of ANCHORS) {
    const columns = Math.ceil(width / stride);
    const rows = Math.ceil(height / stride);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (const side of sides) anchors.push((column + 0.5) * stride, (row + 0.5) * stride, side);
      }
    }
  }
  return Float32Array.from(anchors);
}

interface Workspace {
  readonly anchors: Float32Array;
  /** Used again for every window of the size: a fresh one each time doubled the time of packing. */
  readonly input: Float32Array;
}

const workspaces = new Map<string, Workspace>();

/** Input sizes of one collection are few; all are dropped rather than let grow with hostile ones. */
const MOST_WORKSPACES = 6;

function workspaceOf(width: number, height: number): Workspace {
  const key = `${width}x${height}`;
  let workspace = workspaces.get(key);
  if (!workspace) {
    if (workspaces.size >= MOST_WORKSPACES) workspaces.clear();
    workspace = { anchors: anchorsOf(width, height), input: new Float32Array(3 * width * height) };
    workspaces.set(key, workspace);
  }
  return workspace;
}

/** A part of a picture, whole pixels inside it. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Packs a window's interleaved bytes into normalised planes of the network's padded input. */
function pack(
  { mean, scale }: FirstStage,
  pixels: Pixels,
  window: Window,
  input: Float32Array,
  width: number,
  height: number,
): void {
  const { data } = pixels;
  const plane = width * height;
  for (let y = 0; y < window.height; y++) {
    let p = ((y + window.top) * pixels.width + window.left) * 3;
    let at = y * width;
    for (const end = at + window.width; at < end; at++, p += 3) {
      input[at] = (data[p]! - mean) * scale;
      input[at + plane] = (data[p + 1]! - mean) * scale;
      input[at + 2 * plane] = (data[p + 2]! - mean) * scale;
    }
  }
}

/**
 * Runs UltraFace over a window of a level (in the level's pixels) and returns every candidate of at least `threshold`
 * (0 to 1), in pixels of the level, not yet freed of overlaps. It sees faces of about 10 to 300 px. To be called for one
 * window at a time: the input is kept and used again.
 */
export async function proposeFaces(
  stage: FirstStage,
  { pixels }: Level,
  window: Window,
  threshold: number,
): Promise<Candidate[]> {
  const width = Math.ceil(window.width / INPUT_MULTIPLE) * INPUT_MULTIPLE;
  const height = Math.ceil(window.height / INPUT_MULTIPLE) * INPUT_MULTIPLE;
  const { anchors, input: values } = workspaceOf(width, height);
  if (window.width < width || window.height < height) values.fill(0);
  pack(stage, pixels, window, values, width, height);
  const input = new Tensor("float32", values, [1, 3, height, width]);
  const output = await stage.session.run({ [stage.session.inputNames[0] ?? "input"]: input });
  const scores = output[stage.outputs.scores]?.data as Float32Array;
  const offsets = output[stage.outputs.boxes]?.data as Float32Array;
  const count = anchors.length / 3;
  if (scores.length !== 2 * count || offsets.length !== 4 * count) {
    throw new AssentError("model-pack", `the detector gave ${scores.length / 2} boxes for ${count} anchors`);
  }
  const found: Candidate[] = [];
  for (let i = 0; i < count; i++) {
    const score = scores[2 * i + 1]!;
    if (score < threshold) continue;
    const side = anchors[3 * i + 2]!;
    const x = anchors[3 * i]! + offsets[4 * i]! * CENTRE_VARIANCE * side;
    const y = anchors[3 * i + 1]! + offsets[4 * i + 1]! * CENTRE_VARIANCE * side;
    const w = Math.exp(offsets[4 * i + 2]! * SIZE_VARIANCE) * side;
    const h = Math.exp(offsets[4 * i + 3]! * SIZE_VARIANCE) * side;
    found.push({ score, x: window.left + x - w / 2, y: window.top + y - h / 2, w, h });
  }
  return found;
}
