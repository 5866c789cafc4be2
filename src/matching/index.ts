export { applyCards, type Applied } from "./card-tags.ts";
export { recordSightings, sightingsIn, type ListedSighting } from "./card-sightings.ts";
export {
  browsable,
  endClaim,
  holdClaim,
  isClaimable,
  OPEN_CLAIMS,
  openClaim,
  waitingClaims,
  type BrowsablePhoto,
} from "./claims.ts";
export { decide, type Candidate, type Decision, type Evidence } from "./decide.ts";
export {
  countPhotosToTag,
  facesToTag,
  ownerOfFace,
  photosToTag,
  type FaceToTag,
  type OwnerOfFace,
  type PhotoFilter,
} from "./faces-to-tag.ts";
export {
  confirm,
  holdMatch,
  reject,
  tag,
  untag,
  withdrawSuggestions,
  type Decided,
  type HumanDecision,
} from "./human-decisions.ts";
export { measuredErrors, recordIncident, type MeasuredErrors } from "./incidents.ts";
export {
  recordMachineMatches,
  type FaceDecision,
  type MachineSource,
  type Recorded,
} from "./machine-matches.ts";
export { photosOf, type After, type PersonsPhoto } from "./photos-of.ts";
export { policyFor, type PackScores, type Policy } from "./policy.ts";
export { matchesIn, matchesOf, rejectedOn, type FaceMatch, type FoundIn } from "./readers.ts";
export { isWantedHidden } from "./wants-hidden.ts";
export { retract, type Retracted, type Retraction } from "./retract.ts";
