import { type KeyObject } from "node:crypto";
import { loadKeyEncryptionKey, type KeyEncryptionKeySource } from "./key-encryption-key.ts";

/** The key-encryption key as this process has it, and where it came from. */
export interface HeldKek {
  readonly source: KeyEncryptionKeySource;
  key: KeyObject;
  /** Reads it again from where it is kept; false where that gives the same, or nothing. */
  reload(): Promise<boolean>;
}

export function holdKek(source: KeyEncryptionKeySource, loaded: KeyObject): HeldKek {
  let reading: Promise<boolean> | undefined;
  const held: HeldKek = {
    source,
    key: loaded,
    reload: () => (reading ??= read().finally(() => (reading = undefined))),
  };
  async function read(): Promise<boolean> {
    // What the environment said at the start, it says still.
    if (source.kind === "environment") return false;
    const now = await loadKeyEncryptionKey(source, false).catch(() => undefined);
    if (!now || now.equals(held.key)) return false;
    held.key = now;
    return true;
  }
  return held;
}
