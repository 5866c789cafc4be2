import { AssentError, must, wipe, type Clock } from "../core/index.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { isThere, replaceDurably, shred, type KeyFolders } from "./key-files.ts";
import { isSuccessor, ownName, successorName, type KeyName } from "./key-ref.ts";
import { randomKey } from "./seal.ts";
import { createDurably } from "./key-files.ts";
import { keyPath, listKeyNames, wrapKey, type Epoch, type KeyFacts } from "./wrapped-key.ts";

/** One of the keys of a name: there are two while it is being changed. */
export interface KeyVersion extends KeyFacts {
  /** Tells keys apart, and nothing of them. */
  readonly fingerprint: string;
}

/** An unwrapped key with what its file says of it. The caller wipes the key. */
export interface OpenedKey extends KeyFacts {
  readonly key: Uint8Array;
}

interface SuccessionParts {
  readonly folders: KeyFolders;
  readonly clock: Clock;
  readonly locked: <T>(use: () => Promise<T>) => Promise<T>;
  readonly isDoomed: (name: KeyName) => Promise<boolean>;
  /** Undefined where there is no such file, or it is doomed. Errors: `storage-failed` for a damaged one. */
  readonly read: (name: KeyName) => Promise<OpenedKey | undefined>;
  readonly newestEpoch: () => Promise<Epoch & { readonly key: Uint8Array }>;
}

/**
 * [Note: Successors]
 * A key is changed in three steps: a successor is made beside it, and from then on it seals while both open; what the older one
 * sealed is sealed again, by whoever knows where that is; then the successor takes its place and the older one is destroyed. A crash
 * in between leaves both, which is harmless, and each step may be done again. Who dooms a key dooms its successor with it.
 */
export function createSuccession(parts: SuccessionParts) {
  const { folders, locked, read } = parts;

  /** Newest first; empty where the key is gone. The caller wipes them. */
  async function opened(name: KeyName): Promise<readonly OpenedKey[]> {
    for (let attempt = 1; ; attempt++) {
      const next = await read(successorName(name));
      const own = await read(name);
      const keys = [next, own].filter((one) => one !== undefined);
      // Between two reads a successor may have been made and be taking its key's place.
      if (keys.length > 0 || attempt === 2) return keys;
    }
  }

  /** Order of effects: older key destroyed, its file written with the newer key, the successor's file destroyed. */
  async function finish(name: KeyName): Promise<void> {
    const next = await read(successorName(name));
    if (!next) return;
    const own = await read(name);
    try {
      if (own?.version !== next.version) {
        await shred(folders, keyPath(folders, name));
        const epoch = await parts.newestEpoch();
        const text = wrapKey(name, epoch, next.key, next);
        wipe(epoch.key);
        await replaceDurably(folders, folders.keys, [{ name: `${name}.json`, text }]);
      }
      await shred(folders, keyPath(folders, successorName(name)));
    } finally {
      wipe(next.key, ...(own ? [own.key] : []));
    }
  }

  return {
    opened,
    async versions(name: KeyName): Promise<readonly KeyVersion[]> {
      const keys = await opened(name);
      return keys.map(({ key, version, madeAt }) => {
        const fingerprint = fingerprintOf(key);
        wipe(key);
        return { version, madeAt, fingerprint };
      });
    },
    succeed: (name: KeyName): Promise<boolean> =>
      locked(async () => {
        if (await isThere(keyPath(folders, successorName(name)))) return false;
        const own = await read(name);
        if (!own) throw new AssentError("key-gone", "there is no key here to be changed");
        wipe(own.key);
        const epoch = await parts.newestEpoch();
        const key = randomKey();
        const facts = { version: own.version + 1, madeAt: parts.clock.now() };
        const text = wrapKey(successorName(name), epoch, key, facts);
        wipe(key, epoch.key);
        return createDurably(folders, keyPath(folders, successorName(name)), text);
      }),
    retire: (name: KeyName): Promise<boolean> =>
      locked(async () => {
        if (await parts.isDoomed(name)) return false;
        if (!(await isThere(keyPath(folders, successorName(name))))) return false;
        await finish(name);
        return true;
      }),
    /** What a crash left of a retirement: the older key is gone, or its file has the newer key already. Only for the holder of the lock. */
    async resume(): Promise<void> {
      for (const name of (await listKeyNames(folders)).filter(isSuccessor)) {
        const own = ownName(name);
        if (await parts.isDoomed(own)) continue;
        try {
          const begun = !(await isThere(keyPath(folders, own))) || (await sameVersion(own));
          if (begun) await finish(own);
        } catch (error) {
          // One damaged file must not keep all others from being used; whoever uses its key is told.
          if (!(error instanceof AssentError)) throw error;
        }
      }
    },
  };

  async function sameVersion(name: KeyName): Promise<boolean> {
    const [next, own] = await Promise.all([read(successorName(name)), read(name)]);
    for (const one of [next, own]) if (one) wipe(one.key);
    return must(next, "a successor").version === own?.version;
  }
}
