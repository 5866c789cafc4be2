/**
 * Draws docs/pictures/before-after.webp for the README: a scene of drawn people, and beside it what is published when
 * one of them agreed. The people are drawings, so no real person is shown; the hiding is the real one, from src/.
 *
 *   node tools/make-readme-picture.ts [FILE]
 */
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { Box, Landmarks, Point } from "../src/core/index.ts";
import { obscure, plan, type PlanFace } from "../src/publishing/index.ts";

const TARGET =
  process.argv[2] ?? fileURLToPath(new URL("../docs/pictures/before-after.webp", import.meta.url));

/** One drawn photo, and the sheet of two, in pixels. */
const WIDTH = 780;
const HEIGHT = 585;
const GAP = 40;
const PAPER = "#f7f2e8";
const HAIRLINE = "#d8cfbf";
const RADIUS = 12;

interface Figure {
  readonly name: string;
  /** Middle of the face, and its height, in pixels of the photo. */
  readonly x: number;
  readonly y: number;
  readonly face: number;
  /** Degrees, clockwise. */
  readonly tilt: number;
  readonly skin: string;
  readonly hair: string;
  readonly cut: "short" | "long" | "bun" | "curls" | "scarf" | "bald";
  readonly top: string;
  readonly trim: string;
  readonly glasses?: boolean;
  readonly beard?: boolean;
}

/** From the back row to the front: later figures stand before earlier ones. */
const FIGURES: readonly Figure[] = [
  {
    name: "a",
    x: 226,
    y: 236,
    face: 62,
    tilt: 4,
    skin: "#c98f68",
    hair: "#2e2420",
    cut: "short",
    top: "#7a8f6a",
    trim: "#66795a",
    beard: true,
  },
  {
    name: "b",
    x: 408,
    y: 214,
    face: 64,
    tilt: -3,
    skin: "#f0c9a8",
    hair: "#8a5a34",
    cut: "bun",
    top: "#c9776a",
    trim: "#b2655a",
  },
  {
    name: "c",
    x: 590,
    y: 240,
    face: 62,
    tilt: -5,
    skin: "#8a5a3c",
    hair: "#221a17",
    cut: "curls",
    top: "#d9a94f",
    trim: "#c2933d",
  },
  {
    name: "d",
    x: 128,
    y: 318,
    face: 80,
    tilt: 6,
    skin: "#eebd98",
    hair: "#c9a25e",
    cut: "long",
    top: "#4f7183",
    trim: "#43616f",
  },
  {
    name: "e",
    x: 318,
    y: 330,
    face: 84,
    tilt: -4,
    skin: "#a66f4a",
    hair: "#3b3f57",
    cut: "scarf",
    top: "#8d6a86",
    trim: "#775871",
  },
  {
    name: "f",
    x: 502,
    y: 322,
    face: 84,
    tilt: 3,
    skin: "#f2cdb0",
    hair: "#4a3326",
    cut: "short",
    top: "#1f5a54",
    trim: "#18483f",
    glasses: true,
  },
  {
    name: "g",
    x: 672,
    y: 332,
    face: 80,
    tilt: -8,
    skin: "#d9a27c",
    hair: "#d9d4ca",
    cut: "bald",
    top: "#b9664a",
    trim: "#a0563d",
  },
];

/** The one who agreed. */
const AGREED = "f";

function hairBehind({ cut, hair }: Figure): string {
  switch (cut) {
    case "long":
      return `<path d="M-43 -12 C-46 -66 46 -66 43 -12 C50 30 50 56 38 74 L-38 74 C-50 56 -50 30 -43 -12Z" fill="${hair}"/>`;
    case "bun":
      return `<circle cx="0" cy="-66" r="20" fill="${hair}"/><ellipse cx="0" cy="-16" rx="42" ry="46" fill="${hair}"/>`;
    case "curls":
      return [
        [-36, -16],
        [-34, -38],
        [-18, -54],
        [4, -60],
        [25, -51],
        [37, -34],
        [38, -12],
        [-40, 4],
        [41, 6],
      ]
        .map(([x, y]) => `<circle cx="${x}" cy="${y}" r="19" fill="${hair}"/>`)
        .join("");
    case "scarf":
      return `<path d="M-46 -6 C-50 -76 50 -76 46 -6 C48 34 40 66 30 86 L-30 86 C-40 66 -48 34 -46 -6Z" fill="${hair}"/>`;
    case "short":
    case "bald":
      return "";
  }
}

function hairBefore({ cut, hair }: Figure): string {
  switch (cut) {
    case "long":
      return `<path d="M-40 -4 C-42 -62 42 -62 40 -4 C34 -22 22 -34 4 -36 C-14 -34 -32 -26 -40 -4Z" fill="${hair}"/>`;
    case "bun":
      return `<path d="M-40 -4 C-42 -60 42 -60 40 -4 C36 -22 20 -32 0 -32 C-20 -32 -36 -22 -40 -4Z" fill="${hair}"/>`;
    case "curls":
      return `<path d="M-39 -8 C-40 -58 40 -58 39 -8 C30 -28 14 -32 0 -30 C-14 -32 -30 -28 -39 -8Z" fill="${hair}"/>`;
    case "short":
      return `<path d="M-41 0 C-48 -60 -14 -64 2 -58 C36 -62 46 -34 41 0 C38 -14 34 -24 26 -30 C8 -24 -16 -26 -28 -32 C-36 -24 -38 -14 -41 0Z" fill="${hair}"/>`;
    case "scarf":
      return `<path d="M-46 -6 C-50 -76 50 -76 46 -6 C48 34 40 60 24 76 C36 40 38 10 34 -8 C26 -34 -26 -34 -34 -8 C-38 10 -36 40 -24 76 C-40 60 -48 34 -46 -6Z" fill="${hair}"/>`;
    case "bald":
      return `<path d="M-41 4 C-47 -6 -44 -24 -36 -30 C-38 -18 -39 -8 -41 4Z M41 4 C47 -6 44 -24 36 -30 C38 -18 39 -8 41 4Z" fill="${hair}"/>`;
  }
}

/** A figure in units of its own: the face's middle at 0, 0, brow to chin about 100 high. */
function draw(figure: Figure): string {
  const { x, y, face, tilt, skin, top, trim, hair } = figure;
  const ink = "#2b2722";
  const head = `<g transform="rotate(${tilt})">
    ${hairBehind(figure)}
    <ellipse cx="-40" cy="4" rx="7" ry="11" fill="${skin}"/><ellipse cx="40" cy="4" rx="7" ry="11" fill="${skin}"/>
    <path d="M-40 -8 C-40 -58 40 -58 40 -8 C40 30 24 52 0 52 C-24 52 -40 30 -40 -8Z" fill="${skin}"/>
    ${figure.beard ? `<path d="M-39 6 C-36 40 -22 56 0 56 C22 56 36 40 39 6 C30 22 18 20 0 20 C-18 20 -30 22 -39 6Z" fill="${hair}"/>` : ""}
    ${hairBefore(figure)}
    <ellipse cx="-24" cy="18" rx="9" ry="6" fill="#d9705a" opacity="0.22"/><ellipse cx="24" cy="18" rx="9" ry="6" fill="#d9705a" opacity="0.22"/>
    <circle cx="-16" cy="0" r="4.2" fill="${ink}"/><circle cx="16" cy="0" r="4.2" fill="${ink}"/>
    <path d="M-24 -13 Q-16 -18 -8 -13 M8 -13 Q16 -18 24 -13" stroke="${ink}" stroke-width="3" fill="none" stroke-linecap="round" opacity="0.75"/>
    <path d="M0 4 Q5 14 -2 15" stroke="${ink}" stroke-width="2.4" fill="none" stroke-linecap="round" opacity="0.45"/>
    <path d="M-13 27 Q0 39 13 27" stroke="${figure.beard ? "#f3e3d3" : ink}" stroke-width="3.4" fill="none" stroke-linecap="round"/>
    ${figure.glasses ? `<g fill="none" stroke="${ink}" stroke-width="2.6"><circle cx="-16" cy="0" r="12"/><circle cx="16" cy="0" r="12"/><path d="M-4 -1 Q0 -4 4 -1 M-28 -2 L-39 -4 M28 -2 L39 -4"/></g>` : ""}
  </g>`;
  return `<g transform="translate(${x} ${y}) scale(${face / 100})">
    <path d="M-112 420 C-112 190 -112 104 -58 88 L-16 74 L16 74 L58 88 C112 104 112 190 112 420Z" fill="${top}"/>
    <path d="M-70 420 L-66 200 M70 420 L66 200" stroke="${trim}" stroke-width="5" fill="none" stroke-linecap="round"/>
    <path d="M-17 40 L-17 78 C-17 96 17 96 17 78 L17 40Z" fill="${skin}"/>
    <path d="M-17 52 C-6 62 8 62 17 54 L17 62 C8 70 -8 70 -17 62Z" fill="${ink}" opacity="0.14"/>
    <path d="M-30 82 C-20 106 20 106 30 82" stroke="${trim}" stroke-width="7" fill="none" stroke-linecap="round"/>
    ${head}
  </g>`;
}

function photo(): string {
  const lamps = Array.from({ length: 9 }, (_, i) => {
    const t = i / 8;
    const x = 30 + t * 720;
    const y = 52 + Math.sin(Math.PI * t) * 44;
    return `<circle cx="${x}" cy="${y + 9}" r="7" fill="#fff0c4"/><circle cx="${x}" cy="${y + 9}" r="16" fill="#ffe9ad" opacity="0.3"/>`;
  }).join("");
  const leaf = (x: number, y: number, turn: number, size: number, fill: string): string =>
    `<path transform="translate(${x} ${y}) rotate(${turn}) scale(${size})" d="M0 0 C-26 -30 -22 -76 0 -104 C22 -76 26 -30 0 0Z" fill="${fill}"/>`;
  const plant = (x: number, y: number, size: number): string =>
    [-62, -34, -8, 20, 48]
      .map((turn, i) => leaf(x, y, turn, size, i % 2 === 0 ? "#6f8a6b" : "#86a07d"))
      .join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
    <defs>
      <linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#efe0c8"/><stop offset="1" stop-color="#d9c2a4"/></linearGradient>
      <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#bcd3d6"/><stop offset="1" stop-color="#e5e6d6"/></linearGradient>
    </defs>
    <rect width="${WIDTH}" height="${HEIGHT}" fill="url(#wall)"/>
    <rect x="452" y="76" width="250" height="250" rx="8" fill="#f4ead9"/><rect x="464" y="88" width="226" height="226" rx="4" fill="url(#sky)"/>
    <path d="M464 262 C520 226 560 252 600 236 C640 222 668 240 690 230 L690 314 L464 314Z" fill="#a9bd9f"/>
    <path d="M577 88 V314 M464 196 H690" stroke="#f4ead9" stroke-width="9"/>
    <rect x="70" y="112" width="112" height="86" rx="4" fill="#f4ead9"/><rect x="80" y="122" width="92" height="66" fill="#c9d2c0"/><path d="M80 188 L112 150 L134 172 L150 158 L172 188Z" fill="#8fa391"/>
    <path d="M0 42 Q390 150 780 42" stroke="#8b7a62" stroke-width="2" fill="none"/>${lamps}
    ${plant(748, 420, 1.5)}${plant(24, 430, 1.2)}
    <rect y="470" width="${WIDTH}" height="115" fill="#b79f80"/>
    ${FIGURES.map(draw).join("")}
  </svg>`;
}

/** The face's box and points as a detector would give them, for a figure of `draw`. */
function faceOf(figure: Figure): PlanFace {
  const turn = (figure.tilt * Math.PI) / 180;
  const at = (u: number, v: number): Point => ({
    x: figure.x + ((u * Math.cos(turn) - v * Math.sin(turn)) * figure.face) / 100,
    y: figure.y + ((u * Math.sin(turn) + v * Math.cos(turn)) * figure.face) / 100,
  });
  const scale = figure.face / 100;
  const box: Box = { x: figure.x - 37 * scale, y: figure.y - 42 * scale, w: 74 * scale, h: 94 * scale };
  const landmarks: Landmarks = {
    leftEye: at(-16, 0),
    rightEye: at(16, 0),
    nose: at(0, 14),
    leftMouth: at(-13, 28),
    rightMouth: at(13, 28),
  };
  return { id: figure.name, box, landmarks, detection: "certain", person: figure.name };
}

async function pixelsOf(svg: string): Promise<Uint8Array> {
  return sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer();
}

async function framed(data: Uint8Array): Promise<Buffer> {
  const corners = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><rect width="100%" height="100%" rx="${RADIUS}"/></svg>`,
  );
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .ensureAlpha()
    .composite([{ input: corners, blend: "dest-in" }])
    .png()
    .toBuffer();
}

const before = await pixelsOf(photo());
const after = Uint8Array.from(before);
const size = { width: WIDTH, height: HEIGHT };
const made = plan({
  size,
  faces: FIGURES.map(faceOf),
  reveals: new Map([[AGREED, { person: AGREED, consent: "drawn" }]]),
});
obscure(
  { data: after, ...size },
  made.hidden.map(({ shape }) => shape),
);

const sheet = { width: 2 * WIDTH + 3 * GAP, height: HEIGHT + 2 * GAP };
const frames = [0, 1].map(
  (n) =>
    `<rect x="${GAP + n * (WIDTH + GAP) - 1}" y="${GAP - 1}" width="${WIDTH + 2}" height="${HEIGHT + 2}" rx="${RADIUS + 1}" fill="${HAIRLINE}"/>`,
);
const paper = `<svg xmlns="http://www.w3.org/2000/svg" width="${sheet.width}" height="${sheet.height}"><rect width="100%" height="100%" fill="${PAPER}"/>${frames.join("")}</svg>`;
const { size: bytes } = await sharp(Buffer.from(paper))
  .composite([
    { input: await framed(before), left: GAP, top: GAP },
    { input: await framed(after), left: 2 * GAP + WIDTH, top: GAP },
  ])
  .webp({ quality: 90 })
  .toFile(TARGET);
console.log(
  `${TARGET}: ${made.shown.length} shown, ${made.hidden.length} hidden, ${Math.round(bytes / 1000)} kB`,
);
