export { dropChips, openChips, sealChips, sealChipsAgain, type Chips } from "./chips.ts";
export {
  chipsAllowed,
  closeJoining,
  deleteCollection,
  deletePhotos,
  joiningToClose,
  stillUsed,
  type Leftovers,
} from "./closing.ts";
export {
  channelName,
  chipsKey,
  collectionById,
  collectionByName,
  createCollection,
  renameCollection,
  listCollections,
  type Channel,
  type Collection,
  type CollectionCounts,
  type NewCollection,
} from "./collections.ts";
export { facesToCut, keepChips, photosToCutAgain } from "./cut-again.ts";
export {
  clearFace,
  doNotMatch,
  faceById,
  facesIn,
  facesOf,
  isAllCleared,
  landmarksOf,
  replaceChips,
  type ChipsToDrop,
} from "./faces.ts";
export { ratePhotos } from "./ratings.ts";
export { markFace, openMarks, unmarkFace } from "./marks.ts";
export {
  addPhoto,
  dropPhoto,
  pendingPhotos,
  photoById,
  photosForRescan,
  recordScan,
  type NewPhoto,
  type Scan,
  type ScannedFace,
} from "./photos.ts";
export { forgetUnread, noteUnread, unreadIn, type UnreadPhoto } from "./unread.ts";
export {
  compareFiles,
  looksKnown,
  type Compared,
  type FileBytes,
  type KnownFile,
  type ListedFile,
} from "./compare-files.ts";
export {
  allowWaiting,
  arrivalsIn,
  filesTaken,
  forgetArrivals,
  holdFiles,
  keepArrivals,
  missingPhotos,
  standingOf,
  tieFile,
  wasDeleted,
  writeCompared,
  type Arrival,
  type FolderStanding,
  type MissingPhoto,
  type WaitsFor,
} from "./watch-files.ts";
export {
  addWatchFolder,
  beginLook,
  LEAST_MINUTES,
  lookSooner,
  noteLook,
  pauseWatchFolders,
  removeWatchFolder,
  switchWatchFolder,
  watchFolderById,
  watchFolders,
  watchFoldersDue,
  type NewWatchFolder,
} from "./watch-folders.ts";
