import type { BlobKind } from "../blobs/index.ts";
import { stillUsed } from "../photos/index.ts";
import type { Parts } from "./instance.ts";

const BATCH = 500;

/**
 * Removes files that no row names: what is left where a process was killed between storing a file and writing its
 * row. Only to be called while no other process may be between the two. Keys of nobody go as well. Returns how many.
 */
export async function removeOrphans(parts: Pick<Parts, "db" | "blobs" | "keys">): Promise<number> {
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
  return removed + (await removeKeysOfNobody(parts));
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
  const [people, collections, refs] = await Promise.all([
    parts.db.selectFrom("person").select("id").execute(),
    parts.db.selectFrom("collection").select("id").execute(),
    parts.keys.list(),
  ]);
  const known = new Set([...people, ...collections].map((row) => row.id));
  const orphans = refs.filter((ref) => !known.has(ref.id));
  for (const ref of orphans) await parts.keys.destroy(ref);
  return orphans.length;
}
