import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import {
  checkCheckpoint,
  inclusionProofOf,
  latestCheckpoint,
  leafHash,
  originOf,
  parseVerifierKey,
  record,
  waitingEntries,
  type NoteKey,
} from "../audit/index.ts";
import { newId, type Id } from "../core/index.ts";
import { inTransaction, openDatabase, type Trx } from "../db/index.ts";
import { testServer, type TestServer } from "../http/test-server.testing.ts";
import {
  checkTheLog,
  exportLog,
  keepLogSequenced,
  logHead,
  logKeys,
  proofOf,
  prove,
  sequenceLog,
  takeCosignature,
  witnessLog,
} from "./index.ts";

let test_: TestInstance;
let instance: TestInstance["instance"];
let server: TestServer;
beforeAll(async () => {
  test_ = await testInstance();
  ({ instance } = test_);
  server = await testServer(instance);
});
afterAll(async () => {
  await server.close();
  await test_.close();
});

const write = (trx: Trx, n = 0): Promise<Id> =>
  record(trx, { kind: "tried", payload: { n } }, instance.clock);
const writeOne = (n = 0): Promise<Id> => inTransaction(instance.db, (trx) => write(trx, n));
const noteKeys = async (): Promise<readonly NoteKey[]> =>
  (await logKeys(instance)).map((key) => parseVerifierKey(key.vkey) as NoteKey);

describe("sequencing", () => {
  test("signs what was written, keeps the head outside the database, and the log stays whole with each step", async () => {
    for (let n = 0; n < 4; n++) {
      const id = await writeOne(n);
      const head = await sequenceLog(instance);
      expect(await waitingEntries(instance.db)).toBe(0);
      expect(await instance.pin.read()).toBe(head?.note);
      const checked = checkCheckpoint(head?.note ?? "", originOf(instance.id), await noteKeys());
      expect(checked).toMatchObject({ valid: true, size: head?.size });
      expect((await inclusionProofOf(instance.db, id)).position).toBe((head?.size ?? 0) - 1);
      expect((await checkTheLog(instance)).damage).toEqual([]);
    }
  });

  test("gives an entry that is committed late a place after those that were signed before it", async () => {
    const other = await openDatabase({ kind: "url", url: test_.database.url });
    let commit = (): void => undefined;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    let written = (_: Id): void => undefined;
    const early = new Promise<Id>((resolve) => (written = resolve));
    const late = inTransaction(other.db, async (trx) => {
      written(await write(trx));
      await mayCommit;
    });
    const first = await early;
    const second = await writeOne();
    await sequenceLog(instance);
    const { position } = await inclusionProofOf(instance.db, second);
    commit();
    await late;
    await sequenceLog(instance);
    expect((await inclusionProofOf(instance.db, first)).position).toBe(position + 1);
    await other.close();
  });

  test("by several at once, with writers beside them, gives each entry one place and leaves no gap", async () => {
    const before = (await sequenceLog(instance))?.size ?? 0;
    await Promise.all([
      ...Array.from({ length: 30 }, (_, n) => writeOne(n)),
      ...Array.from({ length: 8 }, () => sequenceLog(instance)),
    ]);
    const head = await sequenceLog(instance);
    expect(head?.size).toBe(before + 30);
    expect(await checkTheLog(instance)).toMatchObject({ size: before + 30, waiting: 0, damage: [] });
  });

  test("that was cut off between its commit and the file goes on from there", async () => {
    await writeOne();
    const cut = { ...instance, pin: { ...instance.pin, write: () => Promise.reject(new Error("cut off")) } };
    await expect(sequenceLog(cut)).rejects.toThrow("cut off");
    expect(await waitingEntries(instance.db)).toBe(0);
    const [stored, kept] = [await latestCheckpoint(instance.db), await instance.pin.read()];
    expect(stored?.note).not.toBe(kept);
    expect((await checkTheLog(instance)).damage).toEqual([]);
    await writeOne();
    const head = await sequenceLog(instance);
    expect(await instance.pin.read()).toBe(head?.note);
    expect((await checkTheLog(instance)).damage).toEqual([]);
  });

  test("without the key signs nothing and loses nothing", async () => {
    await writeOne();
    const keyless = {
      ...instance,
      keys: { ...instance.keys, signLog: () => Promise.reject(new Error("no key")) },
    };
    await expect(sequenceLog(keyless)).rejects.toThrow("no key");
    expect(await waitingEntries(instance.db)).toBe(1);
    await sequenceLog(instance);
    expect((await checkTheLog(instance)).damage).toEqual([]);
  });

  test("is done about each second while an instance is served, and what fails is told once", async () => {
    const told: string[] = [];
    let signed = (): void => undefined;
    const again = new Promise<void>((resolve) => (signed = resolve));
    let tries = 0;
    const signLog = async (bytes: Uint8Array) => {
      if (++tries < 3) throw new Error("no key");
      signed();
      return instance.keys.signLog(bytes);
    };
    await writeOne();
    const kept = keepLogSequenced(
      { ...instance, keys: { ...instance.keys, signLog } },
      { onError: (line) => told.push(line) },
    );
    await again;
    await kept.stop();
    expect(told).toEqual(["Error: no key"]);
    expect(await waitingEntries(instance.db)).toBe(0);
  });

  test("goes on with a new key, and what the old one signed still holds", async () => {
    const before = await logKeys(instance);
    await instance.keys.rotateSigningKey("log");
    await writeOne();
    const head = await logHead(instance);
    const after = await logKeys(instance);
    expect(after.slice(0, -1)).toEqual(before);
    expect(head.key).toBe(after.at(-1)?.vkey);
    const newest = parseVerifierKey(head.key) as NoteKey;
    expect(checkCheckpoint(head.checkpoint, head.origin, [newest])).toMatchObject({ valid: true });
    expect((await checkTheLog(instance)).damage).toEqual([]);
    expect(await instance.keys.publicKeys()).toHaveLength(1);
  });
});

describe("a damaged log", () => {
  const damaged = async (): Promise<void> => {
    await sql`alter table entry disable trigger user`.execute(instance.db);
    await sql`update entry set leaf = sha256(leaf) where id = (select entry_id from log_position where position = 1)`.execute(
      instance.db,
    );
    await sql`alter table entry enable trigger user`.execute(instance.db);
  };

  test("is found by proving, and none of its entries is proved that is not as it was signed", async () => {
    expect((await prove(instance, {})).residue.filter((one) => one.where === "log")).toEqual([]);
    const { entry_id: second } = await instance.db
      .selectFrom("log_position")
      .select("entry_id")
      .where("position", "=", 1)
      .executeTakeFirstOrThrow();
    const { leaf } = await instance.db
      .selectFrom("entry")
      .select("leaf")
      .where("id", "=", second)
      .executeTakeFirstOrThrow();
    await damaged();
    const proof = await prove(instance, {});
    expect(proof.clean).toBe(false);
    expect(proof.residue).toContainEqual({
      check: "no damage to the order and the signatures of the log",
      where: "log",
      count: 1,
    });
    await expect(proofOf(instance, second)).rejects.toMatchObject({ code: "signature" });
    await sql`alter table entry disable trigger user`.execute(instance.db);
    await instance.db.updateTable("entry").set({ leaf }).where("id", "=", second).execute();
    await sql`alter table entry enable trigger user`.execute(instance.db);
    expect((await checkTheLog(instance)).damage).toEqual([]);
  });
});

describe("the log outside", () => {
  test("is a folder of plain files that prove an entry without anything else", async () => {
    const entry = await writeOne();
    const folder = join(test_.folder, "log");
    const done = await exportLog(instance, folder);
    const { leaf, position } = await inclusionProofOf(instance.db, entry);
    const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name).slice(folder.length + 1))
      .sort();
    const width = done.size % 256;
    expect(files).toEqual(
      ["checkpoint", `tile/0/000.p/${width}`, `tile/entries/000.p/${width}`, "vkey"].sort(),
    );
    expect(done.files).toBe(files.length);
    const tile = await readFile(join(folder, `tile/0/000.p/${width}`));
    expect(tile.subarray(position * 32, (position + 1) * 32)).toEqual(Buffer.from(leafHash(leaf)));
    const bundle = await readFile(join(folder, `tile/entries/000.p/${width}`));
    expect(bundle.subarray(position * 34, (position + 1) * 34)).toEqual(
      Buffer.concat([Buffer.of(0, 32), leaf]),
    );
    const vkeys = (await readFile(join(folder, "vkey"), "utf8")).trimEnd().split("\n");
    const checkpoint = await readFile(join(folder, "checkpoint"), "utf8");
    const keys = vkeys.map((line) => parseVerifierKey(line) as NoteKey);
    expect(checkCheckpoint(checkpoint, originOf(instance.id), keys)).toMatchObject({
      valid: true,
      size: done.size,
    });
  });

  test("is served to anybody: head for a moment, tiles for ever, nothing beyond what was signed", async () => {
    const head = await sequenceLog(instance);
    const checkpoint = await server.ask("GET", "/log/checkpoint", {
      headers: { "sec-fetch-site": "cross-site" },
    });
    expect([checkpoint.statusCode, checkpoint.body]).toEqual([200, head?.note]);
    expect(checkpoint.headers).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "public, max-age=2",
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
    });
    const width = (head?.size ?? 0) % 256;
    const tile = await server.ask("GET", `/log/tile/0/000.p/${width}`);
    expect([tile.statusCode, tile.rawPayload.length]).toEqual([200, width * 32]);
    expect(tile.headers).toMatchObject({
      "content-type": "application/octet-stream",
      "cache-control": "public, max-age=31536000, immutable",
    });
    const bundle = await server.ask("GET", "/log/tile/entries/000.p/2");
    expect([bundle.statusCode, bundle.rawPayload.length]).toEqual([200, 68]);
    for (const path of [
      `0/000.p/${width + 1}`,
      "0/000",
      "0/001",
      "1/000.p/1",
      "entries/000",
      "0/0",
      "0/../../x",
    ]) {
      const answer = await server.ask("GET", `/log/tile/${path}`);
      expect(answer.statusCode, path).toBe(404);
      expect(answer.headers["cache-control"]).toBe("no-store");
    }
  });

  test("is cosigned by a witness outside, who goes by a key and a memory of its own", async () => {
    const folder = join(test_.folder, "witnessed");
    const key = join(test_.folder, "witness.json");
    await exportLog(instance, folder);
    const first = await witnessLog(instance, { folder, key, name: "witness.example.org/w1" });
    expect(first).toMatchObject({
      origin: originOf(instance.id),
      from: null,
      file: join(folder, "cosigned"),
    });
    const note = await readFile(first.file, "utf8");
    expect((await server.ask("GET", "/log/cosigned")).statusCode).toBe(404);
    const kept = await takeCosignature(instance, { note, witness: first.vkey });
    expect(kept).toMatchObject({ size: first.size, checkpoint: note });
    expect((await server.ask("GET", "/log/cosigned")).body).toBe(note);
    const checked = checkCheckpoint(note, first.origin, [
      ...(await noteKeys()),
      parseVerifierKey(first.vkey) as NoteKey,
    ]);
    expect(checked.valid && checked.signers.map((one) => one.key.type)).toEqual(["log", "witness"]);
    expect((await checkTheLog(instance, { kept: [note] })).damage).toEqual([]);

    await writeOne();
    await exportLog(instance, folder);
    const second = await witnessLog(instance, { folder, key, name: undefined });
    expect(second).toMatchObject({ from: first.size, size: first.size + 1, vkey: first.vkey });
  });

  test("is not cosigned where it does not go on from what the witness signed, nor by somebody who is no witness", async () => {
    const [folder, key] = [join(test_.folder, "witnessed"), join(test_.folder, "witness.json")];
    const cosigned = await readFile(join(folder, "cosigned"), "utf8");
    const refused = (change: Promise<unknown>) => expect(change).rejects;
    const seen = JSON.parse(await readFile(key, "utf8")) as {
      logs: Record<string, { checkpoint: string; keys: string[] }>;
    };
    const [origin = "", log] = Object.entries(seen.logs)[0] ?? [];
    const other = async (checkpoint: string): Promise<string> => {
      const path = join(test_.folder, "other-witness.json");
      await writeFile(path, JSON.stringify({ ...seen, logs: { [origin]: { ...log, checkpoint } } }));
      return path;
    };
    const signedElse = (size: number) =>
      `${origin}\n${size}\n${Buffer.alloc(32).toString("base64")}\n\n\u2014 x AAAAAAA=\n`;
    await refused(
      witnessLog(instance, { folder, key: await other(signedElse(3)), name: undefined }),
    ).toMatchObject({
      code: "refused",
      message: /does not begin with the 3/,
    });
    await refused(
      witnessLog(instance, { folder, key: await other(signedElse(9999)), name: undefined }),
    ).toMatchObject({
      code: "refused",
      message: /had 9999/,
    });
    const tiles = (await readdir(join(folder, "tile/0"), { recursive: true })).filter((name) =>
      name.includes("/"),
    );
    const tile = join(
      folder,
      "tile/0",
      tiles.sort((a, b) => Number(a.split("/")[1]) - Number(b.split("/")[1])).at(-1) ?? "",
    );
    const bytes = await readFile(tile);
    await writeFile(tile, Buffer.from(bytes).fill(1, 0, 1));
    await refused(witnessLog(instance, { folder, key, name: undefined })).toMatchObject({ code: "refused" });
    await writeFile(tile, bytes);
    await refused(
      witnessLog(instance, { folder, key: join(test_.folder, "new.json"), name: "a b" }),
    ).toMatchObject({
      code: "bad-input",
    });
    const [own] = await logKeys(instance);
    await refused(takeCosignature(instance, { note: cosigned, witness: own?.vkey ?? "" })).toMatchObject({
      code: "bad-input",
    });
    const stranger = (
      await witnessLog(instance, { folder, key: join(test_.folder, "stranger.json"), name: "stranger" })
    ).vkey;
    await refused(takeCosignature(instance, { note: cosigned, witness: stranger })).toMatchObject({
      code: "refused",
    });
  });

  test("names its keys beside those of receipts, with their history", async () => {
    const answer = await server.ask("GET", "/.well-known/assent-keys.json");
    const keys = await logKeys(instance);
    expect(answer.json()).toEqual({
      keys: [expect.objectContaining({ use: "sig", kty: "OKP" })],
      log: {
        origin: originOf(instance.id),
        keys: keys.map((key) => ({
          ...key.jwk,
          kid: key.kid,
          alg: "EdDSA",
          use: "sig",
          since: key.since,
          vkey: key.vkey,
        })),
      },
    });
    expect(answer.body).not.toContain('"d"');
  });
});

test("a database that was put back to an earlier state signs nothing more, and the check says what is gone", async () => {
  const head = await sequenceLog(instance);
  await writeOne();
  const later = { ...head, note: (await sequenceLog(instance))?.note ?? "" };
  const size = head?.size ?? 0;
  // As an old backup would have it: everything of the last moment is gone from the database.
  const guards = async (state: "disable" | "enable"): Promise<void> => {
    for (const table of ["log_position", "log_checkpoint", "entry"]) {
      await sql`alter table ${sql.table(table)} ${sql.raw(state)} trigger user`.execute(instance.db);
    }
  };
  await guards("disable");
  const { entry_id: last } = await instance.db
    .deleteFrom("log_position")
    .where("position", "=", size)
    .returning("entry_id")
    .executeTakeFirstOrThrow();
  await instance.db.deleteFrom("log_checkpoint").where("size", ">", size).execute();
  await instance.db.deleteFrom("entry_payload").where("entry_id", "=", last).execute();
  await instance.db.deleteFrom("entry").where("id", "=", last).execute();
  await guards("enable");
  await writeOne();
  await expect(sequenceLog(instance)).rejects.toMatchObject({ code: "conflict" });
  expect(await waitingEntries(instance.db)).toBe(1);
  expect((await checkTheLog(instance)).damage).toContainEqual({
    kind: "truncated",
    position: size,
    until: size + 1,
  });
  expect(await instance.pin.read()).toBe(later.note);
  await expect(proofOf(instance, newId())).rejects.toMatchObject({ code: "conflict" });
});
