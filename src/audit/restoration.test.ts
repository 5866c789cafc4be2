import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openJournal, whyNotFarEnough, type Journal, type Reach } from "./index.ts";

let folder: string;
let path: string;
let journal: Journal;
/** Of a journal that had two entries at the backup, and has four now. */
let reach: Reach;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-reach-"));
  path = join(folder, "restrictions.log");
  journal = openJournal(path, { head: join(folder, "head.json") });
  await append("a", "b");
  const backup = (await journal.scan()).position;
  await append("c", "d");
  reach = {
    journal: await journal.scan(),
    backup,
    lastKnown: await journal.lastKnown(),
    epochs: { backup: 3, now: 5 },
    pinned: { size: 100 },
    outside: [{ size: 100 }],
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function append(...persons: readonly string[]): Promise<void> {
  for (const person of persons) await journal.append([{ event: "erased", person }], new Date(0));
}

async function scanOf(lines: (all: readonly string[]) => readonly string[]): Promise<Reach["journal"]> {
  const all = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  await writeFile(path, lines(all).join("\n"));
  return journal.scan();
}

describe("a journal reaches far enough", () => {
  test("where it goes on from the backup and has all that is known of", () => {
    expect(whyNotFarEnough(reach)).toEqual([]);
    expect(whyNotFarEnough({ ...reach, outside: [] })).toEqual([]);
  });

  test("also where a crash came between a line and the head beside the keys", async () => {
    const head = await readFile(join(folder, "head.json"), "utf8");
    await append("e");
    await writeFile(join(folder, "head.json"), head);
    const later = { ...reach, journal: await journal.scan(), lastKnown: await journal.lastKnown() };
    expect(whyNotFarEnough(later)).toEqual([]);
  });

  test("not where it is an older copy, before or after the backup, or is gone", async () => {
    for (const left of [3, 1, 0]) {
      const old = await scanOf((all) => all.slice(0, left));
      expect(whyNotFarEnough({ ...reach, journal: old }).join(), String(left)).toContain(
        "does not reach the 4",
      );
    }
  });

  test("not where a line is missing or the journal is another one's", async () => {
    const holed = await scanOf((all) => [...all.slice(0, 2), ...all.slice(3)]);
    expect(whyNotFarEnough({ ...reach, journal: holed })).toContain(
      "the restriction journal lacks lines, or was changed",
    );
    await rm(path);
    await append("x", "y", "z", "w", "v");
    const other = { ...reach, journal: await journal.scan(), lastKnown: await journal.lastKnown() };
    expect(whyNotFarEnough(other)).toEqual(["the restriction journal is not the one of the backup"]);
  });

  test("not where the key store says nothing of it, or is older than the backup", () => {
    expect(whyNotFarEnough({ ...reach, lastKnown: undefined })).toHaveLength(1);
    expect(whyNotFarEnough({ ...reach, epochs: { backup: 3, now: 2 } })).toHaveLength(1);
    expect(whyNotFarEnough({ ...reach, epochs: { backup: 3, now: 3 } })).toEqual([]);
  });

  test("not where somebody outside has seen more of the log than the head beside it", () => {
    expect(whyNotFarEnough({ ...reach, outside: [{ size: 7 }, { size: 101 }] })).toHaveLength(1);
    expect(whyNotFarEnough({ ...reach, pinned: undefined })).toHaveLength(1);
  });
});
