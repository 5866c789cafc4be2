import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { record } from "../audit/index.ts";
import {
  createBackupFile,
  rowsOf,
  tablesInOrder,
  type BackupWriter,
  type Manifest,
} from "../backup/index.ts";
import { AssentError, isErrno, newId, storageError, type Id } from "../core/index.ts";
import { inSnapshot, inTransaction, migrationsOf, type Trx } from "../db/index.ts";
import type { Parts } from "./instance.ts";
import { sequenceLog } from "./sequence-log.ts";

export interface BackupOrder {
  /** A file that is not there yet; or a folder, in which the file is named by its moment. */
  readonly out: string;
  readonly actor: string;
  /** Files done, of how many. */
  readonly progress: (done: number, total: number) => void;
}

export interface BackedUp {
  readonly backup: Id;
  readonly file: string;
  /** Of the snapshot. */
  readonly at: string;
  readonly bytes: number;
  readonly tables: number;
  readonly rows: number;
  readonly files: number;
  /** Files that went while the backup was made, because their rows had gone. */
  readonly gone: number;
  readonly ms: number;
}

type BackupParts = Pick<Parts, "id" | "db" | "keys" | "blobs" | "receipts" | "journal" | "pin" | "clock">;

const BACKUP_ENDING = ".assent-backup";

/**
 * Writes a sealed backup while the instance runs.
 *
 * Order of effects: entry, and the log signed with it -> how far the restriction journal reaches -> every row at one snapshot ->
 * the files that those rows name -> the file under its name. The journal comes before the snapshot: what is restricted between
 * the two is in both, and replaying it does no more; the other way round it would be in neither. A file is stored before its row
 * and removed after it: whatever a row names was there at the snapshot, and one that is gone by the time it is read belongs to
 * rows that have gone since. Such files are named at the end, and a restore lets go of what named them.
 *
 * A crash leaves `FILE.part`, which the next backup to that file replaces. Errors: `exists`, `not-found` where the folder is not
 * there, `storage-failed`.
 */
export async function backup(parts: BackupParts, order: BackupOrder): Promise<BackedUp> {
  const started = performance.now();
  const id = newId();
  const at = parts.clock.now();
  const file = await placeOf(order.out, parts.id, at);
  const writer = await createBackupFile(file, parts);
  try {
    await inTransaction(parts.db, (trx) =>
      record(trx, { kind: "backup-begun", payload: { backup: id, by: order.actor } }, parts.clock),
    );
    await sequenceLog(parts);
    const [{ position }, epoch, migrations] = await Promise.all([
      parts.journal.scan(),
      parts.keys.currentEpoch(),
      migrationsOf(parts.db),
    ]);
    const manifest: Manifest = {
      kind: "manifest",
      backup: id,
      instance: parts.id,
      at: at.toISOString(),
      migrations,
      journal: position,
      epoch: epoch.number,
    };
    await writer.write(manifest);
    const { tables, rows, refs, receipts } = await inSnapshot(parts.db, (trx) => writeRows(trx, writer));
    const files = await writeFiles(parts, writer, { refs, receipts }, order.progress);
    await writer.write({ kind: "end", tables, rows, ...files });
    const bytes = await writer.finish();
    return {
      backup: id,
      file,
      at: manifest.at,
      bytes,
      tables,
      rows,
      files: files.blobs + files.receipts,
      gone: files.missing.length,
      ms: Math.round(performance.now() - started),
    };
  } finally {
    await writer.abandon();
  }
}

async function placeOf(out: string, instance: Id, at: Date): Promise<string> {
  const path = resolve(out);
  try {
    if (!(await stat(path)).isDirectory()) throw new AssentError("exists", `there is a file ${out} already`);
    const moment = at.toISOString().slice(0, 19).replaceAll(/[:-]/g, "").replace("T", "-");
    return join(path, `${instance.slice(0, 8)}-${moment}${BACKUP_ENDING}`);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    if (!/[/\\]$/.test(out)) return path;
    throw new AssentError("not-found", `there is no folder ${out}`, {
      remedy: "Make it, or name another one.",
    });
  }
}

async function writeRows(trx: Trx, writer: BackupWriter) {
  const tables = await tablesInOrder(trx);
  let rows = 0;
  for (const table of tables) {
    await writer.write(table);
    for await (const { record: some, content } of rowsOf(trx, table)) {
      await writer.write(some, content);
      rows += some.rows;
    }
  }
  const [photos, renditions, receipts] = await Promise.all([
    trx.selectFrom("photo").select("blob").distinct().execute(),
    trx.selectFrom("rendition").select("blob").distinct().where("blob", "is not", null).execute(),
    trx.selectFrom("receipt").select("file").execute(),
  ]);
  return {
    tables: tables.length,
    rows,
    refs: [...photos, ...renditions].flatMap((row) => row.blob ?? []),
    receipts: receipts.map((row) => row.file),
  };
}

async function writeFiles(
  parts: Pick<Parts, "blobs" | "receipts">,
  writer: BackupWriter,
  wanted: { readonly refs: readonly string[]; readonly receipts: readonly string[] },
  progress: BackupOrder["progress"],
) {
  const missing: string[] = [];
  const total = wanted.refs.length + wanted.receipts.length;
  let [blobs, receipts] = [0, 0];
  const passed = (): void => progress(blobs + receipts + missing.length, total);
  passed();
  for (const ref of wanted.refs) {
    const there = await parts.blobs
      .withFile(ref, async (path) => {
        const { bytes, content } = await openedFile(path);
        await writer.write({ kind: "blob", ref, bytes }, content);
        return true;
      })
      .catch(goneMeanwhile);
    if (there) blobs++;
    else missing.push(ref);
    passed();
  }
  for (const file of wanted.receipts) {
    const there = await openedFile(join(parts.receipts.path, file))
      .then(async ({ bytes, content }) => {
        await writer.write({ kind: "receipt", file, bytes }, content);
        return true;
      })
      .catch(goneMeanwhile);
    if (there) receipts++;
    else missing.push(`receipts/${file}`);
    passed();
  }
  return { blobs, receipts, missing };
}

/** A file of ours never changes: opened, it is read whole, even where it is removed meanwhile. */
async function openedFile(path: string): Promise<{ bytes: number; content: AsyncIterable<Uint8Array> }> {
  const { size } = await stat(path);
  const content = createReadStream(path, { highWaterMark: 1 << 20 });
  await new Promise<void>((opened, failed) => {
    content.once("open", () => opened());
    content.once("error", failed);
  });
  return { bytes: size, content };
}

function goneMeanwhile(error: unknown): false {
  if (isErrno(error, "ENOENT") || (error instanceof AssentError && error.code === "not-found")) return false;
  throw error;
}

/** The moment follows the eight digits of the instance. */
function momentIn(name: string): string {
  return name.slice(9);
}

/** The backup that a file, or the newest one that a folder has, is. Errors: `not-found`. */
export async function backupAt(from: string): Promise<string> {
  const path = resolve(from);
  try {
    if (!(await stat(path)).isDirectory()) return path;
    const names = (await readdir(path)).filter((name) => name.endsWith(BACKUP_ENDING));
    const newest = names.sort((a, b) => (momentIn(a) < momentIn(b) ? -1 : 1)).at(-1);
    if (newest !== undefined) return join(path, newest);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw storageError(error, "look for a backup", path);
  }
  throw new AssentError("not-found", `there is no backup at ${from}`, {
    remedy: "Name the file that assent backup wrote, or the folder that it is in.",
  });
}
