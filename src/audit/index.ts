export { actedBy, actorOfKey, readsAsKey } from "./actors.ts";
export { checkLog, type LogCheck } from "./check-log.ts";
export {
  checkCheckpoint,
  originOf,
  parseCheckpoint,
  type CheckpointCheck,
  type SignedCheckpoint,
  type TreeHead,
} from "./checkpoint.ts";
export { type Damage } from "./damage.ts";
export { cosign, keepCosignature, latestCosigned, witnessKeyOf } from "./cosign.ts";
export {
  alteredEntries,
  canonicalJson,
  commitment,
  entriesOf,
  entryCommitted,
  forgetEntriesOf,
  lastInForce,
  record,
  recordOwed,
  type Entry,
  type InForce,
  type NewEntry,
} from "./entries.ts";
export {
  openJournal,
  type Journal,
  type JournalPosition,
  type JournalScan,
  type RestrictingEvent,
  type StaffRevoked,
} from "./journal.ts";
export {
  consistencyProof,
  formatInclusionProof,
  goesOnFrom,
  inclusionProofOf,
  latestCheckpoint,
  rootOfSize,
  servedLeaves,
  servedTile,
  waitingEntries,
  type ConsistencyProof,
  type InclusionProof,
} from "./log.ts";
export {
  countLookup,
  lookupsOf,
  lookVolumes,
  LOOKUPS_A_DAY,
  LOOKUPS_AN_HOUR,
  refuseTooManyLookups,
  type LookVolume,
} from "./look-volume.ts";
export { checkLooker, looksOf, recordLook, type Look, type Looker, type NewLook } from "./looks.ts";
export { formatVerifierKey, isKeyName, parseVerifierKey, type NoteKey } from "./note.ts";
export { openCheckpointPin, type CheckpointPin } from "./pin.ts";
export { isConsistent, isIncluded, type ConsistencyClaim, type InclusionClaim } from "./proofs.ts";
export {
  acceptGap,
  beginRestoration,
  endReplay,
  logCuts,
  refuseWhileSuspended,
  suspendedBecause,
  unfinishedRestoration,
  whyNotFarEnough,
  type Reach,
  type LogCut,
} from "./restoration.ts";
export { sequence, type Sequenced } from "./sequencer.ts";
export { entryBundle, parseTilePath, tilePath, tilesOf, tileWidth } from "./tiles.ts";
export { growTree, leafHash } from "./tree-hash.ts";
