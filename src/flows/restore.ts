import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { sql } from "kysely";
import {
  beginRestoration,
  checkCheckpoint,
  goesOnFrom,
  originOf,
  parseCheckpoint,
  whyNotFarEnough,
  type TreeHead,
} from "../audit/index.ts";
import * as backups from "../backup/index.ts";
import { AssentError, openDurableBatch, type DurableBatch, type Id } from "../core/index.ts";
import { inTransaction, migrate, migrationsOf, type Trx } from "../db/index.ts";
import { addPending } from "../rights/index.ts";
import type { Parts } from "./instance.ts";
import { logNoteKeys } from "./log.ts";

type RestoreParts = Pick<Parts, "id" | "db" | "keys" | "blobs" | "receipts" | "journal" | "pin" | "clock">;

export interface RestoreOrder {
  readonly file: string;
  /** What `checkBackup` said of that file just before. */
  readonly checked: CheckedBackup;
  readonly actor: string;
  /** Heads of the log that somebody outside has kept, as text. */
  readonly outside: readonly string[];
  /** Makes the tables of staff accounts, which are the accounts' library's own. */
  readonly prepareAccounts: () => Promise<void>;
  readonly progress: (step: "files" | "rows", done: number, total: number) => void;
}

export interface BroughtBack {
  readonly backup: Id;
  /** ISO 8601. */
  readonly backedUpAt: string;
  readonly rows: number;
  readonly files: number;
  /** Why nothing is matched, published or looked up until somebody accepts it; empty where all is known. */
  readonly gap: readonly string[];
}

/** What a backup says of itself, once all of it has been read and every part has opened. */
export interface CheckedBackup {
  readonly manifest: backups.Manifest;
  readonly end: backups.EndRecord;
}

/**
 * Reads a backup to its end. Errors: those of `readBackup`; `signature` where an original is not what its name says, or the parts
 * are not all there.
 */
export async function checkBackup(parts: Pick<Parts, "id" | "keys">, file: string): Promise<CheckedBackup> {
  let manifest: backups.Manifest | undefined;
  let end: backups.EndRecord | undefined;
  const seen = { tables: 0, rows: 0, blobs: 0, receipts: 0 };
  for await (const { record, content } of backups.readBackup(file, parts)) {
    if ((manifest === undefined) !== (record.kind === "manifest") || end) throw notWhole(file);
    switch (record.kind) {
      case "manifest":
        manifest = record;
        break;
      case "table":
        seen.tables++;
        break;
      case "rows":
        seen.rows += record.rows;
        break;
      case "blob":
        seen.blobs++;
        if (record.ref.startsWith("originals/")) await checkOriginal(record.ref, content());
        break;
      case "receipt":
        seen.receipts++;
        break;
      case "end":
        end = record;
        break;
    }
  }
  if (!manifest || !end || manifest.instance !== parts.id) throw notWhole(file);
  const { tables, rows, blobs, receipts } = end;
  const same =
    [tables, rows, blobs, receipts].join() === [seen.tables, seen.rows, seen.blobs, seen.receipts].join();
  if (!same) throw notWhole(file);
  return { manifest, end };
}

/** Originals are named by the SHA-256 of their content. */
async function checkOriginal(ref: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const hash = createHash("sha256");
  for await (const bytes of content) hash.update(bytes);
  if (ref.endsWith(`/${hash.digest("hex")}`)) return;
  throw new AssentError("signature", "an original in the backup is not what its name says", {
    remedy: "It was damaged before it was backed up. An earlier backup may have it whole.",
  });
}

function notWhole(file: string): AssentError {
  return new AssentError("signature", `${file} opens, and does not have all that it says`, {
    remedy: "Take another copy of it, or an earlier one.",
  });
}

/**
 * Brings a backup of this instance back into its empty database. The whole of it has been read before (`checkBackup`), so that one
 * that is cut off, changed or another instance's is refused with nothing done.
 *
 * Order of effects: tables as they were -> files -> one transaction: every row, and a row that says that the journal is still to
 * be replayed. `finishRestore` does that, before anything is served. A crash before the commit leaves files that no row names,
 * and the same command starts anew; one after it is carried on by the next start of any command.
 *
 * Errors: those of `readBackup`; `refused` where the database is in use; `instance-mismatch` for tables of another version.
 */
export async function restore(parts: RestoreParts, order: RestoreOrder): Promise<BroughtBack> {
  const { manifest, end } = order.checked;
  await makeTables(parts, manifest);
  await order.prepareAccounts();
  await refuseUsed(parts.db);
  const gap = await whatIsNotKnown(parts, manifest, order.outside);
  const files = await bringFilesBack(parts, order, end);
  const rows = await inTransaction(parts.db, async (trx) => {
    await sql`lock table instance in exclusive mode`.execute(trx);
    await refuseUsed(trx);
    const done = await bringRowsBack(parts, trx, order, end);
    await letGoOfMissing(parts, trx, end.missing);
    await sql`update index_version set version = version + 1`.execute(trx);
    await beginRestoration(
      trx,
      {
        backup: manifest.backup,
        backedUpAt: new Date(manifest.at),
        journalEntries: manifest.journal.entries,
        lostHead: await lostHead(parts, trx, order.outside),
        gap,
        by: order.actor,
      },
      parts.clock,
    );
    return done;
  });
  await migrate(parts.db);
  return { backup: manifest.backup, backedUpAt: manifest.at, rows, files, gap };
}

export async function makeTables({ db }: Pick<Parts, "db">, { migrations }: backups.Manifest): Promise<void> {
  const there = await migrationsOf(db);
  const fits = there.every((name) => migrations.includes(name));
  if (fits) await migrate(db, migrations);
  const made = await migrationsOf(db);
  if (made.join() === migrations.join()) return;
  throw new AssentError(
    "instance-mismatch",
    "the backup is of another version of Assent than this database's tables",
    {
      remedy: fits
        ? "Restore it with the version that made it, or a later one."
        : "Set DATABASE_URL to a database that is new, or, for the embedded one, move the folder postgres out of the data folder.",
    },
  );
}

async function refuseUsed(db: Parts["db"] | Trx): Promise<void> {
  const used = await backups.tablesInUse(db);
  if (used.length === 0) return;
  throw new AssentError(
    "refused",
    `the database is not empty: there is something in ${used.slice(0, 3).join(", ")}`,
    {
      remedy:
        "A backup is brought back into an empty database. Set DATABASE_URL to a new one, or, for the embedded one, move the folder postgres out of the data folder.",
    },
  );
}

async function whatIsNotKnown(
  parts: RestoreParts,
  manifest: backups.Manifest,
  outside: readonly string[],
): Promise<readonly string[]> {
  const [journal, lastKnown, epoch, pinned] = await Promise.all([
    parts.journal.scan(),
    parts.journal.lastKnown(),
    parts.keys.currentEpoch(),
    parts.pin.read(),
  ]);
  return whyNotFarEnough({
    journal,
    backup: manifest.journal,
    lastKnown,
    epochs: { backup: manifest.epoch, now: epoch.number },
    pinned: pinned === undefined ? undefined : parseCheckpoint(pinned),
    outside: await Promise.all(outside.map((text) => signedHead(parts, text))),
  });
}

async function signedHead(parts: RestoreParts, text: string): Promise<TreeHead> {
  const checked = checkCheckpoint(text, originOf(parts.id), await logNoteKeys(parts));
  if (checked.valid) return checked;
  throw new AssentError("signature", `a checkpoint that was given is none of this log: ${checked.reason}`);
}

async function bringFilesBack(
  parts: RestoreParts,
  { file, progress }: RestoreOrder,
  end: backups.EndRecord,
): Promise<number> {
  const total = end.blobs + end.receipts;
  let done = 0;
  const batch = openDurableBatch();
  for await (const read of backups.readBackup(file, parts)) {
    const { record } = read;
    if (record.kind === "blob") await bringBlobBack(parts, record.ref, read.content(), batch);
    else if (record.kind === "receipt") {
      const jws = (await read.bytes()).toString("utf8");
      await parts.receipts.write(record.file.replace(/\.jws$/, ""), jws, batch);
    } else continue;
    progress("files", ++done, total);
  }
  // Before the rows that name them.
  await batch.durable();
  return done;
}

/** What is there already is replaced: nothing refers to it yet, and it may be what harmed the disk left. */
async function bringBlobBack(
  { blobs }: Pick<Parts, "blobs">,
  ref: string,
  content: AsyncIterable<Uint8Array>,
  batch: DurableBatch,
): Promise<void> {
  if (!/^(originals|renditions)\//.test(ref)) {
    throw new AssentError("internal", "a backup has originals and renditions alone");
  }
  const file = await blobs.temporary();
  await pipeline(content, createWriteStream(file, { mode: 0o600 }));
  // That an original is what its name says was seen when all of the backup was read.
  await blobs.place(ref, file, batch);
}

/** Returns how many rows. The tables are empty. */
export async function bringRowsBack(
  parts: Pick<Parts, "id" | "keys">,
  trx: Trx,
  { file, progress }: Pick<RestoreOrder, "file" | "progress">,
  end: backups.EndRecord,
): Promise<number> {
  const tables: backups.TableRecord[] = [];
  for await (const { record } of backups.readBackup(file, parts)) {
    if (record.kind === "table") tables.push(record);
    else if (record.kind !== "manifest" && record.kind !== "rows") break;
  }
  await backups.emptyNew(trx);
  let rows = 0;
  await backups.withoutGuards(trx, tables, async () => {
    let table: backups.TableRecord | undefined;
    for await (const read of backups.readBackup(file, parts)) {
      const { record } = read;
      if (record.kind === "table") {
        table = record;
        await backups.continueCounting(trx, table);
      } else if (record.kind === "rows" && table) {
        rows += await backups.putRows(trx, table, await read.bytes());
        progress("rows", rows, end.rows);
      } else if (record.kind !== "manifest") break;
    }
  });
  return rows;
}

/**
 * Files that went while the backup was made: an original with its photo, a receipt with its person or its time, a rendition with
 * the one that took its place, which is made again.
 */
export async function letGoOfMissing(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  missing: readonly string[],
): Promise<void> {
  const refs = [...missing];
  await sql`delete from photo where blob = any(${refs})`.execute(trx);
  await sql`delete from receipt where 'receipts/' || file = any(${refs})`.execute(trx);
  const { rows } = await sql<{ id: Id; channel: string | null }>`
    update rendition set state = 'suspended', blob = null where blob = any(${refs}) returning id, channel`.execute(
    trx,
  );
  const again = rows.filter((row) => row.channel !== null);
  await addPending(
    trx,
    again.map(({ id }) => ({ kind: "render" as const, subject: id, erasure: null })),
    parts.clock,
  );
}

/**
 * The largest head that was signed and that the log which came back does not go on from: it is shorter, or another one, as after an
 * earlier restore. Known of are the head beside the journal, and those that somebody outside has kept.
 */
async function lostHead(
  { pin }: Pick<Parts, "pin">,
  trx: Trx,
  outside: readonly string[],
): Promise<string | null> {
  const pinned = await pin.read();
  let lost: { readonly size: number; readonly note: string } | undefined;
  for (const note of [...(pinned === undefined ? [] : [pinned]), ...outside]) {
    const head = parseCheckpoint(note);
    if (head && head.size > (lost?.size ?? 0) && !(await goesOnFrom(trx, head)))
      lost = { size: head.size, note };
  }
  return lost?.note ?? null;
}
