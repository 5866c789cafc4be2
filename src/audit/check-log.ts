import { sql } from "kysely";
import type { Id } from "../core/index.ts";
import { sameBytes } from "../crypto/index.ts";
import type { Db } from "../db/index.ts";
import { checkCheckpoint, parseCheckpoint } from "./checkpoint.ts";
import { waitingEntries } from "./log.ts";
import { inOrder, MOST_DAMAGE, type Damage } from "./damage.ts";
import type { NoteKey } from "./note.ts";
import { hashesOf, TILE_WIDTH, tilesOf, type Tile } from "./tiles.ts";
import { EMPTY_ROOT, growTree, leafHash, rootOver, type Hash } from "./tree-hash.ts";

export interface LogCheck {
  /** In the newest checkpoint there is, stored or kept outside. */
  readonly size: number;
  readonly checkpoints: number;
  /** Entries with no position yet: of the last second, or the sequencer does not run. */
  readonly waiting: number;
  /** By position where they have one; at most `MOST_DAMAGE` of them. */
  readonly damage: readonly Damage[];
}

export interface CheckOptions {
  readonly origin: string;
  /** Every key that ever signed this log, and witnesses. */
  readonly keys: readonly NoteKey[];
  /** Checkpoints kept outside the database: the file's, and those of people who ask. */
  readonly kept: readonly string[];
  /** Entries whose payload does not fit their leaf (`alteredEntries`). */
  readonly altered: readonly Id[];
  /** Told how many leaves were gone through, of how many. */
  readonly progress?: ((done: number, of: number) => void) | undefined;
}

/** A megabyte of hashes at a time. */
const LEAVES_AT_ONCE = TILE_WIDTH * 64;

interface Head {
  readonly size: number;
  readonly root: Hash;
  /** From outside the database. */
  readonly kept: boolean;
}

/**
 * Goes through the whole log once: every leaf against the stored tree, every hash of the tree against those below it, every
 * checkpoint against the leaves before it and against the log's keys. Where leaf and tree differ, the next checkpoint's root
 * tells which of them was changed. The caller gives one snapshot of the database, since the log grows meanwhile.
 * About three hashes an entry and a signature a checkpoint; memory for a megabyte of leaves and for the checkpoints.
 */
export async function checkLog(
  db: Db,
  { origin, keys, kept, altered, progress }: CheckOptions,
): Promise<LogCheck> {
  const damage: Damage[] = [];
  const heads = await readHeads(db, origin, keys, kept, damage);
  const size = heads.at(-1)?.size ?? 0;
  const { last } = await db
    .selectFrom("log_position")
    .select((eb) => eb.fn.max("position").as("last"))
    .executeTakeFirstOrThrow();
  const present = Math.min(size, (last ?? -1) + 1);
  if (present < size) damage.push({ kind: "truncated", position: present, until: size });
  const walk = openWalk(heads, damage);
  for (let from = 0; from < present; from += LEAVES_AT_ONCE) {
    const until = Math.min(present, from + LEAVES_AT_ONCE);
    const leaves = await leavesBetween(db, from, until);
    const stored = await storedHashes(db, from, until);
    for (let position = from; position < until; position++) {
      walk.step(position, leaves.get(position), stored(position));
    }
    progress?.(until, present);
  }
  walk.end();
  await checkUpperTiles(db, present, damage);
  damage.push(...(await alteredPayloads(db, altered)), ...(await leftOut(db)));
  return {
    size,
    checkpoints: heads.length,
    waiting: await waitingEntries(db),
    damage: inOrder(damage).slice(0, MOST_DAMAGE),
  };
}

/** Checkpoints whose signature holds, the smallest first. What does not is damage, and is not measured the log by. */
async function readHeads(
  db: Db,
  origin: string,
  keys: readonly NoteKey[],
  kept: readonly string[],
  damage: Damage[],
): Promise<readonly Head[]> {
  const rows = await db
    .selectFrom("log_checkpoint")
    .select(["size", "root", "note"])
    .orderBy("size")
    .execute();
  const cosigned = new Map<number, string>();
  for (const { size, line } of await db.selectFrom("log_cosignature").select(["size", "line"]).execute()) {
    cosigned.set(size, (cosigned.get(size) ?? "") + line);
  }
  const heads: Head[] = [];
  for (const row of rows) {
    const checked = checkCheckpoint(row.note + (cosigned.get(row.size) ?? ""), origin, keys);
    if (!checked.valid) damage.push({ kind: "wrong-signature", size: row.size, reason: checked.reason });
    else if (checked.size !== row.size || !sameBytes(checked.root, row.root)) {
      damage.push({ kind: "wrong-signature", size: row.size, reason: "the row is not what was signed" });
    } else heads.push({ size: row.size, root: row.root, kept: false });
  }
  for (const note of kept) {
    const checked = checkCheckpoint(note, origin, keys);
    if (checked.valid) heads.push({ size: checked.size, root: checked.root, kept: true });
    else
      damage.push({
        kind: "wrong-signature",
        size: parseCheckpoint(note)?.size ?? 0,
        reason: checked.reason,
      });
  }
  return heads.filter((head) => head.size > 0).sort((a, b) => a.size - b.size);
}

async function leavesBetween(db: Db, from: number, until: number): Promise<ReadonlyMap<number, Uint8Array>> {
  const rows = await db
    .selectFrom("log_position")
    .leftJoin("entry", "entry.id", "log_position.entry_id")
    .select(["position", "leaf"])
    .where("position", ">=", from)
    .where("position", "<", until)
    .execute();
  return new Map(rows.flatMap((row) => (row.leaf ? [[row.position, row.leaf]] : [])));
}

/** The hashes of level 0 as they are stored. */
async function storedHashes(
  db: Db,
  from: number,
  until: number,
): Promise<(position: number) => Hash | undefined> {
  const rows = await db
    .selectFrom("log_tile")
    .select(["index", "hashes"])
    .where("level", "=", 0)
    .where("index", ">=", Math.floor(from / TILE_WIDTH))
    .where("index", "<=", Math.floor((until - 1) / TILE_WIDTH))
    .execute();
  const tiles = new Map(rows.map((row) => [row.index, hashesOf(row)]));
  return (position) => tiles.get(Math.floor(position / TILE_WIDTH))?.[position % TILE_WIDTH];
}

/** A place where the entry's leaf and the stored tree do not agree. */
interface Mismatch {
  readonly position: number;
  readonly entry: Hash;
  readonly stored: Hash;
}

/**
 * Grows two trees leaf by leaf: one of the entries, one of the stored hashes; whichever lacks a leaf takes the other's. At
 * the size of a checkpoint their roots are compared with it, and where one of them fits both go on from it, so that one
 * damage does not hide the next.
 */
function openWalk(heads: readonly Head[], damage: Damage[]) {
  let [byEntries, byTiles] = [growTree(), growTree()];
  let open: Mismatch[] = [];
  const altered: Mismatch[] = [];
  const newest = heads.findLast((head) => !head.kept);
  let at = 0;

  function compare(head: Head): void {
    const entriesFit = sameBytes(byEntries.root(), head.root);
    const tilesFit = sameBytes(byTiles.root(), head.root);
    if (!entriesFit && !tilesFit) {
      damage.push({ kind: head === newest ? "wrong-root" : "not-extended", size: head.size });
      return;
    }
    if (entriesFit) byTiles = byEntries.copy();
    else byEntries = byTiles.copy();
    settle(entriesFit);
  }

  /** Says of what was different so far whether the entries or the tree were changed. */
  function settle(entriesFit: boolean): void {
    for (const mismatch of open.splice(0)) {
      if (entriesFit) damage.push(treeDamage(mismatch.position));
      else altered.push(mismatch);
    }
  }

  return {
    step(position: number, leaf: Uint8Array | undefined, stored: Hash | undefined): void {
      const entry = leaf && leafHash(leaf);
      if (!entry) damage.push({ kind: "missing-entry", position });
      if (!stored) damage.push(treeDamage(position));
      else if (entry && !sameBytes(entry, stored)) open.push({ position, entry, stored });
      byEntries.append(entry ?? stored ?? EMPTY_ROOT);
      byTiles.append(stored ?? entry ?? EMPTY_ROOT);
      for (; heads[at]?.size === position + 1; at++) compare(heads[at] as Head);
    },
    end(): void {
      // No root vouches for either: both say something about what was signed, and the entries are what people rely on.
      settle(false);
      const signedAt = new Map(altered.map(({ stored, position }) => [hex(stored), position]));
      for (const { position, entry } of altered) {
        const from = signedAt.get(hex(entry));
        damage.push(
          from === undefined ? { kind: "altered-leaf", position } : { kind: "reordered", position, from },
        );
      }
    },
  };
}

const hex = (hash: Hash): string => Buffer.from(hash).toString("hex");

function treeDamage(position: number): Damage {
  return { kind: "altered-tree", level: 0, index: Math.floor(position / TILE_WIDTH), position };
}

/** Each hash of the levels above 0 is the root of a full tile below it. */
async function checkUpperTiles(db: Db, size: number, damage: Damage[]): Promise<void> {
  for (const { level, index, width } of tilesOf(size)) {
    if (level === 0) continue;
    const above = await hashesOfTile(db, level, index);
    const { rows } = await sql<Pick<Tile, "index" | "hashes">>`
      select index, hashes from log_tile
      where level = ${level - 1} and index >= ${index * TILE_WIDTH} and index < ${index * TILE_WIDTH + width}`.execute(
      db,
    );
    const below = new Map(rows.map((row) => [row.index, hashesOf(row)]));
    for (let i = 0; i < width; i++) {
      const under = below.get(index * TILE_WIDTH + i);
      const stored = above[i];
      if (under?.length === TILE_WIDTH && stored && sameBytes(rootOver(under), stored)) continue;
      const position = (index * TILE_WIDTH + i) * TILE_WIDTH ** level;
      // Where a leaf's hash below is damaged it was named already.
      if (
        !damage.some(
          (one) =>
            one.kind === "altered-tree" && one.level === level - 1 && one.index === index * TILE_WIDTH + i,
        )
      ) {
        damage.push({ kind: "altered-tree", level, index, position });
      }
    }
  }
}

async function hashesOfTile(db: Db, level: number, index: number): Promise<readonly Hash[]> {
  const row = await db
    .selectFrom("log_tile")
    .select("hashes")
    .where("level", "=", level)
    .where("index", "=", index)
    .executeTakeFirst();
  return row ? hashesOf(row) : [];
}

async function alteredPayloads(db: Db, altered: readonly Id[]): Promise<readonly Damage[]> {
  if (altered.length === 0) return [];
  const rows = await db
    .selectFrom("log_position")
    .select(["entry_id", "position"])
    .where("entry_id", "in", altered.slice(0, MOST_DAMAGE))
    .execute();
  const positions = new Map(rows.map((row) => [row.entry_id, row.position]));
  return altered
    .slice(0, MOST_DAMAGE)
    .map((entry) => ({ kind: "altered-payload", entry, position: positions.get(entry) ?? null }));
}

async function leftOut(db: Db): Promise<readonly Damage[]> {
  const { rows } = await sql<{ id: Id }>`
    select e.id from entry e
    where not exists (select 1 from log_position p where p.entry_id = e.id)
      and not exists (select 1 from log_waiting w where w.entry_id = e.id)
    limit ${MOST_DAMAGE}`.execute(db);
  return rows.map(({ id }) => ({ kind: "left-out", entry: id }));
}
