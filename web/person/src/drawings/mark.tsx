import { SOFT_SHAPE } from "../../../soft-shape.ts";

export function Mark() {
  return (
    <svg class="mark" viewBox="-12 -12 24 24" aria-hidden="true" focusable="false">
      <path d={SOFT_SHAPE} />
    </svg>
  );
}
