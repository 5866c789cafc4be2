import { SOFT_SHAPE } from "../../../soft-shape.ts";

/** Our mark, as on the person's pages. */
export function Mark() {
  return (
    <svg className="mark" viewBox="-12 -12 24 24" aria-hidden="true" focusable="false">
      <path d={SOFT_SHAPE} />
    </svg>
  );
}
