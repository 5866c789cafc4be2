import type { EvaluationInput, Groups } from "./observation.ts";
import { rateByIdentity, rateByPairs, type PairTally, type Rate, type Tally } from "./rate.ts";

/** All scores of the faces of one person against the template of one enrolled person, ascending. */
export interface PairScores {
  readonly probe: string;
  readonly enrolled: string;
  readonly scores: Float32Array;
}

/**
 * Every comparison that a search made, by pair of people. Detections on no known face are left out: nobody can say
 * whether such a comparison is of one person or of two.
 */
export function comparisonsByPair(
  input: Pick<EvaluationInput, "observations" | "enrolled">,
): readonly PairScores[] {
  const byProbe = new Map<string, Float32Array[]>();
  for (const { person, scores } of input.observations) {
    if (person === null || scores === null) continue;
    const rows = byProbe.get(person);
    if (rows) rows.push(scores);
    else byProbe.set(person, [scores]);
  }
  return [...byProbe].flatMap(([probe, rows]) =>
    input.enrolled.map((enrolled, i) => ({
      probe,
      enrolled,
      scores: Float32Array.from(rows, (row) => row[i] ?? 0).sort(),
    })),
  );
}

/** How many of ascending `scores` are at least `threshold`. */
export function countAtLeast(scores: Float32Array, threshold: number): number {
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((scores[middle] ?? 0) >= threshold) high = middle;
    else low = middle + 1;
  }
  return scores.length - low;
}

export function isMated(pair: Pick<PairScores, "probe" | "enrolled">): boolean {
  return pair.probe === pair.enrolled;
}

/** Comparisons of two different people at or above the threshold. */
export function falseMatches(pairs: readonly PairScores[], threshold: number): PairTally[] {
  return pairs
    .filter((pair) => !isMated(pair))
    .map(({ probe, enrolled, scores }) => ({
      probe,
      enrolled,
      count: countAtLeast(scores, threshold),
      n: scores.length,
    }));
}

/** Comparisons of a person with their own template below the threshold, by person. */
export function falseNonMatches(pairs: readonly PairScores[], threshold: number): Tally[] {
  return pairs
    .filter(isMated)
    .map(({ scores }) => ({ count: scores.length - countAtLeast(scores, threshold), n: scores.length }));
}

/** Below this many people a rate by group is an anecdote: one person's bad day moves it by 5 points and more. */
export const FEW_PEOPLE = 20;

interface GroupNonMatch {
  readonly group: string;
  readonly fnmr: Rate;
  /** From fewer than `FEW_PEOPLE` people: not to be read as a property of the group. */
  readonly fewPeople: boolean;
}

interface GroupPairMatch {
  /** The two groups in alphabetical order; the same twice for comparisons within a group. */
  readonly groups: readonly [string, string];
  readonly fmr: Rate;
  readonly fewPeople: boolean;
}

export interface GroupReport {
  readonly attribute: string;
  readonly threshold: number;
  readonly nonMatches: readonly GroupNonMatch[];
  readonly matches: readonly GroupPairMatch[];
}

/** FNMR by group and FMR by pair of groups, for one self-reported attribute at one threshold. */
export function groupReport(
  pairs: readonly PairScores[],
  groups: Groups,
  attribute: string,
  threshold: number,
): GroupReport {
  const label = (person: string): string | undefined => groups.get(person)?.[attribute];
  const byGroup = Map.groupBy(pairs.filter(isMated), (pair) => label(pair.probe));
  const byPair = Map.groupBy(
    pairs.filter((pair) => !isMated(pair)),
    (pair) => {
      const names = [label(pair.probe), label(pair.enrolled)];
      return names.includes(undefined) ? undefined : JSON.stringify(names.toSorted());
    },
  );
  return {
    attribute,
    threshold,
    nonMatches: [...byGroup]
      .flatMap(([group, members]) => {
        if (group === undefined) return [];
        const fnmr = rateByIdentity(falseNonMatches(members, threshold));
        return [{ group, fnmr, fewPeople: fnmr.people < FEW_PEOPLE }];
      })
      .toSorted((a, b) => a.group.localeCompare(b.group)),
    matches: [...byPair]
      .flatMap(([key, members]) => {
        if (key === undefined) return [];
        const fmr = rateByPairs(falseMatches(members, threshold));
        return [{ groups: JSON.parse(key) as [string, string], fmr, fewPeople: fmr.people < FEW_PEOPLE }];
      })
      .toSorted((a, b) => a.groups.join("\0").localeCompare(b.groups.join("\0"))),
  };
}
