import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cutChipsAgain } from "../../src/flows/index.ts";
import { inParallel } from "../../src/flows/in-parallel.ts";
import { hasFaces } from "../support/faces.ts";
import { compileInto, copyOf, withInstance, type AtRest } from "../support/killed-copy.ts";
import type { RestoreChildOrder } from "../support/killed-restore.ts";
import { leftovers } from "../support/killed-state.ts";
import {
  backUpAndRestrict,
  notRestricted,
  picturesOf,
  restoreInto,
  withEmptyDatabase,
  type BackedUp,
} from "../support/restore.ts";

const CHILD = join(import.meta.dirname, "../support/killed-restore.ts");
/** Children at once: the machine for which the time of the tests is reckoned has two cores. */
const AT_ONCE = 2;

describe.skipIf(!hasFaces)("a restore that is killed", () => {
  let shared: string;
  let at: AtRest;
  let done: BackedUp;
  let before: readonly string[];

  beforeAll(async () => {
    shared = await mkdtemp(join(tmpdir(), "assent-killed-restore-"));
    compileInto(join(shared, "compiled"));
    at = await copyOf();
    done = await backUpAndRestrict(at, join(shared, "one.assent-backup"));
    before = await picturesOf(at);
  }, 300_000);

  afterAll(async () => {
    await (at as AtRest | undefined)?.remove();
    await rm(shared, { recursive: true, force: true });
  });

  async function onCopy<T>(use: (empty: AtRest) => Promise<T>): Promise<T> {
    const copy = await copyOf(at);
    try {
      // A disk that was lost: the files of pictures are gone too.
      await rm(join(copy.folder, "data/blobs"), { recursive: true });
      await rm(join(copy.folder, "data/receipts"), { recursive: true });
      return await withEmptyDatabase(copy, use);
    } finally {
      await copy.remove();
    }
  }

  /** What is wrong once the restore, started again where nothing had come back, and the next start are through. */
  async function wrongAfter(empty: AtRest): Promise<readonly string[]> {
    let came = "";
    try {
      await restoreInto(empty, done.file);
    } catch (error) {
      came = String(error);
      if (!came.includes("not empty")) return [came];
    }
    return withInstance(empty, async (instance) => {
      // As a server does once it is up.
      await cutChipsAgain(instance);
      return [
        ...(await leftovers(instance)),
        ...(await notRestricted(instance, done)).map((one) => `came back: ${one}`),
        ...(instance.settled.suspended === undefined ? [] : ["suspended"]),
        ...((await picturesOf(empty)).join() === before.join() ? [] : ["other pictures than before"]),
      ];
    });
  }

  test("is started again where nothing came back, and carried to its end by the next start where it did", async () => {
    const effects = await onCopy(async (empty) => {
      const { output } = await child({
        configuration: empty.configuration,
        from: done.file,
        killBefore: null,
      });
      expect(await wrongAfter(empty)).toEqual([]);
      return JSON.parse(output) as string[];
    });
    expect(effects).toContain("commit");
    // With `npm run test:long` before every one; otherwise around the commit of the rows, and before the last of all.
    const commits = effects.flatMap((effect, i) => (effect === "commit" ? [i] : []));
    const gravest = new Set([...commits.slice(0, 2), effects.length - 1]);
    const steps = effects.map((_, i) => i).filter((i) => process.env["MODE"] === "long" || gravest.has(i));
    const wrong: string[] = [];
    await inParallel([...steps, effects.length], AT_ONCE, async (i) => {
      const found = await onCopy(async (empty) => {
        const killed = await child({
          configuration: empty.configuration,
          from: done.file,
          killBefore: i + 1,
        });
        return killed.signal === "SIGKILL" ? wrongAfter(empty) : ["it was not killed"];
      });
      wrong.push(...found.map((one) => `killed before ${i + 1} (${effects[i] ?? "the end"}): ${one}`));
    });
    expect(wrong).toEqual([]);
  }, 900_000);
});

function child(
  order: RestoreChildOrder,
): Promise<{ readonly signal: string | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [CHILD, JSON.stringify(order)], {
      stdio: ["ignore", "pipe", "inherit"],
      cwd: join(import.meta.dirname, "../.."),
    });
    let output = "";
    running.stdout.on("data", (text: Buffer) => (output += text.toString()));
    running.on("error", reject);
    running.on("exit", (_, signal) => resolve({ signal, output }));
  });
}
