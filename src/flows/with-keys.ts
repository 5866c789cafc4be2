import type { KeyRef, KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import type { Parts } from "./instance.ts";
import { keySubject } from "./doomed-keys.ts";
import { neededKeys } from "./needed-keys.ts";

/**
 * Runs work that makes keys before the rows that need them, and takes the keys of nothing back where it is refused or
 * rolled back. After a crash in between, the next start does that.
 */
export async function withKeys<T>(
  parts: Pick<Parts, "db" | "keys">,
  work: (keys: KeyStore) => Promise<T>,
): Promise<T> {
  const made: KeyRef[] = [];
  const keys: KeyStore = {
    ...parts.keys,
    async create(ref) {
      const fresh = await parts.keys.create(ref);
      // A key that was there before is somebody's already, and not ours to take back.
      if (fresh) made.push(ref);
      return fresh;
    },
  };
  try {
    return await work(keys);
  } finally {
    for (const ref of made) await takeBack(parts, ref);
  }
}

/** The person's row is held meanwhile, so that another enrolment of theirs has either committed or makes its own key. */
async function takeBack(parts: Pick<Parts, "db" | "keys">, ref: KeyRef): Promise<void> {
  await inTransaction(parts.db, async (trx) => {
    if (ref.kind === "person") {
      await trx.selectFrom("person").select("id").where("id", "=", ref.id).forUpdate().execute();
    }
    // Asked also where all went well: a transaction tried twice makes keys twice.
    if (!(await neededKeys(trx)).has(keySubject(ref))) await parts.keys.destroy(ref);
  });
}
