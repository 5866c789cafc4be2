import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inclusionPath, perfectNodes } from "./proofs.ts";
import {
  appendToTiles,
  entryBundle,
  nodeFromTile,
  parseTilePath,
  partialTiles,
  placeOf,
  tilePath,
  tilesOf,
  tileWidth,
  type Tile,
} from "./tiles.ts";
import { growTree, leafHash, rootOver, type Hash } from "./tree-hash.ts";

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex");
const leafAt = (position: number): Hash => leafHash(Buffer.from(String(position)));

/** A tree that is kept as tiles, as the database keeps it. */
function tiledTree() {
  const tiles = new Map<string, Tile>();
  let size = 0;
  return {
    tiles,
    append(count: number): { root: Hash; changed: number } {
      const partial = partialTiles(size).map(({ level, index }) => tiles.get(`${level}/${index}`) as Tile);
      const leaves = Array.from({ length: count }, (_, i) => leafAt(size + i));
      const { changed, root, size: grown } = appendToTiles(size, partial, leaves);
      for (const tile of changed) {
        const before = tiles.get(`${tile.level}/${tile.index}`);
        // What was there stays there: the database refuses anything else.
        if (before) expect(hex(tile.hashes).startsWith(hex(before.hashes))).toBe(true);
        tiles.set(`${tile.level}/${tile.index}`, tile);
      }
      size = grown;
      return { root, changed: changed.length };
    },
  };
}

describe("a tree kept as tiles", () => {
  test("has the root of the plain tree, however many leaves come at a time, and the tiles of its size", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 200, max: 600 })), {
          maxLength: 5,
        }),
        (counts) => {
          const tiled = tiledTree();
          const plain = growTree();
          for (const count of counts) {
            for (let i = 0; i < count; i++) plain.append(leafAt(plain.size));
            expect(hex(tiled.append(count).root)).toBe(hex(plain.root()));
            const wanted = [...tilesOf(plain.size)].map(({ level, index, width }) => [
              `${level}/${index}`,
              width * 32,
            ]);
            expect(
              Object.fromEntries([...tiled.tiles].map(([name, tile]) => [name, tile.hashes.length])),
            ).toEqual(Object.fromEntries(wanted));
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  test("gives every node of a proof from one tile", () => {
    const tiled = tiledTree();
    const size = 66_000;
    tiled.append(size);
    const leaves = Array.from({ length: size }, (_, i) => leafAt(i));
    for (const position of [300, 65_999]) {
      for (const node of inclusionPath(position, size).flatMap(perfectNodes)) {
        const { tile, first, count } = placeOf(node);
        const stored = tiled.tiles.get(`${tile.level}/${tile.index}`) as Tile;
        const width = 2 ** node.height;
        const under = leaves.slice(node.index * width, (node.index + 1) * width);
        expect(hex(nodeFromTile(stored, first, count))).toBe(hex(rootOver(under)));
      }
    }
  });

  test("of 70,000 leaves has the tiles that C2SP tlog-tiles names for it", () => {
    const tiles = [...tilesOf(70_000)];
    const of = (level: number) => tiles.filter((tile) => tile.level === level).map((tile) => tile.width);
    expect(of(0)).toHaveLength(274);
    expect(of(0).at(-1)).toBe(112);
    expect([of(1), of(2), of(3)]).toEqual([[256, 17], [1], []]);
    expect(partialTiles(256)).toEqual([{ level: 1, index: 0 }]);
    expect(tileWidth({ level: 0, index: 3 }, 700)).toBe(0);
  });

  test("changes few tiles when few leaves come to many", () => {
    const tiled = tiledTree();
    tiled.append(65_536 + 255);
    expect(tiled.append(1).changed).toBe(2);
    expect(tiled.append(1).changed).toBe(1);
  });

  test("is not appended to where its last tile is not as long as it says", () => {
    const tiled = tiledTree();
    tiled.append(10);
    const tile = tiled.tiles.get("0/0") as Tile;
    const short = { ...tile, hashes: tile.hashes.subarray(0, 9 * 32) };
    expect(() => appendToTiles(10, [short], [leafAt(10)])).toThrow(/level 0/);
    expect(() => appendToTiles(10, [], [leafAt(10)])).toThrow(/level 0/);
  });
});

describe("the path of a tile", () => {
  test.each([
    [0, 0, 256, "tile/0/000"],
    [0, 0, 5, "tile/0/000.p/5"],
    [1, 999, 256, "tile/1/999"],
    [0, 1000, 256, "tile/0/x001/000"],
    [2, 1_234_067, 17, "tile/2/x001/x234/067.p/17"],
    ["entries", 1_234_067, 256, "tile/entries/x001/x234/067"],
  ] as const)("of level %s, index %i and width %i is %s, and is read back", (level, index, width, path) => {
    expect(tilePath(level, index, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ level, index, width });
  });

  test.each([
    "tile/0/0",
    "tile/00/000",
    "tile/0/x000/001",
    "tile/0/001/002",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/05",
    "tile/0/000/",
    "tile/0/../000",
    "tile/x/000",
    "tile/0/",
    "tile/-1/000",
  ])("is not spelled %s", (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });
});

test("a bundle holds each leaf after its length in two bytes", () => {
  const bundle = entryBundle([Uint8Array.of(1, 2, 3), new Uint8Array(300)]);
  expect(hex(bundle.subarray(0, 7))).toBe("0003010203012c");
  expect(bundle).toHaveLength(2 + 3 + 2 + 300);
});
