import { wipe } from "../core/index.ts";
import type { KeyRef } from "./key-ref.ts";
import type { KeyStore } from "./key-store.ts";
import { openSealed, seal, sealAgain } from "./seal.ts";

/** Seals a text under a key of the store, for one purpose (seal.ts). Errors: `key-gone`. */
export async function sealText(
  keys: Pick<KeyStore, "withKey">,
  ref: KeyRef,
  text: string,
  purpose: string,
): Promise<Buffer> {
  const plain = Buffer.from(text, "utf8");
  try {
    return await keys.withKey(ref, (key) => Buffer.from(seal(key, plain, purpose)));
  } finally {
    wipe(plain);
  }
}

/** Opens what `sealText` sealed. Errors: `key-gone`, and those of `openSealed`. */
export async function openText(
  keys: Pick<KeyStore, "withKey">,
  ref: KeyRef,
  sealed: Uint8Array,
  purpose: string,
): Promise<string> {
  return keys.withKey(ref, (key) => {
    const plain = openSealed(key, sealed, purpose);
    const text = Buffer.from(plain).toString("utf8");
    wipe(plain);
    return text;
  });
}

/** The same content sealed by the newest key of that name; null where that is so already, or there is nothing. Errors: as `openText`. */
export async function sealTextAgain(
  keys: Pick<KeyStore, "withKey">,
  ref: KeyRef,
  sealed: Uint8Array | null,
  purpose: string,
): Promise<Buffer | null> {
  if (sealed === null) return null;
  const again = await keys.withKey(ref, (key) => sealAgain(key, sealed, purpose));
  return again && Buffer.from(again);
}
