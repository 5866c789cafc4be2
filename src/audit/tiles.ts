import { AssentError, must } from "../core/index.ts";
import type { Node } from "./proofs.ts";
import { EMPTY_ROOT, foldRight, HASH_BYTES, rootOver, type Hash } from "./tree-hash.ts";

/** C2SP tlog-tiles: a tile holds up to 256 hashes, those of one height of the tree in every eight. */
export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;

/** Hash i of tile `index` of `level` is the root of 256^level leaves, the (256 index + i)-th such from the left. */
export interface TileId {
  readonly level: number;
  readonly index: number;
}

export interface Tile extends TileId {
  /** One after another, 32 bytes each; 256 of them, or fewer in the last tile of a level. */
  readonly hashes: Uint8Array;
}

/** The hashes of a tile, as views. */
export function hashesOf({ hashes }: Pick<Tile, "hashes">): readonly Hash[] {
  const all: Hash[] = [];
  for (let at = 0; at < hashes.length; at += HASH_BYTES) all.push(hashes.subarray(at, at + HASH_BYTES));
  return all;
}

/** How many hashes a level has in a tree of `size` leaves. */
function countOf(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** How many hashes a tile has in a tree of `size` leaves, 0 to 256. */
export function tileWidth({ level, index }: TileId, size: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, countOf(level, size) - index * TILE_WIDTH));
}

/** The last tile of each level that is not full: what the next leaves are appended to. Levels whose last is full have none. */
export function partialTiles(size: number): readonly TileId[] {
  const tiles: TileId[] = [];
  for (let level = 0; countOf(level, size) > 0; level++) {
    const count = countOf(level, size);
    if (count % TILE_WIDTH > 0) tiles.push({ level, index: Math.floor(count / TILE_WIDTH) });
  }
  return tiles;
}

/** Every tile of a tree, level by level. */
export function* tilesOf(size: number): Generator<TileId & { readonly width: number }> {
  for (let level = 0; countOf(level, size) > 0; level++) {
    for (let index = 0; ; index++) {
      const width = tileWidth({ level, index }, size);
      if (width === 0) break;
      yield { level, index, width };
    }
  }
}

/** The tile that a node can be had from, and which of its hashes make up the node. */
export function placeOf({ height, index }: Node): {
  readonly tile: TileId;
  readonly first: number;
  readonly count: number;
} {
  const level = Math.floor(height / TILE_HEIGHT);
  const count = 2 ** (height % TILE_HEIGHT);
  const first = index * count;
  return {
    tile: { level, index: Math.floor(first / TILE_WIDTH) },
    first: first % TILE_WIDTH,
    count,
  };
}

/** A node's hash from its tile. Errors: `internal` where the tile is too short. */
export function nodeFromTile(tile: Pick<Tile, "hashes">, first: number, count: number): Hash {
  const bytes = tile.hashes.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES);
  if (bytes.length !== count * HASH_BYTES)
    throw new AssentError("internal", "a tile of the log is too short");
  return rootOver(hashesOf({ hashes: bytes }));
}

/** The root of a tree, from the last tile of each level: `partialTiles(size)`, in that order. */
export function rootFromPartialTiles(tiles: readonly Pick<Tile, "hashes">[]): Hash {
  const roots: Hash[] = [];
  for (const tile of tiles.toReversed()) {
    const width = tile.hashes.length / HASH_BYTES;
    let at = 0;
    for (let count = TILE_WIDTH / 2; count >= 1; count /= 2) {
      if (Math.floor(width / count) % 2 === 0) continue;
      roots.push(nodeFromTile(tile, at, count));
      at += count;
    }
  }
  return roots.length === 0 ? EMPTY_ROOT : foldRight(roots);
}

export interface Appended {
  /** Every tile that is new or longer than before. */
  readonly changed: readonly Tile[];
  readonly size: number;
  readonly root: Hash;
}

/**
 * Appends leaf hashes to a tree of `size` leaves, given `partialTiles(size)` with their hashes: k leaves cost k plus a
 * logarithmic number of hashes, whatever the size.
 */
export function appendToTiles(size: number, partial: readonly Tile[], leaves: readonly Hash[]): Appended {
  const changed = new Map<string, Tile>();
  const last = new Map(partial.map((tile) => [tile.level, tile]));
  let [level, coming] = [0, leaves];
  for (; coming.length > 0; level++) {
    const before = countOf(level, size);
    const full: Hash[] = [];
    let index = Math.floor(before / TILE_WIDTH);
    let start = last.get(level)?.hashes ?? new Uint8Array();
    if (start.length !== (before % TILE_WIDTH) * HASH_BYTES) {
      throw new AssentError("internal", `the last tile of level ${level} has another width than the log`);
    }
    for (let taken = 0; taken < coming.length; index++) {
      const room = TILE_WIDTH - start.length / HASH_BYTES;
      const more = coming.slice(taken, taken + room);
      taken += more.length;
      const tile = { level, index, hashes: concatenated(start, more) };
      changed.set(`${level}/${index}`, tile);
      last.set(level, tile);
      if (more.length === room) {
        full.push(rootOver(hashesOf(tile)));
        last.delete(level);
      }
      start = new Uint8Array();
    }
    coming = full;
  }
  const grown = size + leaves.length;
  const edge = partialTiles(grown).map((tile) => must(last.get(tile.level), "the last tile of a level"));
  return { changed: [...changed.values()], size: grown, root: rootFromPartialTiles(edge) };
}

function concatenated(start: Uint8Array, more: readonly Hash[]): Uint8Array {
  const bytes = new Uint8Array(start.length + more.length * HASH_BYTES);
  bytes.set(start);
  more.forEach((hash, i) => bytes.set(hash, start.length + i * HASH_BYTES));
  return bytes;
}

/** `x001/x234/067` for 1234067. */
function indexPath(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const parts = padded.match(/\d{3}/g) ?? [];
  return parts.map((part, i) => (i < parts.length - 1 ? `x${part}` : part)).join("/");
}

/** Where a tile lies below the log's address or folder; `level` is `entries` for the leaves themselves. */
export function tilePath(level: number | "entries", index: number, width: number): string {
  return `tile/${level}/${indexPath(index)}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

export interface TilePath {
  readonly level: number | "entries";
  readonly index: number;
  readonly width: number;
}

/** Undefined for whatever is not the one spelling of a tile's path. */
export function parseTilePath(path: string): TilePath | undefined {
  const found = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (!found) return undefined;
  const [, of = "", digits = "", partial] = found;
  const level = of === "entries" ? of : Number(of);
  const index = Number(digits.replaceAll(/[x/]/g, ""));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  if (!Number.isSafeInteger(index) || width < 1 || (partial !== undefined && width >= TILE_WIDTH))
    return undefined;
  return tilePath(level, index, width) === path ? { level, index, width } : undefined;
}

/** An entry bundle: each leaf's bytes after their length in two bytes, the higher first. Ours are commitments of 32 bytes. */
export function entryBundle(leaves: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(leaves.flatMap((leaf) => [Uint8Array.of(leaf.length >> 8, leaf.length & 255), leaf]));
}
