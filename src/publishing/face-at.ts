import type { Id, Point } from "../core/index.ts";
import type { PublishablePhoto } from "./faces.ts";
import { headShape, radius } from "./head-shape.ts";

/**
 * The face that somebody means who taps a photo: of the heads as they are hidden (`headShape`) that hold the point, the
 * one whose middle is nearest by its own measure; null where there is none. `place` in shares (0 to 1) of width and height.
 */
export function faceAt(photo: Pick<PublishablePhoto, "size" | "faces">, place: Point): Id | null {
  const point = { x: place.x * photo.size.width, y: place.y * photo.size.height };
  let nearest: { readonly face: Id; readonly distance: number } | null = null;
  for (const face of photo.faces) {
    const distance = radius(headShape(face.box, face.landmarks), point);
    if (distance <= 1 && (nearest === null || distance < nearest.distance)) {
      nearest = { face: face.id, distance };
    }
  }
  return nearest?.face ?? null;
}
