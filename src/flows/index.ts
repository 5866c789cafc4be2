export {
  createCollection,
  deleteCollection,
  listCollections,
  showCollection,
  type CollectionOrder,
  type CollectionSummary,
} from "./collection.ts";
export { acceptConflict, listConflicts, type OpenConflict } from "./conflicts.ts";
export { contactSheet } from "./contact-sheet.ts";
export { deliver, type Delivered } from "./deliver.ts";
export { erase } from "./erase.ts";
export { evaluateEvents, type Evaluated } from "./evaluate.ts";
export { type Left } from "./finish-erasure.ts";
export { importFolder, type Imported } from "./import.ts";
export { type Parts } from "./instance.ts";
export { join, type Joined } from "./join.ts";
export { findPerson, listLooks, lookUp, type FoundPhoto, type LookedUp } from "./look-up.ts";
export { prove, type Proof } from "./prove.ts";
export { publish, type Published } from "./publish.ts";
export { removeOrphans } from "./remove-orphans.ts";
export { settle, type Settled } from "./settle.ts";
export {
  clearFace,
  confirmMatch,
  listFaces,
  markFace,
  rejectMatch,
  tagFace,
  type ListedFace,
} from "./tag.ts";
export { verifyReceipt, type Verdict } from "./verify.ts";
export { withdraw } from "./withdraw.ts";
