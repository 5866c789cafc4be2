export { rowsAbout, type HeldTable } from "./access.ts";
export {
  FILE_HOLDINGS,
  STAFF_HOLDINGS,
  findPerson,
  forgetPerson,
  TABLE_HOLDINGS,
  type FileHolding,
  type TableHolding,
} from "./holdings.ts";
export { addPending, donePending, failedPending, pendingOf } from "./pending.ts";
export {
  CONSENT_RECEIPT,
  ERASURE_RECEIPT,
  issueReceipt,
  openReceiptFolder,
  receiptFilesOf,
  type ConsentReceiptFacts,
  type ErasureReceiptFacts,
  type ReceiptConsent,
  type ReceiptFolder,
  type SignReceipt,
  type WrittenReceipt,
} from "./receipts.ts";
export { sweepDatabase, sweepPerson, type Residue, type Swept } from "./sweep.ts";
export { claimedFile, dropUnclaimed, offerReceipt } from "./receipt-claims.ts";
export {
  closeRequest,
  heldPhotos,
  openRequest,
  requestKey,
  requestsIn,
  type NewRequest,
  type Request,
} from "./requests.ts";
