import { join } from "node:path";
import { AssentError, must, wipe, withFileLock, type Clock } from "../core/index.ts";
import { readIfThere, replaceDurably, shred, type KeyFolders } from "./key-files.ts";
import { type HeldKek } from "./held-kek.ts";
import { type KeyName } from "./key-ref.ts";
import { randomKey } from "./seal.ts";
import {
  createEpoch,
  damagedKey,
  epochPath,
  hasNextWrapping,
  keyPath,
  listEpochs,
  listKeyNames,
  parseKeyFile,
  readEpoch,
  unwrapKey,
  wrapKey,
} from "./wrapped-key.ts";

/** How long an epoch lasts before `rollIfDue` ends it: the day that an erasure receipt may state. */
export const EPOCH_MS = 86_400_000;

/** Keys wrapped again under one hold of the lock: other writers wait that long in a roll. */
const BATCH = 32;

export interface Roll {
  /** The number of the epoch that all keys are in now. */
  readonly epoch: number;
  /** When the older epoch keys were destroyed: what was destroyed before can no longer be recovered. */
  readonly date: Date;
  /** How many keys were wrapped again, the instance's own secrets among them. */
  readonly rewrapped: number;
}

interface RollParts {
  readonly folders: KeyFolders;
  readonly kek: HeldKek;
  readonly clock: Clock;
  readonly locked: <T>(use: () => Promise<T>) => Promise<T>;
  readonly isDoomed: (name: KeyName) => Promise<boolean>;
  readonly destroyAllDoomed: () => Promise<void>;
}

/**
 * [Note: Epoch roll]
 * Order of effects: new epoch key; each surviving key wrapped by it, file by file; doomed keys destroyed; old epoch keys
 * destroyed. A crash in between leaves two epochs, each key readable by the one its file names; whoever comes next goes on
 * where it was. Keys made meanwhile are wrapped by the newest epoch, because their maker looks for it under the lock, so
 * that after one pass nothing needs the old epoch.
 * Rolls exclude each other by a lock of their own; the store's lock is held for a batch at a time.
 */
export function createRoll(parts: RollParts) {
  const { folders, kek, clock, locked } = parts;

  function alone<T>(use: () => Promise<T>, waitMs?: number): Promise<T> {
    return withFileLock(join(folders.root, "roll.lock"), use, waitMs === undefined ? {} : { waitMs });
  }

  async function startEpoch(): Promise<void> {
    await locked(async () => {
      await parts.destroyAllDoomed();
      const newest = must((await listEpochs(folders)).at(-1), "a key epoch");
      // A new epoch would have one wrapping alone, and not open by the key-encryption key that is to come.
      if (await hasNextWrapping(folders, newest)) throw unfinishedChange();
      const key = randomKey();
      await createEpoch(folders, kek.key, { number: newest + 1, startedAt: clock.now() }, key);
      wipe(key);
    });
  }

  async function finish(): Promise<Roll> {
    const epoch = must((await listEpochs(folders)).at(-1), "a key epoch");
    const seen = new Set<KeyName>();
    let rewrapped = 0;
    for (;;) {
      const names = (await listKeyNames(folders)).filter((name) => !seen.has(name));
      if (names.length === 0) break;
      for (let at = 0; at < names.length; at += BATCH) {
        rewrapped += await locked(() => rewrap(names.slice(at, at + BATCH), epoch));
      }
      for (const name of names) seen.add(name);
    }
    await locked(async () => {
      await parts.destroyAllDoomed();
      for (const old of await listEpochs(folders))
        if (old < epoch) await shred(folders, epochPath(folders, old));
    });
    return { epoch, date: clock.now(), rewrapped };
  }

  /** Wraps again those of the keys that an older epoch wraps. Only for the holder of the lock. */
  async function rewrap(names: readonly KeyName[], number: number): Promise<number> {
    const epoch = must(await readEpoch(folders, kek, number), `key epoch ${number}`);
    try {
      const files = await Promise.all(
        names.map(async (name) => {
          const text = await readIfThere(keyPath(folders, name));
          if (text === undefined || (await parts.isDoomed(name))) return [];
          const file = parseKeyFile(name, text);
          if (file?.epoch === number) return [];
          const key = await unwrapKey(folders, kek, name, text);
          // Going on would destroy the epoch that a repair of this file needs.
          if (!file || !key) throw damagedKey(name);
          const again = wrapKey(name, epoch, key, file);
          wipe(key);
          return [{ name: `${name}.json`, text: again }];
        }),
      );
      await replaceDurably(folders, folders.keys, files.flat());
      return files.flat().length;
    } finally {
      wipe(epoch.key);
    }
  }

  const isUnfinished = async (): Promise<boolean> => (await listEpochs(folders)).length > 1;

  async function isOld(): Promise<boolean> {
    const number = must((await listEpochs(folders)).at(-1), "a key epoch");
    const epoch = must(await readEpoch(folders, kek, number), `key epoch ${number}`);
    wipe(epoch.key);
    return clock.now().getTime() >= epoch.startedAt.getTime() + EPOCH_MS;
  }

  /** Undefined where a living process is rolling: it does the work, and nobody needs to wait for it. */
  async function unlessBusy<T>(use: () => Promise<T>): Promise<T | undefined> {
    try {
      return await alone(use, 0);
    } catch (error) {
      if (error instanceof AssentError && error.code === "instance-busy") return undefined;
      throw error;
    }
  }

  return {
    /** While `use` runs, no epoch begins or ends. */
    alone,
    now: () =>
      alone(async () => {
        await startEpoch();
        return finish();
      }),
    async ifDue(): Promise<Roll | undefined> {
      if (!(await isUnfinished()) && !(await isOld())) return undefined;
      return unlessBusy(async () => {
        // Looked at again: another process may have rolled in between.
        if (await isOld()) await startEpoch();
        return (await isUnfinished()) ? finish() : undefined;
      });
    },
    /** Finishes what a killed process began. One damaged key must not keep the others from being used. */
    async resume(): Promise<void> {
      if (!(await isUnfinished())) return;
      try {
        await unlessBusy(async () => ((await isUnfinished()) ? finish() : undefined));
      } catch (error) {
        // The next `rollEpoch` or `rollIfDue` says so to somebody who can mend it.
        if (!(error instanceof AssentError)) throw error;
      }
    },
  };
}

function unfinishedChange(): AssentError {
  return new AssentError(
    "refused",
    "the change of the key-encryption key is not finished: epochs do not roll",
    {
      remedy:
        "Set the new key where the old one was set (docs/operating.md), then run: assent keys rotate key-encryption-key --yes",
    },
  );
}
