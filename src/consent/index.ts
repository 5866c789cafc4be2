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
export { keptTexts, listKeptTexts, type KeptText } from "./kept-texts.ts";
export { isYes, PURPOSES, recordConsent, type ConsentScope, type NewConsent } from "./record.ts";
export { consentTable, type ConsentCell, type ConsentState } from "./table.ts";
export { runOut, standingOf, type EndingScope, type Standing } from "./standing.ts";
export { COMPANIONS, consentText, TEXT_VERSION, textDigest, textsInForce } from "./texts.ts";
