/** x, y, width, height in pixels of the picture. */
export type Box = readonly [x: number, y: number, w: number, h: number];

/** A ring around a face is soft, as on the person's pages: how much of each side its corners take. */
const ROUND = 0.46;

/** Places of a picture, ringed. It lies over the picture, whose box is `.seen`. */
export function Rings({
  width,
  height,
  boxes,
}: {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
}) {
  return (
    <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {boxes.map(([x, y, w, h]) => {
        const ring = { x, y, width: w, height: h, rx: w * ROUND, ry: h * ROUND };
        return (
          <g key={`${x} ${y} ${w}`}>
            <rect {...ring} />
            <rect {...ring} />
          </g>
        );
      })}
    </svg>
  );
}
