import { wipe, type Box, type Landmarks, type Size } from "../core/index.ts";
import { encodeChip } from "./chip.ts";
import { readCodes, readPicture, type CodeInPicture, type MediaType } from "../pictures/index.ts";
import { cutChip } from "./align.ts";
import { detectFaces, type Detection } from "./detect.ts";
import { embedChip } from "./embed.ts";
import type { Manifest } from "./manifest.ts";
import type { Networks } from "./networks.ts";
import { buildPyramid, searchEdges } from "./pyramid.ts";
import { appearanceOf, frontalityOf, isComparable, NORM_FLOOR, type Quality } from "./quality.ts";

/** A face of a picture. Boxes and landmarks are in pixels of the upright picture at full resolution. */
export interface FoundFace {
  readonly box: Box;
  /** Null for a doubtful face. */
  readonly landmarks: Landmarks | null;
  /** `doubtful`: seen by one stage of the detector only. To be hidden like any other, never to be compared. */
  readonly detection: "certain" | "doubtful";
  /** 0 to 1; comparable among faces of the same `detection` only. */
  readonly score: number;
  /** Null for a doubtful face. */
  readonly quality: Quality | null;
  /** Certain, large and clear enough to be compared. */
  readonly matchable: boolean;
  /** Unit length; only if asked for and the face is matchable. */
  readonly embedding: Float32Array | null;
  /** The aligned 112 x 112 crop as JPEG; only if asked for and the face is matchable. */
  readonly chip: Uint8Array | null;
}

/** Milliseconds per step. */
type Timings = Record<"decode" | "codes" | "detect" | "align" | "embed", number>;

export interface FoundFaces {
  readonly faces: readonly FoundFace[];
  /** Of the upright picture at full resolution. */
  readonly size: Size;
  readonly mediaType: MediaType;
  readonly takenAt: string | null;
  /** Tells the very camera from others, without saying which; null where the file does not. */
  readonly camera: string | null;
  /** Of cards held up before the camera; only if asked for. */
  readonly codes: readonly CodeInPicture[];
  readonly timings: Timings;
}

export interface FindOptions {
  readonly embed: boolean;
  readonly chips: boolean;
  /** Whether to read the codes of cards as well; not unless asked. */
  readonly codes?: boolean;
}

/** The detector's settings as the pack states them. */
export function detectionSettings({
  detector,
  confirmer,
}: Manifest): Manifest["detector"]["settings"] & Manifest["confirmer"]["settings"] {
  return { ...detector.settings, ...confirmer.settings };
}

/**
 * Decodes a picture once and finds its faces. Embeddings leave in the result alone; every other copy of them, and of
 * the chips they were made from, is overwritten here.
 */
export async function findFacesInFile(
  networks: Networks,
  manifest: Manifest,
  path: string,
  options: FindOptions,
): Promise<FoundFaces> {
  const timings: Timings = { decode: 0, codes: 0, detect: 0, align: 0, embed: 0 };
  const timed = async <T>(step: keyof Timings, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await work();
    } finally {
      timings[step] += performance.now() - start;
    }
  };
  const { pixels, size, mediaType, takenAt, camera } = await timed("decode", () => readPicture(path));
  const codes = options.codes === true ? await timed("codes", () => readCodes(pixels)) : [];
  const { detections, pyramid } = await timed("detect", () =>
    detectFaces(networks, pixels, detectionSettings(manifest)),
  );
  const faces: FoundFace[] = [];
  for (const found of detections) {
    if (found.detection === "doubtful" || !found.landmarks) {
      faces.push(unmatchable(found, null));
      continue;
    }
    const { landmarks } = found;
    const start = performance.now();
    const chip = cutChip(pyramid, landmarks);
    const seen = { height: found.box.h, frontality: frontalityOf(landmarks), ...appearanceOf(chip) };
    timings.align += performance.now() - start;
    if (!isComparable(seen)) {
      faces.push(unmatchable(found, { norm: null, ...seen }));
    } else if (!options.embed) {
      faces.push({
        ...unmatchable(found, { norm: null, ...seen }),
        matchable: true,
        chip: options.chips ? await encodeChip(chip) : null,
      });
    } else {
      const { vector, norm } = await timed("embed", () => embedChip(networks.embedder, chip));
      const matchable = norm >= NORM_FLOOR;
      if (!matchable) wipe(vector);
      faces.push({
        ...unmatchable(found, { norm, ...seen }),
        matchable,
        embedding: matchable ? vector : null,
        chip: matchable && options.chips ? await encodeChip(chip) : null,
      });
    }
    wipe(chip);
  }
  return { faces, size, mediaType, takenAt, camera, codes, timings };
}

/** The chips of faces that were found before, in the order of their landmarks: the same as `findFacesInFile` makes. */
export async function cutChipsInFile(path: string, faces: readonly Landmarks[]): Promise<Uint8Array[]> {
  const { pixels } = await readPicture(path);
  const pyramid = await buildPyramid(pixels, searchEdges(Math.max(pixels.width, pixels.height)));
  const chips: Uint8Array[] = [];
  for (const landmarks of faces) {
    const chip = cutChip(pyramid, landmarks);
    chips.push(await encodeChip(chip));
    wipe(chip);
  }
  return chips;
}

function unmatchable({ box, landmarks, detection, score }: Detection, quality: Quality | null): FoundFace {
  return { box, landmarks, detection, score, quality, matchable: false, embedding: null, chip: null };
}
