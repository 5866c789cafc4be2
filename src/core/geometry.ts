/** Pixels of the upright picture; origin top left, x to the right, y down; fractions allowed; may leave the picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `x`, `y` of the top left corner, width and height, in pixels of the upright picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Five points in the order of the ArcFace template, left and right as seen in the picture. */
export interface Landmarks {
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly nose: Point;
  readonly leftMouth: Point;
  readonly rightMouth: Point;
}

export function area(box: Box): number {
  return Math.max(0, box.w) * Math.max(0, box.h);
}

export function intersection(a: Box, b: Box): Box {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  return {
    x,
    y,
    w: Math.max(0, Math.min(a.x + a.w, b.x + b.w) - x),
    h: Math.max(0, Math.min(a.y + a.h, b.y + b.h) - y),
  };
}

/** Intersection over union, 0 to 1. */
export function iou(a: Box, b: Box): number {
  const common = area(intersection(a, b));
  const union = area(a) + area(b) - common;
  return union > 0 ? common / union : 0;
}

/** Intersection over the smaller of the two, 0 to 1: 1 when one contains the other. */
export function iom(a: Box, b: Box): number {
  const smaller = Math.min(area(a), area(b));
  return smaller > 0 ? area(intersection(a, b)) / smaller : 0;
}

export function centre(box: Box): Point {
  return { x: box.x + box.w / 2, y: box.y + box.h / 2 };
}

/** The box of `factor` times the width and height around the same centre. */
export function expand(box: Box, factor: number): Box {
  const w = box.w * factor;
  const h = box.h * factor;
  return { x: box.x + (box.w - w) / 2, y: box.y + (box.h - h) / 2, w, h };
}

/** The part of the box inside the picture; width or height 0 where there is none. */
export function clip(box: Box, size: Size): Box {
  return intersection(box, { x: 0, y: 0, w: size.width, h: size.height });
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export function landmarkPoints(l: Landmarks): readonly [Point, Point, Point, Point, Point] {
  return [l.leftEye, l.rightEye, l.nose, l.leftMouth, l.rightMouth];
}
