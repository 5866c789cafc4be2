import { AssentError, isId, type Id } from "../core/index.ts";
import { STREAM_SALT_BYTES } from "../crypto/index.ts";

/** The first line of a backup, in the clear: which instance it is of, so that another one can say so. docs/formats.md */
export interface Header {
  readonly format: typeof FORMAT;
  readonly instance: Id;
  /** base64url, 32 bytes. */
  readonly salt: string;
}

export const FORMAT = "assent-backup/1";
/** A first line has some 150 bytes. */
export const LONGEST_HEADER = 1000;

/** Errors: `bad-input` where the text is no backup's first line, or one of a newer form. */
export function parseHeader(line: string, file: string): Header {
  const value = parsed(line);
  const format = value["format"];
  if (typeof format === "string" && format.startsWith("assent-backup/") && format !== FORMAT) {
    throw new AssentError(
      "bad-input",
      `${file} is a backup of the form ${format}, which this version does not read`,
      {
        remedy: "Restore it with the version of Assent that made it, or a later one.",
      },
    );
  }
  const { instance, salt } = value;
  const plain =
    format === FORMAT &&
    typeof instance === "string" &&
    isId(instance) &&
    typeof salt === "string" &&
    Buffer.from(salt, "base64url").length === STREAM_SALT_BYTES;
  if (!plain) {
    throw new AssentError("bad-input", `${file} is no backup of Assent`, {
      remedy: "Name the file, or the folder, that assent backup wrote.",
    });
  }
  return { format, instance, salt };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(line) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

/** What the sealed part begins with. */
export interface Manifest {
  readonly kind: "manifest";
  readonly backup: Id;
  readonly instance: Id;
  /** Of the snapshot, ISO 8601. */
  readonly at: string;
  /** Names of the migrations that its tables are of, in order. */
  readonly migrations: readonly string[];
  /** The restriction journal, before the snapshot. */
  readonly journal: { readonly entries: number; readonly digest: string };
  /** Number of the key epoch. */
  readonly epoch: number;
}

/** The rows of a table follow it. */
export interface TableRecord {
  readonly kind: "table";
  readonly table: TableName;
  readonly columns: readonly string[];
  /** The column that counts by itself, and the number that it gave last. */
  readonly identity?: { readonly column: string; readonly last: number };
}

/** In the schema `public` unless it says otherwise. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** Some rows of the table named last: its content is a JSON array of objects, gzipped. */
export interface RowsRecord {
  readonly kind: "rows";
  readonly rows: number;
  readonly bytes: number;
}

/** A stored file: its content follows as it is. */
export interface BlobRecord {
  readonly kind: "blob";
  readonly ref: string;
  readonly bytes: number;
}

/** A receipt's file. */
export interface ReceiptRecord {
  readonly kind: "receipt";
  readonly file: string;
  readonly bytes: number;
}

/** The last record; without it a backup was cut off. */
export interface EndRecord {
  readonly kind: "end";
  readonly tables: number;
  readonly rows: number;
  readonly blobs: number;
  readonly receipts: number;
  /** Files that rows name and that were removed while the backup was being made: their rows were gone by then too. */
  readonly missing: readonly string[];
}

export type BackupRecord = Manifest | TableRecord | RowsRecord | BlobRecord | ReceiptRecord | EndRecord;

/** Bytes of content that follow a record. */
export function contentBytes(record: BackupRecord): number {
  return "bytes" in record ? record.bytes : 0;
}
