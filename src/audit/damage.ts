import type { Id } from "../core/index.ts";

/** What is wrong with a log, and where. Positions are counted from 0. */
export type Damage =
  /** No entry at a position that was signed, though there are later ones. */
  | { readonly kind: "missing-entry"; readonly position: number }
  /** The log ends before the size that was signed: the entries `position` to `until` - 1 are gone. */
  | { readonly kind: "truncated"; readonly position: number; readonly until: number }
  /** The entry's leaf is not the one that was signed at this position. */
  | { readonly kind: "altered-leaf"; readonly position: number }
  /** The entry that was signed at position `from` stands here. */
  | { readonly kind: "reordered"; readonly position: number; readonly from: number }
  /** The entry says something else than what its leaf commits to. `position` null: it has none yet. */
  | { readonly kind: "altered-payload"; readonly entry: Id; readonly position: number | null }
  /** Entries that neither have a position nor wait for one. */
  | { readonly kind: "left-out"; readonly entry: Id }
  /** A hash of the stored tree is gone or not that of the entries below it. */
  | {
      readonly kind: "altered-tree";
      readonly level: number;
      readonly index: number;
      readonly position: number;
    }
  /** A checkpoint that no key of the log signed, or that was altered. */
  | { readonly kind: "wrong-signature"; readonly size: number; readonly reason: string }
  /** A signed root that is not that of the entries. */
  | { readonly kind: "wrong-root"; readonly size: number }
  /** An earlier checkpoint that the log, as its newest one has it, does not begin with. */
  | { readonly kind: "not-extended"; readonly size: number };

/** Enough to see what happened; a log rewritten from its first entry would name each one. */
export const MOST_DAMAGE = 100;

/** By position, each tile once. */
export function inOrder(damage: readonly Damage[]): readonly Damage[] {
  const place = (one: Damage): number => {
    if ("position" in one) return one.position ?? Infinity;
    return "size" in one ? one.size : Infinity;
  };
  const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
  const tiles = new Set<string>();
  return [...damage]
    .sort((a, b) => compare(place(a), place(b)))
    .filter((one) => {
      if (one.kind !== "altered-tree") return true;
      const name = `${one.level}/${one.index}`;
      return !tiles.has(name) && tiles.add(name);
    });
}
