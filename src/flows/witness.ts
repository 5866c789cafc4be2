import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  checkCheckpoint,
  cosign,
  growTree,
  isKeyName,
  parseCheckpoint,
  parseVerifierKey,
  tilePath,
  tileWidth,
  witnessKeyOf,
  type TreeHead,
} from "../audit/index.ts";
import { AssentError, isErrno, storageError, writeFileDurably, type Clock } from "../core/index.ts";
import { sameBytes } from "../crypto/index.ts";

/** A witness's file: its key, and the newest head of each log that it has signed. Secret, and never in the log's own hands. */
interface WitnessFile {
  readonly format: typeof FORMAT;
  readonly name: string;
  /** Base64url, 32 bytes. */
  readonly seed: string;
  readonly logs: Readonly<Record<string, { readonly keys: readonly string[]; readonly checkpoint: string }>>;
}

const FORMAT = "assent-witness/1";
const HASH_BYTES = 32;

export interface Witnessed {
  readonly origin: string;
  readonly size: number;
  /** Size that this witness signed before; null the first time, when the keys in the folder were believed. */
  readonly from: number | null;
  /** The witness's own key, for those who are to know it. */
  readonly vkey: string;
  /** The file with the cosigned checkpoint. */
  readonly file: string;
}

/**
 * Cosigns the head of an exported log, as somebody outside with a key of their own: no instance is needed. The head must be
 * signed by the log, have the root of the tiles beside it, and go on from what this witness signed before. The first time the keys
 * in the folder are believed.
 *
 * Order of effects: what was seen is kept, then the cosigned head is written into the folder. A crash in between leaves a head
 * that was not handed over; the same command makes it again.
 * Errors: `refused` where the log is not what it was; `not-found`, `bad-input`, `storage-failed` about the files.
 */
export async function witnessLog(
  parts: { readonly clock: Clock },
  order: { readonly folder: string; readonly key: string; readonly name: string | undefined },
): Promise<Witnessed> {
  const witness = (await readWitness(order.key)) ?? newWitness(order.name);
  const note = await readText(join(order.folder, "checkpoint"));
  const claimed = parseCheckpoint(note);
  if (!claimed) throw refused("the file checkpoint in the folder is no checkpoint");
  const seen = witness.logs[claimed.origin];
  const lines = seen?.keys ?? (await readText(join(order.folder, "vkey"))).trimEnd().split("\n");
  const keys = lines.flatMap((line) => parseVerifierKey(line) ?? []);
  const head = checkCheckpoint(note, claimed.origin, keys);
  if (!head.valid) throw refused(`the checkpoint does not hold: ${head.reason}`);
  const before = seen && parseCheckpoint(seen.checkpoint);
  await followTiles(order.folder, head, before);

  const seed = Buffer.from(witness.seed, "base64url");
  const key = witnessKeyOf(seed, witness.name);
  const logs = { ...witness.logs, [head.origin]: { keys: lines, checkpoint: note } };
  await write(order.key, `${JSON.stringify({ ...witness, logs }, undefined, 2)}\n`, 0o600);
  const file = join(order.folder, "cosigned");
  await write(file, cosign(note, seed, key, parts.clock.now()), 0o644);
  return { origin: head.origin, size: head.size, from: before?.size ?? null, vkey: key.vkey, file };
}

/** Grows the tree over the folder's level-0 tiles, past the head that was signed before, up to the new one. */
async function followTiles(folder: string, head: TreeHead, before: TreeHead | undefined): Promise<void> {
  if (before && before.size > head.size) {
    throw refused(`the log has ${head.size} entries, and had ${before.size} when this witness last signed`);
  }
  const tree = growTree();
  for (let index = 0; tree.size < head.size; index++) {
    const width = tileWidth({ level: 0, index }, head.size);
    const tile = await readFileOf(join(folder, tilePath(0, index, width)));
    if (tile.length !== width * HASH_BYTES) throw refused(`tile ${index} of level 0 has another length`);
    for (let at = 0; at < tile.length; at += HASH_BYTES) {
      tree.append(tile.subarray(at, at + HASH_BYTES));
      if (tree.size === before?.size && !sameBytes(tree.root(), before.root)) {
        throw refused(`the log does not begin with the ${before.size} entries that this witness signed`);
      }
    }
  }
  if (!sameBytes(tree.root(), head.root)) throw refused("the checkpoint's root is not that of the tiles");
}

function refused(why: string): AssentError {
  return new AssentError("refused", why, {
    remedy:
      "Keep this folder, and the one that was signed before: together they show what was changed. Nothing was signed.",
  });
}

function newWitness(name: string | undefined): WitnessFile {
  if (name === undefined || !isKeyName(name)) {
    throw new AssentError("bad-input", "a new witness needs a name without spaces and plus signs", {
      remedy: "Give --name, such as witness.example.org/assent: others will know its key by it.",
    });
  }
  return { format: FORMAT, name, seed: randomBytes(32).toString("base64url"), logs: {} };
}

async function readWitness(path: string): Promise<WitnessFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw storageError(error, "read the witness's key", path);
  }
  const file = parse(text);
  if (file?.format === FORMAT) return file;
  throw new AssentError("bad-input", `${path} is no witness's key of this version`, {
    remedy: "Name the file that an earlier run made, or one that is not there yet.",
  });
}

function parse(text: string): WitnessFile | undefined {
  try {
    return JSON.parse(text) as WitnessFile;
  } catch {
    return undefined;
  }
}

async function readText(path: string): Promise<string> {
  return (await readFileOf(path)).toString("utf8");
}

async function readFileOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw storageError(error, "read the log", path);
    throw new AssentError("not-found", `there is no ${path}`, {
      remedy: "Name a folder that assent log export wrote, whole.",
    });
  }
}

async function write(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFileDurably(path, text, { mode });
  } catch (error) {
    throw storageError(error, "write", path);
  }
}
