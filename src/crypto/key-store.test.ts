import { cp, open as openFile, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newId } from "../core/index.ts";
import { face, openUnder, refusalOf, sealUnder, useKeyFolder } from "./fixtures/key-folder.ts";
import { verifyBytes, rawPublicKey, verifyCompact, type KeyRef } from "./index.ts";
import { INSTANCE_SECRETS } from "./key-ref.ts";

const folder = useKeyFolder();

describe("a key", () => {
  test("is made once, lent, and found again by another opening of the folder", async () => {
    const keys = await folder.open();
    const ref = face();
    expect(await keys.has(ref)).toBe(false);
    expect(await keys.create(ref)).toBe(true);
    const sealed = await sealUnder(keys, ref);
    expect(await keys.create(ref)).toBe(false);
    const again = await folder.open();
    expect(await openUnder(again, ref, sealed)).toBe("text");
    expect(await again.list()).toEqual([ref]);
  });

  test("made by many at once is one key", async () => {
    const stores = await Promise.all([folder.open(), folder.open(), folder.open()]);
    const ref = face();
    const made = await Promise.all(stores.flatMap((keys) => [keys.create(ref), keys.create(ref)]));
    expect(made.filter(Boolean)).toHaveLength(1);
    const sealed = await sealUnder(stores[0], ref);
    for (const keys of stores) expect(await openUnder(keys, ref, sealed)).toBe("text");
  });

  test("is wiped when the loan ends, by result, promise or error", async () => {
    const keys = await folder.open();
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
    const keys = await folder.open();
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
    const keys = await folder.open();
    const ref = face();
    await keys.create(ref);
    const secrets = [await keys.withKey(ref, (key) => Buffer.from(key))];
    for (const name of INSTANCE_SECRETS) {
      secrets.push(await keys.withSecret(name, (key) => Buffer.from(key)));
    }
    expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
    for (const [path, text] of await folder.files()) {
      expect((await stat(path)).mode & 0o077, path).toBe(0);
      for (const secret of secrets) {
        for (const encoding of ["latin1", "hex", "base64", "base64url"] as const) {
          expect(text.includes(secret.toString(encoding)), path).toBe(false);
        }
      }
    }
  });

  test("is refused for an id that is none, so that no name leads out of the folder", async () => {
    const keys = await folder.open();
    for (const id of ["../../kek", "", "a/b", newId().toUpperCase()]) {
      for (const act of [keys.create, keys.has, keys.doom, keys.destroy]) {
        expect((await refusalOf((async () => act(face(id)))())).code).toBe("bad-input");
      }
    }
  });

  test("does not open from another person's file", async () => {
    const keys = await folder.open();
    const [mine, theirs] = [face(), face()];
    await keys.create(mine);
    await keys.create(theirs);
    const path = (ref: KeyRef) => join(folder.path, "keys", `person.${ref.id}.face.json`);
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
    const keys = await folder.open();
    const other = await folder.open();
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
    expect(await (await folder.open()).doomed()).toEqual([]);
    expect(await keys.create(ref)).toBe(true);
    expect((await refusalOf(openUnder(keys, ref, sealed))).code).toBe("signature");
  });

  test("is destroyed without a trace of its wrapped form, and again without error", async () => {
    const keys = await folder.open();
    const ref = face();
    await keys.create(ref);
    const before = [...(await folder.files())].find(([path]) => path.includes(ref.id))?.[1] ?? "";
    const { wrapped } = JSON.parse(before) as { wrapped: string };
    await keys.destroy(ref);
    await keys.destroy(ref);
    const after = await folder.files();
    expect([...after.keys()].filter((path) => path.includes(ref.id))).toEqual([]);
    expect([...after.values()].join("").includes(wrapped)).toBe(false);
  });

  test("is overwritten on the disk before its name goes", async () => {
    const keys = await folder.open();
    const ref = face();
    await keys.create(ref);
    const path = join(folder.path, "keys", `person.${ref.id}.face.json`);
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
    const keys = await folder.open();
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

describe("the instance", () => {
  test("signs, and what it signed verifies after the signing key was changed", async () => {
    const keys = await folder.open();
    const before = await keys.signCompact({ n: 1 }, "test");
    const changed = await keys.rotateSigningKey();
    const after = await keys.signCompact({ n: 2 }, "test");
    const known = await (await folder.open()).publicKeys();
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

  test("signs the log with a key of its own, which is in no list of those of receipts", async () => {
    const keys = await folder.open();
    const bytes = Buffer.from("a checkpoint");
    const { signature, publicKey } = await keys.signLog(bytes);
    const changed = await keys.rotateSigningKey("log");
    const after = await keys.signLog(bytes);
    const known = (await (await folder.open()).logKeys()).map((key) => Buffer.from(rawPublicKey(key.jwk)));
    expect(known).toEqual([Buffer.from(publicKey), Buffer.from(after.publicKey)]);
    expect(rawPublicKey(changed.jwk)).toEqual(known[1]);
    expect(verifyBytes(publicKey, bytes, signature)).toBe(true);
    expect(verifyBytes(after.publicKey, bytes, signature)).toBe(false);
    const ofReceipts = (await keys.publicKeys()).map((key) => key.kid);
    expect((await keys.logKeys()).filter((key) => ofReceipts.includes(key.kid))).toEqual([]);
  });

  test("gets the log's key where the folder is of before there was one, and never another in place of a lost one", async () => {
    await folder.open();
    const [key, history] = [join(folder.path, "keys/instance.log.json"), join(folder.path, "log-keys.json")];
    await rm(key);
    await rm(history);
    const [made] = await (await folder.open()).logKeys();
    expect(made?.kid).toMatch(/./);
    await rm(key);
    expect(await refusalOf(folder.open())).toMatchObject({ code: "key-gone" });
  });

  test("is another in another folder: neither verifies nor opens what the first made", async () => {
    const keys = await folder.open();
    const first = await keys.withSecret("transform", (key) => Buffer.from(key).toString("hex"));
    const statement = await keys.signCompact({}, "test");
    folder.path = `${folder.path}-other`;
    const other = await folder.open();
    expect(other.id).not.toBe(keys.id);
    expect(await other.withSecret("transform", (key) => Buffer.from(key).toString("hex"))).not.toBe(first);
    expect(await verifyCompact(statement, await other.publicKeys(), ["test"])).toEqual({
      valid: false,
      reason: "unknown signer",
    });
  });

  test("that lost a secret or its epochs says so rather than making new ones", async () => {
    await folder.open();
    await cp(folder.path, `${folder.path}-copy`, { recursive: true });
    await rm(join(folder.path, "keys", "instance.transform.json"));
    expect(await refusalOf(folder.open())).toMatchObject({
      code: "key-gone",
      message: expect.stringContaining("transform") as string,
    });
    folder.path = `${folder.path}-copy`;
    await rm(join(folder.path, "epochs", "1.json"));
    expect((await refusalOf(folder.open())).code).toBe("key-gone");
  });

  test("whose folder cannot be made names the folder and what to do", async () => {
    await folder.open();
    folder.path = join(folder.kek, "below-a-file");
    expect(await refusalOf(folder.open())).toMatchObject({
      code: "storage-failed",
      remedy: expect.any(String) as string,
    });
  });
});
