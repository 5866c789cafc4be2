import type { Box } from "../core/index.ts";
import type { PlanFace } from "./plan.ts";

/**
 * The faces of a photo, each place once: where somebody marked a face's very place to be hidden, the mark that is
 * nobody's stands for both, since it hides them.
 */
export function placesOf<F extends PlanFace>(faces: readonly F[]): readonly F[] {
  const hiding = faces.filter((face) => face.detection === "marked" && face.person === null);
  return faces.filter((face) => {
    const mark = hiding.find((one) => isSameBox(one.box, face.box));
    return mark === undefined || mark === face;
  });
}

export function isSameBox(a: Box, b: Box): boolean {
  return a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
}
