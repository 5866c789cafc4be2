import type { CheckpointPin, Journal } from "../audit/index.ts";
import type { BlobStore } from "../blobs/index.ts";
import type { Clock, Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import type { Db } from "../db/index.ts";
import type { JobQueue } from "../jobs/index.ts";
import type { RenderPool } from "../publishing/index.ts";
import type { Controller, ReceiptFolder } from "../rights/index.ts";
import type { HeldIndexes } from "../templates/index.ts";
import type { VisionPool } from "../vision/index.ts";

/** What flows work with. Each names the parts that it touches: `Pick<Parts, "db" | "clock">`. Wired in app/. */
export interface Parts {
  /** Of this instance; stated in receipts. */
  readonly id: Id;
  readonly db: Db;
  readonly keys: KeyStore;
  readonly blobs: BlobStore;
  readonly journal: Journal;
  /** The head of the transparency log that was signed last, outside the database. */
  readonly pin: CheckpointPin;
  /** The templates in memory; opened at first use. */
  readonly indexes: HeldIndexes;
  readonly receipts: ReceiptFolder;
  /** Who runs this instance; stated in receipts. */
  readonly controller: Controller;
  readonly clock: Clock;
  /** Processes that look for faces; started at first use, since most commands need none. */
  readonly vision: () => Promise<VisionPool>;
  /** Processes that render; started at first use. */
  readonly renderer: () => RenderPool;
  /** After so many months without a word of theirs a person is erased; undefined: never. */
  readonly idleMonths: number | undefined;
  /** Wakes whoever does what is written down; opened by servers alone. */
  readonly queue: JobQueue;
  /** Folders below which staff may name one to be watched; absolute. */
  readonly libraries: readonly string[];
  /** How many tasks the pools take at once. */
  readonly processes: number;
}
