export { collectionName, collectionOf, type Belonging } from "./collection-of.ts";
export { GAUGES } from "./gauges.ts";
export { access, type Accessed } from "./access.ts";
export { acceptGap, type AcceptedGap } from "./accept-gap.ts";
export { answer, confirmGiven } from "./answer.ts";
export { backup, backupAt, type BackedUp, type BackupOrder } from "./backup.ts";
export { browse, type BrowsedPhoto } from "./browse.ts";
export { listCards, listSeenCards, stopCard, type SeenCard } from "./card-tags.ts";
export { changeKeys, type KeyChangeOrder, type KeysChanged } from "./change-keys.ts";
export { calendar, type Calendar } from "./calendar.ts";
export { claimFace, claimsWaiting, listClaims, seeClaim, settleClaim, type OpenClaim } from "./claim.ts";
export {
  createCollection,
  listCollections,
  PRESETS,
  renameCollection,
  showCollection,
  type CollectionOrder,
  type CollectionSummary,
} from "./collection.ts";
export { acceptConflict, listConflicts, type OpenConflict } from "./conflicts.ts";
export {
  consentOverview,
  ENDING_DAYS,
  exportOverview,
  notToPhotograph,
  OVERVIEW_PAGE,
  useName,
} from "./consent-overview.ts";
export { contactSheet } from "./contact-sheet.ts";
export { draftPaper, type PaperKind } from "./draft-paper.ts";
export { paperHtml, paperMoment } from "./paper-html.ts";
export { type Block, type Paper } from "./paper.ts";
export { correct } from "./correct.ts";
export { dataOf, type PersonData } from "./data-of.ts";
export { deliverWebhooks, keepWebhooksDelivered, type DeliverOptions } from "./deliver-webhooks.ts";
export { deleteCollection, deletePhotos, type Deleted } from "./delete-photos.ts";
export { deliver, type Delivered } from "./deliver.ts";
export { DEMAND_KINDS, extendDemand, openDemand } from "./demands.ts";
export { deskOf, promote, type DeskView } from "./desk.ts";
export { downloadOf, type DownloadedFile } from "./download.ts";
export { erase } from "./erase.ts";
export {
  addPasskey,
  createPersonalLink,
  newRecoveryCodeFor,
  recover,
  removePasskey,
  seeNotices,
  signInByLink,
  signInByPasskey,
  signOutDevice,
  type SignedIn,
} from "./devices.ts";
export { enrolLive, type LiveEnrolment, type LiveOrder } from "./enrol-live.ts";
export { escapeHtml } from "./escape-html.ts";
export { evaluateEvents, type Evaluated } from "./evaluate.ts";
export { type Left } from "./finish-erasure.ts";
export {
  galleryOrigins,
  galleryPicture,
  listGallery,
  openGallery,
  watchGallery,
  type ListedPicture,
  type OpenedGallery,
} from "./gallery.ts";
export {
  allowFrames,
  listGalleries,
  makeGallery,
  revokeGallery,
  type GalleryOrder,
  type MadeGallery,
} from "./gallery-links.ts";
export {
  closeRequest,
  hideMe,
  listRequests,
  REQUEST_OUTCOMES,
  type HideOrder,
  type HideRequested,
  type ListedRequest,
  type RequestOutcome,
} from "./hide-me.ts";
export { inviteGuests, previewGuests, type Guest, type InvitedGuests } from "./guest-list.ts";
export { warnIdle } from "./idle.ts";
export { importFolder, scanPending, type Imported } from "./import.ts";
export { webhookOffMessage } from "./messages.ts";
export {
  cancelJob,
  dismissUnread,
  listJobs,
  orderPhotoScan,
  orderPublishing,
  orderScan,
  publicationProgress,
  retryJob,
  scanProgress,
  seeJob,
  type JobList,
  type ListedJob,
} from "./jobs.ts";
export { incidents } from "./incidents.ts";
export { groupsWhenAutomatic, keepEvaluation, keptEvaluations } from "./keep-evaluation.ts";
export { type Parts } from "./instance.ts";
export { CHANGEABLE, keyKind, KEY_KINDS, toldBeforeKeys, type ChangeableKey } from "./key-kinds.ts";
export { listKeys, type ListedKey, type ListedKeys } from "./list-keys.ts";
export {
  dayCodeOf,
  invite,
  listInvitations,
  revokeInvitation,
  type Invited,
  type InviteOrder,
  type ListedInvitation,
} from "./invite.ts";
export { joinOnline, type JoinedOnline, type OnlineJoinOrder } from "./join-online.ts";
export { join, type Joined } from "./join.ts";
export { claimReceipt, leave, type HasLeft } from "./leave.ts";
export { hideMore, showAgain, takeMarkBack } from "./hide-more.ts";
export {
  checkTheLog,
  exportLog,
  logHead,
  logKeys,
  proofOf,
  takeCosignature,
  type EntryProof,
  type ExportedLog,
  type LogHead,
  type CheckProgress,
  type LogKey,
} from "./log.ts";
export {
  beginLook,
  lookAtPhotos,
  lookAtPicture,
  requestedPicture,
  type BegunLook,
  type LookedPhoto,
} from "./look-through.ts";
export { lookFor } from "./look-for.ts";
export type { FoundFace, SearchProgress, Watching } from "./look-rider.ts";
export {
  findPerson,
  listLookVolumes,
  listLooks,
  lookUp,
  lookupsLeft,
  type FoundPhoto,
  type LookedUp,
} from "./look-up.ts";
export {
  looksOf,
  meOf,
  shownOf,
  type OwnCollection,
  type OwnConsent,
  type OwnDisclosures,
  type OwnLooks,
  type OwnPage,
} from "./me.ts";
export { listVouchings, oversee, type Overview } from "./oversee.ts";
export { logState, readLog, type LogQuery, type LogState, type ReadEntry } from "./read-log.ts";
export {
  accessByGallery,
  accessByLink,
  galleriesGiven,
  nameReached,
  photosInReach,
  publicLinks,
  reach,
  type Access,
  type GivenLink,
  type Reached,
} from "./reach.ts";
export {
  cancelLetter,
  handOverLetter,
  inviteByMail,
  listOutbox,
  openLetter,
  sendLetterNow,
  sendOutbox,
  stopReminding,
  unanswered,
  type InvitedByMail,
  type WaitingLetter,
} from "./outbox.ts";
export { photosOf, type OwnPhoto } from "./photos-of.ts";
export { hiddenView, hiddenViewForStaff, pictureFor, type PictureSize } from "./picture.ts";
export { object, takeObjectionBack, type Objected } from "./object.ts";
export { openConflict, openMatters, settleConflict, type OpenMatters } from "./open-matters.ts";
export { peopleOf, type NamedPerson } from "./named-people.ts";
export { consentsOf, joinedOne, joinedPage, type JoinedHere } from "./joined-page.ts";
export { findInCollection } from "./find-in-collection.ts";
export { prove, type Proof } from "./prove.ts";
export { publish, type Published } from "./publish.ts";
export {
  changedPictures,
  listPublications,
  orderPublication,
  publishedPictures,
  type ChangedPicture,
  type Publication,
} from "./publish-here.ts";
export { publishedPicture, publishedRendition } from "./published-picture.ts";
export { mailWaysBack, recoverByMail } from "./recover-by-mail.ts";
export { removeOrphans } from "./remove-orphans.ts";
export type { Sender } from "./sender.ts";
export { keepLogSequenced, sequenceLog } from "./sequence-log.ts";
export { checkBackup, restore, type BroughtBack, type CheckedBackup, type RestoreOrder } from "./restore.ts";
export { chipsOwed, cutChipsAgain, type CutAgain } from "./cut-chips.ts";
export { settle, type Settled } from "./settle.ts";
export { work, type Working, type WorkOptions } from "./work.ts";
export { takeOver } from "./take-over.ts";
export { isSandbox } from "./is-sandbox.ts";
export { makeSandbox, withdrawMadeUp, type MadeSandbox } from "./sandbox.ts";
export { storageOf, type StorageUsed } from "./storage.ts";
export { switchConsent, type ConsentSwitch, type SwitchedConsent } from "./switch-consent.ts";
export { ingest, sentName, type Ingested } from "./take-photo.ts";
export {
  clearFace,
  confirmMatch,
  listFaces,
  markFace,
  rejectMatch,
  tagFace,
  untagFace,
  type ListedFace,
} from "./tag.ts";
export { tellOfPhotos, type Told } from "./tell-of-photos.ts";
export { endTrial, startTrial, trialOf } from "./trial.ts";
export { askAllToVerify, askToVerify, confirmAddress } from "./verify-address.ts";
export { verifyBackup, type VerifiedBackup } from "./verify-backup.ts";
export { verifyReceipt, verifyReceiptText, type Verdict } from "./verify.ts";
export { withdraw } from "./withdraw.ts";
export { witnessLog, type Witnessed } from "./witness.ts";
export {
  addWatch,
  deleteMissing,
  listWatched,
  lookAtWatched,
  orderLook,
  removeWatch,
  switchWatch,
  takeWaiting,
  type MayDelete,
  type WatchedFolder,
} from "./watch-folders.ts";
export { welcome, type AskedText, type Welcome } from "./welcome.ts";
export {
  neverMatchHere,
  ratePhotos,
  seeFace,
  staffPhoto,
  staffPhotos,
  tagHere,
  untagHere,
  type SeenFace,
} from "./working-view.ts";
export { collectionNamed, personNamed } from "./named.ts";
export {
  addWebhook,
  removeWebhook,
  rotateWebhookSecret,
  sendWebhookAgain,
  switchWebhook,
  testWebhook,
  type MadeWebhook,
} from "./webhooks.ts";
export { addressChangedMessage, staffAddressMessage, staffInvitationMessage } from "./staff-messages.ts";
export { askToGiveRole, confirmSecond, purge, withdrawSecond, type PurgeOutcome } from "./second-persons.ts";
