import { AssentError } from "../core/index.ts";

/**
 * One face of the truth, or one detection on no known face, with what the instance did about it.
 * `height` and the truth are those of the composed or labelled picture, in its own pixels.
 */
export interface Observation {
  readonly photo: string;
  /** Whose face it is; null for a detection on no known face. */
  readonly person: string | null;
  /** Height of the true face box in pixels; of the detected box where `person` is null. */
  readonly height: number;
  /** `doubtful`: seen by one stage of the detector only. */
  readonly found: "certain" | "doubtful" | "missed";
  /** Whether a picture that shows nobody hides this face. */
  readonly hiddenByDefault: boolean;
  /** Cosine similarity (-1 to 1) to each enrolled person, in the order of `enrolled`; null if it was not searched. */
  readonly scores: Float32Array | null;
  readonly decision: { readonly state: "matched" | "asked" | "none"; readonly persons: readonly string[] };
}

/** Self-reported labels of a person by attribute, such as `{ gender: "female", age: "25 to 34" }`. */
export type Groups = ReadonlyMap<string, Readonly<Record<string, string>>>;

export interface Threshold {
  readonly name: string;
  /** Cosine similarity, -1 to 1; a score equal to it counts as above. */
  readonly value: number;
}

export interface EvaluationInput {
  readonly observations: readonly Observation[];
  readonly enrolled: readonly string[];
  /** The thresholds of the policy in force: added to the sweep, and error rates by group are given at them. */
  readonly thresholds: readonly Threshold[];
  readonly groups?: Groups;
}

/** Refuses observations that do not belong to this list of enrolled people (`bad-input`). */
export function checkInput(input: EvaluationInput): void {
  if (new Set(input.enrolled).size !== input.enrolled.length) {
    throw new AssentError("bad-input", "the list of enrolled people names one of them twice");
  }
  for (const { scores, photo } of input.observations) {
    if (scores && scores.length !== input.enrolled.length) {
      throw new AssentError(
        "bad-input",
        `a face of ${photo} has ${scores.length} scores for ${input.enrolled.length} enrolled people`,
      );
    }
  }
}

/** Ages in ten-year bands as the reports give them; "unknown" for what is no whole number of years. */
export function ageBand(age: string | number): string {
  const years = typeof age === "number" ? age : /^\d+$/.test(age) ? Number(age) : Number.NaN;
  if (!Number.isInteger(years) || years < 0) return "unknown";
  if (years < 25) return "under 25";
  if (years >= 55) return "55 and over";
  const from = 25 + 10 * Math.floor((years - 25) / 10);
  return `${from} to ${from + 9}`;
}
