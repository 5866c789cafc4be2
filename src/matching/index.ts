export { decide, type Candidate, type Decision, type Evidence } from "./decide.ts";
export { confirm, reject, tag, type Decided, type HumanDecision } from "./human-decisions.ts";
export {
  recordMachineMatches,
  type FaceDecision,
  type MachineSource,
  type Recorded,
} from "./machine-matches.ts";
export { policyFor, type PackScores, type Policy } from "./policy.ts";
export { matchesIn, matchesOf, rejectedOn, type FaceMatch, type FoundIn } from "./readers.ts";
export { retract, type Retracted, type Retraction } from "./retract.ts";
