import { sha256 } from "../crypto/index.ts";

/** A SHA-256 hash of the tree: 32 bytes. */
export type Hash = Uint8Array;

export const HASH_BYTES = 32;

/** The root of the tree without leaves: SHA-256 of nothing (RFC 9162, section 2.1.1). */
export const EMPTY_ROOT: Hash = sha256("");

/** A leaf's hash: SHA-256 of 0x00 and the leaf's bytes, here a commitment (RFC 9162, section 2.1.1). */
export function leafHash(leaf: Uint8Array): Hash {
  const bytes = new Uint8Array(1 + leaf.length);
  bytes.set(leaf, 1);
  return sha256(bytes);
}

/** An inner node's hash: SHA-256 of 0x01 and its two children; so that no node can be taken for a leaf. */
export function nodeHash(left: Hash, right: Hash): Hash {
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + HASH_BYTES);
  return sha256(bytes);
}

/** Where a tree of n > 1 leaves is cut in two: the largest power of two smaller than n. Sizes go up to 2^53 - 1. */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** A tree that grows leaf by leaf and keeps only the roots of its perfect subtrees, at most one of each height. */
export interface GrowingTree {
  readonly size: number;
  append(leaf: Hash): void;
  /** The root of all leaves so far; a logarithmic number of hashes. */
  root(): Hash;
  /** Another tree that goes on from here. */
  copy(): GrowingTree;
}

/** RFC 9162, section 2.1.2. Appending costs one hash for each leaf and, on average, one node. */
export function growTree(
  from: { readonly stack: readonly Hash[]; readonly size: number } = { stack: [], size: 0 },
): GrowingTree {
  const stack = [...from.stack];
  let { size } = from;
  return {
    get size() {
      return size;
    },
    append(leaf) {
      let hash = leaf;
      for (let n = size; n % 2 === 1; n = (n - 1) / 2) hash = nodeHash(stack.pop() as Hash, hash);
      stack.push(hash);
      size++;
    },
    root: () => foldRight(stack),
    copy: () => growTree({ stack, size }),
  };
}

/** The root over perfect subtrees that stand side by side, the largest on the left. */
export function foldRight(roots: readonly Hash[]): Hash {
  let hash = roots.at(-1);
  if (hash === undefined) return EMPTY_ROOT;
  for (let i = roots.length - 2; i >= 0; i--) hash = nodeHash(roots[i] as Hash, hash);
  return hash;
}

/** The root over some leaf hashes, or over any nodes of one height. */
export function rootOver(hashes: Iterable<Hash>): Hash {
  const tree = growTree();
  for (const hash of hashes) tree.append(hash);
  return tree.root();
}
