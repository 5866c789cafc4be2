import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../core/index.ts";
import { openKeyStore, openSealed, seal, verifyCompact, type KeyRef, type KeyStore } from "./index.ts";
import { INSTANCE_SECRETS } from "./key-ref.ts";

const VICTIM = fileURLToPath(new URL("./fixtures/killed-at-every-step.ts", import.meta.url));
const PLAINTEXT = Buffer.from("what the key seals");

const leaving = newId();
const refs: readonly KeyRef[] = [
  { kind: "person", id: leaving, group: "face" },
  { kind: "person", id: newId(), group: "face" },
  { kind: "person", id: newId(), group: "contact" },
  { kind: "chips", id: newId() },
];
const [target, ...others] = refs as [KeyRef, ...KeyRef[]];

let scratch: string;
let original: string;
let sealed: ReadonlyMap<KeyRef, Uint8Array>;
let statement: string;
let secrets: readonly string[];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "assent-keys-"));
  original = join(scratch, "original");
  const keys = await open(original);
  const entries: [KeyRef, Uint8Array][] = [];
  for (const ref of refs) {
    await keys.create(ref);
    entries.push([ref, await keys.withKey(ref, (key) => seal(key, PLAINTEXT, "test"))]);
  }
  sealed = new Map(entries);
  statement = await keys.signCompact({ a: 1 }, "test");
  secrets = await readSecrets(keys);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

function open(folder: string): Promise<KeyStore> {
  return openKeyStore({ folder, kek: { kind: "file", path: join(folder, "kek") } });
}

function readSecrets(keys: KeyStore): Promise<string[]> {
  return Promise.all(
    (["transform", "pepper"] as const).map((secret) =>
      keys.withSecret(secret, (key) => Buffer.from(key).toString("hex")),
    ),
  );
}

/** Whether the key is there and opens what it sealed; nothing in between is accepted. */
async function opens(keys: KeyStore, ref: KeyRef): Promise<boolean> {
  if (!(await keys.has(ref))) {
    await expect(keys.withKey(ref, () => "lent")).rejects.toMatchObject({ code: "key-gone" });
    return false;
  }
  const plaintext = await keys.withKey(ref, (key) => openSealed(key, sealed.get(ref) as Uint8Array, "test"));
  expect(Buffer.from(plaintext)).toEqual(PLAINTEXT);
  return true;
}

async function allText(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join("\n");
}

async function wrappedIn(folder: string, path: string): Promise<string> {
  const { wrapped } = JSON.parse(await readFile(join(folder, path), "utf8")) as { wrapped: string };
  return wrapped;
}

/** What must hold after any crash and the next start, whatever was being done. */
async function expectWhole(folder: string, keys: KeyStore): Promise<void> {
  for (const ref of others) expect(await opens(keys, ref)).toBe(true);
  expect(await readSecrets(keys)).toEqual(secrets);
  expect(await readdir(join(folder, "passing"))).toEqual([]);
  expect(await readdir(join(folder, "epochs"))).toHaveLength(1);
  expect(await keys.doomed()).toEqual([]);
  expect(await verifyCompact(statement, await keys.publicKeys(), ["test"])).toMatchObject({ valid: true });
  const now = await keys.signCompact({ a: 2 }, "test");
  expect(await verifyCompact(now, await keys.publicKeys(), ["test"])).toMatchObject({ valid: true });
}

/** Checks what is left by a process killed at each of the operation's effects in turn; returns how many those are. */
async function killAtEveryStep(
  operation: string,
  check: (folder: string, killed: boolean) => Promise<void>,
  start = original,
): Promise<number> {
  const folder = await mkdtemp(join(scratch, `${operation}-`));
  const child = spawn(process.execPath, [VICTIM, start, folder, operation, leaving], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
  const steps = (await readdir(folder)).map(Number).sort((a, b) => a - b);
  for (const step of steps) {
    await check(join(folder, String(step)), step > 0).catch((error: unknown) => {
      throw new Error(`${operation}, killed at effect ${step}`, { cause: error });
    });
  }
  expect(steps[0]).toBe(0);
  return steps.length - 1;
}

describe("a key store killed at any step", () => {
  test("of its first start opens at the next, as one and the same instance", async () => {
    const empty = join(scratch, "empty");
    await cp(join(original, "doomed"), empty, { recursive: true });
    const kills = await killAtEveryStep(
      "open",
      async (folder) => {
        const keys = await open(folder);
        await keys.create(target);
        const bytes = await keys.withKey(target, (key) => seal(key, PLAINTEXT, "test"));
        const again = await open(folder);
        expect(again.id).toBe(keys.id);
        expect(await again.withKey(target, (key) => openSealed(key, bytes, "test"))).toHaveLength(
          PLAINTEXT.length,
        );
        expect(await readSecrets(again)).toEqual(await readSecrets(keys));
        expect((await stat(join(folder, "kek"))).mode & 0o777).toBe(0o600);
        expect((await readdir(folder)).filter((name) => name.includes("part"))).toEqual([]);
        expect(await readdir(join(folder, "passing"))).toEqual([]);
        expect((await keys.publicKeys()).length).toBe(1);
      },
      empty,
    );
    expect(kills).toBeGreaterThan(30);
  });

  test("of making a key has it whole or not at all", async () => {
    const made: KeyRef = { kind: "person", id: leaving, group: "contact" };
    const outcomes = new Set<boolean>();
    await killAtEveryStep("create", async (folder, killed) => {
      const keys = await open(folder);
      await expectWhole(folder, keys);
      expect(await opens(keys, target)).toBe(true);
      const there = await keys.has(made);
      if (!killed) expect(there).toBe(true);
      outcomes.add(there);
      expect(await keys.create(made)).toBe(!there);
      await keys.withKey(made, (key) =>
        expect(openSealed(key, seal(key, PLAINTEXT, "x"), "x")).toHaveLength(18),
      );
    });
    expect(outcomes.size).toBe(2);
  });

  test.each(["doom", "destroy"])("of %s has the key as it was, or for ever gone", async (operation) => {
    const outcomes = new Set<boolean>();
    const kills = await killAtEveryStep(operation, async (folder, killed) => {
      const name = `keys/person.${leaving}.face.json`;
      const wrapped = await wrappedIn(original, name);
      const keys = await open(folder);
      await expectWhole(folder, keys);
      const there = await opens(keys, target);
      if (!killed) expect(there).toBe(false);
      outcomes.add(there);
      expect((await allText(folder)).includes(wrapped)).toBe(there);
    });
    expect(kills).toBeGreaterThan(operation === "destroy" ? 8 : 1);
    expect(outcomes.size).toBe(2);
  });

  test("of making a key anew after a withdrawal never lends the old one again", async () => {
    await killAtEveryStep("replace", async (folder) => {
      const keys = await open(folder);
      await expectWhole(folder, keys);
      if (!(await keys.has(target))) return;
      const old = await keys
        .withKey(target, (key) => openSealed(key, sealed.get(target) as Uint8Array, "test"))
        .catch((error: { code: string }) => error.code);
      const untouched = (await allText(folder)).includes(
        await wrappedIn(original, `keys/person.${leaving}.face.json`),
      );
      expect(old === "signature").toBe(!untouched);
    });
  });

  test("of an epoch's roll has every surviving key in one epoch, and the old epoch key nowhere", async () => {
    const epochs = new Set<number>();
    const kills = await killAtEveryStep("roll", async (folder, killed) => {
      const oldEpoch = await wrappedIn(original, "epochs/1.json");
      const keys = await open(folder);
      await expectWhole(folder, keys);
      const { number } = await keys.currentEpoch();
      if (!killed) expect(number).toBe(2);
      epochs.add(number);
      const text = await allText(folder);
      expect(text.includes(oldEpoch)).toBe(number === 1);
      const inEpoch = (text.match(new RegExp(`"epoch":${number},`, "g")) ?? []).length;
      expect(inEpoch).toBe((await keys.list()).length + INSTANCE_SECRETS.length);
    });
    expect(kills).toBeGreaterThan(25);
    expect(epochs).toEqual(new Set([1, 2]));
  });

  test("of changing the signing key verifies all that was and is signed", async () => {
    await killAtEveryStep("rotate", async (folder) => expectWhole(folder, await open(folder)));
  });

  test("of making a successor still opens what was sealed, by the key as by its successor", async () => {
    const outcomes = new Set<number>();
    await killAtEveryStep("succeed", async (folder) => {
      const keys = await open(folder);
      await expectWhole(folder, keys);
      expect(await opens(keys, target)).toBe(true);
      outcomes.add((await keys.versions(target)).length);
    });
    expect(outcomes).toEqual(new Set([1, 2]));
  });

  test("of retiring a key has both still, or the successor alone, and what that sealed opens", async () => {
    const outcomes = new Set<string>();
    await killAtEveryStep("retire", async (folder, killed) => {
      const wrapped = await wrappedIn(original, `keys/person.${leaving}.face.json`);
      const keys = await open(folder);
      await expectWhole(folder, keys);
      const versions = (await keys.versions(target)).map((one) => one.version).join();
      outcomes.add(versions);
      expect((await allText(folder)).includes(wrapped)).toBe(versions === "2,1");
      const again = await keys.withKey(target, (key) => seal(key, PLAINTEXT, "test"));
      await keys.retire(target);
      if (!killed) expect(versions).toBe("2");
      expect((await keys.versions(target)).map((one) => one.version)).toEqual([2]);
      await keys.withKey(target, (key) => openSealed(key, again, "test"));
    });
    expect(outcomes).toEqual(new Set(["2,1", "2"]));
  });

  test("of destroying a key that is being changed leaves neither it nor its successor", async () => {
    const outcomes = new Set<boolean>();
    await killAtEveryStep("destroy-both", async (folder) => {
      const keys = await open(folder);
      await expectWhole(folder, keys);
      const there = await opens(keys, target);
      outcomes.add(there);
      const left = (await readdir(join(folder, "keys"))).filter((name) => name.includes(`${leaving}.face`));
      expect(left).toHaveLength(there ? 2 : 0);
    });
    expect(outcomes.size).toBe(2);
  });

  test("of changing the key-encryption key opens by the file, and the same change goes on from there", async () => {
    const old = (await readFile(join(original, "kek"), "latin1")).trim();
    const kept = new Set<boolean>();
    const kills = await killAtEveryStep("kek", async (folder, killed) => {
      const keys = await open(folder);
      await expectWhole(folder, keys);
      const stays = (await allText(folder)).includes(old);
      kept.add(stays);
      if (!killed) expect(stays).toBe(false);
      if (stays) expect(await keys.changeKeyEncryptionKey()).toBe("done");
      const left = await allText(folder);
      expect(left).not.toContain(old);
      expect(left).not.toContain('"next"');
      expect((await readdir(folder)).filter((name) => name.startsWith("kek"))).toEqual(["kek"]);
      await expectWhole(folder, await open(folder));
    });
    expect(kills).toBeGreaterThan(20);
    expect(kept).toEqual(new Set([true, false]));
  });
});
