import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { newId, systemClock, type Id } from "../core/index.ts";
import { signBytes } from "../crypto/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { checkLog, type CheckOptions } from "./check-log.ts";
import { checkCheckpoint, originOf, type SignedCheckpoint } from "./checkpoint.ts";
import { forgetEntriesOf, record, alteredEntries } from "./entries.ts";
import {
  consistencyProof,
  formatInclusionProof,
  inclusionProofOf,
  latestCheckpoint,
  servedLeaves,
  servedTile,
  waitingEntries,
} from "./log.ts";
import { openCheckpointPin } from "./pin.ts";
import { isConsistent, isIncluded } from "./proofs.ts";
import { sequence, type Sequenced } from "./sequencer.ts";
import { leafHash, rootOver } from "./tree-hash.ts";

const seed = Buffer.alloc(32, 3);
const origin = originOf(newId());
const key = { name: origin, type: "log", publicKey: signBytes(seed, new Uint8Array()).publicKey } as const;
const parts = {
  origin,
  pinned: undefined,
  clock: systemClock,
  sign: async (bytes: Uint8Array) => signBytes(seed, bytes),
};

let database: TestDatabase;
const person = newId();
const entries: Id[] = [];
/** After 3, 260 and 600 entries: within a tile, past one, in the third. */
const heads: SignedCheckpoint[] = [];

async function write(count: number): Promise<void> {
  await inTransaction(database.db, async (trx) => {
    for (let i = 0; i < count; i++) {
      const n = entries.length;
      entries.push(
        await record(
          trx,
          { kind: "tried", payload: { n }, person: n % 10 === 0 ? person : undefined },
          systemClock,
        ),
      );
    }
  });
}

const sequenceAll = (more: Partial<Parameters<typeof sequence>[1]> = {}): Promise<Sequenced | undefined> =>
  inTransaction(database.db, (trx) => sequence(trx, { ...parts, ...more }));

beforeAll(async () => {
  database = await testDatabase();
  for (const count of [3, 257, 340]) {
    await write(count);
    const done = await sequenceAll();
    expect(done?.entries).toBe(count);
    if (done) heads.push(done.checkpoint);
  }
});
afterAll(() => database.close());

const checked = async (db: Trx | TestDatabase["db"] = database.db, more: Partial<CheckOptions> = {}) =>
  checkLog(db, { origin, keys: [key], kept: [], altered: await alteredEntries(db), ...more });

describe("the sequencer", () => {
  test("gives positions from 0 without gaps, in the order of writing, and signs the root over them", async () => {
    const rows = await database.db.selectFrom("log_position").selectAll().orderBy("position").execute();
    expect(rows.map((row) => row.position)).toEqual(entries.map((_, i) => i));
    expect(rows.map((row) => row.entry_id)).toEqual(entries);
    const leaves = await database.db.selectFrom("entry").select("leaf").orderBy("sequence").execute();
    for (const head of heads) {
      const root = rootOver(leaves.slice(0, head.size).map((row) => leafHash(row.leaf)));
      expect(Buffer.from(head.root)).toEqual(Buffer.from(root));
      expect(checkCheckpoint(head.note, origin, [key])).toMatchObject({ valid: true, size: head.size });
    }
    expect(heads.map((head) => head.size)).toEqual([3, 260, 600]);
    expect(await latestCheckpoint(database.db)).toEqual(heads[2]);
    expect(await waitingEntries(database.db)).toBe(0);
  });

  test("does nothing where nothing waits", async () => {
    expect(await sequenceAll()).toBeUndefined();
  });

  test("leaves all as it was where it fails at any step, and the next does the same work", async () => {
    await expect(
      inTransaction(database.db, async (trx) => {
        await record(trx, { kind: "undone", payload: {} }, systemClock);
        await sequence(trx, { ...parts, sign: () => Promise.reject(new Error("no key")) });
      }),
    ).rejects.toThrow("no key");
    expect(await waitingEntries(database.db)).toBe(0);
    expect((await checked()).damage).toEqual([]);
    expect(await latestCheckpoint(database.db)).toEqual(heads[2]);
  });

  test("does not sign on top of another log than the one that was signed before", async () => {
    const head = heads[2] as SignedCheckpoint;
    const more = async (pinned: string, change?: (trx: Trx) => Promise<unknown>): Promise<unknown> => {
      let thrown: unknown;
      await tampered(async (trx) => {
        await change?.(trx);
        await record(trx, { kind: "more", payload: {} }, systemClock);
        thrown = await sequence(trx, { ...parts, pinned }).catch((error: unknown) => error);
      });
      return thrown;
    };
    expect(await more(head.note)).toMatchObject({ entries: 1 });
    expect(await more((heads[0] as SignedCheckpoint).note)).toMatchObject({ entries: 1 });
    expect(await more(head.note, cutTo(260))).toMatchObject({ code: "conflict", message: /600 were signed/ });
    expect(await more(head.note, flipTile(0, 2))).toMatchObject({ code: "conflict" });
    const other = { ...head, root: Buffer.alloc(32) };
    expect(await more(note(other))).toMatchObject({ code: "conflict", message: /600 entries/ });
    expect(await more("damaged")).toMatchObject({ code: "storage-failed" });
  });
});

describe("a proof from the stored tree", () => {
  test("of an entry holds under the newest checkpoint, for every entry", async () => {
    for (const [position, entry] of entries.entries()) {
      if (position % 37 !== 0 && position < 590) continue;
      const found = await inclusionProofOf(database.db, entry);
      expect(found).toMatchObject({ position, entry });
      const { root, size } = found.checkpoint;
      expect(isIncluded({ position, size, root, leaf: leafHash(found.leaf), proof: found.proof })).toBe(true);
      expect(formatInclusionProof(found).split("\n").slice(0, 3)).toEqual([
        "c2sp.org/tlog-proof@v1",
        `extra ${Buffer.from(found.leaf).toString("base64")}`,
        `index ${position}`,
      ]);
    }
  });

  test("of an earlier size holds for every size that was signed, and others", async () => {
    const head = heads[2] as SignedCheckpoint;
    const leaves = await database.db.selectFrom("entry").select("leaf").orderBy("sequence").execute();
    for (const from of [1, 3, 255, 256, 257, 260, 512, 599, 600]) {
      const { proof } = await consistencyProof(database.db, from);
      const fromRoot = rootOver(leaves.slice(0, from).map((row) => leafHash(row.leaf)));
      expect(isConsistent({ from, fromRoot, size: head.size, root: head.root, proof }), String(from)).toBe(
        true,
      );
    }
    for (const from of [0, 601, -1, 1.5]) {
      await expect(consistencyProof(database.db, from)).rejects.toMatchObject({ code: "bad-input" });
    }
  });

  test("is refused for no entry, and for one that has no place yet", async () => {
    await expect(inclusionProofOf(database.db, newId())).rejects.toMatchObject({ code: "not-found" });
    await tampered(async (trx) => {
      const waiting = await record(trx, { kind: "waiting", payload: {} }, systemClock);
      await expect(inclusionProofOf(trx, waiting)).rejects.toMatchObject({ code: "interrupted" });
    });
  });

  test("serves tiles and leaves up to the signed size, in any narrower width that was signed, and nothing beyond", async () => {
    const full = await servedTile(database.db, { level: 0, index: 0 }, 256);
    expect(full).toHaveLength(8192);
    expect(await servedTile(database.db, { level: 0, index: 0 }, 3)).toEqual(full?.subarray(0, 96));
    expect(await servedTile(database.db, { level: 0, index: 2 }, 88)).toHaveLength(88 * 32);
    expect(await servedTile(database.db, { level: 0, index: 2 }, 89)).toBeUndefined();
    expect(await servedTile(database.db, { level: 1, index: 0 }, 2)).toHaveLength(64);
    expect(await servedTile(database.db, { level: 2, index: 0 }, 1)).toBeUndefined();
    expect(await servedLeaves(database.db, 2, 88)).toHaveLength(88);
    expect(await servedLeaves(database.db, 2, 89)).toBeUndefined();
    const [first] = (await servedLeaves(database.db, 0, 1)) ?? [];
    expect(Buffer.from(leafHash(first ?? new Uint8Array()))).toEqual(
      Buffer.from(full?.subarray(0, 32) ?? []),
    );
  });
});

/** Does it with the database's own guards off, as somebody who administers it could, and takes it back afterwards. */
async function tampered(work: (trx: Trx) => Promise<void>): Promise<void> {
  const back = new Error("taken back");
  await expect(
    inTransaction(database.db, async (trx) => {
      await work(trx);
      throw back;
    }),
  ).rejects.toBe(back);
}

const withoutGuards = async (trx: Trx): Promise<unknown> =>
  sql`set local session_replication_role = replica`.execute(trx);
const cutTo = (size: number) => async (trx: Trx) => {
  await withoutGuards(trx);
  await sql`delete from log_position where position >= ${size}`.execute(trx);
  await sql`delete from log_checkpoint where size > ${size}`.execute(trx);
  await sql`set local session_replication_role = origin`.execute(trx);
};
const flipTile = (level: number, index: number) => async (trx: Trx) => {
  await withoutGuards(trx);
  await sql`update log_tile set hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40))
    where level = ${level} and index = ${index}`.execute(trx);
  await sql`set local session_replication_role = origin`.execute(trx);
};
const note = (head: { size: number; root: Uint8Array }): string => {
  const text = `${origin}\n${head.size}\n${Buffer.from(head.root).toString("base64")}\n`;
  const { signature } = signBytes(seed, Buffer.from(text));
  const id = (heads[0] as SignedCheckpoint).note.split(" ").at(-1)?.trim() ?? "";
  return `${text}\n\u2014 ${origin} ${Buffer.concat([Buffer.from(id, "base64").subarray(0, 4), signature]).toString("base64")}\n`;
};

describe("the check of the whole log", () => {
  test("finds nothing wrong with a log that is whole, measured by every head that was signed", async () => {
    expect(await checked()).toEqual({ size: 600, checkpoints: 3, waiting: 0, damage: [] });
    const kept = heads.map((head) => head.note);
    expect(await checked(database.db, { kept })).toMatchObject({ checkpoints: 6, damage: [] });
  });

  test.each<[string, (trx: Trx) => Promise<unknown>, readonly unknown[]]>([
    [
      "a leaf that was changed",
      (trx) => sql`update entry set leaf = ${Buffer.alloc(32)} where id = ${entries[270] ?? ""}`.execute(trx),
      [
        { kind: "altered-leaf", position: 270 },
        { kind: "altered-payload", entry: "270", position: 270 },
      ],
    ],
    [
      "leaves that were changed before and after a checkpoint",
      (trx) =>
        sql`update entry set leaf = ${Buffer.alloc(32)} where id in (${entries[1]}, ${entries[599]})`.execute(
          trx,
        ),
      [
        { kind: "altered-leaf", position: 1 },
        { kind: "altered-payload", entry: "1", position: 1 },
        { kind: "altered-leaf", position: 599 },
        { kind: "altered-payload", entry: "599", position: 599 },
      ],
    ],
    [
      "two entries that changed places",
      async (trx) => {
        await sql`delete from log_position where position in (5, 300)`.execute(trx);
        await sql`insert into log_position values (5, ${entries[300]}), (300, ${entries[5]})`.execute(trx);
      },
      [
        { kind: "reordered", position: 5, from: 300 },
        { kind: "reordered", position: 300, from: 5 },
      ],
    ],
    [
      "an entry in the middle that was removed",
      (trx) => sql`delete from log_position where position = 258`.execute(trx),
      [
        { kind: "missing-entry", position: 258 },
        { kind: "left-out", entry: "258" },
      ],
    ],
    [
      "an entry removed with its row and payload",
      async (trx) => {
        await sql`delete from entry_payload where entry_id = ${entries[7]}`.execute(trx);
        await sql`delete from entry where id = ${entries[7]}`.execute(trx);
      },
      [{ kind: "missing-entry", position: 7 }],
    ],
    [
      "an end that was cut off",
      async (trx) => {
        await sql`delete from log_position where position >= 597`.execute(trx);
        await sql`delete from entry_payload where entry_id in (${entries[597]}, ${entries[598]}, ${entries[599]})`.execute(
          trx,
        );
        await sql`delete from entry where id in (${entries[597]}, ${entries[598]}, ${entries[599]})`.execute(
          trx,
        );
      },
      [{ kind: "truncated", position: 597, until: 600 }],
    ],
    [
      "a payload that was changed",
      (trx) => sql`update entry_payload set payload = '{"n":0}' where entry_id = ${entries[42]}`.execute(trx),
      [{ kind: "altered-payload", entry: "42", position: 42 }],
    ],
    [
      "a hash of the stored tree that was changed",
      flipTile(0, 1),
      [{ kind: "altered-tree", level: 0, index: 1, position: 257 }],
    ],
    [
      "a hash of its upper level that was changed",
      flipTile(1, 0),
      [{ kind: "altered-tree", level: 1, index: 0, position: 256 }],
    ],
    [
      "a tile that was removed",
      (trx) => sql`delete from log_tile where level = 0 and index = 2`.execute(trx),
      [{ kind: "altered-tree", level: 0, index: 2, position: 512 }],
    ],
    [
      "a checkpoint that was altered",
      (trx) =>
        sql`update log_checkpoint set note = replace(note, E'\n260\n', E'\n261\n') where size = 260`.execute(
          trx,
        ),
      [{ kind: "wrong-signature", size: 260, reason: "the signature does not match" }],
    ],
    [
      "a row about a checkpoint that does not say what was signed",
      (trx) => sql`update log_checkpoint set root = ${Buffer.alloc(32)} where size = 260`.execute(trx),
      [{ kind: "wrong-signature", size: 260, reason: "the row is not what was signed" }],
    ],
    [
      "a checkpoint signed over another root",
      (trx) =>
        sql`update log_checkpoint set root = ${Buffer.alloc(32)}, note = ${note({ size: 600, root: Buffer.alloc(32) })}
          where size = 600`.execute(trx),
      [{ kind: "wrong-root", size: 600 }],
    ],
    [
      "an entry that stands nowhere",
      async (trx) => {
        await sql`set local session_replication_role = replica`.execute(trx);
        await record(trx, { kind: "aside", payload: {} }, systemClock);
      },
      [{ kind: "left-out", entry: expect.any(String) as string }],
    ],
  ])("names %s", async (_, change, wanted) => {
    await tampered(async (trx) => {
      await withoutGuards(trx);
      await change(trx);
      const { damage } = await checked(trx);
      expect(
        damage.map((one) =>
          "entry" in one && entries.includes(one.entry)
            ? { ...one, entry: String(entries.indexOf(one.entry)) }
            : one,
        ),
      ).toEqual(wanted);
    });
  });

  test("names a log that was cut short with its checkpoints, by a checkpoint that was kept elsewhere", async () => {
    await tampered(async (trx) => {
      await cutTo(260)(trx);
      await withoutGuards(trx);
      await sql`delete from entry_payload where entry_id = any(${entries.slice(260)}::uuid[])`.execute(trx);
      await sql`delete from entry where id = any(${entries.slice(260)}::uuid[])`.execute(trx);
      await sql`delete from log_tile where (level, index) in ((0, 2))`.execute(trx);
      const { damage } = await checked(trx, { kept: [(heads[2] as SignedCheckpoint).note] });
      expect(damage).toEqual([{ kind: "truncated", position: 260, until: 600 }]);
    });
  });

  test("names a log that was written anew and signed, by an earlier checkpoint that somebody kept", async () => {
    await tampered(async (trx) => {
      await withoutGuards(trx);
      for (const table of ["log_position", "log_tile", "log_checkpoint"]) {
        await sql`delete from ${sql.table(table)}`.execute(trx);
      }
      await sql`delete from entry_payload where entry_id = ${entries[100]}`.execute(trx);
      await sql`delete from entry where id = ${entries[100]}`.execute(trx);
      await sql`insert into log_waiting select id from entry`.execute(trx);
      await sequence(trx, parts);
      expect((await checked(trx)).damage).toEqual([]);
      const kept = heads.slice(0, 2).map((head) => head.note);
      expect((await checked(trx, { kept })).damage).toEqual([{ kind: "not-extended", size: 260 }]);
    });
  });

  test("takes no checkpoint of somebody else's key for one of this log", async () => {
    const other = { ...key, publicKey: signBytes(Buffer.alloc(32, 4), new Uint8Array()).publicKey };
    const { damage } = await checked(database.db, { keys: [other] });
    expect(damage.map((one) => one.kind)).toEqual(["wrong-signature", "wrong-signature", "wrong-signature"]);
  });
});

test("the database by itself refuses to rewrite positions, checkpoints and the tree", async () => {
  for (const change of [
    sql`update log_position set position = 9999 where position = 1`,
    sql`delete from log_position`,
    sql`truncate log_checkpoint cascade`,
    sql`update log_checkpoint set size = 1 where size = 3`,
    sql`delete from log_tile`,
    sql`update log_tile set hashes = substring(hashes for 32)`,
    sql`update log_tile set hashes = set_byte(hashes, 0, 255 - get_byte(hashes, 0)) where level = 0 and index = 0`,
  ]) {
    await expect(change.execute(database.db)).rejects.toMatchObject({ code: "AS002" });
  }
});

test("the log verifies after a person is erased, and their entries can still be proved without saying anything", async () => {
  await tampered(async (trx) => {
    expect(await forgetEntriesOf(trx, person)).toBe(60);
    expect((await checked(trx)).damage).toEqual([]);
    const found = await inclusionProofOf(trx, entries[0] as Id);
    expect(found.position).toBe(0);
  });
});

test("the head outside the database is written whole, and there is none at first", async () => {
  const folder = await mkdtemp(join(tmpdir(), "assent-pin-"));
  const pin = openCheckpointPin(join(folder, "journal/checkpoint"));
  expect(await pin.read()).toBeUndefined();
  await pin.write("one\n");
  await pin.write("two\n");
  expect(await pin.read()).toBe("two\n");
  expect(await readFile(join(folder, "journal/checkpoint"), "utf8")).toBe("two\n");
  await rm(folder, { recursive: true });
});
