export { holdIndexes, type BorrowedIndex, type HeldIndexes, type IndexedPack } from "./held-index.ts";
export { CONFLICT_SCORE, looksLike, nearestEnrolled, search, type Found, type Hit } from "./search.ts";
export {
  deleteTemplates,
  enrolledIn,
  faceKey,
  raiseIndexVersion,
  storeTemplates,
  templatesWithoutConsent,
  type DeletedTemplates,
  type NewTemplates,
  type WhichTemplates,
} from "./storage.ts";
export { acknowledged, TemplateIndex } from "./template-index.ts";
export {
  beginTurn,
  endTurn,
  notTurned,
  sealTemplatesAgain,
  turnSome,
  unreadableTemplates,
} from "./turning.ts";
