import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../crypto/index.ts";
import {
  consistencyPath,
  inclusionPath,
  isConsistent,
  isIncluded,
  perfectNodes,
  rangeHash,
} from "./proofs.ts";
import { EMPTY_ROOT, growTree, leafHash, nodeHash, rootOver, splitPoint, type Hash } from "./tree-hash.ts";

/** The eight leaves with which implementations of Certificate Transparency test themselves, hexadecimal. */
const LEAVES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
/** The roots of the trees of the first none, one, two... of them, as the logs' implementations publish them. */
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const hex = (hash: Hash): string => Buffer.from(hash).toString("hex");
const unhex = (text: string): Hash => Buffer.from(text, "hex");

/** The definition of RFC 9162, section 2.1.1, word by word: slow, and another program than the one that is tested. */
function merkleTreeHash(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return sha256("");
  if (leaves.length === 1) return leaves[0] as Hash;
  const k = splitPoint(leaves.length);
  return nodeHash(merkleTreeHash(leaves.slice(0, k)), merkleTreeHash(leaves.slice(k)));
}

const MOST = 50;
const leaves = Array.from({ length: MOST }, (_, i) => leafHash(Uint8Array.of(i)));
const roots = Array.from({ length: MOST + 1 }, (_, n) => merkleTreeHash(leaves.slice(0, n)));

const perfect = new Map<string, Hash>();

/** The roots of subtrees as the stored tree gives them: from perfect ones. */
function hashes(ranges: ReturnType<typeof inclusionPath>): readonly Hash[] {
  return ranges.map((range) =>
    rangeHash(range, ({ height, index }) => {
      const width = 2 ** height;
      const name = `${height}/${index}`;
      const hash = perfect.get(name) ?? merkleTreeHash(leaves.slice(index * width, (index + 1) * width));
      perfect.set(name, hash);
      return hash;
    }),
  );
}

describe("the published vectors", () => {
  test("give the roots of the trees of 0 to 8 leaves", () => {
    const tree = growTree();
    expect(hex(tree.root())).toBe(ROOTS[0]);
    LEAVES.forEach((leaf, i) => {
      tree.append(leafHash(unhex(leaf)));
      expect(hex(tree.root()), `${i + 1} leaves`).toBe(ROOTS[i + 1]);
    });
    expect(tree.size).toBe(8);
  });
});

describe("the tree", () => {
  test("grown leaf by leaf has at every size the root that RFC 9162 defines, and so has a copy that goes on", () => {
    const tree = growTree();
    for (let n = 0; n < MOST; n++) {
      expect(hex(tree.root())).toBe(hex(roots[n] as Hash));
      const copy = tree.copy();
      copy.append(leaves[n] as Hash);
      expect(hex(copy.root())).toBe(hex(roots[n + 1] as Hash));
      tree.append(leaves[n] as Hash);
    }
    expect(hex(rootOver([]))).toBe(hex(EMPTY_ROOT));
  });

  test("does not take a node for a leaf", () => {
    const [a, b] = [leaves[0] as Hash, leaves[1] as Hash];
    expect(hex(leafHash(Buffer.concat([a, b])))).not.toBe(hex(nodeHash(a, b)));
  });

  test("is cut at the largest power of two below its size, however large it is", () => {
    expect([2, 3, 4, 5, 8, 9].map(splitPoint)).toEqual([1, 2, 2, 4, 4, 8]);
    expect(splitPoint(2 ** 40 + 1)).toBe(2 ** 40);
    expect(splitPoint(2 ** 40)).toBe(2 ** 39);
  });

  test("falls apart into perfect subtrees side by side, the largest first", () => {
    expect(perfectNodes({ start: 0, end: 7 })).toEqual([
      { height: 2, index: 0 },
      { height: 1, index: 2 },
      { height: 0, index: 6 },
    ]);
    expect(perfectNodes({ start: 2 ** 40, end: 2 ** 40 + 3 })).toEqual([
      { height: 1, index: 2 ** 39 },
      { height: 0, index: 2 ** 40 + 2 },
    ]);
  });
});

describe("proofs of every tree up to 50 leaves", () => {
  test("of every leaf hold for that leaf, place and size, and for no neighbour of these", () => {
    for (let size = 1; size <= MOST; size++) {
      for (let position = 0; position < size; position++) {
        const claim = {
          position,
          size,
          leaf: leaves[position] as Hash,
          proof: hashes(inclusionPath(position, size)),
          root: roots[size] as Hash,
        };
        expect(isIncluded(claim), `${position} of ${size}`).toBe(true);
        expect(isIncluded({ ...claim, position: position + 1 })).toBe(false);
        expect(isIncluded({ ...claim, leaf: leaves[(position + 1) % MOST] as Hash })).toBe(false);
        expect(isIncluded({ ...claim, root: roots[size - 1] as Hash })).toBe(false);
        expect(isIncluded({ ...claim, proof: [...claim.proof, EMPTY_ROOT] })).toBe(false);
        if (size > 1) expect(isIncluded({ ...claim, proof: claim.proof.slice(1) })).toBe(false);
      }
    }
  });

  test("of every pair of sizes hold for these and for no others", () => {
    for (let size = 1; size <= MOST; size++) {
      for (let from = 1; from <= size; from++) {
        const claim = {
          from,
          size,
          fromRoot: roots[from] as Hash,
          root: roots[size] as Hash,
          proof: hashes(consistencyPath(from, size)),
        };
        expect(isConsistent(claim), `${from} to ${size}`).toBe(true);
        expect(isConsistent({ ...claim, fromRoot: roots[from - 1] as Hash })).toBe(false);
        expect(isConsistent({ ...claim, root: roots[size - 1] as Hash })).toBe(false);
        expect(isConsistent({ ...claim, proof: [...claim.proof, EMPTY_ROOT] })).toBe(false);
        if (from < size) expect(isConsistent({ ...claim, proof: claim.proof.slice(1) })).toBe(false);
      }
    }
  });

  test("are refused with any one bit of any hash changed, or another size, or a hash of another length", () => {
    const bit = fc.nat(255);
    fc.assert(
      fc.property(fc.integer({ min: 2, max: MOST }), fc.nat(), fc.nat(), bit, (size, a, b, flip) => {
        const position = a % size;
        const inclusion = {
          position,
          size,
          leaf: leaves[position] as Hash,
          proof: hashes(inclusionPath(position, size)),
          root: roots[size] as Hash,
        };
        const from = 1 + (a % (size - 1));
        const consistency = {
          from,
          size,
          fromRoot: roots[from] as Hash,
          root: roots[size] as Hash,
          proof: hashes(consistencyPath(from, size)),
        };
        const tampered = (proof: readonly Hash[]): readonly Hash[] =>
          proof.map((hash, i) => (i === b % proof.length ? flipped(hash, flip) : hash));
        expect(isIncluded({ ...inclusion, proof: tampered(inclusion.proof) })).toBe(false);
        expect(isIncluded({ ...inclusion, leaf: flipped(inclusion.leaf, flip) })).toBe(false);
        expect(isIncluded({ ...inclusion, root: flipped(inclusion.root, flip) })).toBe(false);
        expect(isIncluded({ ...inclusion, leaf: inclusion.leaf.subarray(1) })).toBe(false);
        expect(isConsistent({ ...consistency, proof: tampered(consistency.proof) })).toBe(false);
        expect(isConsistent({ ...consistency, fromRoot: flipped(consistency.fromRoot, flip) })).toBe(false);
        expect(isConsistent({ ...consistency, root: flipped(consistency.root, flip) })).toBe(false);
        for (const wrong of [-1, 0.5, NaN, 2 ** 60]) {
          expect(isIncluded({ ...inclusion, position: wrong })).toBe(false);
          expect(isConsistent({ ...consistency, from: wrong })).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function flipped(hash: Hash, bit: number): Hash {
  const copy = Uint8Array.from(hash);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}
