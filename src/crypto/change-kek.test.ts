import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { face, openUnder, refusalOf, sealUnder, useKeyFolder } from "./fixtures/key-folder.ts";
import { openKeyStore, type KeyEncryptionKeySource, type KeyStore } from "./index.ts";

const here = useKeyFolder();

describe("a new key-encryption key in the place of a file", () => {
  test("opens everything, also for a process that had the old one in memory, and the old one nothing", async () => {
    const [other, changing] = [await here.open(), await here.open()];
    const ref = face();
    await other.create(ref);
    const sealed = await sealUnder(other, ref);
    const old = await readFile(here.kek, "utf8");
    const before = changing.keyEncryptionKey().fingerprint;
    expect(await changing.changeKeyEncryptionKey()).toBe("done");
    expect(await readFile(here.kek, "utf8")).not.toBe(old);
    expect((await stat(here.kek)).mode & 0o777).toBe(0o600);
    expect(changing.keyEncryptionKey().fingerprint).not.toBe(before);
    // Reads the file again by itself, and seals and rolls on.
    expect(await openUnder(other, ref, sealed)).toBe("text");
    expect((await other.rollEpoch()).epoch).toBe(2);
    expect(await openUnder(await here.open(), ref, sealed)).toBe("text");
    const stale = openKeyStore({ folder: here.path, kek: { kind: "environment", value: old } });
    expect((await refusalOf(stale)).code).toBe("instance-mismatch");
  });
});

describe("a new key-encryption key from elsewhere", () => {
  const old = { kind: "environment", value: randomBytes(32).toString("base64") } as const;
  const next = { kind: "environment", value: randomBytes(32).toString("base64") } as const;
  const open = (kek: KeyEncryptionKeySource): Promise<KeyStore> => openKeyStore({ folder: here.path, kek });
  const ref = face();
  let elsewhere: string;

  beforeEach(async () => {
    elsewhere = await mkdtemp(join(tmpdir(), "assent-kek-"));
  });
  afterEach(() => rm(elsewhere, { recursive: true, force: true }));

  test("opens beside the old one until the configuration names it, and no epoch begins meanwhile", async () => {
    const keys = await open(old);
    await keys.create(ref);
    const sealed = await sealUnder(keys, ref);
    expect(await keys.changeKeyEncryptionKey(next)).toBe("prepared");
    expect(await keys.changing()).toEqual({ keyEncryptionKey: true, names: [] });
    expect((await refusalOf(keys.rollEpoch())).code).toBe("refused");
    for (const kek of [old, next]) expect(await openUnder(await open(kek), ref, sealed)).toBe("text");
    // Again under the old one, as after a kill: nothing more has happened.
    expect(await keys.changeKeyEncryptionKey(next)).toBe("prepared");
    const configured = await open(next);
    expect(await configured.changeKeyEncryptionKey()).toBe("done");
    expect(await configured.changing()).toEqual({ keyEncryptionKey: false, names: [] });
    expect(await openUnder(configured, ref, sealed)).toBe("text");
    expect((await configured.rollEpoch()).epoch).toBe(2);
    expect((await refusalOf(open(old))).code).toBe("instance-mismatch");
    // A process that was left running with the old one says what is the matter, and not that files are damaged.
    const refusal = await refusalOf(openUnder(keys, ref, sealed));
    expect(refusal.code).toBe("instance-mismatch");
    expect(refusal.remedy).toContain("start again");
  });

  test("may be a file that is made for it", async () => {
    const path = join(elsewhere, "kek");
    const keys = await open(old);
    expect(await keys.changeKeyEncryptionKey({ kind: "file", path })).toBe("prepared");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await (await open({ kind: "file", path })).changeKeyEncryptionKey()).toBe("done");
  });

  test("is asked for where the old one is no file, and must be another one", async () => {
    const keys = await open(old);
    expect((await refusalOf(keys.changeKeyEncryptionKey())).remedy).toContain("ASSENT_NEW_KEK");
    expect((await refusalOf(keys.changeKeyEncryptionKey(old))).code).toBe("bad-input");
    expect(await keys.changing()).toEqual({ keyEncryptionKey: false, names: [] });
  });
});
