import { createHash } from "node:crypto";
import { centre, type Box, type Id, type Landmarks, type Point, type Size } from "../core/index.ts";
import { headShape, radius, shapeBounds, type HeadShape } from "./head-shape.ts";

/** A face of a photo, as far as publishing needs it. Box and landmarks in pixels of the upright original. */
export interface PlanFace {
  readonly id: Id;
  readonly box: Box;
  readonly landmarks: Landmarks | null;
  /** `doubtful`: seen by one stage of the detector only. `marked`: by a person's hand. */
  readonly detection: "certain" | "doubtful" | "marked";
  /** Whose face it is, by a match or tag; null where nobody knows. */
  readonly person: Id | null;
}

/** That a permit lets one face be seen: whose consent it is. Made by the flow that holds the permit. */
export interface Reveal {
  readonly person: Id;
  /** null: a reader's own face, which needs no consent to be shown to them. */
  readonly consent: Id | null;
}

export interface PlanInput {
  /** Of the upright original, in pixels. */
  readonly size: Size;
  readonly faces: readonly PlanFace[];
  /** By face. A face that is not in it is hidden. */
  readonly reveals: ReadonlyMap<Id, Reveal>;
  /** Places without a face that are hidden as well. */
  readonly hideMore?: readonly Box[];
}

interface ShownFace {
  readonly face: Id;
  readonly box: Box;
  readonly person: Id;
  readonly consent: Id | null;
}

interface HiddenFace {
  /** null for a place without a face. */
  readonly face: Id | null;
  readonly box: Box;
  readonly shape: HeadShape;
}

export interface Plan {
  /** The size that boxes and shapes refer to; `render` refuses a picture of another size. */
  readonly size: Size;
  readonly shown: readonly ShownFace[];
  /** In the order of painting: small (far) heads first. */
  readonly hidden: readonly HiddenFace[];
  /** SHA-256, hexadecimal. Equal digests: the same picture would be rendered, by the same consents. */
  readonly digest: string;
}

/** Raised with every change that would make another picture of the same plan: shapes, tones, encoding. */
const PLAN_VERSION = 1;

/**
 * A shown face of which more than this share of its box lies under hidden heads is hidden as well: what is left would
 * be a disfigured person, not a shown one.
 */
const COVERED_SHARE = 0.25;

/** Points per side of the grid on which the covered share is counted. */
const GRID = 12;

/**
 * Decides who is seen. Hidden is the default: a face is shown only if it was surely seen (by the detector or by a
 * person), a reveal names it, and the reveal's person is the person whose face it is. Where a shown and a hidden face
 * overlap hidden wins: hidden shapes are drawn whole, and a shown face whose middle or `COVERED_SHARE` they cover
 * becomes hidden with a shape of its own, which may in turn cover others. The order of the input does not matter.
 * Throws `bad-input` where a box is no box.
 */
export function plan(input: PlanInput): Plan {
  const hidden: HiddenFace[] = (input.hideMore ?? []).map((box) => ({
    face: null,
    box,
    shape: headShape(box, null),
  }));
  let shown: (ShownFace & { readonly source: PlanFace })[] = [];
  const hide = (face: PlanFace): void => {
    hidden.push({ face: face.id, box: face.box, shape: headShape(face.box, face.landmarks) });
  };

  for (const face of input.faces) {
    const reveal = input.reveals.get(face.id);
    if (reveal && face.person === reveal.person && face.detection !== "doubtful") {
      shown.push({
        face: face.id,
        box: face.box,
        person: reveal.person,
        consent: reveal.consent,
        source: face,
      });
    } else {
      hide(face);
    }
  }

  for (let changed = true; changed;) {
    const covered = shown.filter((face) => isCovered(face.box, hidden));
    shown = shown.filter((face) => !covered.includes(face));
    for (const face of covered) hide(face.source);
    changed = covered.length > 0;
  }

  const shownFaces = shown
    .map(({ face, box, person, consent }) => ({ face, box, person, consent }))
    .sort((a, b) => compare(a.face, b.face));
  hidden.sort(farFirst);
  return {
    size: input.size,
    shown: shownFaces,
    hidden,
    digest: digestOf(input.size, shownFaces, hidden),
  };
}

function isCovered(box: Box, hidden: readonly HiddenFace[]): boolean {
  const near = hidden.map((face) => face.shape).filter((shape) => touches(box, shapeBounds(shape, 1)));
  const inCore = (point: Point): boolean => near.some((shape) => radius(shape, point) <= 1);
  if (inCore(centre(box))) return true;
  let covered = 0;
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      const point = {
        x: box.x + (box.w * (column + 0.5)) / GRID,
        y: box.y + (box.h * (row + 0.5)) / GRID,
      };
      if (inCore(point)) covered++;
    }
  }
  return covered > COVERED_SHARE * GRID * GRID;
}

function touches(a: Box, b: Box): boolean {
  return a.x <= b.x + b.w && b.x <= a.x + a.w && a.y <= b.y + b.h && b.y <= a.y + a.h;
}

function farFirst(a: HiddenFace, b: HiddenFace): number {
  return (
    a.shape.halfWidth * a.shape.halfHeight - b.shape.halfWidth * b.shape.halfHeight ||
    a.box.x - b.box.x ||
    a.box.y - b.box.y ||
    compare(a.face ?? "", b.face ?? "")
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Arrays in a fixed order and numbers rounded to a thousandth of a pixel: the text is canonical by construction. */
function digestOf(size: Size, shown: readonly ShownFace[], hidden: readonly HiddenFace[]): string {
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  const numbers = (box: Box): readonly number[] => [box.x, box.y, box.w, box.h].map(round);
  const text = JSON.stringify([
    "assent-plan",
    PLAN_VERSION,
    [size.width, size.height],
    shown.map((face) => [face.face, numbers(face.box), face.person, face.consent]),
    hidden.map(({ face, box, shape }) => [
      face,
      numbers(box),
      [shape.centre.x, shape.centre.y, shape.halfWidth, shape.halfHeight, shape.angle].map(round),
    ]),
  ]);
  return createHash("sha256").update(text).digest("hex");
}
