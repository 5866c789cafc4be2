import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../core/index.ts";
import { openKeyStore, type KeyStore } from "../crypto/index.ts";
import { createBackupFile, readBackup, readHeader, type BackupRecord } from "./index.ts";

let folder: string;
let keys: KeyStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-backup-"));
  keys = await openKeyStore({
    folder: join(folder, "keys"),
    kek: { kind: "file", path: join(folder, "kek") },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const parts = () => ({ id: keys.id, keys });
/** One that fills several sealed parts, and one that has no content. */
const BLOB = Buffer.alloc(200_000, "picture ");
const RECORDS: readonly BackupRecord[] = [
  { kind: "blob", ref: "originals/ab/abc", bytes: BLOB.length },
  { kind: "receipt", file: "a.jws", bytes: 3 },
  { kind: "end", tables: 0, rows: 0, blobs: 1, receipts: 1, missing: [] },
];

async function written(name: string): Promise<string> {
  const path = join(folder, name);
  const writer = await createBackupFile(path, parts());
  const [blob, receipt, end] = RECORDS as [BackupRecord, BackupRecord, BackupRecord];
  await writer.write(blob, BLOB);
  await writer.write(receipt, Buffer.from("jws"));
  await writer.write(end);
  await writer.finish();
  return path;
}

describe("the file of a backup", () => {
  test("gives its records back in their order, whether or not their content is read", async () => {
    const path = await written("whole");
    const seen: BackupRecord[] = [];
    for await (const read of readBackup(path, parts())) {
      seen.push(read.record);
      if (read.record.kind === "receipt") expect((await read.bytes()).toString()).toBe("jws");
    }
    expect(seen).toEqual(RECORDS);
    const blobs: Buffer[] = [];
    for await (const read of readBackup(path, parts())) {
      if (read.record.kind === "blob") blobs.push(await read.bytes());
    }
    expect(blobs.map((bytes) => bytes.equals(BLOB))).toEqual([true]);
  });

  test("shows nothing but its instance in the clear", async () => {
    const path = await written("sealed");
    expect((await readHeader(path)).header.instance).toBe(keys.id);
    const bytes = await readFile(path);
    for (const word of ["picture", "originals", "receipt"]) expect(bytes.includes(word), word).toBe(false);
  });

  test("has its name only once it is finished, and takes nobody else's", async () => {
    const path = join(folder, "begun");
    const writer = await createBackupFile(path, parts());
    await writer.write(RECORDS[2] as BackupRecord);
    await expect(access(path)).rejects.toThrow();
    await writer.abandon();
    await expect(access(`${path}.part`)).rejects.toThrow();
    await expect(createBackupFile(await written("there"), parts())).rejects.toThrow(/already/);
  });

  test("is refused where its first line was changed, even to one of the same meaning", async () => {
    const path = await written("first-line");
    const bytes = await readFile(path);
    const text = bytes.toString("latin1");
    const other = Buffer.from(text.replace(`"${keys.id}"`, `"${newId()}"`), "latin1");
    await writeFile(path, other);
    await expect(readBackup(path, parts()).next()).rejects.toThrow(/another instance/);
    await writeFile(path, Buffer.from(text.replace('{"format"', '{ "format"'), "latin1"));
    await expect(readBackup(path, parts()).next()).rejects.toThrow(
      expect.objectContaining({ code: "signature" }),
    );
    await writeFile(path, Buffer.from(text.replace("assent-backup/1", "assent-backup/2"), "latin1"));
    await expect(readBackup(path, parts()).next()).rejects.toThrow(/does not read/);
  });
});
