import { type KeyObject } from "node:crypto";
import { link, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { randomFillSync } from "node:crypto";
import { AssentError, isErrno, storageError, syncFolder, wipe } from "../core/index.ts";
import { sameBytes } from "./digest.ts";
import { type HeldKek } from "./held-kek.ts";
import { loadKeyEncryptionKey, type KeyEncryptionKeySource } from "./key-encryption-key.ts";
import { isThere, type KeyFolders } from "./key-files.ts";
import { hasNextWrapping, listEpochs, openEpochBy, rewrapEpoch } from "./wrapped-key.ts";

/**
 * `done`: the new key alone opens the folder. `prepared`: both do, until the configuration names the new one and the same is
 * called again.
 */
export type KekChange = "done" | "prepared";

/**
 * [Note: Changing the key-encryption key]
 * Order of effects: every epoch key wrapped by both; the new key read once more from where it is kept, and every epoch opened by
 * it; then the configuration names the new one; then every epoch key wrapped by the new one alone. Where the old key is a file and
 * no other place is given, the new file takes the old one's place in between, and the old file is overwritten at the end. A crash
 * anywhere leaves a folder that opens by what the configuration names; the same call goes on. Meanwhile epochs do not roll.
 * Only for the holder of the store's lock, and of that of the rolls.
 */
export async function changeKek(
  folders: KeyFolders,
  kek: HeldKek,
  to: KeyEncryptionKeySource | undefined,
): Promise<KekChange> {
  const epochs = await listEpochs(folders);
  if (await opensBy(folders, kek.key, epochs, "next")) {
    await endWith(folders, kek.key, epochs);
    await endFile(kek.source);
    return "done";
  }
  const next = to ?? inPlaceOf(kek.source);
  const key = await loadKeyEncryptionKey(next, next.kind === "file");
  if (key.equals(kek.key)) {
    throw new AssentError("bad-input", "the new key-encryption key is the one there is", {
      remedy: "Make another: openssl rand -base64 32",
    });
  }
  for (const number of epochs) {
    const epoch = await openedBy(folders, kek.key, number, "wrapped");
    await rewrapEpoch(folders, epoch, { kek: kek.key, next: key });
    wipe(epoch.key);
  }
  await prove(folders, kek.key, await loadKeyEncryptionKey(next, false), epochs);
  if (to || kek.source.kind !== "file") return "prepared";
  await swapFile(kek.source.path);
  kek.key = key;
  await endWith(folders, key, epochs);
  await endFile(kek.source);
  return "done";
}

/** What a crash left of a change in place. Only for the holder of the store's lock. */
export async function resumeKekChange(folders: KeyFolders, kek: HeldKek): Promise<void> {
  const { source } = kek;
  if (source.kind !== "file" || !(await isThere(oldFile(source.path)))) return;
  const epochs = await listEpochs(folders);
  if (await opensBy(folders, kek.key, epochs, "next")) await endWith(folders, kek.key, epochs);
  await endFile(source);
}

/** Whether two key-encryption keys open this folder. */
export async function isKekChanging(folders: KeyFolders): Promise<boolean> {
  for (const number of await listEpochs(folders)) if (await hasNextWrapping(folders, number)) return true;
  return false;
}

function inPlaceOf(source: KeyEncryptionKeySource): KeyEncryptionKeySource {
  if (source.kind === "file") return { kind: "file", path: `${source.path}.new` };
  throw new AssentError("bad-input", "it is not said where the new key-encryption key comes from", {
    remedy:
      "Set ASSENT_NEW_KEK, ASSENT_NEW_KEK_COMMAND or ASSENT_NEW_KEK_FILE: the old one is not in a file that Assent could replace.",
  });
}

function oldFile(path: string): string {
  return `${path}.old`;
}

/** Whether every epoch key that has this wrapping opens by it, and at least one has it. */
async function opensBy(
  folders: KeyFolders,
  kek: KeyObject,
  epochs: readonly number[],
  wrapping: "wrapped" | "next",
): Promise<boolean> {
  let some = false;
  for (const number of epochs) {
    const epoch = await openEpochBy(folders, kek, number, wrapping);
    if (epoch) wipe(epoch.key);
    if (!epoch && (wrapping === "wrapped" || (await hasNextWrapping(folders, number)))) return false;
    some ||= epoch !== undefined;
  }
  return some;
}

async function openedBy(folders: KeyFolders, kek: KeyObject, number: number, wrapping: "wrapped" | "next") {
  const epoch = await openEpochBy(folders, kek, number, wrapping);
  if (epoch) return epoch;
  throw new AssentError("storage-failed", `the key epoch ${number} does not open by the key-encryption key`, {
    remedy: "Nothing was changed for good: the key-encryption key that is configured still opens everything.",
  });
}

/** The old key stays until the new one is known to open the same. */
async function prove(
  folders: KeyFolders,
  old: KeyObject,
  next: KeyObject,
  epochs: readonly number[],
): Promise<void> {
  for (const number of epochs) {
    const [before, after] = [
      await openedBy(folders, old, number, "wrapped"),
      await openedBy(folders, next, number, "next"),
    ];
    const same = sameBytes(before.key, after.key);
    wipe(before.key, after.key);
    if (!same) throw new AssentError("internal", "the new key-encryption key opens another epoch key");
  }
}

async function endWith(folders: KeyFolders, kek: KeyObject, epochs: readonly number[]): Promise<void> {
  for (const number of epochs) {
    // A crash may have ended some of them before.
    const epoch = await openEpochBy(folders, kek, number, "next");
    if (!epoch) continue;
    await rewrapEpoch(folders, epoch, { kek });
    wipe(epoch.key);
  }
}

/** The old file keeps a second name, by which it is overwritten once nothing needs it. */
async function swapFile(path: string): Promise<void> {
  try {
    await rm(oldFile(path), { force: true });
    await link(path, oldFile(path));
    await syncFolder(dirname(path));
    await rename(`${path}.new`, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw storageError(error, "change the key-encryption key", dirname(path));
  }
}

/** Overwrites the old file, unless its two names show that the new one has not taken its place yet. */
async function endFile(source: KeyEncryptionKeySource): Promise<void> {
  if (source.kind !== "file") return;
  const old = oldFile(source.path);
  try {
    const [before, now] = await Promise.all([stat(old), stat(source.path)]);
    if (before.ino !== now.ino) {
      const handle = await open(old, "r+");
      try {
        await handle.write(randomFillSync(new Uint8Array(before.size)), 0, before.size, 0);
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
    await rm(old, { force: true });
    await syncFolder(dirname(old));
  } catch (error) {
    if (!isErrno(error, "ENOENT"))
      throw storageError(error, "destroy the old key-encryption key", dirname(old));
  }
}
