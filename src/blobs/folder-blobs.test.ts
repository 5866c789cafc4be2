import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeBlobStore } from "./blob-store.suite.ts";
import { createFolderBlobs } from "./folder-blobs.ts";

const MODULE = fileURLToPath(new URL("./folder-blobs.ts", import.meta.url));

describeBlobStore("a folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "assent-blobs-"));
  return {
    store: await createFolderBlobs(folder),
    done: () => rm(folder, { recursive: true, force: true }),
  };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-blobs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

function run(source: string) {
  return spawn(process.execPath, ["--input-type=module", "-e", source, MODULE, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

describe("the folder of blobs", () => {
  test("lets nobody but its own account read what is stored", async () => {
    const store = await createFolderBlobs(folder);
    const file = join(folder, "open-to-all");
    await writeFile(file, "x", { mode: 0o644 });
    for (const ref of [
      await store.put("originals", { file }),
      await store.put("renditions", randomBytes(3)),
    ]) {
      expect(await store.withFile(ref, async (path) => (await stat(path)).mode & 0o777)).toBe(0o600);
    }
    expect((await stat(join(folder, "originals"))).mode & 0o777).toBe(0o700);
  });

  test("several processes that put the same originals keep each of them once and whole", async () => {
    const putters = Array.from({ length: 4 }, () =>
      run(`
        const { createFolderBlobs } = await import(process.argv[1]);
        const store = await createFolderBlobs(process.argv[2]);
        for (let round = 0; round < 5; round++)
          await Promise.all(Array.from({ length: 20 }, (_, n) => store.put("originals", new Uint8Array(50_000).fill(n))));
      `),
    );
    const codes = await Promise.all(putters.map((putter) => once(putter, "exit")));
    expect(codes.map(([code]) => code as number)).toEqual([0, 0, 0, 0]);
    const store = await createFolderBlobs(folder);
    const seen = new Set<number | undefined>();
    for await (const entry of store.list("originals")) {
      const bytes = await store.read(entry.ref);
      expect(bytes.every((byte) => byte === bytes[0]) && bytes.length === 50_000).toBe(true);
      seen.add(bytes[0]);
    }
    expect(seen.size).toBe(20);
    expect(await readdir(join(folder, "tmp"))).toEqual([]);
  });

  test("what a killed process left half made is swept, what a living one is making stays", async () => {
    const store = await createFolderBlobs(folder);
    const child = run(`
      const { createFolderBlobs } = await import(process.argv[1]);
      const { writeFile } = await import("node:fs/promises");
      const { basename, dirname, join } = await import("node:path");
      const store = await createFolderBlobs(process.argv[2]);
      const path = await store.temporary();
      await writeFile(path, "half");
      await writeFile(join(dirname(path), "." + basename(path) + ".0123456789abcdef.part"), "written durably");
      console.log("written");
      setInterval(() => {}, 1000);`);
    await once(child.stdout, "data");
    await writeFile(await store.temporary(), "mine");
    expect(await store.sweepTemporary()).toBe(0);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await store.sweepTemporary()).toBe(2);
    expect(await readdir(join(folder, "tmp"))).toHaveLength(1);
  });

  test("what does not belong to the store is neither listed nor an error", async () => {
    const store = await createFolderBlobs(folder);
    await store.put("chips", randomBytes(3));
    await writeFile(join(folder, "chips", "README"), "by hand");
    await mkdir(join(folder, "chips", "zz"));
    await writeFile(join(folder, "chips", "zz", "Not Ours.JPG"), "by hand");
    const refs: string[] = [];
    for await (const entry of store.list("chips")) refs.push(entry.ref);
    expect(refs).toHaveLength(1);
  });

  test.skipIf(process.getuid?.() === 0)("a folder closed to us is named with what to do", async () => {
    const store = await createFolderBlobs(folder);
    await chmod(join(folder, "tmp"), 0o500);
    await expect(store.put("chips", randomBytes(3))).rejects.toMatchObject({
      code: "storage-failed",
      remedy: expect.stringContaining("right to read and write") as string,
    });
    await chmod(join(folder, "tmp"), 0o700);
  });

  test("a folder that is a file is named with what to do", async () => {
    await writeFile(join(folder, "plain"), "x");
    await expect(createFolderBlobs(join(folder, "plain"))).rejects.toMatchObject({ code: "storage-failed" });
  });
});

/** A file system of one megabyte in memory, where this account may mount one. */
function smallDisk(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const path = mkdtempSync(join(tmpdir(), "assent-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path], { stdio: "ignore" });
    return path;
  } catch {
    return undefined;
  }
}

describe("a full disk", () => {
  const disk = smallDisk();
  if (disk === undefined) console.log("skipped: the disk-full test needs the right to mount a tmpfs");
  afterAll(async () => {
    if (disk === undefined) return;
    execFileSync("umount", [disk]);
    await rm(disk, { recursive: true });
  });

  test.skipIf(disk === undefined)("refuses with the remedy and leaves nothing half stored", async () => {
    const store = await createFolderBlobs(join(disk as string, "blobs"));
    const kept = await store.put("originals", randomBytes(300_000));
    const large = join(folder, "large.jpg");
    await writeFile(large, randomBytes(2_000_000));
    for (const source of [randomBytes(2_000_000), { file: large }]) {
      await expect(store.put("originals", source)).rejects.toMatchObject({
        code: "storage-failed",
        message: expect.stringContaining("ENOSPC") as string,
        remedy: expect.stringContaining("Free some space") as string,
      });
    }
    expect(await filesUnder(disk as string)).toEqual([kept.split("/")[2]]);
    expect(await store.put("originals", randomBytes(300_000))).toMatch(/^originals\//);
  });

  test.skipIf(disk === undefined)("mounted read-only is named with what to do, and still read", async () => {
    const store = await createFolderBlobs(join(disk as string, "blobs"));
    const ref = await store.put("renditions", randomBytes(3));
    execFileSync("mount", ["-o", "remount,ro", disk as string]);
    try {
      for (const act of [store.put("renditions", randomBytes(3)), store.remove(ref)]) {
        await expect(act).rejects.toMatchObject({
          code: "storage-failed",
          remedy: expect.stringContaining("read-only") as string,
        });
      }
      expect(await store.read(ref)).toHaveLength(3);
    } finally {
      execFileSync("mount", ["-o", "remount,rw", disk as string]);
    }
  });
});
