import { record } from "../audit/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import type { Parts } from "./instance.ts";

/** What a change of keys is told, whichever they are. */
export interface ChangeOrder {
  /** One collection's chips, one person's face or contact; undefined: every one's. */
  readonly of?: Id | undefined;
  readonly actor: string;
  readonly progress: (done: number, total: number) => void;
  /** Milliseconds between what was sealed again and the end of the older keys. */
  readonly graceMs?: number;
}

export interface ChangeDone {
  /** How many keys are new. */
  readonly keys: number;
  /** How many people's rows, photos' chips or templates were sealed again by this run. */
  readonly sealedAgain: number;
  /** false: the configuration is to name the new key, and the same is to be called again. */
  readonly finished: boolean;
}

/** Kinds of which there are many keys, or much that they seal. */
type Many = "transform" | "contact" | "face" | "chips";

/** When the change of all keys of a kind was begun: now, or by whoever was killed in it. */
export async function beginChange(
  parts: Pick<Parts, "db" | "clock">,
  { actor }: Pick<ChangeOrder, "actor">,
  what: Many,
): Promise<Date> {
  const known = await parts.db
    .selectFrom("key_change")
    .select("begun_at")
    .where("what", "=", what)
    .executeTakeFirst();
  if (known) return known.begun_at;
  const begunAt = parts.clock.now();
  await inTransaction(parts.db, (trx) =>
    trx.insertInto("key_change").values({ what, begun_at: begunAt, begun_by: actor }).execute(),
  );
  return begunAt;
}

/** The end of a change of all keys of a kind, with its entry; nothing where that was written before a crash. */
export async function endChange(
  parts: Pick<Parts, "db" | "clock">,
  order: Pick<ChangeOrder, "actor">,
  what: Many,
  keys: number,
): Promise<void> {
  await inTransaction(parts.db, (trx) => writeEnd(parts, trx, order, what, { keys }));
}

export async function writeEnd(
  { clock }: Pick<Parts, "clock">,
  trx: Trx,
  { actor }: Pick<ChangeOrder, "actor">,
  what: Many,
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom("key_change").where("what", "=", what).executeTakeFirst();
  if (numDeletedRows === 0n) return;
  await record(trx, { kind: "key-changed", payload: { what, ...facts, by: actor } }, clock);
}

/** Whoever has read a row sealed by an older key has opened it by then: that takes milliseconds. */
const READERS_MS = 2_000;

/** Between the commit of what was sealed again and the end of the older key. */
export function pauseForReaders({ graceMs = READERS_MS }: Pick<ChangeOrder, "graceMs">): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, graceMs));
}
