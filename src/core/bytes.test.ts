import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { syncFolder, wipe, writeFileDurably } from "./bytes.ts";

const MODULE = fileURLToPath(new URL("./bytes.ts", import.meta.url));
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-bytes-"));
  path = join(folder, "file");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a file written durably", () => {
  test("holds the new bytes, is closed to others, and leaves no neighbour", async () => {
    await writeFileDurably(path, "old");
    await writeFileDurably(path, Uint8Array.of(1, 2, 3));
    expect(await readFile(path)).toEqual(Buffer.from([1, 2, 3]));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test("has the mode that was asked for", async () => {
    await writeFileDurably(path, "text", { mode: 0o640 });
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  test("keeps the old bytes where the new ones cannot be written", async () => {
    await writeFileDurably(path, "old");
    // Not bytes: the write itself fails, after the neighbour was made.
    await expect(writeFileDurably(path, 42 as unknown as string)).rejects.toThrow(TypeError);
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test("leaves no neighbour where it cannot take its name", async () => {
    await mkdir(join(path, "inside"), { recursive: true });
    await expect(writeFileDurably(path, "text")).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["file"]);
    expect(await readdir(path)).toEqual(["inside"]);
  });

  test.skipIf(process.getuid?.() === 0)("fails where the folder is closed", async () => {
    await chmod(folder, 0o500);
    await expect(writeFileDurably(path, "text")).rejects.toMatchObject({ code: "EACCES" });
    await chmod(folder, 0o700);
  });

  test("is the old or the new one, whole, whenever its writer is killed", async () => {
    const texts = ["a", "b"].map((letter) => letter.repeat(300_000));
    await writeFile(path, texts[0] ?? "");
    const writer = spawn(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `const { writeFileDurably } = await import(process.argv[1]);
         for (let i = 1; ; i++) {
           await writeFileDurably(process.argv[2], "ab"[i % 2].repeat(300_000));
           if (i === 3) console.log("under way");
         }`,
        MODULE,
        path,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(writer.stdout, "data");
    for (let i = 0; i < 50; i++) expect(texts).toContain(await readFile(path, "utf8"));
    writer.kill("SIGKILL");
    await once(writer, "exit");
    expect(texts).toContain(await readFile(path, "utf8"));
    const others = (await readdir(folder)).filter((name) => name !== "file");
    for (const name of others) expect(name).toMatch(/^\.file\.[0-9a-f]{16}\.part$/);
  });
});

test("wiping overwrites every kind of buffer with zeroes", () => {
  const bytes = Uint8Array.of(1, 2);
  const small = Int8Array.of(-1, 2);
  const numbers = Float32Array.of(0.5, 2);
  wipe(bytes, small, numbers);
  expect([...bytes, ...small, ...numbers]).toEqual([0, 0, 0, 0, 0, 0]);
});

test("a folder that is not there cannot be made durable", async () => {
  await expect(syncFolder(join(folder, "nowhere"))).rejects.toMatchObject({ code: "ENOENT" });
});
