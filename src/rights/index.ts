export { rowsAbout, type HeldTable } from "./access.ts";
export { findPerson, forgetPerson } from "./holdings.ts";
export { FILE_HOLDINGS, STAFF_HOLDINGS, type FileHolding } from "./other-holdings.ts";
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
export { TABLE_HOLDINGS, type TableHolding } from "./table-holdings.ts";
