import { AssentError } from "../core/index.ts";
import type { KeyRef } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import type { Parts } from "./instance.ts";

/** How a key is named in `doomed_key` and in pending work. */
export function keySubject(ref: KeyRef): string {
  return ref.kind === "person" ? `person:${ref.id}:${ref.group}` : `chips:${ref.id}`;
}

/** The key of such a name. */
export function parseKeySubject(subject: string): KeyRef {
  const [kind, id = "", group] = subject.split(":");
  if (kind === "person" && (group === "face" || group === "contact")) return { kind, id, group };
  if (kind === "chips") return { kind, id };
  throw new AssentError("internal", "pending work names no key");
}

/** The row that makes a key's end certain; written in the transaction that decides it. */
export function doomedRow(ref: KeyRef, now: Date) {
  return {
    kind: ref.kind,
    subject_id: ref.id,
    key_group: ref.kind === "person" ? ref.group : ("chips" as const),
    doomed_at: now,
  };
}

/**
 * Destroys a key whose end has been committed, and forgets that it was to be. The row is held meanwhile, so that a
 * second process cannot destroy the key that the person may have been given since. Done twice, it does nothing more.
 */
export async function destroyKey(parts: Pick<Parts, "db" | "keys">, ref: KeyRef): Promise<void> {
  await inTransaction(parts.db, async (trx) => {
    const row = doomedRow(ref, new Date(0));
    const held = await trx
      .deleteFrom("doomed_key")
      .where("kind", "=", row.kind)
      .where("subject_id", "=", row.subject_id)
      .where("key_group", "=", row.key_group)
      .returning("doomed_at")
      .executeTakeFirst();
    if (!held) return;
    await parts.keys.doom(ref);
    await parts.keys.destroyDoomed([ref]);
  });
}
