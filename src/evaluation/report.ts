import { HEIGHT_BANDS, POOLED_BANDS, heightRow, type HeightRow } from "./by-height.ts";
import {
  comparisonsByPair,
  countAtLeast,
  falseMatches,
  falseNonMatches,
  groupReport,
  isMated,
  type GroupReport,
  type PairScores,
} from "./comparisons.ts";
import { checkInput, type EvaluationInput, type Observation, type Threshold } from "./observation.ts";
import { rateByIdentity, rateByPairs, type Rate } from "./rate.ts";
import {
  falseNegativeIdentification,
  falsePositiveIdentification,
  policyErrors,
  searchesOf,
  type PolicyErrors,
} from "./searches.ts";

/** A face at least this tall that is missed in a published picture is a leak; below it nobody is recognised. */
export const LEAK_HEIGHT = 28;

/** Error rates at one threshold, as plain shares (null where nothing was measured). */
export interface SweepRow {
  readonly threshold: number;
  readonly fmr: number | null;
  readonly fnmr: number | null;
  readonly fpir: number | null;
  readonly fnir: number | null;
}

/** Error rates at a threshold of the policy, with intervals. */
interface ThresholdRow extends Threshold {
  readonly fmr: Rate;
  readonly fnmr: Rate;
  readonly fpir: Rate;
  readonly fnir: Rate;
}

interface Leak {
  readonly photo: string;
  readonly height: number;
  readonly found: Observation["found"];
  readonly hidden: boolean;
}

/** JSON-able: numbers, strings, arrays, null. It names photos, never people. */
export interface EvaluationReport {
  readonly photos: number;
  readonly people: number;
  readonly enrolled: number;
  readonly faces: number;
  readonly doubtful: number;
  /** Detections on no known face. */
  readonly falseDetections: number;
  readonly heights: readonly HeightRow[];
  readonly pooledHeights: readonly HeightRow[];
  readonly sweep: readonly SweepRow[];
  readonly atThresholds: readonly ThresholdRow[];
  readonly policy: PolicyErrors;
  /** Faces of at least `LEAK_HEIGHT` pixels that were missed, or that a picture showing nobody would show. */
  readonly leaks: readonly Leak[];
  readonly groups: readonly GroupReport[];
}

/** 0.30 to 0.80 in steps of 0.01, and the thresholds of the policy. */
function sweepThresholds(policy: readonly Threshold[]): readonly number[] {
  const steps = Array.from({ length: 51 }, (_, i) => (30 + i) / 100);
  return [...new Set([...steps, ...policy.map((threshold) => threshold.value)])].toSorted((a, b) => a - b);
}

function share(scores: Float32Array, threshold: number): number | null {
  return scores.length === 0 ? null : countAtLeast(scores, threshold) / scores.length;
}

function complement(value: number | null): number | null {
  return value === null ? null : 1 - value;
}

function pooledScores(pairs: readonly PairScores[]): Float32Array {
  return Float32Array.from(pairs.flatMap((pair) => [...pair.scores])).sort();
}

function attributesOf(input: EvaluationInput): readonly string[] {
  return [...new Set([...(input.groups?.values() ?? [])].flatMap((labels) => Object.keys(labels)))];
}

/**
 * The statistics of an open-set identification test. Pure: the same observations give the same report, intervals
 * included. Terms as in ISO/IEC 19795-1 and NIST FRVT 1:N: FMR and FNMR are over comparisons of found faces, FPIR and
 * FNIR over searches, and FNIR counts a missed face as an error.
 * Errors: `bad-input` where scores do not fit the list of enrolled people.
 */
export function evaluate(input: EvaluationInput): EvaluationReport {
  checkInput(input);
  const { observations, enrolled, thresholds, groups } = input;
  const faces = observations.filter((face) => face.person !== null);
  const pairs = comparisonsByPair(input);
  const mated = pooledScores(pairs.filter(isMated));
  const impostor = pooledScores(pairs.filter((pair) => !isMated(pair)));
  const searches = searchesOf(input);
  const nonMatedBest = Float32Array.from(searches.filter((s) => !s.mated).map((s) => s.best)).sort();
  const allMated = searches.filter((s) => s.mated);
  const mateFirst = Float32Array.from(
    allMated.map((s) => (s.bestIsMate ? s.best : Number.NEGATIVE_INFINITY)),
  ).sort();
  return {
    photos: new Set(observations.map((face) => face.photo)).size,
    people: new Set(faces.map((face) => face.person)).size,
    enrolled: enrolled.length,
    faces: faces.length,
    doubtful: faces.filter((face) => face.found === "doubtful").length,
    falseDetections: observations.length - faces.length,
    heights: HEIGHT_BANDS.map((band) => heightRow(input, band)),
    pooledHeights: POOLED_BANDS.map((band) => heightRow(input, band)),
    sweep: sweepThresholds(thresholds).map((threshold) => ({
      threshold,
      fmr: share(impostor, threshold),
      fnmr: complement(share(mated, threshold)),
      fpir: share(nonMatedBest, threshold),
      fnir: complement(share(mateFirst, threshold)),
    })),
    atThresholds: thresholds.map(({ name, value }) => ({
      name,
      value,
      fmr: rateByPairs(falseMatches(pairs, value)),
      fnmr: rateByIdentity(falseNonMatches(pairs, value)),
      fpir: falsePositiveIdentification(searches, value),
      fnir: falseNegativeIdentification(searches, value),
    })),
    policy: policyErrors(input),
    leaks: faces
      .filter((face) => face.height >= LEAK_HEIGHT && (face.found === "missed" || !face.hiddenByDefault))
      .map(({ photo, height, found, hiddenByDefault }) => ({
        photo,
        height,
        found,
        hidden: hiddenByDefault,
      })),
    groups: groups
      ? attributesOf(input).flatMap((attribute) =>
          thresholds.map((threshold) => groupReport(pairs, groups, attribute, threshold.value)),
        )
      : [],
  };
}
