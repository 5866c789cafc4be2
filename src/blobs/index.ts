export { BLOB_KINDS, type BlobKind, type BlobStore } from "./blob-store.ts";
export { createFolderBlobs } from "./folder-blobs.ts";
