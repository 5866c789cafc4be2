import { readFile, writeFile } from "node:fs/promises";
import type { Parts } from "../../src/flows/index.ts";
import type { RenderPool } from "../../src/publishing/index.ts";
import type { VisionPool } from "../../src/vision/index.ts";
import { embeddingAt, embeddingNear } from "./embeddings.ts";

/**
 * Photos that say themselves who is in them, for tests of what happens around the networks and the renderer: nothing is
 * detected, embedded or painted, and files, database, keys and index are real. A photo is a JPEG's first bytes and a list of
 * faces; a rendition is a list of what it hides.
 */
export interface DrawnFace {
  /** Whose face it is; the same name is the same face. */
  readonly who: string;
  /** Clear: surely given. Otherwise so like them that they are asked. */
  readonly clear: boolean;
}

export const DRAWN_SIZE = { width: 2000, height: 1000 } as const;

/** Far enough apart that no hidden head reaches the next face. */
const APART = 450;
/** Cosines with the face's own template: above and below the automatic threshold of a small gallery, 0.70. */
const SURE = 0.9;
const LIKELY = 0.66;

const HEAD = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);

export function boxOf(position: number) {
  return { x: 100 + APART * position, y: 300, w: 80, h: 100 };
}

export async function drawPhoto(path: string, faces: readonly DrawnFace[]): Promise<void> {
  // No two photos have the same bytes.
  await writeFile(path, Buffer.concat([HEAD, Buffer.from(JSON.stringify({ path, faces }))]));
}

export function faceOf(who: string): Float32Array {
  return embeddingAt(`face of ${who}`);
}

function seen({ who, clear }: DrawnFace): Float32Array {
  return embeddingNear(faceOf(who), clear ? SURE : LIKELY, `look of ${who}`);
}

async function drawnIn(path: string): Promise<readonly DrawnFace[]> {
  const bytes = await readFile(path);
  return (JSON.parse(bytes.subarray(HEAD.length).toString()) as { faces: DrawnFace[] }).faces;
}

/** Reads drawn photos, chips and selfies; its pack is the real one's, so that thresholds are. */
function drawnVision(real: VisionPool): VisionPool {
  return {
    ...real,
    async findFaces(path, options) {
      const faces = (await drawnIn(path)).map((face, position) => ({
        box: boxOf(position),
        landmarks: null,
        detection: "certain" as const,
        score: 1,
        quality: null,
        matchable: true,
        embedding: options.embed ? seen(face) : null,
        chip: options.chips ? new Uint8Array(Buffer.from(JSON.stringify(face))) : null,
      }));
      const timings = { decode: 0, codes: 0, detect: 0, align: 0, embed: 0 };
      const mediaType = "image/jpeg" as const;
      return { faces, size: DRAWN_SIZE, mediaType, takenAt: null, camera: null, codes: [], timings };
    },
    embedChips: (chips) =>
      Promise.resolve(chips.map((chip) => seen(JSON.parse(Buffer.from(chip).toString()) as DrawnFace))),
    async templatesOf(path) {
      const faces = await drawnIn(path);
      const embeddings = faces.map(({ who }) => faceOf(who));
      return { faces: faces.length, face: null, problem: null, embeddings };
    },
  };
}

const drawnRenderer: RenderPool = {
  async render(input) {
    const text = JSON.stringify(input.hidden.map((shape) => Math.round(shape.centre.x)));
    await writeFile(input.target, text);
    return { ...input.size, bytes: text.length, sha256: "" };
  },
  form: () => Promise.reject(new Error("no picture is written in another form here")),
  close: () => Promise.resolve(),
};

/** Positions of the faces that a drawn rendition shows, of so many. */
export function shownIn(rendition: Uint8Array, faces: number): readonly number[] {
  const hidden = JSON.parse(Buffer.from(rendition).toString()) as number[];
  return Array.from({ length: faces }, (_, position) => position).filter((position) => {
    const { x, w } = boxOf(position);
    return !hidden.some((at) => Math.abs(at - (x + w / 2)) < APART / 2);
  });
}

/** The parts of an instance with photos that are drawn. */
export function withDrawnPhotos<P extends Parts>(parts: P): P {
  let vision: Promise<VisionPool> | undefined;
  return {
    ...parts,
    vision: () => (vision ??= parts.vision().then(drawnVision)),
    renderer: () => drawnRenderer,
  };
}
