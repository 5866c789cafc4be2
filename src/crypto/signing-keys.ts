import { join } from "node:path";
import { AssentError } from "../core/index.ts";
import { readIfThere, replaceDurably, type KeyFolders } from "./key-files.ts";
import { type PublicKey } from "./sign.ts";
import { parseObject } from "./wrapped-key.ts";

const FORMAT = "assent-signing-keys/1";
const FILE = "signing-keys.json";

export interface SigningKey extends PublicKey {
  /** When it was made, ISO 8601 in UTC. */
  readonly since: string;
}

/** The public history, which is in the clear: whoever holds a receipt may need it. Oldest first. */
export async function readSigningKeys(folders: KeyFolders): Promise<SigningKey[]> {
  const text = await readIfThere(join(folders.root, FILE));
  if (text === undefined) return [];
  const file = parseObject(text);
  if (file?.["format"] !== FORMAT || !Array.isArray(file["keys"])) {
    throw new AssentError("storage-failed", `${FILE} in ${folders.root} is damaged`, {
      remedy: "Bring it back from a copy: without it earlier receipts cannot be checked.",
    });
  }
  return file["keys"] as SigningKey[];
}

/** Adds a key to the public history unless it is there. Only for the holder of the lock. */
export async function recordSigningKey(folders: KeyFolders, key: PublicKey, now: Date): Promise<SigningKey> {
  const keys = await readSigningKeys(folders);
  const known = keys.find((other) => other.kid === key.kid);
  if (known) return known;
  const added = { kid: key.kid, jwk: key.jwk, since: now.toISOString() };
  const text = `${JSON.stringify({ format: FORMAT, keys: [...keys, added] }, undefined, 2)}\n`;
  await replaceDurably(folders, folders.root, [{ name: FILE, text }]);
  return added;
}
