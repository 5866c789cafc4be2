import { AssentError, expand, type Box, type Landmarks, type Point } from "../core/index.ts";

/**
 * The shape that hides a head: a superellipse |u/a|^3 + |v/b|^3 <= 1 around `centre`, turned by `angle`.
 * `halfWidth` (a, along the eyes) and `halfHeight` (b, from crown to chin) are in pixels of the upright picture and
 * measure the solid core; the soft edge lies wholly outside, between radius 1 and `1 + FEATHER`.
 */
export interface HeadShape {
  readonly centre: Point;
  readonly halfWidth: number;
  readonly halfHeight: number;
  /** Radians from the x axis to the line of the eyes, clockwise as seen, in (-pi, pi]. */
  readonly angle: number;
}

/** The core holds the face box enlarged by this factor, whatever the tilt: the project's promise about hidden faces. */
export const HIDDEN_BOX_FACTOR = 1.3;

/** Width of the soft edge, as a share of the core's half width and half height. */
export const FEATHER = 0.14;

/**
 * What of a head lies beyond the detector's face box, in box heights or widths from the box's middle: the box runs
 * from brow to chin and from cheek to cheek. Taken by eye from the boxes of 71 portraits, so that hair and ears go in.
 */
const CROWN = 0.8;
const CHIN = 0.68;
const EAR = 0.74;

/** Every box has at least this width and height, in pixels: a speck is hidden too. */
const SMALLEST_BOX = 4;

/** One pixel more on every side, so that pixels which the box merely touches are in the core as well. */
const PIXEL = 1;

/**
 * The shape for a face box in pixels of the upright picture. With landmarks it is tilted as the head is, also upside
 * down; without them it stands upright. The core contains `expand(box, HIDDEN_BOX_FACTOR)` in either case.
 * Throws `bad-input` where the box is no box: what cannot be hidden must not be rendered.
 */
export function headShape(box: Box, landmarks: Landmarks | null): HeadShape {
  if (![box.x, box.y, box.w, box.h].every(Number.isFinite) || box.w < 0 || box.h < 0) {
    throw new AssentError("bad-input", "a face's box is not made of finite numbers, or has a negative side", {
      remedy: "Scan the photo again, or mark the face by hand.",
    });
  }
  const middle = { x: box.x + box.w / 2, y: box.y + box.h / 2 };
  const w = Math.max(box.w, SMALLEST_BOX);
  const h = Math.max(box.h, SMALLEST_BOX);
  const angle = landmarks ? headAngle(landmarks) : 0;
  const halfWidth = w * EAR;
  const halfHeight = (h * (CROWN + CHIN)) / 2;
  const towardsCrown = (h * (CROWN - CHIN)) / 2;
  const centre = {
    x: middle.x + Math.sin(angle) * towardsCrown,
    y: middle.y - Math.cos(angle) * towardsCrown,
  };
  const head: HeadShape = { centre, halfWidth, halfHeight, angle };
  const covered = expand({ x: middle.x - w / 2, y: middle.y - h / 2, w, h }, HIDDEN_BOX_FACTOR);
  const grow = Math.max(1, ...corners(covered).map((corner) => radius(head, corner)));
  return { ...head, halfWidth: halfWidth * grow + PIXEL, halfHeight: halfHeight * grow + PIXEL };
}

/**
 * 0 at the shape's centre, up to 1 in the core, above 1 outside it. The core is convex, so it holds all that lies
 * between points it holds.
 */
export function radius(shape: HeadShape, point: Point): number {
  return Math.cbrt(cubedRadiusIn(shape)(point.x, point.y));
}

/** The third power of `radius`, of one shape for many points: below and above 1 as the radius is, without its root. */
export function cubedRadiusIn(shape: HeadShape): (x: number, y: number) => number {
  const { centre, halfWidth, halfHeight, angle } = shape;
  const uPerX = Math.cos(angle) / halfWidth;
  const uPerY = Math.sin(angle) / halfWidth;
  const vPerX = -Math.sin(angle) / halfHeight;
  const vPerY = Math.cos(angle) / halfHeight;
  return (x, y) => {
    const dx = x - centre.x;
    const dy = y - centre.y;
    const u = Math.abs(dx * uPerX + dy * uPerY);
    const v = Math.abs(dx * vPerX + dy * vPerY);
    return u * u * u + v * v * v;
  };
}

/** An upright box around all points of radius up to `reach`; it may leave the picture. */
export function shapeBounds(shape: HeadShape, reach: number): Box {
  const cos = Math.abs(Math.cos(shape.angle));
  const sin = Math.abs(Math.sin(shape.angle));
  const halfX = reach * (shape.halfWidth * cos + shape.halfHeight * sin);
  const halfY = reach * (shape.halfWidth * sin + shape.halfHeight * cos);
  return { x: shape.centre.x - halfX, y: shape.centre.y - halfY, w: 2 * halfX, h: 2 * halfY };
}

/**
 * The line of the eyes and the perpendicular of the line from mouth to eyes, added: each counts by its length, so that
 * in a profile, where the eyes nearly coincide, the face's length decides. 0 where the points say nothing.
 */
function headAngle(landmarks: Landmarks): number {
  const { leftEye, rightEye, leftMouth, rightMouth } = landmarks;
  const downX = (leftMouth.x + rightMouth.x - leftEye.x - rightEye.x) / 2;
  const downY = (leftMouth.y + rightMouth.y - leftEye.y - rightEye.y) / 2;
  const angle = Math.atan2(rightEye.y - leftEye.y - downX, rightEye.x - leftEye.x + downY);
  return Number.isFinite(angle) ? angle : 0;
}

function corners(box: Box): readonly Point[] {
  const right = box.x + box.w;
  const bottom = box.y + box.h;
  return [
    { x: box.x, y: box.y },
    { x: right, y: box.y },
    { x: box.x, y: bottom },
    { x: right, y: bottom },
  ];
}
