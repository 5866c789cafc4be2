import { centre, distance, iom, iou, type Box } from "../core/index.ts";

/** Two boxes above this intersection over union are one face (the networks' own value for non-maximum suppression). */
export const SAME_FACE_IOU = 0.4;

/** A box of which so much lies in another is a part of that face, if it also sits near its middle. */
const PART_IOM = 0.65;
/** Distance of the centres, as a share of the larger box's longer side, up to which that is near. */
const PART_DISTANCE = 0.25;

/**
 * Whether two boxes are one and the same face. A small face before a large one (a child in front of an adult) lies in
 * its box too, but off its middle: it must stay a face of its own, because it is hidden on its own account.
 */
export function isSameFace(a: Box, b: Box): boolean {
  if (iou(a, b) > SAME_FACE_IOU) return true;
  const longer = Math.max(a.w, a.h, b.w, b.h);
  return iom(a, b) > PART_IOM && distance(centre(a), centre(b)) < PART_DISTANCE * longer;
}

/** Goes through `items` from the best on and keeps each that `repeats` none of those kept before. */
export function keepBest<T>(
  items: readonly T[],
  rank: (item: T) => number,
  repeats: (item: T, kept: T) => boolean,
): T[] {
  const kept: T[] = [];
  for (const item of [...items].sort((a, b) => rank(b) - rank(a))) {
    if (!kept.some((better) => repeats(item, better))) kept.push(item);
  }
  return kept;
}
