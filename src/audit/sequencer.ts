import { sql } from "kysely";
import { AssentError, type Clock } from "../core/index.ts";
import { sameBytes } from "../crypto/index.ts";
import type { Trx } from "../db/index.ts";
import { checkpointText, parseCheckpoint, type SignedCheckpoint, type TreeHead } from "./checkpoint.ts";
import { latestCheckpoint, readTiles, rootOfSize } from "./log.ts";
import { formatNote, noteSignature } from "./note.ts";
import { appendToTiles, partialTiles, type Tile } from "./tiles.ts";
import { leafHash } from "./tree-hash.ts";

/** Signs with the log's key. The public key has 32 bytes. */
export type SignLog = (
  bytes: Uint8Array,
) => Promise<{ readonly signature: Uint8Array; readonly publicKey: Uint8Array }>;

export interface SequenceParts {
  readonly origin: string;
  readonly sign: SignLog;
  /** The head that was signed last, kept outside the database; undefined where none was yet. */
  readonly pinned: string | undefined;
  readonly clock: Clock;
}

export interface Sequenced {
  readonly checkpoint: SignedCheckpoint;
  /** Entries that were given their positions. */
  readonly entries: number;
}

/**
 * As many entries at a time: some 10 MB of memory, and a transaction of about a second. More wait for the next turn, so
 * that the first run over an old log is a row of such transactions.
 */
const MOST_AT_ONCE = 16_384;

/**
 * Gives positions to the entries that wait, in the order in which they were written, appends them to the tree and signs its
 * new head. Undefined where none wait. The caller alone sequences (an advisory lock), and keeps the head outside the
 * database once this has committed: a head whose transaction did not was seen by nobody, and another may take its place.
 *
 * Errors: `conflict` where the database has a shorter or another log than was signed before, as after an old backup was
 * restored. Signing on would make two logs of one name.
 */
export async function sequence(trx: Trx, parts: SequenceParts): Promise<Sequenced | undefined> {
  const { rows: waiting } = await sql<{ id: string; leaf: Buffer }>`
    select e.id, e.leaf from log_waiting w join entry e on e.id = w.entry_id
    order by e.sequence limit ${MOST_AT_ONCE}`.execute(trx);
  if (waiting.length === 0) return undefined;
  const size = await signedSoFar(trx, parts);
  const edge = partialTiles(size);
  const stored = await readTiles(trx, edge);
  const partial = edge.flatMap(({ level, index }) => stored.get(`${level}/${index}`) ?? []);
  const leaves = waiting.map((row) => leafHash(row.leaf));
  const { changed, ...grown } = appendToTiles(size, partial, leaves);

  const ids = waiting.map((row) => row.id);
  await sql`insert into log_position (position, entry_id)
    select ${size} + ordinality - 1, id from unnest(${ids}::uuid[]) with ordinality as given (id, ordinality)`.execute(
    trx,
  );
  await sql`delete from log_waiting where entry_id = any(${ids}::uuid[])`.execute(trx);
  await saveTiles(trx, changed);
  const text = checkpointText({ origin: parts.origin, size: grown.size, root: grown.root });
  const { signature, publicKey } = await parts.sign(Buffer.from(text, "utf8"));
  const key = { name: parts.origin, type: "log", publicKey } as const;
  const note = formatNote({ text, signatures: [noteSignature(key, signature, 0)] });
  await trx
    .insertInto("log_checkpoint")
    .values({ size: grown.size, root: Buffer.from(grown.root), note, at: parts.clock.now() })
    .execute();
  return { checkpoint: { origin: parts.origin, ...grown, note }, entries: ids.length };
}

/** The size of the log as it was signed, once it is certain that the database still has that log. */
async function signedSoFar(trx: Trx, { origin, pinned }: SequenceParts): Promise<number> {
  const latest = await latestCheckpoint(trx);
  if (latest && latest.origin !== origin) throw forked("is the log of another instance");
  const size = latest?.size ?? 0;
  const heads = [...(latest ? [latest] : []), ...(pinned === undefined ? [] : [pinnedHead(pinned)])];
  for (const head of heads) {
    if (head.size > size) throw forked(`has ${size} signed entries, where ${head.size} were signed before`);
    if (!sameBytes(await rootOfSize(trx, head.size), head.root)) {
      throw forked(`is not the one that was signed with ${head.size} entries`);
    }
  }
  return size;
}

function pinnedHead(pinned: string): TreeHead {
  const head = parseCheckpoint(pinned);
  if (head) return head;
  throw new AssentError("storage-failed", "the file with the log's last checkpoint is damaged", {
    remedy: "Bring journal/checkpoint back from a copy; the same checkpoint that somebody else kept will do.",
  });
}

function forked(how: string): AssentError {
  return new AssentError("conflict", `the transparency log in the database ${how}`, {
    remedy:
      "Nothing is signed on top of it. Run assent log check, and bring back the database that belongs to journal/checkpoint.",
  });
}

async function saveTiles(trx: Trx, tiles: readonly Tile[]): Promise<void> {
  await sql`
    insert into log_tile (level, index, hashes)
    select * from unnest(${tiles.map((tile) => tile.level)}::integer[], ${tiles.map((tile) => tile.index)}::bigint[],
      ${tiles.map((tile) => Buffer.from(tile.hashes))}::bytea[])
    on conflict (level, index) do update set hashes = excluded.hashes`.execute(trx);
}
