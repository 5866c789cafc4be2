import { sql } from "kysely";
import type { CheckpointPin } from "../audit/index.ts";
import * as backups from "../backup/index.ts";
import { AssentError } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import type { Parts } from "./instance.ts";
import { checkTheLog } from "./log.ts";
import { bringRowsBack, checkBackup, letGoOfMissing, makeTables } from "./restore.ts";

export interface VerifiedBackup {
  readonly rows: number;
  readonly files: number;
  /** Entries of the log that were signed, and that were checked in what came back. */
  readonly entries: number;
  readonly ms: number;
}

/**
 * Whether a backup can be brought back: every part opens, originals are what their names say, its rows go into empty tables with
 * all their references, every file that a row names is in it, and the log in it is whole. `parts.db` is an empty database, thrown
 * away afterwards; nothing else is written, and nothing is served from it.
 * Errors: those of `checkBackup`; `signature`, naming what is not right.
 */
export async function verifyBackup(
  parts: Pick<Parts, "id" | "db" | "keys" | "clock">,
  order: { readonly file: string; readonly prepareAccounts: () => Promise<void> },
): Promise<VerifiedBackup> {
  const started = performance.now();
  const { manifest, end } = await checkBackup(parts, order.file);
  await makeTables(parts, manifest);
  await order.prepareAccounts();
  const rows = await inTransaction(parts.db, async (trx) => {
    const done = await bringRowsBack(parts, trx, { file: order.file, progress: () => undefined }, end);
    await letGoOfMissing(parts, trx, end.missing);
    return done;
  });
  if (rows !== end.rows) throw notRight(`${end.rows - rows} rows did not come back`);
  const files = await filesNamed(parts, order.file);
  const log = await checkTheLog({ ...parts, pin: NO_PIN });
  if (log.damage.length > 0) throw notRight(`its log is damaged in ${log.damage.length} places`);
  return { rows, files, entries: log.size, ms: Math.round(performance.now() - started) };
}

/** The head beside the journal is newer than the backup: it is not what the backup is compared with. */
const NO_PIN: CheckpointPin = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
};

async function filesNamed(parts: Pick<Parts, "id" | "db" | "keys">, file: string): Promise<number> {
  const there = new Set<string>();
  for await (const { record } of backups.readBackup(file, parts)) {
    if (record.kind === "blob") there.add(record.ref);
    else if (record.kind === "receipt") there.add(`receipts/${record.file}`);
  }
  const { rows } = await sql<{ ref: string }>`
    select blob as ref from photo
    union select blob from rendition where blob is not null
    union select 'receipts/' || file from receipt`.execute(parts.db);
  const without = rows.filter((row) => !there.has(row.ref));
  if (without.length > 0) throw notRight(`${without.length} rows name files that are not in it`);
  return there.size;
}

function notRight(what: string): AssentError {
  return new AssentError("signature", `the backup cannot be brought back whole: ${what}`, {
    remedy: "Make another one. If that is not right either, run assent prove and assent log check.",
  });
}
