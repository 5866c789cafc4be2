import sharp from "sharp";
import { SOFT_SHAPE } from "../../soft-shape.ts";

/**
 * Made-up photos for looking at the pages: drawn figures at a drawn party. Nobody is in them.
 */
export interface Figure {
  /** Middle of the head, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Half the height of the head, in pixels. */
  readonly size: number;
  readonly skin: string;
  readonly hair: string;
  readonly coat: string;
  readonly cut: number;
}
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly place: number;
  readonly figures: readonly Figure[];
}

const SKINS = ["#e9bd9d", "#d39a72", "#a86d49", "#7b4c33", "#f0cdb4", "#5f3a28"];
const HAIRS = ["#2a211d", "#5a3722", "#8a5a2f", "#c79a55", "#8d8780", "#1a1614"];
const COATS = ["#b9563f", "#0f5a50", "#c99436", "#44638c", "#7c4a6b", "#d8c9ae", "#2f4237", "#a33f52"];

/** A small generator of numbers in 0..1, the same for the same seed (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function scene(seed: number): Scene {
  const next = numbersFrom(seed * 977 + 13);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const portrait = next() < 0.3;
  const width = portrait ? 800 : 1200;
  const height = portrait ? 1200 : pick([800, 900, 800]);
  const count = portrait ? 1 + Math.floor(next() * 2) : 2 + Math.floor(next() * 4);
  const room = width / count;
  const figures = Array.from({ length: count }, (_, index): Figure => {
    const size = Math.min(room * 0.27, height * 0.13) * (0.85 + next() * 0.3);
    return {
      x: Math.round(room * (index + 0.5) + (next() - 0.5) * room * 0.15),
      y: Math.round(height * (0.42 + next() * 0.12)),
      size: Math.round(size),
      skin: pick(SKINS),
      hair: pick(HAIRS),
      coat: pick(COATS),
      cut: Math.floor(next() * 4),
    };
  });
  return { width, height, place: Math.floor(next() * 4), figures };
}

/** x, y, width, height of the face, as a detector would give it. */
export function boxOf(figure: Figure): [number, number, number, number] {
  return [
    Math.round(figure.x - figure.size * 0.75),
    Math.round(figure.y - figure.size * 0.8),
    Math.round(figure.size * 1.5),
    Math.round(figure.size * 1.8),
  ];
}

/** JPEG of the scene; `seen` says which figures show their face. */
export async function draw(from: Scene, seen: (index: number) => boolean, longEdge: number): Promise<Buffer> {
  const scale = longEdge / Math.max(from.width, from.height);
  return await sharp(Buffer.from(svg(from, seen)), { density: 72 })
    .resize(Math.round(from.width * scale), Math.round(from.height * scale))
    .jpeg({ quality: 82 })
    .toBuffer();
}

function svg(from: Scene, seen: (index: number) => boolean): string {
  const { width: w, height: h } = from;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">
<defs><filter id="soft" x="-40%" y="-40%" width="180%" height="180%"><feGaussianBlur stdDeviation=".7"/></filter>
<linearGradient id="air" x1="0" y1="0" x2="0" y2="1">${AIR[from.place] ?? ""}</linearGradient></defs>
<rect width="${w}" height="${h}" fill="url(#air)"/>${backdrop(from)}
${from.figures.map((figure, index) => person(figure, h, seen(index), TONES[from.place] ?? "#9a9a8c")).join("\n")}
</svg>`;
}

const AIR = [
  '<stop offset="0" stop-color="#bcd6dd"/><stop offset="1" stop-color="#f4e6c8"/>',
  '<stop offset="0" stop-color="#2e3550"/><stop offset="1" stop-color="#86587a"/>',
  '<stop offset="0" stop-color="#e9d9c0"/><stop offset="1" stop-color="#cdb494"/>',
  '<stop offset="0" stop-color="#f3c79b"/><stop offset="1" stop-color="#e8e1cf"/>',
];
/** The tone of a hidden head is taken from what is around it. */
const TONES = ["#a9b79a", "#6d5a78", "#b09a7c", "#c4a684"];

function backdrop({ width: w, height: h, place }: Scene): string {
  const lamps = Array.from({ length: 9 }, (_, index) => {
    const x = (w / 8) * index;
    const y = h * 0.1 + Math.sin((index / 8) * Math.PI) * h * 0.06;
    return `<circle cx="${x}" cy="${y}" r="${h * 0.014}" fill="${place === 1 ? "#ffe2a0" : "#fff6df"}"/>`;
  }).join("");
  const rope = `<path d="M0 ${h * 0.1}Q${w / 2} ${h * 0.22} ${w} ${h * 0.1}" fill="none" stroke="#5b5147" stroke-width="3"/>`;
  switch (place) {
    case 0:
      return `<circle cx="${w * 0.82}" cy="${h * 0.2}" r="${h * 0.08}" fill="#fbe3a6"/><path d="M0 ${h * 0.5}Q${w * 0.3} ${h * 0.36} ${w * 0.6} ${h * 0.5}T${w} ${h * 0.46}V${h}H0Z" fill="#9db48a"/><path d="M0 ${h * 0.62}Q${w * 0.5} ${h * 0.54} ${w} ${h * 0.64}V${h}H0Z" fill="#7f9b70"/>${rope}${lamps}`;
    case 1:
      return `<path d="M0 ${h * 0.7}H${w}V${h}H0Z" fill="#3a2c40"/>${[0.15, 0.5, 0.85].map((x) => `<path d="M${w * x} 0L${w * (x - 0.18)} ${h}H${w * (x + 0.18)}Z" fill="#fff" opacity=".07"/>`).join("")}${rope}${lamps}`;
    case 2:
      return `<path d="M0 ${h * 0.72}H${w}V${h}H0Z" fill="#a98a66"/>${[0.12, 0.42, 0.72].map((x) => `<rect x="${w * x}" y="${h * 0.08}" width="${w * 0.17}" height="${h * 0.42}" fill="#d5e4e6" stroke="#8c7355" stroke-width="9"/>`).join("")}`;
    default:
      return `<path d="M0 ${h * 0.55}H${w}V${h}H0Z" fill="#9cc0bf"/><path d="M0 ${h * 0.7}Q${w * 0.4} ${h * 0.64} ${w} ${h * 0.74}V${h}H0Z" fill="#dcc698"/><circle cx="${w * 0.25}" cy="${h * 0.52}" r="${h * 0.09}" fill="#f7dd9d"/>`;
  }
}

function person(figure: Figure, height: number, seen: boolean, tone: string): string {
  const { x, y, size: s, skin, hair, coat, cut } = figure;
  const long = cut === 1;
  const head = `<g transform="translate(${x} ${y}) scale(${s / 25})">
${long ? `<path d="M-22-4C-24-32 24-32 22-4L25 34H-25Z" fill="${hair}"/>` : ""}
<path d="M-8 16H8V38C4 44-4 44-8 38Z" fill="${skin}"/><ellipse rx="19" ry="24" fill="${skin}"/>
${cut === 0 ? `<path d="M-20-2C-21-21-10-28 2-27S21-17 20-2C14-12 6-15-4-14S-17-10-20-2Z" fill="${hair}"/>` : ""}
${cut === 1 ? `<path d="M-20 0C-21-19-10-27 2-26S21-15 20 0C12-6 4-12-2-17-8-10-14-4-20 0Z" fill="${hair}"/>` : ""}
${cut === 2 ? `<path d="M-22 4C-29-24-13-33 0-33S29-24 22 4C19-10 10-15 0-15S-19-10-22 4Z" fill="${hair}"/>` : ""}
<path d="M-8-2v2.500M8-2v2.500M-7 11C-3 15 3 15 7 11M0 1l-2 5h3" fill="none" stroke="#2f231c" stroke-width="2.200" stroke-linecap="round" stroke-linejoin="round"/></g>`;
  const body = `<path d="M${x - s * 1.75} ${height}C${x - s * 1.75} ${y + s * 2} ${x - s} ${y + s * 1.35} ${x} ${y + s * 1.35}S${x + s * 1.75} ${y + s * 2} ${x + s * 1.75} ${height}Z" fill="${coat}"/>`;
  const hidden = `<g transform="translate(${x} ${y - s * 0.05}) scale(${s / 7.2} ${s / 7.6})"><path d="${SOFT_SHAPE}" fill="${tone}" filter="url(#soft)"/><path d="${SOFT_SHAPE}" fill="${tone}" transform="scale(.96)"/></g>`;
  return long ? `${head}${body}${seen ? "" : hidden}` : `${body}${head}${seen ? "" : hidden}`;
}
