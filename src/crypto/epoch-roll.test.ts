import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { open as openFile, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { face, openUnder, refusalOf, sealUnder, useKeyFolder } from "./fixtures/key-folder.ts";
import { type KeyRef } from "./index.ts";
import { INSTANCE_SECRETS } from "./key-ref.ts";

const folder = useKeyFolder();
const INDEX = fileURLToPath(new URL("./index.ts", import.meta.url));
const DAY = 86_400_000;

describe("an epoch", () => {
  test("rolls: all survivors open as before, the doomed are gone, and the old epoch's backup opens nothing", async () => {
    const keys = await folder.open();
    const refs = Array.from({ length: 70 }, () => face());
    for (const ref of refs) await keys.create(ref);
    const sealed = await Promise.all(refs.map((ref) => sealUnder(keys, ref)));
    const [doomed] = refs as [KeyRef];
    await keys.doom(doomed);
    const backup = [...(await folder.files())].find(([path]) => path.endsWith("epochs/1.json")) as [
      string,
      string,
    ];
    folder.now += 5000;
    expect(await keys.rollEpoch()).toEqual({
      epoch: 2,
      date: new Date(folder.now),
      rewrapped: 69 + INSTANCE_SECRETS.length,
    });
    expect(await keys.currentEpoch()).toEqual({
      number: 2,
      startedAt: new Date(folder.now),
      rollsAt: new Date(folder.now + DAY),
    });
    for (const store of [keys, await folder.open()]) {
      for (const [index, ref] of refs.entries()) {
        if (index > 0) expect(await openUnder(store, ref, sealed[index] as Uint8Array)).toBe("text");
      }
    }
    const after = await folder.files();
    expect(after.has(backup[0])).toBe(false);
    for (const [path, text] of after) if (path.includes("/keys/keys/")) expect(text).toContain('"epoch":2');
  });

  test("rolls by itself when it is a day old and not before", async () => {
    const keys = await folder.open();
    folder.now += DAY - 1;
    expect(await keys.rollIfDue()).toBeUndefined();
    folder.now += 1;
    expect(await keys.rollIfDue()).toMatchObject({ epoch: 2 });
    expect(await keys.rollIfDue()).toBeUndefined();
  });

  test("rolled by several at once when due is rolled once", async () => {
    const stores = await Promise.all([folder.open(), folder.open(), folder.open()]);
    folder.now += DAY;
    const rolls = await Promise.all(stores.map((keys) => keys.rollIfDue()));
    expect(rolls.filter((roll) => roll !== undefined)).toHaveLength(1);
  });

  test.skipIf(process.platform === "win32")(
    "rolled while a key is being read lends that key all the same",
    async () => {
      const keys = await folder.open();
      const ref = face();
      await keys.create(ref);
      const sealed = await sealUnder(keys, ref);
      const path = join(folder.path, "keys", `person.${ref.id}.face.json`);
      const before = await readFile(path);
      await keys.rollEpoch();
      // A pipe in the file's place hands the reader the old text after the file and the epoch have gone on.
      await rename(path, `${path}.new`);
      execFileSync("mkfifo", [path]);
      const reading = openUnder(keys, ref, sealed);
      const pipe = await openFile(path, "w");
      await rename(`${path}.new`, path);
      await pipe.writeFile(before);
      await pipe.close();
      expect(await reading).toBe("text");
    },
  );

  test("is not destroyed while a damaged file needs it, and the other keys stay usable", async () => {
    const keys = await folder.open();
    const [whole, damaged] = [face(), face()];
    await keys.create(whole);
    await keys.create(damaged);
    const sealed = await sealUnder(keys, whole);
    await writeFile(join(folder.path, "keys", `person.${damaged.id}.face.json`), "{}");
    expect((await refusalOf(keys.rollEpoch())).message).toContain(damaged.id);
    const again = await folder.open();
    expect(await openUnder(again, whole, sealed)).toBe("text");
    expect(await readdir(join(folder.path, "epochs"))).toHaveLength(2);
    await again.destroy(damaged);
    expect(await again.rollIfDue()).toMatchObject({ epoch: 2 });
    expect(await readdir(join(folder.path, "epochs"))).toEqual(["2.json"]);
  });

  test("rolls again and again while other processes make, use and destroy keys, and no key is lost", async () => {
    await folder.open();
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
      spawn(process.execPath, ["--input-type=module", "-e", worker, INDEX, folder.path, folder.kek], {
        stdio: ["ignore", "pipe", "inherit"],
      }),
    );
    const keys = await folder.open();
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
