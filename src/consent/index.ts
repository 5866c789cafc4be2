export {
  assertPermit,
  companionPermits,
  lookupPermits,
  matchPermits,
  Permit,
  publishPermits,
  recheck,
  type Use,
} from "./gate.ts";
export {
  PURPOSES,
  recordConsent,
  standingOf,
  type ConsentScope,
  type NewConsent,
  type Standing,
} from "./record.ts";
export { COMPANIONS, consentText, TEXT_VERSION, textDigest } from "./texts.ts";
