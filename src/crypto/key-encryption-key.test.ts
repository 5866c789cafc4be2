import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { refusalOf, useKeyFolder } from "./fixtures/key-folder.ts";
import { openKeyStore } from "./index.ts";

const folder = useKeyFolder();

describe("the key-encryption key", () => {
  test("is made at the first start for its owner alone, and never replaced", async () => {
    await folder.open();
    expect((await stat(folder.kek)).mode & 0o777).toBe(0o600);
    const text = await readFile(folder.kek, "utf8");
    await rm(folder.kek);
    expect(await refusalOf(folder.open())).toMatchObject({
      code: "key-gone",
      remedy: expect.stringContaining("copy") as string,
    });
    await writeFile(folder.kek, `${Buffer.alloc(32, 1).toString("base64")}\n`, { mode: 0o600 });
    expect((await refusalOf(folder.open())).code).toBe("instance-mismatch");
    await writeFile(folder.kek, text);
    expect((await folder.open()).id).toHaveLength(36);
  });

  test("in a file that others may read is refused with the command that mends it", async () => {
    await folder.open();
    await chmod(folder.kek, 0o640);
    expect(await refusalOf(folder.open())).toMatchObject({
      code: "bad-input",
      remedy: expect.stringContaining(`chmod 600 ${folder.kek}`) as string,
    });
    await chmod(folder.kek, 0o600);
    await folder.open();
  });

  test("comes from the environment or a command as well, in base64 or hexadecimal", async () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7));
    const value = { kind: "environment", value: bytes.toString("base64") } as const;
    const { id } = await openKeyStore({ folder: folder.path, kek: value });
    for (const text of [bytes.toString("hex"), bytes.toString("base64url")]) {
      expect(
        (await openKeyStore({ folder: folder.path, kek: { kind: "environment", value: text } })).id,
      ).toBe(id);
      expect(
        (await openKeyStore({ folder: folder.path, kek: { kind: "command", command: `echo ${text}` } })).id,
      ).toBe(id);
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
      const refusal = await refusalOf(openKeyStore({ folder: folder.path, kek: source }));
      expect(refusal.code).toBe("bad-input");
      const told = `${refusal.message} ${refusal.remedy} ${refusal.stack} ${JSON.stringify(refusal.cause ?? null)}`;
      expect(told).not.toContain("hunter2");
    }
  });
});
