import type { Observation } from "./observation.ts";

/** A face for tests: certain, hidden, searched by default; what a test is about is given in `changes`. */
export function face(
  changes: Partial<Omit<Observation, "scores">> & { scores?: readonly number[] | null } = {},
): Observation {
  const { scores = [0.1, 0.1], ...rest } = changes;
  return {
    photo: "one.jpg",
    person: "ann",
    height: 100,
    found: "certain",
    hiddenByDefault: true,
    decision: { state: "none", persons: [] },
    ...rest,
    scores: scores === null ? null : Float32Array.from(scores),
  };
}
