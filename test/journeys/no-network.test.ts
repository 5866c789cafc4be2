import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const PROJECT = join(import.meta.dirname, "../..");

/** `unshare -n` gives a process a network of its own with no way out; it needs rights that not every machine grants. */
const canUnshare = ((): boolean => {
  try {
    execFileSync("unshare", ["-n", "true"], { stdio: "ignore" });
    return true;
  } catch {
    console.log("skipped: the journey without a network, because `unshare -n` is not allowed here");
    return false;
  }
})();

describe.skipIf(!canUnshare)("only your own photos", () => {
  test("the main job is done where there is no network at all", async () => {
    const { stdout } = await promisify(execFile)(
      "unshare",
      ["-n", process.execPath, join(PROJECT, "src/app/demo.ts")],
      { cwd: PROJECT },
    );
    expect(stdout).toMatch(/Imported 6 photos with \d+ faces/);
    expect(stdout).toMatch(/Published 6 pictures for "website": 0 faces shown, \d+ hidden/);
  }, 120_000);
});
