import { join } from "node:path";
import { AssentError } from "../core/index.ts";
import { readIfThere, replaceDurably, type KeyFolders } from "./key-files.ts";
import { type PublicKey } from "./sign.ts";
import { parseObject } from "./wrapped-key.ts";

/** What a key signs: receipts, or checkpoints of the transparency log. Neither key is taken for the other. */
export type Signs = "receipts" | "log";

const FILES = {
  receipts: { name: "signing-keys.json", format: "assent-signing-keys/1" },
  log: { name: "log-keys.json", format: "assent-log-keys/1" },
} as const satisfies Record<Signs, { readonly name: string; readonly format: string }>;

export interface SigningKey extends PublicKey {
  /** When it was made, ISO 8601 in UTC. */
  readonly since: string;
}

/** The public history, which is in the clear: whoever holds a receipt may need it. Oldest first. */
export async function readSigningKeys(folders: KeyFolders, signs: Signs): Promise<SigningKey[]> {
  const { name, format } = FILES[signs];
  const text = await readIfThere(join(folders.root, name));
  if (text === undefined) return [];
  const file = parseObject(text);
  if (file?.["format"] !== format || !Array.isArray(file["keys"])) {
    throw new AssentError("storage-failed", `${name} in ${folders.root} is damaged`, {
      remedy: "Bring it back from a copy: without it what was signed earlier cannot be checked.",
    });
  }
  return file["keys"] as SigningKey[];
}

/** Adds a key to the public history unless it is there. Only for the holder of the lock. */
export async function recordSigningKey(
  folders: KeyFolders,
  signs: Signs,
  key: PublicKey,
  now: Date,
): Promise<SigningKey> {
  const keys = await readSigningKeys(folders, signs);
  const known = keys.find((other) => other.kid === key.kid);
  if (known) return known;
  const added = { kid: key.kid, jwk: key.jwk, since: now.toISOString() };
  const { name, format } = FILES[signs];
  const text = `${JSON.stringify({ format, keys: [...keys, added] }, undefined, 2)}\n`;
  await replaceDurably(folders, folders.root, [{ name, text }]);
  return added;
}
