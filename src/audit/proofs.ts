import { sameBytes } from "../crypto/index.ts";
import { foldRight, HASH_BYTES, nodeHash, splitPoint, type Hash } from "./tree-hash.ts";

/** The leaves from `start` up to, not including, `end`: a subtree of the tree (RFC 9162, section 2.1.1). */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The root of 2^height leaves, the `index`-th from the left of its height. */
export interface Node {
  readonly height: number;
  readonly index: number;
}

/**
 * The subtrees whose roots prove that the leaf at `position` is in the tree of `size` leaves, from the leaf upwards:
 * PATH of RFC 9162, section 2.1.3.1. `position` is from 0 to `size` - 1.
 */
export function inclusionPath(position: number, size: number): readonly Range[] {
  const path: Range[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (position < middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  return path.toReversed();
}

/**
 * The subtrees whose roots prove that the tree of `size` leaves begins with the tree of `from` leaves: PROOF of RFC 9162,
 * section 2.1.4.1. `from` is from 1 to `size`.
 */
export function consistencyPath(from: number, size: number): readonly Range[] {
  const path: Range[] = [];
  let [start, end] = [0, size];
  while (end !== from) {
    const middle = start + splitPoint(end - start);
    if (from <= middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  // The earlier tree is itself one of the subtrees: whoever checks has its root.
  if (start > 0) path.push({ start, end });
  return path.toReversed();
}

/** The perfect subtrees that make up a subtree, from left to right, the largest first. */
export function perfectNodes({ start, end }: Range): readonly Node[] {
  const nodes: Node[] = [];
  for (let at = start; at < end;) {
    let [height, width] = [0, 1];
    while (at % (width * 2) === 0 && at + width * 2 <= end) [height, width] = [height + 1, width * 2];
    nodes.push({ height, index: at / width });
    at += width;
  }
  return nodes;
}

/** The root of a subtree, from those of its perfect parts. */
export function rangeHash(range: Range, hashOf: (node: Node) => Hash): Hash {
  return foldRight(perfectNodes(range).map(hashOf));
}

export interface InclusionClaim {
  /** Of the leaf, counted from 0. */
  readonly position: number;
  readonly size: number;
  /** The leaf's hash, not its bytes. */
  readonly leaf: Hash;
  readonly proof: readonly Hash[];
  readonly root: Hash;
}

/** RFC 9162, section 2.1.3.2. Takes whatever is given: a claim that makes no sense is false. */
export function isIncluded({ position, size, leaf, proof, root }: InclusionClaim): boolean {
  if (!isCount(position) || !isCount(size) || position >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  let [fn, sn, hash] = [position, size - 1, leaf];
  for (const sibling of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && sameBytes(hash, root);
}

export interface ConsistencyClaim {
  readonly from: number;
  readonly fromRoot: Hash;
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
}

/**
 * RFC 9162, section 2.1.4.2; where both sizes are the same, no proof and the same root. From the empty tree nothing can be
 * proved: false. Takes whatever is given: a claim that makes no sense is false.
 */
export function isConsistent({ from, fromRoot, size, root, proof }: ConsistencyClaim): boolean {
  if (!isCount(from) || !isCount(size) || from === 0 || from > size) return false;
  if (![fromRoot, root, ...proof].every(isHash)) return false;
  if (from === size) return proof.length === 0 && sameBytes(fromRoot, root);
  if (proof.length === 0) return false;
  const [first, ...rest] = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  let [fn, sn] = [from - 1, size - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [fr, sr] = [first as Hash, first as Hash];
  for (const hash of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(hash, fr);
      sr = nodeHash(hash, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(sr, hash);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && sameBytes(fr, fromRoot) && sameBytes(sr, root);
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

/** Shift right by one; the language's own operator knows 32 bits only. */
function half(n: number): number {
  return Math.floor(n / 2);
}

function isPowerOfTwo(n: number): boolean {
  return Number.isInteger(Math.log2(n)) && 2 ** Math.log2(n) === n;
}
