import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { openCheckpointPin } from "../audit/index.ts";
import { createFolderBlobs } from "../blobs/index.ts";
import {
  AssentError,
  isErrno,
  isProcessGone,
  processMark,
  storageError,
  systemClock,
} from "../core/index.ts";
import { openKeyStore } from "../crypto/index.ts";
import { openDatabase, type Db } from "../db/index.ts";
import {
  backupAt,
  checkBackup,
  chipsOwed,
  restore,
  verifyBackup,
  type BroughtBack,
  type VerifiedBackup,
} from "../flows/index.ts";
import { openReceiptFolder } from "../rights/index.ts";
import type { Configuration } from "./configuration.ts";
import { openInstance, openJournalOf, type Instance } from "./instance.ts";

export interface RestoreCommand {
  /** A backup, or a folder whose newest is taken. */
  readonly from: string;
  /** Files with heads of the log that somebody outside has kept. */
  readonly checkpoints: readonly string[];
  readonly actor: string;
  readonly progress: (step: "files" | "rows", done: number, total: number) => void;
}

export interface Restored extends BroughtBack {
  readonly file: string;
  /** What of the restriction journal was replayed, by kind. */
  readonly replayed: Readonly<Record<string, number>>;
  /** Photos whose faces are cut again, by `assent serve` or by the look for whoever joins. */
  readonly chipsOwed: number;
}

/**
 * Brings a backup back into this configuration's empty database, and opens the instance once, which replays the restriction
 * journal and settles what follows. The key store must be there: a backup holds no keys.
 * Errors: those of `restore`; `key-gone` without a key store.
 */
export async function restoreInstance(
  configuration: Configuration,
  command: RestoreCommand,
): Promise<Restored> {
  const folder = configuration.dataFolder;
  const file = await backupAt(command.from);
  const keys = await openOldKeys(configuration);
  const outside = await Promise.all(command.checkpoints.map(readCheckpoint));
  // Before the database, which may have to be made first.
  const checked = await checkBackup({ id: keys.id, keys }, file);
  const database = await openDatabase(configuration.database, { role: "restore", migrations: "none" });
  let back: BroughtBack;
  try {
    const blobs = await createFolderBlobs(join(folder, "blobs"));
    await blobs.sweepTemporary();
    back = await restore(
      {
        id: keys.id,
        db: database.db,
        keys,
        blobs,
        receipts: openReceiptFolder(join(folder, "receipts")),
        journal: openJournalOf(folder),
        pin: openCheckpointPin(join(folder, "journal/checkpoint")),
        clock: systemClock,
      },
      {
        file,
        checked,
        actor: command.actor,
        outside,
        prepareAccounts: () => prepareAccounts(configuration, database.db, keys),
        progress: command.progress,
      },
    );
  } finally {
    await database.close();
  }
  const instance = await openInstance(configuration, { looks: false, tidy: true });
  try {
    const { replayed = {} } = instance.settled;
    return { ...back, file, replayed, chipsOwed: await chipsOwed(instance.db) };
  } finally {
    await instance.close();
  }
}

/** A key store that is there already; a new one would have another id, and open nothing of the backup. */
async function openOldKeys(configuration: Configuration): Promise<Awaited<ReturnType<typeof openKeyStore>>> {
  const folder = join(configuration.dataFolder, "keys");
  if (!existsSync(join(folder, "key-store.json"))) {
    throw new AssentError("key-gone", `there is no key store in ${folder}`, {
      remedy:
        "A backup holds no keys. Bring the folder keys of this instance to where it was, and the folder journal beside it, then restore again.",
    });
  }
  return openKeyStore({ folder, kek: configuration.kek });
}

/** The accounts' library makes its own tables. Loaded when it is needed: that takes a second. */
async function prepareAccounts(
  configuration: Configuration,
  db: Db,
  keys: Awaited<ReturnType<typeof openKeyStore>>,
): Promise<void> {
  const { openAccounts } = await import("../accounts/index.ts");
  await openAccounts({ db, keys, publicUrl: configuration.publicUrl, organisation: "" });
}

async function readCheckpoint(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw storageError(error, "read the checkpoint", file);
    throw new AssentError("not-found", `there is no file ${file}`);
  }
}

const VERIFYING = "verifying";

/**
 * Verifies a backup by bringing it back into a new, empty database of the embedded server in a folder of its own, which is
 * removed at the end. Files are read and compared, and not written anywhere.
 */
export async function verifyInstanceBackup(
  instance: Instance,
  configuration: Configuration,
  file: string,
): Promise<VerifiedBackup> {
  const folders = join(instance.dataFolder, VERIFYING);
  const folder = join(folders, processMark());
  await mkdir(folder, { recursive: true, mode: 0o711 });
  for (const one of await readdir(folders)) {
    if (isProcessGone(one)) await rm(join(folders, one), { recursive: true, force: true });
  }
  const database = await openDatabase({ kind: "embedded", folder }, { role: "verify", migrations: "none" });
  try {
    return await verifyBackup(
      { id: instance.id, db: database.db, keys: instance.keys, clock: instance.clock },
      { file, prepareAccounts: () => prepareAccounts(configuration, database.db, instance.keys) },
    );
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}
