/** The soft shape that stands for "not asked". */
export const SOFT_SHAPE =
  "M0-11C6.600-11 8.400-6.400 8.400 0S6.600 11 0 11-8.400 6.400-8.400 0-6.600-11 0-11Z";

export function Mark() {
  return (
    <svg class="mark" viewBox="-12 -12 24 24" aria-hidden="true" focusable="false">
      <path d={SOFT_SHAPE} />
    </svg>
  );
}
