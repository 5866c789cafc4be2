import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  AssentError,
  must,
  storageError,
  syncFolder,
  systemClock,
  wipe,
  withFileLock,
  type Clock,
} from "../core/index.ts";
import { createRoll, EPOCH_MS } from "./epoch-roll.ts";
import { createIdentity, readIdentity } from "./identity.ts";
import { changeKek, isKekChanging, resumeKekChange } from "./change-kek.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { holdKek, type HeldKek } from "./held-kek.ts";
import { loadKeyEncryptionKey, type KeyEncryptionKeySource } from "./key-encryption-key.ts";
import {
  createDurably,
  isThere,
  makeKeyFolders,
  readIfThere,
  replaceDurably,
  shred,
  shredPassing,
} from "./key-files.ts";
import {
  isSuccessor,
  keyName,
  ownName,
  parseKeyName,
  secretName,
  successorName,
  type InstanceSecret,
  type KeyName,
  type KeyRef,
} from "./key-ref.ts";
import { type KeyStore } from "./key-store.ts";
import { randomKey, withOlder } from "./seal.ts";
import { publicKeyOf, signBytes, signWith } from "./sign.ts";
import { makeMissingSecrets } from "./instance-secrets.ts";
import { readSigningKeys, recordSigningKey } from "./signing-keys.ts";
import { createSuccession, type OpenedKey } from "./succession.ts";
import {
  createEpoch,
  damagedKey,
  keyPath,
  listEpochs,
  listKeyNames,
  parseKeyFile,
  readEpoch,
  unwrapKey,
  wrapKey,
} from "./wrapped-key.ts";

/**
 * Opens the key store of a folder, or makes it. What a killed process left is completed first: half-written files are
 * shredded, doomed keys destroyed, an interrupted roll finished unless a living process is at it.
 * Errors: those of KeyStore; `instance-mismatch` where the key-encryption key is not the one of this folder; `key-gone`
 * where it, or a secret of the instance, is missing; `bad-input` where it is badly kept.
 */
export async function openKeyStore(options: {
  readonly folder: string;
  readonly kek: KeyEncryptionKeySource;
  readonly clock?: Clock;
}): Promise<KeyStore> {
  const { folder } = options;
  const clock = options.clock ?? systemClock;
  const folders = await guarded(() => makeKeyFolders(folder));
  let turn: Promise<unknown> = Promise.resolve();

  async function guarded<T>(use: () => Promise<T>): Promise<T> {
    try {
      return await use();
    } catch (error) {
      throw storageError(error, "keep keys", folder);
    }
  }

  /** One writer at a time: calls of this process queue in memory, so that only one of them waits at the lock file. */
  function locked<T>(use: () => Promise<T>): Promise<T> {
    const mine = turn.then(() => guarded(() => withFileLock(join(folder, "lock"), use)));
    turn = mine.catch(() => undefined);
    return mine;
  }

  const markerPath = (name: KeyName): string => join(folders.doomed, name);

  const succession = createSuccession({
    folders,
    clock,
    locked,
    isDoomed,
    read: (name) => unwrap(kek, name),
    newestEpoch,
  });
  const { kek, id } = await locked(start);
  await locked(() => succession.resume());
  const roll = createRoll({ folders, kek, clock, locked, isDoomed, destroyAllDoomed });
  await guarded(() => roll.resume());

  /**
   * Order of effects at the first start: key-encryption key, first epoch, secrets, and last the identity, whose presence
   * says that all others were made. A crash in between leaves a part, which the next start completes.
   */
  async function start() {
    await shredPassing(folders);
    const identity = await readIdentity(folders);
    const epochs = await listEpochs(folders);
    const first = identity === undefined && epochs.length === 0;
    if (identity !== undefined && epochs.length === 0) {
      throw new AssentError("key-gone", `the key store ${folder} has lost its epoch keys`, {
        remedy:
          "Bring back the whole folder from where you keep its copy. Without it nothing sealed can be opened.",
      });
    }
    const loaded = await loadKeyEncryptionKey(options.kek, first);
    if (first) {
      const key = randomKey();
      await createEpoch(folders, loaded, { number: 1, startedAt: clock.now() }, key);
      wipe(key);
    }
    const held = holdKek(options.kek, loaded);
    const newest = await readEpoch(folders, held, epochs.at(-1) ?? 1);
    if (!newest) throw wrongKek();
    await resumeKekChange(folders, held);
    await makeMissingSecrets(folders, newest, identity === undefined, clock);
    wipe(newest.key);
    for (const [secret, signs] of [
      ["signing", "receipts"],
      ["log", "log"],
    ] as const) {
      const { key: seed } = must(await unwrap(held, secretName(secret)), `the secret "${secret}"`);
      const current = await publicKeyOf(seed);
      wipe(seed);
      await recordSigningKey(folders, signs, current, clock.now());
    }
    for (const name of await doomedNames()) await finishDestruction(name);
    return { kek: held, id: identity ?? (await createIdentity(folders, clock.now())) };
  }

  function wrongKek(): AssentError {
    return new AssentError(
      "instance-mismatch",
      `the key-encryption key does not open the key store ${folder}`,
      {
        remedy:
          "Configure the key-encryption key that this folder was made with, or that it was changed to since, and start again.",
      },
    );
  }

  /** A roll may replace the file, and destroy the epoch it named, between two reads: then the file has changed. */
  async function unwrap(held: HeldKek, name: KeyName): Promise<OpenedKey | undefined> {
    let before: string | undefined;
    for (;;) {
      const text = await readIfThere(keyPath(folders, name));
      if (text === undefined || (await isDoomed(name))) return undefined;
      const key = await unwrapKey(folders, held, name, text);
      const file = parseKeyFile(name, text);
      if (key && file) return { key, version: file.version, madeAt: file.madeAt };
      if (text === before) throw await whyNot(held, name);
      before = text;
    }
  }

  /** The key-encryption key may have been changed by another process, to one that this one cannot read. */
  async function whyNot(held: HeldKek, name: KeyName): Promise<AssentError> {
    const newest = await readEpoch(folders, held, must((await listEpochs(folders)).at(-1), "a key epoch"));
    if (!newest) return wrongKek();
    wipe(newest.key);
    return damagedKey(name);
  }

  /** Lends the newest key of a name, or that of a version; an older one opens too meanwhile. */
  async function lend<T>(
    name: KeyName,
    use: (key: Uint8Array) => T | Promise<T>,
    version?: number,
  ): Promise<T> {
    const keys = await guarded(() => succession.opened(name));
    const at = version === undefined ? 0 : keys.findIndex((one) => one.version === version);
    const [lent, older] = [keys[at], version === undefined ? keys[1] : undefined];
    try {
      if (!lent) {
        throw new AssentError("key-gone", "this key is not there any more: what it sealed stays sealed");
      }
      if (older) withOlder(lent.key, older.key);
      return await use(lent.key);
    } finally {
      wipe(...keys.map((one) => one.key));
    }
  }

  async function isThereOrSuccessor(name: KeyName): Promise<boolean> {
    return (await isThere(keyPath(folders, name))) || (await isThere(keyPath(folders, successorName(name))));
  }

  function isDoomed(name: KeyName): Promise<boolean> {
    return isThere(markerPath(ownName(name)));
  }

  async function doomedNames(): Promise<KeyName[]> {
    return (await readdir(folders.doomed)).filter((name) => parseKeyName(name));
  }

  async function doom(name: KeyName): Promise<void> {
    const marker = await open(markerPath(name), "a", 0o600);
    try {
      await marker.sync();
    } finally {
      await marker.close();
    }
    await syncFolder(folders.doomed);
  }

  /**
   * Order of effects: marker (by `doom`), key and successor shredded, marker removed. A crash in between leaves the marker, so that the
   * key is lent to nobody and the next start comes here again. Only for the holder of the lock.
   */
  async function finishDestruction(name: KeyName): Promise<void> {
    await shred(folders, keyPath(folders, successorName(name)));
    await shred(folders, keyPath(folders, name));
    await rm(markerPath(name), { force: true });
    await syncFolder(folders.doomed);
  }

  async function destroyAllDoomed(): Promise<void> {
    for (const name of await doomedNames()) await finishDestruction(name);
  }

  async function newestEpoch() {
    const number = must((await listEpochs(folders)).at(-1), "a key epoch");
    return must(await readEpoch(folders, kek, number), `key epoch ${number}`);
  }

  return {
    id,
    create: (ref) =>
      locked(async () => {
        const name = keyName(ref);
        if (await isDoomed(name)) await finishDestruction(name);
        if (await isThereOrSuccessor(name)) return false;
        // Under the lock the newest epoch stays the newest; a roll that began before this wraps this key too.
        const epoch = await newestEpoch();
        const key = randomKey();
        const text = wrapKey(name, epoch, key, { version: 1, madeAt: clock.now() });
        wipe(key, epoch.key);
        return createDurably(folders, keyPath(folders, name), text);
      }),
    has: (ref) =>
      guarded(async () => {
        const name = keyName(ref);
        return (await isThereOrSuccessor(name)) && !(await isDoomed(name));
      }),
    withKey: async (ref, use) => lend(keyName(ref), use),
    withSecret: (secret, use, version) => lend(secretName(secret), use, version),
    versions: (key) => guarded(() => succession.versions(nameOf(key))),
    succeed: (key) => succession.succeed(nameOf(key)),
    retire: (key) => succession.retire(nameOf(key)),
    changing: () =>
      guarded(async () => ({
        keyEncryptionKey: await isKekChanging(folders),
        names: (await listKeyNames(folders)).filter(isSuccessor).map(ownName),
      })),
    keyEncryptionKey: () => ({ fingerprint: fingerprintOf(kek.key), source: options.kek.kind }),
    changeKeyEncryptionKey: (to) =>
      guarded(() => roll.alone(() => locked(() => changeKek(folders, kek, to)))),
    doom: (ref) => guarded(() => doom(keyName(ref))),
    async destroy(ref) {
      const name = keyName(ref);
      await guarded(() => doom(name));
      await locked(() => finishDestruction(name));
    },
    destroyDoomed: (refs) =>
      locked(async () => {
        const asked = refs && new Set(refs.map(keyName));
        const names = (await doomedNames()).filter((name) => !asked || asked.has(name));
        for (const name of names) await finishDestruction(name);
        return names.flatMap((name) => parseKeyName(name) ?? []);
      }),
    doomed: () => guarded(async () => (await doomedNames()).flatMap((name) => parseKeyName(name) ?? [])),
    list: () =>
      guarded(async () => {
        const names = new Set((await listKeyNames(folders)).map(ownName));
        const doomed = new Set(await doomedNames());
        return [...names].flatMap((name) => (doomed.has(name) ? [] : (parseKeyName(name) ?? [])));
      }),
    currentEpoch: () =>
      guarded(async () => {
        const { number, startedAt, key } = await newestEpoch();
        wipe(key);
        return { number, startedAt, rollsAt: new Date(startedAt.getTime() + EPOCH_MS) };
      }),
    rollEpoch: () => guarded(() => roll.now()),
    rollIfDue: () => guarded(() => roll.ifDue()),
    signCompact: (payload, typ) => lend(secretName("signing"), (seed) => signWith(seed, payload, typ)),
    publicKeys: () => guarded(() => readSigningKeys(folders, "receipts")),
    rotateSigningKey: (signs = "receipts") =>
      locked(async () => {
        // Published first: a crash before the second step leaves a public key that never signed, which harms nobody.
        const seed = randomKey();
        const key = await recordSigningKey(folders, signs, await publicKeyOf(seed), clock.now());
        const epoch = await newestEpoch();
        const name = secretName(signs === "log" ? "log" : "signing");
        const facts = { version: (await readSigningKeys(folders, signs)).length, madeAt: clock.now() };
        const text = wrapKey(name, epoch, seed, facts);
        wipe(seed, epoch.key);
        await replaceDurably(folders, folders.keys, [{ name: `${name}.json`, text }]);
        return key;
      }),
    signLog: (bytes) => lend(secretName("log"), (seed) => signBytes(seed, bytes)),
    logKeys: () => guarded(() => readSigningKeys(folders, "log")),
  };
}

function nameOf(key: KeyRef | InstanceSecret): KeyName {
  return typeof key === "string" ? secretName(key) : keyName(key);
}
