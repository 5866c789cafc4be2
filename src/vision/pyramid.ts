import sharp from "sharp";
import type { Pixels } from "../pictures/index.ts";
import type { Window } from "./ultraface.ts";

/** A picture reduced to `pixels`; times the factors its coordinates become those of the full picture. */
export interface Level {
  readonly pixels: Pixels;
  readonly factorX: number;
  readonly factorY: number;
}

/**
 * The share of the full size at which the smallest faces are searched, and the long edge up to which all of it is.
 * Measured on 500 composed photos of 2048 px with 3,776 faces from 28 px: at 0.75 one face is missed, at 0.625 five; at 1
 * none of the small ones, at 1.8 times the cost and twice the false boxes.
 */
const FINE_SHARE = 0.75;
const WHOLE_EDGE = 1280;

/** Long edge of the coarsest level. */
const COARSE_EDGE = 320;

/**
 * Largest face, in pixels of a level, that is taken from it; larger ones are seen on the next level with far fewer
 * false boxes (on the six real photos 0.5 instead of 3.8 a photo). Levels are at most LEVEL_RATIO apart, because faces
 * are found reliably from about 18 px on: 18 * 4.8 = 86.
 */
export const LARGEST_ON_LEVEL = 96;
const LEVEL_RATIO = 4.8;
/** In a dark picture noise hides faces on the fine level that a coarser one shows, so there is one more. */
export const LIFTED_RATIO = 2.4;

/** Up to so many pixels a level is searched in one piece; more is cut into tiles to bound memory. */
const ONE_PIECE_PIXELS = 1_800_000;
/** Sides of a tile, and by how much it reaches into its neighbour, so that every face lies whole in one of them. */
const TILE_WIDTH = 1536;
const TILE_HEIGHT = 1024;
const TILE_OVERLAP = 128;

/** The long edges at which a picture of this long edge is searched, the finest first. */
export function searchEdges(longEdge: number, ratio: number = LEVEL_RATIO): number[] {
  const edges = [Math.round(Math.max(Math.min(longEdge, WHOLE_EDGE), longEdge * FINE_SHARE))];
  for (let edge = edges[0] ?? 0; edge > COARSE_EDGE; edges.push(edge)) {
    edge = Math.max(COARSE_EDGE, Math.round(edge / ratio));
  }
  return edges;
}

/** A picture at full size and at the sizes at which it is searched. */
export interface Pyramid {
  readonly full: Level;
  /** At the long edges that `searchEdges` gives: the coarser the later. Each is made from the one before it. */
  readonly searched: readonly Level[];
}

export async function buildPyramid(pixels: Pixels, edges: readonly number[]): Promise<Pyramid> {
  const longEdge = Math.max(pixels.width, pixels.height);
  const searched: Level[] = [];
  let source = pixels;
  for (const edge of edges) {
    const share = edge / longEdge;
    const width = Math.max(1, Math.round(pixels.width * share));
    const height = Math.max(1, Math.round(pixels.height * share));
    if (share < 1) source = await reduce(source, width, height);
    searched.push({ pixels: source, factorX: pixels.width / width, factorY: pixels.height / height });
  }
  return { full: { pixels, factorX: 1, factorY: 1 }, searched };
}

/**
 * The whole picture at a smaller size. sharp does it in 20 ms from 2048 to 1536 px, and packing then takes 10; reducing
 * while packing, in JavaScript, took 30 to 48.
 */
export async function reduce(pixels: Pixels, width: number, height: number): Promise<Pixels> {
  const data = await sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } })
    .resize(width, height, { fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer();
  return { data, width, height };
}

/**
 * The level from which to cut something that is to be reduced `reduction` times in full size: the coarsest on which at
 * least half of that is left to do, so that sampling neither aliases nor blurs.
 */
export function levelFor({ full, searched }: Pyramid, reduction: number): Level {
  return searched.findLast((level) => level.factorX > 1 && level.factorX * 2 <= reduction) ?? full;
}

/** The windows in which a level is searched: one, or overlapping tiles of about equal size. */
export function windowsOf(width: number, height: number): Window[] {
  if (width * height <= ONE_PIECE_PIXELS) return [{ left: 0, top: 0, width, height }];
  const columns = cuts(width, TILE_WIDTH);
  const rows = cuts(height, TILE_HEIGHT);
  return rows.flatMap(([top, bottom]) =>
    columns.map(([left, right]) => ({ left, top, width: right - left, height: bottom - top })),
  );
}

/** Covers `length` with pieces of at most `piece` that overlap by TILE_OVERLAP at least. */
function cuts(length: number, piece: number): (readonly [number, number])[] {
  if (length <= piece) return [[0, length]];
  const count = Math.ceil((length - TILE_OVERLAP) / (piece - TILE_OVERLAP));
  const step = (length - TILE_OVERLAP) / count;
  return Array.from({ length: count }, (_, n) => {
    const from = Math.round(n * step);
    return [from, Math.min(length, Math.round((n + 1) * step) + TILE_OVERLAP)] as const;
  });
}
