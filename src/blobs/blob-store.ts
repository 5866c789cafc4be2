import { AssentError, type DurableBatch } from "../core/index.ts";

/**
 * What a blob is. `originals` are the photos as they came; `chips` are sealed face crops; `renditions` are versions for
 * a channel or a reader; `uploads` are pictures on their way in.
 */
export const BLOB_KINDS = ["originals", "chips", "renditions", "uploads"] as const;
export type BlobKind = (typeof BLOB_KINDS)[number];

/** `<kind>/<first two characters of the name>/<name>`. Safe to store and to hand back; parsed before every use. */
export type BlobRef = string;

export interface BlobEntry {
  readonly ref: BlobRef;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

/**
 * Content files. Blobs never change: there is no overwriting, only `put` and `remove`.
 *
 * Durability: when `put` has returned, the blob survives a power cut; when `remove` has returned, it stays removed.
 * Concurrency: any number of processes may use one store; a reader never meets half a blob.
 * Retry: everything may be tried again by the caller; nothing is retried here.
 * Errors: `bad-input` for a kind, name or ref of the wrong form, `not-found` where there is no such blob or source,
 * `storage-failed`, with the remedy, when the disk is full, read-only, closed to us or broken.
 */
export interface BlobStore {
  /**
   * Stores bytes or the content of a file.
   *
   * Originals are named by the SHA-256 of their content, so that the same bytes are stored once: whoever removes one
   * must know that nobody else refers to it. Others get a random name, or `name` (lower-case letters, digits, `-`,
   * `_` and `.`, 3 to 128 of them), which is refused with `exists` when it is taken.
   * A file made at a path of `temporary()` is taken over: it is gone afterwards, even when `put` fails. Any other is
   * copied.
   */
  put(kind: BlobKind, source: Uint8Array | { readonly file: string }, name?: string): Promise<BlobRef>;
  /**
   * Brings a file that was made at a path of `temporary()` to the place of `ref`, whatever is there: for a restore, whose files have
   * their names. It has its place, and survives a power cut, once the batch is durable. An original's content must be what its name says.
   */
  place(ref: BlobRef, file: string, batch: DurableBatch): Promise<void>;
  /** Lends a path with the content while `use` runs. It must be neither written to nor kept. */
  withFile<T>(ref: BlobRef, use: (path: string) => Promise<T>): Promise<T>;
  read(ref: BlobRef): Promise<Uint8Array>;
  has(ref: BlobRef): Promise<boolean>;
  /**
   * Removes a blob; no error where there is none. The bytes are not overwritten: journaling and copy-on-write file
   * systems and flash disks keep old blocks whatever is written, so that overwriting would promise what it cannot keep.
   */
  remove(ref: BlobRef): Promise<void>;
  /** All blobs of a kind, in no particular order. What is put or removed meanwhile may or may not be among them. */
  list(kind: BlobKind): AsyncIterable<BlobEntry>;
  /** A fresh path, with nothing at it yet, on the store's own file system. */
  temporary(): Promise<string>;
  /** Removes what ended processes left at temporary paths; returns how many files. Those of living ones stay. */
  sweepTemporary(): Promise<number>;
}

const NAME = /^[a-z0-9][a-z0-9._-]{2,127}$/;

export function isBlobName(name: string): boolean {
  return NAME.test(name) && !name.includes("..");
}

/** Errors: `bad-input` where the text is no ref, so that no ref can lead out of the store. */
export function parseBlobRef(ref: BlobRef): {
  readonly kind: BlobKind;
  readonly shard: string;
  readonly name: string;
} {
  const [kind, shard, name, ...rest] = ref.split("/");
  if (
    !isBlobKind(kind) ||
    name === undefined ||
    rest.length > 0 ||
    !isBlobName(name) ||
    shard !== name.slice(0, 2)
  ) {
    throw new AssentError("bad-input", "this is not the reference of a stored file", {
      remedy: "Use a reference as the store returned it.",
    });
  }
  return { kind, shard, name };
}

export function blobRef(kind: BlobKind, name: string): BlobRef {
  return `${kind}/${name.slice(0, 2)}/${name}`;
}

export function isBlobKind(kind: string | undefined): kind is BlobKind {
  return (BLOB_KINDS as readonly (string | undefined)[]).includes(kind);
}
