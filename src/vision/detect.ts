import { centre, iou, type Box, type Landmarks } from "../core/index.ts";
import type { Pixels } from "../pictures/index.ts";
import type { Networks } from "./networks.ts";
import { lifted } from "./exposure.ts";
import { judgeCandidates, type Judged } from "./judge.ts";
import { isSameFace, keepBest, SAME_FACE_IOU } from "./overlap.ts";
import {
  buildPyramid,
  LARGEST_ON_LEVEL,
  LIFTED_RATIO,
  searchEdges,
  windowsOf,
  type Pyramid,
} from "./pyramid.ts";
import { proposeFaces, type Candidate } from "./ultraface.ts";

/** A face as both stages see it, in pixels of the picture. */
export interface Detection {
  readonly box: Box;
  /** What the second stage says; its landmarks of a doubtful face are a guess. */
  readonly landmarks: Landmarks | null;
  /** `certain`: both stages agree. `doubtful`: one of them does; to be hidden, never to be compared. */
  readonly detection: "certain" | "doubtful";
  /** 0 to 1, to compare detections of one kind only. */
  readonly score: number;
}

export interface DetectionSettings {
  /** First stage's score from which a place is shown to the second. */
  readonly propose: number;
  /** First stage's score from which a place that the second refuses is doubtful. */
  readonly insist: number;
  /** Second stage: least score at the first look to be looked at again, and at the second look to be certain. */
  readonly firstLook: number;
  readonly certain: number;
  /** Second stage's score, at its first look, from which a place that is not certain is doubtful. */
  readonly doubtful: number;
}

/**
 * Finds the faces of a picture; see README.md for the order of steps and what each was measured to do. A dark picture
 * is searched twice, as it is and lifted: lifting shows faces in the dark and burns out those in a spotlight. `edges`:
 * long edges at which the picture is searched, the finest first, where only large faces are wanted.
 */
export async function detectFaces(
  networks: Networks,
  pixels: Pixels,
  settings: DetectionSettings,
  edges: readonly number[] = searchEdges(Math.max(pixels.width, pixels.height)),
): Promise<{ readonly detections: Detection[]; readonly pyramid: Pyramid }> {
  const pyramid = await buildPyramid(pixels, edges);
  const judged = await search(networks, pyramid, settings);
  const lighter = lifted(pixels);
  if (lighter) {
    const finer = searchEdges(Math.max(pixels.width, pixels.height), LIFTED_RATIO);
    judged.push(...(await search(networks, await buildPyramid(lighter, finer), settings)));
  }
  return { detections: decide(judged, settings), pyramid };
}

/** What both stages say of every place of a picture that the first one proposes. */
async function search(networks: Networks, pyramid: Pyramid, settings: DetectionSettings): Promise<Judged[]> {
  const proposed: Candidate[] = [];
  for (const level of pyramid.searched) {
    const { pixels, factorX, factorY } = level;
    const coarsest = level === pyramid.searched.at(-1);
    for (const window of windowsOf(pixels.width, pixels.height)) {
      for (const found of await proposeFaces(networks.detector, level, window, settings.propose)) {
        if (!coarsest && Math.max(found.w, found.h) > LARGEST_ON_LEVEL) continue;
        proposed.push({
          score: found.score,
          x: found.x * factorX,
          y: found.y * factorY,
          w: found.w * factorX,
          h: found.h * factorY,
        });
      }
    }
  }
  const candidates = keepBest(
    proposed,
    (one) => one.score,
    (one, kept) => iou(one, kept) > SAME_FACE_IOU,
  );
  return judgeCandidates(networks.confirmer, pyramid, candidates, settings);
}

/** Pure: from what both stages say to the faces of the picture. */
export function decide(judged: readonly Judged[], settings: DetectionSettings): Detection[] {
  const certain = keepBest(
    judged.flatMap(({ candidate, verdict }) =>
      verdict && verdict.score >= settings.certain
        ? [
            {
              box: verdict.box,
              landmarks: verdict.landmarks,
              detection: "certain" as const,
              score: verdict.score * candidate.score,
            },
          ]
        : [],
    ),
    (one) => one.score,
    (one, kept) => isSameFace(one.box, kept.box),
  );
  const doubtful = keepBest(
    judged.flatMap(({ candidate, firstScore, verdict }) => {
      const { score, x, y, w, h } = candidate;
      const refused = !verdict || verdict.score < settings.certain;
      if (!refused || (score < settings.insist && firstScore < settings.doubtful)) return [];
      const box: Box = { x, y, w, h };
      return [{ box, landmarks: null, detection: "doubtful" as const, score }];
    }),
    (one) => one.score,
    (one, kept) => isSameFace(one.box, kept.box),
  );
  return [...certain, ...doubtful.filter((one) => !certain.some((face) => coveredBy(one.box, face.box)))];
}

/** A doubtful box on a certain face is that face seen twice, unless its middle lies outside. */
function coveredBy(doubtful: Box, face: Box): boolean {
  if (isSameFace(doubtful, face)) return true;
  const { x, y } = centre(doubtful);
  const inside = x > face.x && x < face.x + face.w && y > face.y && y < face.y + face.h;
  return inside && doubtful.w <= face.w && doubtful.h <= face.h;
}
