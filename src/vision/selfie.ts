import { wipe, type Box } from "../core/index.ts";
import { readPicture, type Pixels } from "../pictures/index.ts";
import { cutChip } from "./align.ts";
import { chipFromAfar, mirrored } from "./degrade.ts";
import { detectFaces, type Detection } from "./detect.ts";
import { embedChip, normalise } from "./embed.ts";
import { detectionSettings, type FoundFace } from "./find-faces.ts";
import type { Manifest } from "./manifest.ts";
import type { Networks } from "./networks.ts";
import { appearanceOf, frontalityOf, type Quality } from "./quality.ts";

/** Why a selfie is not taken; the person is told and tries again. */
export type SelfieProblem =
  "no-face" | "several-faces" | "too-small" | "too-dark" | "blurred" | "not-frontal";

export interface SelfieTemplates {
  /** Faces that count: certain ones not much smaller than the largest. */
  readonly faces: number;
  /** The largest; null where there is none. */
  readonly face: FoundFace | null;
  readonly problem: SelfieProblem | null;
  /**
   * The person's templates, unit length: as seen near, and as a small face in a photo would look. Empty if there is a
   * problem. A probe's score for the person is its best cosine with any of them.
   */
  readonly embeddings: readonly Float32Array[];
}

/** Long edge to which a selfie is reduced: at least four times the template's size where a face fills a third. */
const SELFIE_EDGE = 1600;

/** A certain face lower than this share of the largest is a passer-by in the background. */
export const PASSER_BY = 0.5;

/**
 * Floors of a selfie's face. The 71 portraits of the London set lie at 64 to 164 in brightness, 9.0 to 15.2 in sharpness
 * and 0.88 to 1.00 in frontality. Blurred until their sharpness was 5, portraits kept a cosine of 0.75 to 0.89 with
 * another portrait of the same person that they had matched at 0.91; at 4 it was 0.41 to 0.64. Four people in a group
 * photo who looked about them had a frontality of 0.50 to 0.94.
 */
const SELFIE_HEIGHT = 90;
const SELFIE_BRIGHTNESS = 40;
const SELFIE_SHARPNESS = 4.8;
const SELFIE_FRONTALITY = 0.55;

/**
 * Heights, in pixels, as which the selfie is embedded beside its own size. Measured on 500 composed photos
 * (docs/models.md): of faces 32 to 48 px tall 95 % instead of 82 % score above 0.6.
 */
const AFAR_HEIGHTS: readonly number[] = [40, 28];

/** Judges a selfie and makes the templates of the one face in it. Chips and intermediate embeddings are overwritten. */
export async function templatesOfFile(
  networks: Networks,
  manifest: Manifest,
  path: string,
): Promise<SelfieTemplates> {
  const { pixels, size } = await readPicture(path, { maxEdge: SELFIE_EDGE });
  return templatesOfPixels(networks, manifest, pixels, size.width / pixels.width);
}

/** `factor`: by how much the picture was reduced to `pixels`; the face is stated in pixels of the picture. */
export async function templatesOfPixels(
  networks: Networks,
  manifest: Manifest,
  pixels: Pixels,
  factor: number,
): Promise<SelfieTemplates> {
  const { detections, pyramid } = await detectFaces(networks, pixels, detectionSettings(manifest));
  const certain = detections.filter((one) => one.detection === "certain").sort((a, b) => b.box.h - a.box.h);
  const [main] = certain;
  if (!main?.landmarks) return { faces: 0, face: null, problem: "no-face", embeddings: [] };
  const faces = certain.filter((one) => one.box.h >= PASSER_BY * main.box.h).length;

  const chip = cutChip(pyramid, main.landmarks);
  try {
    const seen = { height: main.box.h, frontality: frontalityOf(main.landmarks), ...appearanceOf(chip) };
    const problem = faces > 1 ? "several-faces" : problemOf(seen);
    if (problem)
      return { faces, face: enlarged(main, { norm: null, ...seen }, factor), problem, embeddings: [] };
    const near = await embedWithMirror(networks, chip);
    const embeddings = [near.vector];
    for (const height of AFAR_HEIGHTS) {
      const afar = await chipFromAfar(pixels, main.box, main.landmarks, height);
      embeddings.push((await embedWithMirror(networks, afar)).vector);
      wipe(afar);
    }
    return {
      faces,
      face: { ...enlarged(main, { norm: near.norm, ...seen }, factor), matchable: true },
      problem: null,
      embeddings,
    };
  } finally {
    wipe(chip);
  }
}

/** What keeps a face from being a selfie, by its size, light, sharpness and pose. */
export function problemOf(seen: Omit<Quality, "norm">): SelfieProblem | null {
  if (seen.height < SELFIE_HEIGHT) return "too-small";
  if (seen.brightness < SELFIE_BRIGHTNESS) return "too-dark";
  if (seen.sharpness < SELFIE_SHARPNESS) return "blurred";
  if (seen.frontality < SELFIE_FRONTALITY) return "not-frontal";
  return null;
}

/** The mean of a chip's embedding and its mirror image's; `norm` is of the chip itself. */
async function embedWithMirror(
  networks: Networks,
  chip: Uint8Array,
): Promise<{ vector: Float32Array; norm: number }> {
  const other = mirrored(chip);
  const one = await embedChip(networks.embedder, chip);
  const two = await embedChip(networks.embedder, other);
  const { vector } = normalise(one.vector.map((value, i) => value + two.vector[i]!));
  wipe(one.vector, two.vector, other);
  return { vector, norm: one.norm };
}

/** The face in pixels of the full picture. */
function enlarged(found: Detection, quality: Quality, factor: number): FoundFace {
  const { detection, score, landmarks } = found;
  const point = ({ x, y }: { x: number; y: number }): { x: number; y: number } => ({
    x: x * factor,
    y: y * factor,
  });
  const box: Box = { ...point(found.box), w: found.box.w * factor, h: found.box.h * factor };
  return {
    box,
    landmarks: landmarks && {
      leftEye: point(landmarks.leftEye),
      rightEye: point(landmarks.rightEye),
      nose: point(landmarks.nose),
      leftMouth: point(landmarks.leftMouth),
      rightMouth: point(landmarks.rightMouth),
    },
    detection,
    score,
    quality: { ...quality, height: box.h },
    matchable: false,
    embedding: null,
    chip: null,
  };
}
