import type { EvaluationInput, Observation } from "./observation.ts";
import { rateByIdentity, tallyByPerson, type Rate } from "./rate.ts";

/** What one search of the whole gallery gave, whatever the threshold. */
interface Search {
  /** Whose face it is; detections on no known face count as one unit of resampling. */
  readonly unit: string;
  readonly mated: boolean;
  /** The highest score of all enrolled people; -Infinity where the face was not searched. */
  readonly best: number;
  /** Whether that highest score is the true person's. */
  readonly bestIsMate: boolean;
}

/**
 * The searches of an identification test (ISO/IEC 19795-1; NIST FRVT 1:N): mated ones, of enrolled people, and
 * non-mated ones. A face of an enrolled person that was missed or not searched is a mated search without a result, so
 * that a blind detector cannot look accurate; a non-mated face that was not searched is no search.
 */
export function searchesOf(input: Pick<EvaluationInput, "observations" | "enrolled">): readonly Search[] {
  const enrolled = new Set(input.enrolled);
  return input.observations.flatMap((face) => {
    const mated = face.person !== null && enrolled.has(face.person);
    if (face.scores === null && !mated) return [];
    let best = Number.NEGATIVE_INFINITY;
    let who: string | undefined;
    face.scores?.forEach((score, i) => {
      if (score > best) {
        best = score;
        who = input.enrolled[i];
      }
    });
    return [{ unit: face.person ?? "", mated, best, bestIsMate: mated && who === face.person }];
  });
}

/** Non-mated searches in which somebody scores at least `threshold`. */
export function falsePositiveIdentification(searches: readonly Search[], threshold: number): Rate {
  const nonMated = searches.filter((search) => !search.mated);
  return rateByIdentity(
    tallyByPerson(
      nonMated,
      (s) => s.unit,
      (s) => s.best >= threshold,
    ),
  );
}

/** Mated searches in which the true person is not first with at least `threshold` (rank 1). */
export function falseNegativeIdentification(searches: readonly Search[], threshold: number): Rate {
  const mated = searches.filter((search) => search.mated);
  return rateByIdentity(
    tallyByPerson(
      mated,
      (s) => s.unit,
      (s) => !(s.bestIsMate && s.best >= threshold),
    ),
  );
}

export interface PolicyErrors {
  readonly searched: number;
  /**
   * Faces given to a wrong person without a question, over all faces searched. This is the house's definition; the
   * standard one counts over non-mated searches only and is `fpirNonMated`.
   */
  readonly fpir: Rate;
  readonly fpirNonMated: Rate;
  /** The photos of those faces, so that each can be looked at. */
  readonly wronglyMatched: readonly { readonly photo: string; readonly height: number }[];
  /** Questions about somebody else's face, per enrolled person and 1,000 faces searched. */
  readonly wrongAsksPerThousand: {
    readonly median: number | null;
    readonly max: number | null;
    readonly total: number;
  };
}

function isWronglyMatched(face: Observation): boolean {
  return (
    face.decision.state === "matched" &&
    (face.decision.persons.length !== 1 || face.decision.persons[0] !== face.person)
  );
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

/** The errors of the decisions that were really taken. */
export function policyErrors(input: Pick<EvaluationInput, "observations" | "enrolled">): PolicyErrors {
  const searched = input.observations.filter((face) => face.scores !== null);
  const enrolled = new Set(input.enrolled);
  const nonMated = searched.filter((face) => face.person === null || !enrolled.has(face.person));
  const asks = new Map(input.enrolled.map((person) => [person, 0]));
  for (const face of searched) {
    if (face.decision.state !== "asked") continue;
    for (const person of face.decision.persons) {
      if (person !== face.person) asks.set(person, (asks.get(person) ?? 0) + 1);
    }
  }
  const perThousand =
    searched.length === 0 ? [] : [...asks.values()].map((n) => (1000 * n) / searched.length);
  const rate = (among: readonly Observation[]): Rate =>
    rateByIdentity(tallyByPerson(among, (face) => face.person ?? "", isWronglyMatched));
  return {
    searched: searched.length,
    fpir: rate(searched),
    fpirNonMated: rate(nonMated),
    wronglyMatched: searched.filter(isWronglyMatched).map(({ photo, height }) => ({ photo, height })),
    wrongAsksPerThousand: {
      median: median(perThousand),
      max: perThousand.length === 0 ? null : Math.max(...perThousand),
      total: [...asks.values()].reduce((sum, n) => sum + n, 0),
    },
  };
}
