import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  consistencyProof,
  entryCommitted,
  formatInclusionProof,
  inclusionProofOf,
  parseCheckpoint,
  record,
} from "../audit/index.ts";
import { AssentError, isErrno, type Id } from "../core/index.ts";
import { inTransaction, type Db, type Trx } from "../db/index.ts";
import { headPinnedBy, receiptFilesOf, type ErasureProof } from "../rights/index.ts";
import type { Parts } from "./instance.ts";
import { logKeys } from "./log.ts";
import { sequenceLog } from "./sequence-log.ts";

/** A head of the log that a person's consent receipt pins: size, and root in base64. */
export interface EarlierHead {
  readonly size: number;
  readonly root: string;
}

/** The log's part of an erasure, kept in the erasure's row: nothing of it names the person. */
export interface ErasureInLog {
  /** Of the person's consent receipts, which may be gone when the erasure's is written; the smallest first. */
  readonly earlier?: readonly EarlierHead[];
  /** That it was finished, and with what residue. */
  readonly finished?: { readonly entry: Id; readonly residue: number };
}

/** The heads that the person's receipts pin. `files`: the receipts' files, where their rows are gone already. */
export async function earlierHeads(
  parts: Pick<Parts, "receipts">,
  trx: Trx,
  person: Id,
  files: readonly string[],
): Promise<readonly EarlierHead[]> {
  const names = new Set([...files, ...(await receiptFilesOf(trx, person))]);
  const heads = new Map<number, EarlierHead>();
  for (const name of names) {
    const text = await readReceipt(join(parts.receipts.path, name));
    const head = parseCheckpoint((text && headPinnedBy(text)) ?? "");
    if (head) heads.set(head.size, { size: head.size, root: base64(head.root) });
  }
  return [...heads.values()].sort((a, b) => a.size - b.size);
}

async function readReceipt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    // A receipt that is lost must not hold up what it is about.
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Enters in the log that an erasure is finished, in a transaction of its own, because a receipt can only prove what is in the
 * log already. Done again after a crash it finds the entry that it made, unless the residue is another by now.
 */
export async function enterFinished(
  parts: Pick<Parts, "db" | "clock">,
  erasure: Id,
  residue: number,
): Promise<Id> {
  return inTransaction(parts.db, async (trx) => {
    const row = await trx
      .selectFrom("erasure")
      .select("counts")
      .where("id", "=", erasure)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const counts = row.counts as unknown as { readonly log?: ErasureInLog };
    const done = counts.log?.finished;
    if (done?.residue === residue) return done.entry;
    const entry = await record(trx, { kind: "erasure-finished", payload: { erasure, residue } }, parts.clock);
    const log: ErasureInLog = { ...counts.log, finished: { entry, residue } };
    await trx
      .updateTable("erasure")
      .set({ counts: JSON.stringify({ ...counts, log }) })
      .where("id", "=", erasure)
      .execute();
    return entry;
  });
}

/**
 * What the receipt proves of the log: the entry's inclusion under a head that is signed now, and that this head goes on from
 * those that the person's consent receipts pin. Null where the log cannot be signed on (after an old database was brought back, or a
 * lost file): nobody's leaving waits for that, and `assent log check` says what it is.
 */
export async function proveErasure(
  parts: Pick<Parts, "id" | "db" | "keys" | "pin" | "clock" | "journal">,
  entry: Id,
  earlier: readonly EarlierHead[],
): Promise<ErasureProof | null> {
  const key = (await logKeys(parts)).at(-1);
  if (!key) return null;
  try {
    await sequenceLog(parts);
    // One snapshot, so that all of it is proved against one head.
    return await parts.db
      .transaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute(async (snapshot) => ({
        key: key.vkey,
        entry: await entryCommitted(snapshot, entry),
        proof: formatInclusionProof(await inclusionProofOf(snapshot, entry)),
        earlier: await goingOn(snapshot, earlier),
      }));
  } catch (error) {
    const unsigned = ["conflict", "signature", "storage-failed", "interrupted"];
    if (error instanceof AssentError && unsigned.includes(error.code)) return null;
    throw error;
  }
}

async function goingOn(snapshot: Db, earlier: readonly EarlierHead[]): Promise<ErasureProof["earlier"]> {
  const proved = [];
  for (const head of earlier) {
    proved.push({ ...head, proof: await hashesFrom(snapshot, head.size) });
  }
  return proved;
}

async function hashesFrom(snapshot: Db, size: number): Promise<readonly string[] | null> {
  try {
    return (await consistencyProof(snapshot, size)).proof.map(base64);
  } catch (error) {
    // The log is shorter than it was: the receipt says so by having no proof.
    if (error instanceof AssentError && error.code === "bad-input") return null;
    throw error;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
