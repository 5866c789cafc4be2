import { sql } from "kysely";
import type { Id } from "../core/index.ts";
import type { Parts } from "./instance.ts";

/** Bytes of a collection's files. An original that another collection has too counts in both. */
export interface StorageUsed {
  readonly originals: number;
  /** Pictures made for channels and readers. */
  readonly renditions: number;
  readonly chips: number;
}

/** Reads the sizes of all files in the store: some seconds with hundreds of thousands of them. */
export async function storageOf(parts: Pick<Parts, "db" | "blobs">, collection: Id): Promise<StorageUsed> {
  const { rows } = await sql<{ kind: keyof StorageUsed; ref: string }>`
    select distinct 'originals' as kind, blob as ref from photo where collection_id = ${collection}
    union select 'chips', chips from photo where collection_id = ${collection} and chips is not null
    union select 'renditions', blob from rendition where collection_id = ${collection} and blob is not null`.execute(
    parts.db,
  );
  const used = { originals: 0, renditions: 0, chips: 0 };
  const wanted = new Set(rows.map((row) => row.ref));
  for (const kind of ["originals", "renditions", "chips"] as const) {
    if (!rows.some((row) => row.kind === kind)) continue;
    for await (const entry of parts.blobs.list(kind)) if (wanted.has(entry.ref)) used[kind] += entry.bytes;
  }
  return used;
}
