import { record } from "../audit/index.ts";
import { AssentError } from "../core/index.ts";
import type { KeyEncryptionKeySource } from "../crypto/index.ts";
import { inTransaction, withAdvisoryLock } from "../db/index.ts";
import { changeChipsKeys } from "./change-chips-keys.ts";
import { changePersonKeys } from "./change-person-keys.ts";
import { changeTransform } from "./change-transform.ts";
import type { Parts } from "./instance.ts";
import type { ChangeDone, ChangeOrder } from "./key-change.ts";
import type { ChangeableKey } from "./key-kinds.ts";

export interface KeyChangeOrder extends ChangeOrder {
  readonly kind: ChangeableKey;
  /** Where the new key-encryption key comes from; undefined: a new file in the place of the old one. */
  readonly to?: KeyEncryptionKeySource | undefined;
}

export interface KeysChanged extends ChangeDone {
  readonly kind: ChangeableKey;
}

/**
 * Changes keys while everything else goes on, as [Note: Successors] in crypto/succession.ts tells: the new key is made and both open; what the
 * older one sealed is sealed again; an entry of the log; the older one is destroyed. Killed anywhere, both are there, and the same call
 * goes on where it was. One change at a time.
 * Errors: `instance-busy` while another process changes keys; `not-found`, `key-gone` where there is no such key; `signature` where
 * something does not open: then nothing is destroyed.
 */
export async function changeKeys(parts: Parts, order: KeyChangeOrder): Promise<KeysChanged> {
  const done = await withAdvisoryLock(parts.db, "keys", () => change(parts, order), { wait: false });
  if (done) return { kind: order.kind, ...done };
  throw new AssentError("instance-busy", "another process is changing keys", {
    remedy: "Wait until it has ended. If it was killed, run this again: it goes on where that was.",
  });
}

async function change(parts: Parts, order: KeyChangeOrder): Promise<ChangeDone> {
  const { kind } = order;
  switch (kind) {
    case "key-encryption-key": {
      const state = await parts.keys.changeKeyEncryptionKey(order.to);
      if (state === "prepared") return { keys: 1, sealedAgain: 0, finished: false };
      // Where this is not reached, the next start says by `keys-in-force` that the key is another.
      const { fingerprint } = parts.keys.keyEncryptionKey();
      await enter(parts, order, { key: fingerprint });
      return { keys: 1, sealedAgain: 0, finished: true };
    }
    case "epoch": {
      const { epoch, rewrapped } = await parts.keys.rollEpoch();
      await enter(parts, order, { epoch });
      return { keys: 1, sealedAgain: rewrapped, finished: true };
    }
    case "signing":
    case "log":
      return changeSigningKey(parts, order, kind);
    case "transform":
      return changeTransform(parts, order);
    case "chips":
      return changeChipsKeys(parts, order);
    case "face":
    case "contact":
      return changePersonKeys(parts, order, kind);
  }
}

/**
 * The key store and the database have no transaction in common: the key is changed within that of the entry, and its history is
 * public before it signs. A crash before the commit leaves a new key without this entry; the next start says it by `keys-in-force`.
 */
async function changeSigningKey(
  parts: Parts,
  order: KeyChangeOrder,
  kind: "signing" | "log",
): Promise<ChangeDone> {
  let kid: string | undefined;
  await inTransaction(parts.db, async (trx) => {
    kid ??= (await parts.keys.rotateSigningKey(kind === "log" ? "log" : "receipts")).kid;
    await record(
      trx,
      { kind: "key-changed", payload: { what: kind, key: kid, by: order.actor } },
      parts.clock,
    );
  });
  return { keys: 1, sealedAgain: 0, finished: true };
}

async function enter(parts: Parts, order: KeyChangeOrder, facts: Readonly<Record<string, unknown>>) {
  await inTransaction(parts.db, (trx) =>
    record(
      trx,
      { kind: "key-changed", payload: { what: order.kind, ...facts, by: order.actor } },
      parts.clock,
    ),
  );
}
