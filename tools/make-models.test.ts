import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { DEFAULT_PACK } from "../src/vision/index.ts";

const SCRIPT = fileURLToPath(new URL("make-models.ts", import.meta.url));

/** With an empty folder as its path and for its files, so that nothing is ever packed here. */
function run(...options: string[]): { status: number | null; said: string; left: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), "assent-test-"));
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...options], {
      env: { ...process.env, PATH: folder, TMPDIR: folder, TEMP: folder },
      encoding: "utf8",
    });
    return { status, said: stdout + stderr, left: readdirSync(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("making the models again", () => {
  test("is explained on demand", () => {
    expect(run("--help")).toMatchObject({ status: 0, said: expect.stringContaining("--out FOLDER") });
  });

  test("refuses an option that it does not know", () => {
    expect(run("--fast")).toMatchObject({ status: 2, said: expect.stringContaining("--fast") });
  });

  test("never writes over the kept files", () => {
    expect(run("--out", DEFAULT_PACK)).toMatchObject({
      status: 1,
      said: expect.stringContaining("the folder of the kept files"),
    });
  });

  test("fails when a package cannot be had, naming it, and leaves nothing behind", () => {
    const { status, said, left } = run();
    expect(status).toBe(1);
    expect(said).toContain("npm cannot pack faceplugin-face-recognition-js@0.0.1: spawn npm ENOENT");
    expect(left).toEqual([]);
  });
});
