import { sql } from "kysely";
import type { Trx } from "./database.ts";

/** What a key is about, as far as the lock goes. */
type Sealing =
  | { readonly kind: "person"; readonly id: string; readonly group: string }
  | { readonly kind: "chips"; readonly id: string };

/**
 * Until the end of the transaction nobody takes what is sealed by this key for all there is. To be called before the key is
 * lent: who seals under a key that is being changed has either committed by then, or seals under the new one.
 */
export async function holdSealing(trx: Trx, key: Sealing): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(hashtextextended(${nameOf(key)}, 0))`.execute(trx);
}

/** Waits until every transaction that has sealed under this key has ended; new ones wait until this one has. */
export async function holdSealed(trx: Trx, key: Sealing): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${nameOf(key)}, 0))`.execute(trx);
}

function nameOf(key: Sealing): string {
  return key.kind === "person" ? `sealing:${key.id}:${key.group}` : `sealing:chips:${key.id}`;
}
