import { encodeJpeg } from "../pictures/index.ts";
import type { Box } from "../core/index.ts";

/** Of every drawing, in pixels. */
export const DRAWING = { width: 1200, height: 800 } as const;

type Rgb = readonly [number, number, number];

/** Skin, hair and coat of a made-up person: told apart at a glance, and nobody's. */
export interface Looks {
  readonly skin: Rgb;
  readonly hair: Rgb;
  readonly coat: Rgb;
}

const HEAD = { w: 110, h: 140 } as const;
const APART = 270;
const QUALITY = 90;

/** Where the faces of a drawing are, from left to right: far enough apart that no hidden head covers a neighbour. */
export function drawnBoxes(count: number): readonly Box[] {
  const left = (DRAWING.width - APART * (count - 1) - HEAD.w) / 2;
  return Array.from({ length: count }, (_, i) => ({ x: Math.round(left + APART * i), y: 250, ...HEAD }));
}

/** A picture of people side by side, as a child draws them, as JPEG. `place`: colour of what is behind them, for no two to be alike. */
export async function drawPeople(people: readonly Looks[], place: Rgb): Promise<Buffer> {
  const { width, height } = DRAWING;
  const data = new Uint8Array(width * height * 3);
  const put = (x: number, y: number, [r, g, b]: Rgb): void => {
    data.set([r, g, b], 3 * (y * width + x));
  };
  const ground: Rgb = [place[0] - 50, place[1] - 40, place[2] - 60];
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) put(x, y, y < 620 ? place : ground);
  const ellipse = (cx: number, cy: number, rx: number, ry: number, colour: Rgb): void => {
    const [x0, x1] = [Math.max(0, Math.floor(cx - rx)), Math.min(width - 1, Math.ceil(cx + rx))];
    const [y0, y1] = [Math.max(0, Math.floor(cy - ry)), Math.min(height - 1, Math.ceil(cy + ry))];
    for (let y = y0; y <= y1; y++)
      for (let x = x0; x <= x1; x++) if (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1) put(x, y, colour);
  };
  drawnBoxes(people.length).forEach(({ x, y, w, h }, i) => {
    const looks = people[i];
    if (!looks) return;
    const [cx, cy] = [x + w / 2, y + h / 2];
    ellipse(cx, cy + 300, 95, 220, looks.coat);
    ellipse(cx, cy - 22, w / 2 + 10, h / 2 + 6, looks.hair);
    ellipse(cx, cy, w / 2, h / 2, looks.skin);
    for (const side of [-1, 1]) {
      ellipse(cx + side * 22, cy - 10, 9, 7, [250, 250, 250]);
      ellipse(cx + side * 22, cy - 10, 4, 5, [40, 40, 40]);
    }
    ellipse(cx, cy + 34, 20, 7, [150, 60, 60]);
  });
  return encodeJpeg({ data, width, height }, null, QUALITY);
}
