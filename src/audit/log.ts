import { sql } from "kysely";
import { AssentError, type Id } from "../core/index.ts";
import { sameBytes } from "../crypto/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { parseCheckpoint, type SignedCheckpoint, type TreeHead } from "./checkpoint.ts";
import { consistencyPath, inclusionPath, perfectNodes, rangeHash, type Range } from "./proofs.ts";
import {
  nodeFromTile,
  partialTiles,
  placeOf,
  rootFromPartialTiles,
  TILE_WIDTH,
  tileWidth,
  type Tile,
  type TileId,
} from "./tiles.ts";
import { HASH_BYTES, type Hash } from "./tree-hash.ts";

/** The head of the log that was signed last, with the cosignatures there are; undefined while nothing was signed. */
export async function latestCheckpoint(db: Db | Trx): Promise<SignedCheckpoint | undefined> {
  const row = await db
    .selectFrom("log_checkpoint")
    .select(["size", "note"])
    .orderBy("size", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && withCosignatures(db, row.size, row.note);
}

/** The head that was signed at just this size; undefined where none was. */
export async function checkpointOfSize(db: Db | Trx, size: number): Promise<SignedCheckpoint | undefined> {
  const row = await db
    .selectFrom("log_checkpoint")
    .select("note")
    .where("size", "=", size)
    .executeTakeFirst();
  return row && withCosignatures(db, size, row.note);
}

async function withCosignatures(db: Db | Trx, size: number, note: string): Promise<SignedCheckpoint> {
  const lines = await db
    .selectFrom("log_cosignature")
    .select("line")
    .where("size", "=", size)
    .orderBy("witness")
    .execute();
  const signed = note + lines.map((row) => row.line).join("");
  const parsed = parseCheckpoint(signed);
  if (!parsed) {
    throw new AssentError("signature", `the checkpoint of size ${size} in the database is none`, {
      remedy: "Somebody or something changed a row. Run assent log check.",
    });
  }
  return { origin: parsed.origin, size: parsed.size, root: parsed.root, note: signed };
}

/** That an entry is in the log: its place, and the hashes that lead from it to the root of a signed head. */
export interface InclusionProof {
  readonly entry: Id;
  /** From 0. */
  readonly position: number;
  /** The entry's commitment, 32 bytes: the leaf whose hash the proof begins with. */
  readonly leaf: Uint8Array;
  readonly checkpoint: SignedCheckpoint;
  /** From the leaf's sibling upwards. */
  readonly proof: readonly Hash[];
}

/**
 * The proof of an entry under the newest checkpoint. Reads a number of tiles that grows with the logarithm of the log.
 * Errors: `not-found` where there is no such entry; `interrupted` where it has no signed place yet (`sequenceLog` gives it one).
 */
export async function inclusionProofOf(db: Db, entry: Id): Promise<InclusionProof> {
  const [row, checkpoint] = await Promise.all([
    db
      .selectFrom("entry")
      .leftJoin("log_position", "log_position.entry_id", "entry.id")
      .select(["entry.leaf", "log_position.position"])
      .where("entry.id", "=", entry)
      .executeTakeFirst(),
    latestCheckpoint(db),
  ]);
  if (!row) {
    throw new AssentError("not-found", `there is no entry ${entry} in the log`, {
      remedy: "Give the id of an entry, as --json prints them.",
    });
  }
  const position = row.position;
  // Read beside one another: the position may be of a moment after the checkpoint.
  if (position === null || !checkpoint || position >= checkpoint.size) {
    throw new AssentError("interrupted", "this entry has no place in the signed log yet", {
      remedy: "Try again in a second.",
    });
  }
  const proof = await hashRanges(db, inclusionPath(position, checkpoint.size));
  return { entry, position, leaf: row.leaf, checkpoint, proof };
}

/** That the log of one size begins with the log of a smaller one. */
export interface ConsistencyProof {
  readonly from: number;
  readonly checkpoint: SignedCheckpoint;
  readonly proof: readonly Hash[];
}

/**
 * That the log of the newest checkpoint begins with the log of an earlier size; whoever kept that earlier head has its root.
 * Errors: `bad-input` where the size is none that the log ever had.
 */
export async function consistencyProof(db: Db, from: number): Promise<ConsistencyProof> {
  const checkpoint = await latestCheckpoint(db);
  if (!checkpoint || !Number.isSafeInteger(from) || from < 1 || from > checkpoint.size) {
    throw new AssentError(
      "bad-input",
      `the log has ${checkpoint?.size ?? 0} entries, and never had ${from}`,
      {
        remedy: "Give a size from 1 to the newest checkpoint's.",
      },
    );
  }
  return { from, checkpoint, proof: await hashRanges(db, consistencyPath(from, checkpoint.size)) };
}

/** The root of the first `size` leaves, as the stored tree has it. */
export async function rootOfSize(db: Db | Trx, size: number): Promise<Hash> {
  const ids = partialTiles(size);
  const tiles = await readTiles(db, ids);
  return rootFromPartialTiles(
    ids.map((id) => {
      const tile = tileFrom(tiles, id);
      return { hashes: tile.hashes.subarray(0, tileWidth(id, size) * HASH_BYTES) };
    }),
  );
}

/** Whether the signed log begins with that of the head. */
export async function goesOnFrom(db: Db | Trx, head: TreeHead): Promise<boolean> {
  const latest = await latestCheckpoint(db);
  if (head.size > (latest?.size ?? 0)) return false;
  return sameBytes(await rootOfSize(db, head.size), head.root);
}

async function hashRanges(db: Db, ranges: readonly Range[]): Promise<readonly Hash[]> {
  const wanted = new Map<string, TileId>();
  for (const node of ranges.flatMap(perfectNodes)) {
    const { tile } = placeOf(node);
    wanted.set(keyOf(tile), tile);
  }
  const tiles = await readTiles(db, [...wanted.values()]);
  return ranges.map((range) =>
    rangeHash(range, (node) => {
      const place = placeOf(node);
      return nodeFromTile(tileFrom(tiles, place.tile), place.first, place.count);
    }),
  );
}

const keyOf = ({ level, index }: TileId): string => `${level}/${index}`;

/** Stored tiles by level and index, in one statement. */
export async function readTiles(db: Db | Trx, ids: readonly TileId[]): Promise<ReadonlyMap<string, Tile>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<Tile>`
    select t.level, t.index, t.hashes from log_tile t
    join unnest(${ids.map((id) => id.level)}::integer[], ${ids.map((id) => id.index)}::bigint[]) as wanted (level, index)
      on wanted.level = t.level and wanted.index = t.index`.execute(db);
  return new Map(rows.map((row) => [keyOf(row), row]));
}

function tileFrom(tiles: ReadonlyMap<string, Tile>, id: TileId): Tile {
  const tile = tiles.get(keyOf(id));
  if (tile) return tile;
  throw new AssentError("signature", `tile ${keyOf(id)} of the log is gone`, {
    remedy: "Somebody or something removed a row. Run assent log check.",
  });
}

/**
 * Part of the log as C2SP tlog-tiles serves it: `width` hashes of a tile. Undefined where the newest checkpoint has not
 * so many.
 */
export async function servedTile(db: Db, id: TileId, width: number): Promise<Uint8Array | undefined> {
  const size = await signedSize(db);
  if (width > tileWidth(id, size)) return undefined;
  const tile = (await readTiles(db, [id])).get(keyOf(id));
  return tile?.hashes.subarray(0, width * HASH_BYTES);
}

/** The commitments of a bundle's leaves; undefined where the newest checkpoint has not so many. */
export async function servedLeaves(
  db: Db,
  index: number,
  width: number,
): Promise<readonly Uint8Array[] | undefined> {
  const size = await signedSize(db);
  if (width > tileWidth({ level: 0, index }, size)) return undefined;
  const rows = await db
    .selectFrom("log_position")
    .innerJoin("entry", "entry.id", "log_position.entry_id")
    .select("entry.leaf")
    .where("position", ">=", index * TILE_WIDTH)
    .where("position", "<", index * TILE_WIDTH + width)
    .orderBy("position")
    .execute();
  return rows.length === width ? rows.map((row) => row.leaf) : undefined;
}

async function signedSize(db: Db): Promise<number> {
  const row = await db
    .selectFrom("log_checkpoint")
    .select((eb) => eb.fn.max("size").as("size"))
    .executeTakeFirst();
  return row?.size ?? 0;
}

/** How many entries wait for their position. */
export async function waitingEntries(db: Db): Promise<number> {
  const { n } = await db
    .selectFrom("log_waiting")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  return n;
}

/** A proof in the form of C2SP tlog-proof, `extra` being the commitment. */
export function formatInclusionProof({ position, leaf, proof, checkpoint }: InclusionProof): string {
  const lines = [
    "c2sp.org/tlog-proof@v1",
    `extra ${Buffer.from(leaf).toString("base64")}`,
    `index ${position}`,
    ...proof.map((hash) => Buffer.from(hash).toString("base64")),
  ];
  return `${lines.join("\n")}\n\n${checkpoint.note}`;
}
