import sharp from "sharp";
import type { Landmarks } from "../../src/core/index.ts";
import type { Pixels } from "../../src/pictures/index.ts";
import {
  follows,
  HELD_FRAMES,
  type Challenge,
  type LivenessAnswer,
  type LivenessFrame,
  type PosedFrame,
  type Prompt,
  type VisionPool,
} from "../../src/vision/index.ts";
import { renderHead, renderSurface, type Surface, type View } from "./head-render.ts";

/** A frontal portrait with its landmarks: what heads and prints are made of. */
export interface Portrait {
  readonly pixels: Pixels;
  readonly landmarks: Landmarks;
}

/** What stands before the camera when it is asked to stand so. */
export type Subject = (view: View, prompt: Prompt) => Pixels;

export function subject(portrait: Portrait, surface: Surface): Subject {
  return (view) => renderSurface(portrait.pixels, portrait.landmarks, surface, view);
}

/** Three flat pictures of a person, straight and turned to both sides, of which the one that is asked for is shown. */
export function printed(portrait: Portrait): Subject {
  const angle = 30;
  return ({ yaw, ...view }) => {
    const shown = Math.abs(yaw) < angle / 2 ? 0 : Math.sign(yaw) * angle;
    return renderHead(portrait.pixels, portrait.landmarks, { ...view, yaw: shown });
  };
}

/** What the camera adds, in grey levels (standard deviation), and the quality of the page's JPEG. */
const NOISE = 3;
const QUALITY = 85;

/** Made once and entered at a random place for each frame: drawing fresh noise cost more than rendering. */
const GRAIN = grain(1 << 20);

function grain(length: number): Float32Array {
  const random = seededRandom(1);
  // Three even distributions make a bell of a standard deviation of one half.
  return Float32Array.from({ length }, () => 2 * NOISE * (random() + random() + random() - 1.5));
}

/** A frame as the page sends it. `random`: 0 to 1, seeded where a clip must be the same every time. */
export async function photographed(
  { data, width, height }: Pixels,
  random: () => number,
): Promise<Uint8Array> {
  const from = Math.floor(random() * GRAIN.length);
  const noisy = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i++) noisy[i] = data[i]! + GRAIN[(i + from) & (GRAIN.length - 1)]!;
  return sharp(noisy, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

/** Degrees tried, one after the other, until the page says that it is enough. */
const YAWS: readonly number[] = [22, 27, 32, 37];
/** Degrees and shares by which nobody holds still. */
const TREMOR = { yaw: 3, pitch: 5, scale: 0.02 };
const CLOSER = 1.4;

export interface ClipOptions {
  readonly random: () => number;
  readonly yaws?: readonly number[];
  readonly width?: number;
  readonly height?: number;
}

/**
 * Answers a challenge as somebody would whom the page guides: turns further until two frames in a row are what was asked, or
 * gives up and goes on. Frames come every 400 ms.
 */
export async function answerOf(
  pool: VisionPool,
  challenge: Challenge,
  before: Subject,
  { random, yaws = YAWS, width = 480, height = 640 }: ClipOptions,
): Promise<LivenessAnswer> {
  const frames: LivenessFrame[] = [];
  const shownAt: number[] = [];
  let at = 0;
  let scale = 1;
  const posed: PosedFrame[] = [];
  for (const [n, prompt] of challenge.prompts.entries()) {
    shownAt.push(at);
    if (prompt === "closer") scale = CLOSER;
    if (prompt === "back") scale = 1;
    const side = prompt === "turn-left" ? 1 : prompt === "turn-right" ? -1 : 0;
    for (const yaw of side === 0 ? [0] : yaws) {
      for (let k = 0; k < HELD_FRAMES; k++) {
        at += 400;
        const shake = (most: number): number => (random() * 2 - 1) * most;
        const view: View = {
          yaw: side * yaw + shake(TREMOR.yaw),
          pitch: shake(TREMOR.pitch),
          scale: scale * (1 + shake(TREMOR.scale)),
          width,
          height,
        };
        const picture = await photographed(before(view, prompt), random);
        const { pose } = await pool.judgeFrame(picture, prompt);
        posed.push({ prompt: n, pose });
        frames.push({ picture, prompt: n, at });
      }
      if (follows(challenge, posed, n)) break;
    }
  }
  return { challenge, shownAt, frames };
}

/** The same recording shown to somebody who asked for something else, at the same times. */
export function replayed({ shownAt, frames }: LivenessAnswer, challenge: Challenge): LivenessAnswer {
  return { challenge, shownAt, frames };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
