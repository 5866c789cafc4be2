export type HeadPose = "straight" | "left" | "right" | "closer" | "back";

/**
 * The drawn head of "you" (companions.tsx) that shows what to do next, as in a mirror: "left" turns to the reader's own
 * left. Features slide across
 * the face as they do on a turning head; CSS moves them, and does not where reduced motion is asked for.
 */
export function Head({ pose }: { readonly pose: HeadPose }) {
  return (
    <svg
      class={`drawing head-drawing pose-${pose}`}
      viewBox="-60 -60 120 120"
      aria-hidden="true"
      focusable="false"
    >
      <g class="head-size">
        <path class="d-coat-2" d="M-46 60C-44 46-26 42 0 42S44 46 46 60Z" />
        <path class="d-skin-2" d="M-11 22V44C-5 50 5 50 11 44V22Z" />
        <path class="d-skin-2" d="M0-40C23-40 30-22 30-4S17 36 0 36-30 14-30-4-23-40 0-40Z" />
        <path class="d-hair-2" d="M-32 2C-40-34-20-48 0-48S40-34 32 2C29-15 17-24 0-24S-29-15-32 2Z" />
        <g class="d-line head-features">
          <path d="M-12-8v3M12-8v3M-9 17C-5 21 5 21 9 17M0-4l-3 11h5" />
        </g>
      </g>
      <g class="head-arrows">
        <path class="arrow-left" d="M-37 0H-56m0 0l7-7m-7 7l7 7" />
        <path class="arrow-right" d="M37 0H56m0 0l-7-7m7 7l-7 7" />
      </g>
    </svg>
  );
}
