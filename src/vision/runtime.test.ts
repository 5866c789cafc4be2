import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const MODEL = join(import.meta.dirname, "../../models/default/mtcnn_onet.onnx");
const RUNTIME = join(import.meta.dirname, "runtime.ts");

test("the networks' runtime notes down and reports nothing of its use", async () => {
  const folder = await mkdtemp(join(tmpdir(), "assent-runtime-"));
  try {
    const script = `
      const { InferenceSession } = await import(${JSON.stringify(RUNTIME)});
      const session = await InferenceSession.create(${JSON.stringify(MODEL)});
      console.log(session.inputNames.length);
    `;
    const env = { PATH: process.env["PATH"], HOME: folder, TMPDIR: folder, XDG_CACHE_HOME: folder };
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      env,
    });
    expect(stdout).toBe("1\n");
    // With reporting on it keeps a number of this machine, a queue of reports and a log in these places.
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
