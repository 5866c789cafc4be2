export { BLOB_KINDS, type BlobEntry, type BlobKind, type BlobRef, type BlobStore } from "./blob-store.ts";
export { createFolderBlobs } from "./folder-blobs.ts";
