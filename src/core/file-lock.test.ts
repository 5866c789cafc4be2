import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isProcessGone, processMark, withFileLock } from "./file-lock.ts";

const MODULE = fileURLToPath(new URL("./file-lock.ts", import.meta.url));
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-lock-"));
  path = join(folder, "lock");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function run(source: string) {
  return spawn(process.execPath, ["--input-type=module", "-e", source, MODULE, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** A process that takes the lock, says so, and holds it until it is killed. */
async function holder() {
  const child = run(`
    const { withFileLock } = await import(process.argv[1]);
    await withFileLock(process.argv[2] + "/lock", () => {
      console.log("held");
      setInterval(() => {}, 1000);
      return new Promise(() => {});
    });`);
  await once(child.stdout, "data");
  return child;
}

describe("a file lock", () => {
  test("is held by one of many at a time, in one process", async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withFileLock(path, async () => {
          most = Math.max(most, ++inside);
          await readdir(folder);
          inside--;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test("counts right when many processes add to one number, some of which are killed inside", async () => {
    const counter = join(folder, "counter");
    await writeFile(counter, "0");
    const adders = Array.from({ length: 6 }, (_, index) =>
      run(`
        const { withFileLock } = await import(process.argv[1]);
        const { readFile, writeFile } = await import("node:fs/promises");
        const counter = process.argv[2] + "/counter";
        for (let i = 0; i < 20; i++) {
          await withFileLock(process.argv[2] + "/lock", async () => {
            await writeFile(counter, String(Number(await readFile(counter, "utf8")) + 1));
            if (${index} % 2 === 1 && i === 9) process.kill(process.pid, "SIGKILL");
          });
        }`),
    );
    await Promise.all(adders.map((adder) => once(adder, "exit")));
    expect(await readFile(counter, "utf8")).toBe(String(3 * 20 + 3 * 10));
  });

  test("names the living process that holds it, and is taken over once that process is killed", async () => {
    const child = await holder();
    await expect(withFileLock(path, () => Promise.resolve(), { waitMs: 0 })).rejects.toMatchObject({
      code: "instance-busy",
      message: expect.stringContaining(`process ${child.pid} holds`) as string,
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await withFileLock(path, () => Promise.resolve("taken"), { waitMs: 0 })).toBe("taken");
  });

  test.runIf(process.platform === "linux")(
    "left by a dead process is taken by one of many that see it at once",
    async () => {
      const [host, pid] = processMark().split(".");
      let inside = 0;
      let most = 0;
      for (let round = 0; round < 5; round++) {
        await writeFile(path, `${host}.${pid}.00000000-1 nonce${round}\n`);
        await Promise.all(
          Array.from({ length: 12 }, () =>
            withFileLock(path, async () => {
              most = Math.max(most, ++inside);
              for (let i = 0; i < 5; i++) await readdir(folder);
              inside--;
            }),
          ),
        );
      }
      expect(most).toBe(1);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test("is not taken from a holder of another machine", async () => {
    await writeFile(path, "00000000.1.x nonce\n");
    await expect(withFileLock(path, () => Promise.resolve(), { waitMs: 0 })).rejects.toThrow(
      /another machine/,
    );
  });

  test("is taken from a dead process whose number another process has now", async () => {
    const [host, pid] = processMark().split(".");
    expect(isProcessGone(processMark())).toBe(false);
    expect(isProcessGone(`${host}.${pid}.00000000-1`)).toBe(process.platform === "linux");
  });

  test("a folder that is not there is a storage failure with a remedy", async () => {
    await expect(withFileLock(join(folder, "no", "lock"), () => Promise.resolve())).rejects.toMatchObject({
      code: "storage-failed",
      remedy: expect.any(String) as string,
    });
  });
});
