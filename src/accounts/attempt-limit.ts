import { createHash } from "node:crypto";

/** Counts tries by name in a sliding manner that forgets: a try more is allowed each time the oldest leaves the window. */
export interface AttemptLimit {
  /** Counts a try; false where there were too many. */
  take(name: string): boolean;
  /** After a try that was good. */
  forget(name: string): void;
}

/** More names than this are not remembered at once; the oldest go first. */
const MOST_NAMES = 10_000;

/** Names are kept as hashes, in memory alone, and no longer than the window. `now` in milliseconds. */
export function createAttemptLimit(options: {
  readonly most: number;
  readonly perMs: number;
  readonly now?: () => number;
}): AttemptLimit {
  const now = options.now ?? (() => Date.now());
  const tries = new Map<string, readonly number[]>();
  const keyOf = (name: string): string =>
    createHash("sha256").update(name.trim().toLowerCase()).digest("base64");
  return {
    take(name) {
      const key = keyOf(name);
      const at = now();
      const recent = (tries.get(key) ?? []).filter((time) => at - time < options.perMs);
      if (recent.length >= options.most) return false;
      tries.delete(key);
      tries.set(key, [...recent, at]);
      for (const [other, times] of tries) {
        if (tries.size <= MOST_NAMES && at - (times.at(-1) ?? 0) < options.perMs) break;
        tries.delete(other);
      }
      return true;
    },
    forget: (name) => void tries.delete(keyOf(name)),
  };
}
