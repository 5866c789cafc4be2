import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  cp,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AssentError, newId, type Clock } from "../core/index.ts";
import { openKeyStore, openSealed, seal, verifyCompact, type KeyRef, type KeyStore } from "./index.ts";

const INDEX = fileURLToPath(new URL("./index.ts", import.meta.url));
const DAY = 86_400_000;

let folder: string;
let kek: string;
let now: number;
const clock: Clock = { now: () => new Date(now) };

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "assent-keys-")), "keys");
  kek = join(folder, "..", "secret", "kek");
  now = Date.parse("2026-03-01T12:00:00Z");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

function open(): Promise<KeyStore> {
  return openKeyStore({ folder, kek: { kind: "file", path: kek }, clock });
}

function face(id = newId()): KeyRef {
  return { kind: "person", id, group: "face" };
}

const sealUnder = (keys: KeyStore, ref: KeyRef) =>
  keys.withKey(ref, (key) => seal(key, Buffer.from("text"), "test"));
const openUnder = (keys: KeyStore, ref: KeyRef, sealed: Uint8Array) =>
  keys.withKey(ref, (key) => Buffer.from(openSealed(key, sealed, "test")).toString());

async function files(): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(path, "latin1")] as const)),
  );
}

async function refusalOf(act: Promise<unknown>): Promise<AssentError> {
  const error = await act.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AssentError);
  return error as AssentError;
}

describe("a key", () => {
  test("is made once, lent, and found again by another opening of the folder", async () => {
    const keys = await open();
    const ref = face();
    expect(await keys.has(ref)).toBe(false);
    expect(await keys.create(ref)).toBe(true);
    const sealed = await sealUnder(keys, ref);
    expect(await keys.create(ref)).toBe(false);
    const again = await open();
    expect(await openUnder(again, ref, sealed)).toBe("text");
    expect(await again.list()).toEqual([ref]);
  });

  test("made by many at once is one key", async () => {
    const stores = await Promise.all([open(), open(), open()]);
    const ref = face();
    const made = await Promise.all(stores.flatMap((keys) => [keys.create(ref), keys.create(ref)]));
    expect(made.filter(Boolean)).toHaveLength(1);
    const sealed = await sealUnder(stores[0], ref);
    for (const keys of stores) expect(await openUnder(keys, ref, sealed)).toBe("text");
  });

  test("is wiped when the loan ends, by result, promise or error", async () => {
    const keys = await open();
    const ref = face();
    await keys.create(ref);
    const lent: Uint8Array[] = [];
    await keys.withKey(ref, (key) => void lent.push(key));
    await keys.withKey(ref, async (key) => {
      lent.push(key);
      await Promise.resolve();
      expect(key.some((byte) => byte !== 0)).toBe(true);
    });
    const failing = keys.withKey(ref, (key) => {
      lent.push(key);
      throw new Error("of the borrower");
    });
    await expect(failing).rejects.toThrow("of the borrower");
    await keys.withSecret("pepper", (key) => void lent.push(key));
    expect(lent).toHaveLength(4);
    for (const key of lent) expect(key).toEqual(new Uint8Array(32));
  });

  test("of each person, group and collection is another", async () => {
    const keys = await open();
    const id = newId();
    const refs: KeyRef[] = [
      face(id),
      { kind: "person", id, group: "contact" },
      { kind: "chips", id },
      face(),
    ];
    for (const ref of refs) await keys.create(ref);
    const all = await Promise.all(
      refs.map((ref) => keys.withKey(ref, (key) => Buffer.from(key).toString("hex"))),
    );
    expect(new Set(all).size).toBe(4);
    expect(await keys.list()).toEqual(expect.arrayContaining(refs));
  });

  test("is on the disk only wrapped, in files that nobody else may read", async () => {
    const keys = await open();
    const ref = face();
    await keys.create(ref);
    const secrets = [await keys.withKey(ref, (key) => Buffer.from(key))];
    for (const name of ["signing", "transform", "pepper"] as const) {
      secrets.push(await keys.withSecret(name, (key) => Buffer.from(key)));
    }
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const [path, text] of await files()) {
      expect((await stat(path)).mode & 0o077, path).toBe(0);
      for (const secret of secrets) {
        for (const encoding of ["latin1", "hex", "base64", "base64url"] as const) {
          expect(text.includes(secret.toString(encoding)), path).toBe(false);
        }
      }
    }
  });

  test("is refused for an id that is none, so that no name leads out of the folder", async () => {
    const keys = await open();
    for (const id of ["../../kek", "", "a/b", newId().toUpperCase()]) {
      for (const act of [keys.create, keys.has, keys.doom, keys.destroy]) {
        expect((await refusalOf((async () => act(face(id)))())).code).toBe("bad-input");
      }
    }
  });

  test("does not open from another person's file", async () => {
    const keys = await open();
    const [mine, theirs] = [face(), face()];
    await keys.create(mine);
    await keys.create(theirs);
    const path = (ref: KeyRef) => join(folder, "keys", `person.${ref.id}.face.json`);
    await cp(path(mine), path(theirs));
    const refusal = await refusalOf(keys.withKey(theirs, () => "lent"));
    expect(refusal.code).toBe("storage-failed");
    await writeFile(path(theirs), (await readFile(path(theirs), "utf8")).replace(mine.id, theirs.id));
    expect((await refusalOf(keys.withKey(theirs, () => "lent"))).code).toBe("storage-failed");
    await keys.destroy(theirs);
    expect(await keys.list()).toEqual([mine]);
  });
});

describe("a doomed key", () => {
  test("is lent to nobody from that moment, by no opening, and opens nothing ever again", async () => {
    const keys = await open();
    const other = await open();
    const ref = face();
    await keys.create(ref);
    const sealed = await sealUnder(keys, ref);
    await keys.doom(ref);
    for (const store of [keys, other]) {
      expect((await refusalOf(store.withKey(ref, () => "lent"))).code).toBe("key-gone");
      expect(await store.has(ref)).toBe(false);
      expect(await store.list()).toEqual([]);
      expect(await store.doomed()).toEqual([ref]);
    }
    expect(await (await open()).doomed()).toEqual([]);
    expect(await keys.create(ref)).toBe(true);
    expect((await refusalOf(openUnder(keys, ref, sealed))).code).toBe("signature");
  });

  test("is destroyed without a trace of its wrapped form, and again without error", async () => {
    const keys = await open();
    const ref = face();
    await keys.create(ref);
    const before = [...(await files())].find(([path]) => path.includes(ref.id))?.[1] ?? "";
    const { wrapped } = JSON.parse(before) as { wrapped: string };
    await keys.destroy(ref);
    await keys.destroy(ref);
    const after = await files();
    expect([...after.keys()].filter((path) => path.includes(ref.id))).toEqual([]);
    expect([...after.values()].join("").includes(wrapped)).toBe(false);
  });

  test("is overwritten on the disk before its name goes", async () => {
    const keys = await open();
    const ref = face();
    await keys.create(ref);
    const path = join(folder, "keys", `person.${ref.id}.face.json`);
    const handle = await openFile(path, "r");
    const before = await readFile(path);
    await keys.destroy(ref);
    const after = Buffer.alloc(before.length);
    await handle.read(after, 0, after.length, 0);
    await handle.close();
    const same = after.filter((byte, at) => byte === before[at]).length;
    expect(same).toBeLessThan(before.length / 10);
  });

  test("alone is destroyed by destroyDoomed: a key made since is left", async () => {
    const keys = await open();
    const [gone, back, doomed] = [face(), face(), face()];
    for (const ref of [gone, back, doomed]) await keys.create(ref);
    await keys.doom(back);
    await keys.create(back);
    const sealed = await sealUnder(keys, back);
    await keys.doom(doomed);
    await keys.doom(gone);
    expect(await keys.destroyDoomed([back, doomed])).toEqual([doomed]);
    expect(await openUnder(keys, back, sealed)).toBe("text");
    expect(await keys.destroyDoomed()).toEqual([gone]);
  });
});

describe("an epoch", () => {
  test("rolls: all survivors open as before, the doomed are gone, and the old epoch's backup opens nothing", async () => {
    const keys = await open();
    const refs = Array.from({ length: 70 }, () => face());
    for (const ref of refs) await keys.create(ref);
    const sealed = await Promise.all(refs.map((ref) => sealUnder(keys, ref)));
    const [doomed] = refs as [KeyRef];
    await keys.doom(doomed);
    const backup = [...(await files())].find(([path]) => path.endsWith("epochs/1.json")) as [string, string];
    now += 5000;
    expect(await keys.rollEpoch()).toEqual({ epoch: 2, date: new Date(now), rewrapped: 69 + 3 });
    expect(await keys.currentEpoch()).toEqual({
      number: 2,
      startedAt: new Date(now),
      rollsAt: new Date(now + DAY),
    });
    for (const store of [keys, await open()]) {
      for (const [index, ref] of refs.entries()) {
        if (index > 0) expect(await openUnder(store, ref, sealed[index] as Uint8Array)).toBe("text");
      }
    }
    const after = await files();
    expect(after.has(backup[0])).toBe(false);
    for (const [path, text] of after) if (path.includes("/keys/keys/")) expect(text).toContain('"epoch":2');
  });

  test("rolls by itself when it is a day old and not before", async () => {
    const keys = await open();
    now += DAY - 1;
    expect(await keys.rollIfDue()).toBeUndefined();
    now += 1;
    expect(await keys.rollIfDue()).toMatchObject({ epoch: 2 });
    expect(await keys.rollIfDue()).toBeUndefined();
  });

  test("rolled by several at once when due is rolled once", async () => {
    const stores = await Promise.all([open(), open(), open()]);
    now += DAY;
    const rolls = await Promise.all(stores.map((keys) => keys.rollIfDue()));
    expect(rolls.filter((roll) => roll !== undefined)).toHaveLength(1);
  });

  test("rolls under many readers, none of whom meets a key that does not open", async () => {
    const keys = await open();
    const ref = face();
    await keys.create(ref);
    const sealed = await sealUnder(keys, ref);
    const rolling = (async () => {
      for (let i = 0; i < 8; i++) await keys.rollEpoch();
      return "rolled";
    })();
    let reads = 0;
    while ((await Promise.race([rolling, Promise.resolve("rolling")])) === "rolling") {
      const texts = await Promise.all(Array.from({ length: 200 }, () => openUnder(keys, ref, sealed)));
      expect(new Set(texts)).toEqual(new Set(["text"]));
      reads += texts.length;
    }
    expect(reads).toBeGreaterThan(200);
    expect((await keys.currentEpoch()).number).toBe(9);
  });

  test("is not destroyed while a damaged file needs it, and the other keys stay usable", async () => {
    const keys = await open();
    const [whole, damaged] = [face(), face()];
    await keys.create(whole);
    await keys.create(damaged);
    const sealed = await sealUnder(keys, whole);
    await writeFile(join(folder, "keys", `person.${damaged.id}.face.json`), "{}");
    expect((await refusalOf(keys.rollEpoch())).message).toContain(damaged.id);
    const again = await open();
    expect(await openUnder(again, whole, sealed)).toBe("text");
    expect(await readdir(join(folder, "epochs"))).toHaveLength(2);
    await again.destroy(damaged);
    expect(await again.rollIfDue()).toMatchObject({ epoch: 2 });
    expect(await readdir(join(folder, "epochs"))).toEqual(["2.json"]);
  });

  test("rolls again and again while other processes make, use and destroy keys, and no key is lost", async () => {
    await open();
    const worker = `
      const { openKeyStore, seal, openSealed } = await import(process.argv[1]);
      const { randomUUID } = await import("node:crypto");
      const keys = await openKeyStore({ folder: process.argv[2], kek: { kind: "file", path: process.argv[3] } });
      const kept = [];
      for (let round = 0; round < 12; round++) {
        const ref = { kind: "person", id: randomUUID(), group: "face" };
        await keys.create(ref);
        const sealed = await keys.withKey(ref, (key) => seal(key, Buffer.from("text"), "test"));
        kept.push([ref, sealed]);
        for (const [old, bytes] of kept) await keys.withKey(old, (key) => openSealed(key, bytes, "test"));
        if (round % 4 === 3) await keys.destroy(kept.shift()[0]);
      }
      console.log(JSON.stringify(kept.map(([ref, bytes]) => [ref, Buffer.from(bytes).toString("hex")])));`;
    const workers = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", worker, INDEX, folder, kek], {
        stdio: ["ignore", "pipe", "inherit"],
      }),
    );
    const keys = await open();
    const work = { done: false };
    const results = Promise.all(
      workers.map(async (child) => {
        const chunks: Buffer[] = [];
        child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
        const [code] = (await once(child, "close")) as [number];
        expect(code).toBe(0);
        return JSON.parse(Buffer.concat(chunks).toString()) as [KeyRef, string][];
      }),
    ).finally(() => (work.done = true));
    let rolls = 0;
    for (; !work.done; rolls++) await keys.rollEpoch();
    const kept = (await results).flat();
    expect(kept).toHaveLength(3 * 9);
    expect(rolls).toBeGreaterThan(1);
    for (const [ref, hex] of kept) expect(await openUnder(keys, ref, Buffer.from(hex, "hex"))).toBe("text");
    expect(await keys.list()).toHaveLength(kept.length);
  });
});

describe("the key-encryption key", () => {
  test("is made at the first start for its owner alone, and never replaced", async () => {
    await open();
    expect((await stat(kek)).mode & 0o777).toBe(0o600);
    const text = await readFile(kek, "utf8");
    await rm(kek);
    expect(await refusalOf(open())).toMatchObject({
      code: "key-gone",
      remedy: expect.stringContaining("copy") as string,
    });
    await writeFile(kek, `${Buffer.alloc(32, 1).toString("base64")}\n`, { mode: 0o600 });
    expect((await refusalOf(open())).code).toBe("instance-mismatch");
    await writeFile(kek, text);
    expect((await open()).id).toHaveLength(36);
  });

  test("in a file that others may read is refused with the command that mends it", async () => {
    await open();
    await chmod(kek, 0o640);
    expect(await refusalOf(open())).toMatchObject({
      code: "bad-input",
      remedy: expect.stringContaining(`chmod 600 ${kek}`) as string,
    });
    await chmod(kek, 0o600);
    await open();
  });

  test("comes from the environment or a command as well, in base64 or hexadecimal", async () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7));
    const value = { kind: "environment", value: bytes.toString("base64") } as const;
    const { id } = await openKeyStore({ folder, kek: value });
    for (const text of [bytes.toString("hex"), bytes.toString("base64url")]) {
      expect((await openKeyStore({ folder, kek: { kind: "environment", value: text } })).id).toBe(id);
      expect((await openKeyStore({ folder, kek: { kind: "command", command: `echo ${text}` } })).id).toBe(id);
    }
  });

  test("of the wrong form is refused, and no part of it is in the error", async () => {
    const secret = "hunter2-hunter2-hunter2-hunter2";
    const sources = [
      { kind: "environment", value: secret },
      { kind: "command", command: `echo ${secret}` },
      { kind: "command", command: `echo ${secret} >&2; exit 3` },
      { kind: "environment", value: "" },
    ] as const;
    for (const source of sources) {
      const refusal = await refusalOf(openKeyStore({ folder, kek: source }));
      expect(refusal.code).toBe("bad-input");
      const told = `${refusal.message} ${refusal.remedy} ${refusal.stack} ${JSON.stringify(refusal.cause ?? null)}`;
      expect(told).not.toContain("hunter2");
    }
  });
});

describe("the instance", () => {
  test("signs, and what it signed verifies after the signing key was changed", async () => {
    const keys = await open();
    const before = await keys.signCompact({ n: 1 }, "test");
    const changed = await keys.rotateSigningKey();
    const after = await keys.signCompact({ n: 2 }, "test");
    const known = await (await open()).publicKeys();
    expect(known.map((key) => key.kid)[1]).toBe(changed.kid);
    expect(await verifyCompact(before, known, ["test"])).toMatchObject({
      valid: true,
      payload: { n: 1 },
      kid: known[0]?.kid,
    });
    expect(await verifyCompact(after, known, ["test"])).toMatchObject({
      valid: true,
      payload: { n: 2 },
      kid: changed.kid,
    });
    expect(JSON.stringify(known)).not.toContain('"d"');
  });

  test("is another in another folder: neither verifies nor opens what the first made", async () => {
    const keys = await open();
    const first = await keys.withSecret("transform", (key) => Buffer.from(key).toString("hex"));
    const statement = await keys.signCompact({}, "test");
    folder = `${folder}-other`;
    const other = await open();
    expect(other.id).not.toBe(keys.id);
    expect(await other.withSecret("transform", (key) => Buffer.from(key).toString("hex"))).not.toBe(first);
    expect(await verifyCompact(statement, await other.publicKeys(), ["test"])).toEqual({
      valid: false,
      reason: "unknown signer",
    });
  });

  test("that lost a secret or its epochs says so rather than making new ones", async () => {
    await open();
    await cp(folder, `${folder}-copy`, { recursive: true });
    await rm(join(folder, "keys", "instance.transform.json"));
    expect(await refusalOf(open())).toMatchObject({
      code: "key-gone",
      message: expect.stringContaining("transform") as string,
    });
    folder = `${folder}-copy`;
    await rm(join(folder, "epochs", "1.json"));
    expect((await refusalOf(open())).code).toBe("key-gone");
  });

  test("whose folder cannot be made names the folder and what to do", async () => {
    await open();
    folder = join(kek, "below-a-file");
    expect(await refusalOf(open())).toMatchObject({
      code: "storage-failed",
      remedy: expect.any(String) as string,
    });
  });
});
