import { AssentError, wipe, type Clock } from "../core/index.ts";
import { createDurably, isThere, type KeyFolders } from "./key-files.ts";
import { INSTANCE_SECRETS, secretName, successorName } from "./key-ref.ts";
import { randomKey } from "./seal.ts";
import { readSigningKeys } from "./signing-keys.ts";
import { keyPath, wrapKey, type Epoch } from "./wrapped-key.ts";

/**
 * Makes the instance's secrets at its first start. Later each must be there, or its successor. Only for the holder of the lock.
 * Errors: `key-gone`, naming the secret that was lost.
 */
export async function makeMissingSecrets(
  folders: KeyFolders,
  epoch: Epoch & { readonly key: Uint8Array },
  isFirstStart: boolean,
  clock: Clock,
): Promise<void> {
  for (const secret of INSTANCE_SECRETS) {
    const name = secretName(secret);
    if (await isThere(keyPath(folders, name))) continue;
    if (await isThere(keyPath(folders, successorName(name)))) continue;
    // Folders of before the log was signed have no key of its own: it is made once, and its history says that it was.
    const isNew = secret === "log" && (await readSigningKeys(folders, "log")).length === 0;
    if (!isFirstStart && !isNew) {
      throw new AssentError("key-gone", `the key store ${folders.root} has lost its secret "${secret}"`, {
        remedy: "Bring back the whole folder from where you keep its copy.",
      });
    }
    const key = randomKey();
    const text = wrapKey(name, epoch, key, { version: 1, madeAt: clock.now() });
    await createDurably(folders, keyPath(folders, name), text);
    wipe(key);
  }
}
