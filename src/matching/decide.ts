import type { Id } from "../core/index.ts";
import type { Policy } from "./policy.ts";

/** A person's best score for one face: cosine, -1 to 1. */
export interface Candidate {
  readonly person: Id;
  readonly score: number;
}

export interface Evidence {
  readonly best: Candidate | null;
  readonly runnerUp: Candidate | null;
  /** How many people were searched. */
  readonly gallerySize: number;
  /** People whom the officer found to be both real though they look alike (twins), each with the others. */
  readonly twins: ReadonlyMap<Id, ReadonlySet<Id>>;
  /** People for whom this face was rejected: never suggested again. */
  readonly rejected: ReadonlySet<Id>;
  readonly quality: {
    /** Height of the face box, pixels of the upright picture. */
    readonly height: number;
  };
  readonly policy: Policy;
}

export interface Decision {
  readonly state: "matched" | "asked" | "none";
  /** One person for `matched`, one or two for `asked`, none for `none`. */
  readonly persons: readonly Id[];
}

const NOBODY: Decision = { state: "none", persons: [] };

/**
 * Decides whose face it is: an open set, so that nobody is the normal answer. The best person gets the face when the
 * score clears the automatic threshold for this many people and the second is far below; in the band below, for faces
 * too small, for twins and beyond the gallery that the pack's data support, the person is asked; where two people are
 * near each other, both are. Pure: scores end here and go no further.
 */
export function decide(evidence: Evidence): Decision {
  const { policy, gallerySize } = evidence;
  const ask = policy.ask(evidence.quality.height);
  const [best, second] = [evidence.best, evidence.runnerUp].filter(
    (candidate) => candidate !== null && !evidence.rejected.has(candidate.person) && candidate.score >= ask,
  );
  if (!best) return NOBODY;
  const twins = evidence.twins.get(best.person);
  const rivals = second && (twins?.has(second.person) || best.score - second.score < policy.margin);
  if (rivals) return { state: "asked", persons: [best.person, second.person] };
  const automatic =
    !twins?.size &&
    isMarginKnown(evidence) &&
    gallerySize <= policy.maxGallery &&
    evidence.quality.height >= policy.automaticHeight &&
    best.score >= policy.automatic(gallerySize);
  return { state: automatic ? "matched" : "asked", persons: [best.person] };
}

/** Where one of the two was rejected, a third person may be as near as the second, and nobody looked. */
function isMarginKnown({ best, runnerUp, rejected, policy }: Evidence): boolean {
  const isRejected = (candidate: Candidate | null): boolean =>
    candidate !== null && rejected.has(candidate.person);
  if (isRejected(best)) return false;
  if (!isRejected(runnerUp)) return true;
  return best !== null && runnerUp !== null && best.score - runnerUp.score >= policy.margin;
}
