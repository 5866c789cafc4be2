import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  alteredEntries,
  checkLog,
  entryBundle,
  formatInclusionProof,
  formatVerifierKey,
  inclusionProofOf,
  isIncluded,
  keepCosignature,
  latestCheckpoint,
  leafHash,
  logCuts,
  originOf,
  parseVerifierKey,
  servedLeaves,
  servedTile,
  tilePath,
  tilesOf,
  type LogCheck,
  type NoteKey,
} from "../audit/index.ts";
import { AssentError, storageError, writeFileDurably } from "../core/index.ts";
import { rawPublicKey, type SigningKey } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import type { Parts } from "./instance.ts";
import { checkedId } from "./named.ts";
import { sequenceLog } from "./sequence-log.ts";

/** A key of the log with its line for other tools (C2SP signed-note). */
export interface LogKey extends SigningKey {
  readonly vkey: string;
}

/** Every key that ever signed this instance's log, oldest first. */
export async function logKeys(parts: Pick<Parts, "id" | "keys">): Promise<readonly LogKey[]> {
  const keys = await parts.keys.logKeys();
  return keys.map((key) => ({ ...key, vkey: formatVerifierKey(noteKeyOf(parts, key)) }));
}

/** The same as checking takes them. */
export async function logNoteKeys(parts: Pick<Parts, "id" | "keys">): Promise<readonly NoteKey[]> {
  return (await parts.keys.logKeys()).map((key) => noteKeyOf(parts, key));
}

function noteKeyOf({ id }: Pick<Parts, "id">, { jwk }: SigningKey): NoteKey {
  return { name: originOf(id), type: "log", publicKey: rawPublicKey(jwk) };
}

/** The log's signed head, with everything in it that was committed before the call. */
export interface LogHead {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly checkpoint: string;
  /** The newest key, by which it is signed. */
  readonly key: string;
}

/** Errors: those of `sequenceLog`; `not-found` while the log is empty. */
export async function logHead(
  parts: Pick<Parts, "id" | "db" | "keys" | "pin" | "clock" | "journal">,
): Promise<LogHead> {
  const head = await sequenceLog(parts);
  const key = (await logKeys(parts)).at(-1);
  if (!head || !key) throw emptyLog();
  const root = Buffer.from(head.root).toString("base64");
  return { origin: head.origin, size: head.size, root, checkpoint: head.note, key: key.vkey };
}

function emptyLog(): AssentError {
  return new AssentError("not-found", "the log has no entry yet", {
    remedy: "It begins with the first collection.",
  });
}

export interface EntryProof {
  readonly entry: string;
  readonly position: number;
  readonly size: number;
  /** Base64: the entry's commitment. */
  readonly leaf: string;
  /** The whole proof as C2SP tlog-proof. */
  readonly proof: string;
}

/** The proof that an entry is in the log, checked before it is given. Errors: as `inclusionProofOf`. */
export async function proofOf(
  parts: Pick<Parts, "id" | "db" | "keys" | "pin" | "clock" | "journal">,
  entry: string,
): Promise<EntryProof> {
  checkedId(entry, "entry", "Entries are named by `assent access` and by receipts.");
  await sequenceLog(parts);
  const found = await inclusionProofOf(parts.db, entry);
  const { position, leaf, proof, checkpoint } = found;
  const { size, root } = checkpoint;
  if (!isIncluded({ position, size, root, proof, leaf: leafHash(leaf) })) {
    throw new AssentError("signature", `the log does not prove its entry at position ${position}`, {
      remedy: "Somebody or something changed a row. Run assent log check.",
    });
  }
  return {
    entry,
    position,
    size,
    leaf: Buffer.from(leaf).toString("base64"),
    proof: formatInclusionProof(found),
  };
}

/** `of` null: how many there are is not known yet. */
export type CheckProgress = (step: "read" | "tree", done: number, of: number | null) => void;

/**
 * Checks the whole log against every head that was ever signed: those in the database, the one in the file, and those that
 * somebody else has kept and gives as text. Reads only, in one snapshot. `cuts` says where restores have lost a part of it: a head of such a
 * part is damage, and that is why. `progress` is told how far it is: what entries say is read first (`read`), then the tree is gone through (`tree`).
 */
export async function checkTheLog(
  parts: Pick<Parts, "id" | "db" | "keys" | "pin">,
  { kept = [], progress }: { readonly kept?: readonly string[]; readonly progress?: CheckProgress } = {},
): Promise<LogCheck & { readonly cuts: Awaited<ReturnType<typeof logCuts>> }> {
  // Before the snapshot: the file never knows a head that the database has not.
  const pinned = await parts.pin.read();
  const keys = await logNoteKeys(parts);
  return parts.db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (snapshot) => {
      const found = await checkLog(snapshot, {
        origin: originOf(parts.id),
        keys,
        kept: pinned === undefined ? kept : [pinned, ...kept],
        altered: await alteredEntries(snapshot, undefined, (done) => progress?.("read", done, null)),
        progress: (done, of) => progress?.("tree", done, of),
      });
      return { ...found, cuts: await logCuts(snapshot) };
    });
}

/**
 * Keeps a witness's signature of one of this log's checkpoints: the file that the witness wrote, and its key in one line.
 * Errors: `bad-input` for a line that is no witness's key, `refused` for a checkpoint that is not ours or not signed by it.
 */
export async function takeCosignature(
  parts: Pick<Parts, "id" | "db" | "keys" | "clock">,
  { note, witness }: { readonly note: string; readonly witness: string },
): Promise<{ readonly size: number; readonly checkpoint: string }> {
  const key = parseVerifierKey(witness);
  if (key?.type !== "witness") {
    throw new AssentError("bad-input", "this is no witness's key", {
      remedy: "Give the line that assent witness printed: name, id and key, joined by plus signs.",
    });
  }
  const keys = (await parts.keys.logKeys()).map((one) => noteKeyOf(parts, one));
  const log = { origin: originOf(parts.id), keys, clock: parts.clock };
  const kept = await inTransaction(parts.db, (trx) => keepCosignature(trx, note, key, log));
  return { size: kept.size, checkpoint: kept.note };
}

export interface ExportedLog {
  readonly folder: string;
  readonly size: number;
  readonly files: number;
}

/**
 * Writes the log as plain files that any server of files can serve (C2SP tlog-tiles): `checkpoint`, `tile/…` with hashes and
 * commitments, and `vkey`, the keys. The checkpoint comes last, so that a folder that is served meanwhile, or that a crash left,
 * never has a head without its tiles. Files that are there already are full tiles of an earlier time or written anew.
 * Errors: `storage-failed`; those of `sequenceLog`.
 */
export async function exportLog(
  parts: Pick<Parts, "id" | "db" | "keys" | "pin" | "clock" | "journal">,
  folder: string,
): Promise<ExportedLog> {
  await sequenceLog(parts);
  const head = await latestCheckpoint(parts.db);
  if (!head) throw emptyLog();
  let files = 0;
  const write = async (path: string, data: Uint8Array | string): Promise<void> => {
    const file = join(folder, path);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFileDurably(file, data, { mode: 0o644 });
    } catch (error) {
      throw storageError(error, "write the log", folder);
    }
    files++;
  };
  for (const { level, index, width } of tilesOf(head.size)) {
    await write(tilePath(level, index, width), present(await servedTile(parts.db, { level, index }, width)));
    if (level > 0) continue;
    const leaves = present(await servedLeaves(parts.db, index, width));
    await write(tilePath("entries", index, width), entryBundle(leaves));
  }
  await write("vkey", (await logKeys(parts)).map((key) => `${key.vkey}\n`).join(""));
  await write("checkpoint", head.note);
  return { folder, size: head.size, files };
}

function present<T>(part: T | undefined): T {
  if (part !== undefined) return part;
  throw new AssentError("signature", "a part of the log is gone", {
    remedy: "Somebody or something removed rows. Run assent log check.",
  });
}
