import { readdir } from "node:fs/promises";
import type { BlobKind } from "../blobs/index.ts";
import { isErrno, storageError } from "../core/index.ts";
import { stillUsed } from "../photos/index.ts";
import { keySubject } from "./doomed-keys.ts";
import type { Parts } from "./instance.ts";
import { neededKeys } from "./needed-keys.ts";

const BATCH = 500;

/**
 * Removes files that no row names: what is left where a process was killed between storing a file and writing its
 * row. Only to be called while no other process may be between the two. Keys of nobody and receipts of nothing go as
 * well. Returns how many.
 */
export async function removeOrphans(
  parts: Pick<Parts, "db" | "blobs" | "keys" | "receipts">,
): Promise<number> {
  let removed = 0;
  for (const kind of ["originals", "chips", "renditions"] as const) {
    for await (const batch of batches(parts, kind)) {
      const used = await stillUsed(parts.db, batch);
      for (const ref of batch) {
        if (used.has(ref)) continue;
        await parts.blobs.remove(ref);
        removed++;
      }
    }
  }
  return removed + (await removeKeysOfNobody(parts)) + (await removeReceiptsOfNothing(parts));
}

async function* batches(parts: Pick<Parts, "blobs">, kind: BlobKind): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const { ref } of parts.blobs.list(kind)) {
    batch.push(ref);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function removeKeysOfNobody(parts: Pick<Parts, "db" | "keys">): Promise<number> {
  const [needed, refs] = await Promise.all([neededKeys(parts.db), parts.keys.list()]);
  const orphans = refs.filter((ref) => !needed.has(keySubject(ref)));
  for (const ref of orphans) await parts.keys.destroy(ref);
  return orphans.length;
}

/** Receipts that no row names: of what was rolled back, and halves of files. */
async function removeReceiptsOfNothing(parts: Pick<Parts, "db" | "receipts">): Promise<number> {
  let files: readonly string[];
  try {
    files = await readdir(parts.receipts.path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return 0; // None was written yet.
    throw storageError(error, "look through the receipts", parts.receipts.path);
  }
  const rows = await parts.db.selectFrom("receipt").select("file").execute();
  const named = new Set(rows.map((row) => row.file));
  const orphans = files.filter((file) => !named.has(file));
  for (const file of orphans) await parts.receipts.remove(file);
  return orphans.length;
}
