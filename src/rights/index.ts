export { rowsAbout, type HeldTable } from "./access.ts";
export { type ConsentAnswer, type Controller } from "./consent-record.ts";
export {
  answerDemands,
  closeDemandsOf,
  DEMANDS,
  extendDemand,
  openDemand,
  type NewDemand,
} from "./demands.ts";
export { findPerson, forgetPerson } from "./holdings.ts";
export { FILE_HOLDINGS, QUEUE_HOLDINGS, STAFF_HOLDINGS, type FileHolding } from "./other-holdings.ts";
export {
  keepObjections,
  liftObjection,
  markRemoved,
  objectionSubject,
  photosOfSubject,
  wasRemoved,
  writeObjection,
  type ObjectionSubject,
} from "./objections.ts";
export { addPending, donePending, failedPending, pendingOf } from "./pending.ts";
export {
  CONSENT_RECEIPT,
  ERASURE_RECEIPT,
  headPinnedBy,
  issueReceipt,
  openReceiptFolder,
  receiptFilesOf,
  type ConsentReceiptFacts,
  type ErasureProof,
  type ErasureReceiptFacts,
  type NewReceipt,
  type PinnedHead,
  type ReceiptConsent,
  type ReceiptFolder,
  type SignReceipt,
  type WrittenReceipt,
} from "./receipts.ts";
export { revokeStaff } from "./staff-revoked.ts";
export { sweepDatabase, sweepPerson, type Residue, type Swept } from "./sweep.ts";
export { claimedFile, dropUnclaimed, offerReceipt } from "./receipt-claims.ts";
export {
  closeRequest,
  dropRequestText,
  heldPhotos,
  monthsAfter,
  openRequest,
  requestKey,
  requestsIn,
  sealRequestAgain,
  writeRequest,
  type NewRequest,
  type Request,
} from "./requests.ts";
export { holdingWords, type HoldingWords } from "./holding-words.ts";
export { TABLE_HOLDINGS, type TableHolding } from "./table-holdings.ts";
export {
  askSecond,
  dropOpenSeconds,
  reopenSecond,
  removeOldSeconds,
  secondAsked,
  secondPersons,
  settleSecond,
  takesTwo,
  TWO_PERSON_ACTS,
  type Actor,
  type Asked,
  type TwoPersonAct,
  type TwoPersonRule,
} from "./second-persons.ts";
