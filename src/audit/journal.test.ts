import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../core/index.ts";
import { openJournal, type Journal, type RestrictingEvent } from "./index.ts";

const APPENDER = fileURLToPath(new URL("./fixtures/append-to-journal.ts", import.meta.url));
const AT = new Date("2026-06-01T12:00:00Z");

let folder: string;
let path: string;
let journal: Journal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-journal-"));
  path = join(folder, "journal/restrictions.log");
  journal = openJournal(path);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const erased = (person: string): RestrictingEvent => ({ event: "erased", person });
const persons = async (): Promise<readonly string[]> =>
  (await journal.read()).map((one) => ("person" in one ? one.person : ""));

describe("the restriction journal", () => {
  test("is empty before the first event, and gives back what was appended in its order", async () => {
    expect(await journal.read()).toEqual([]);
    const events: readonly RestrictingEvent[] = [
      { event: "withdrawn", person: newId(), purpose: "publish", channel: "website", collection: null },
      { event: "rejected", person: newId(), face: newId() },
      { event: "objected", subject: newId() },
    ];
    await journal.append(events.slice(0, 2), AT);
    await journal.append([], AT);
    await journal.append(events.slice(2), AT);
    expect(await journal.read()).toEqual(events.map((event) => ({ ...event, at: AT.toISOString() })));
  });

  test("is closed to other accounts", async () => {
    await journal.append([erased("a")], AT);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, ".."))).mode & 0o777).toBe(0o700);
  });

  test("passes over half a last line, wherever it was cut, and loses nothing that comes after", async () => {
    await journal.append([erased("first")], AT);
    const whole = (await stat(path)).size;
    await journal.append([erased("second")], AT);
    const full = await readFile(path);
    for (let size = whole; size < full.length - 1; size++) {
      await writeFile(path, full);
      await truncate(path, size);
      expect(await persons()).toEqual(["first"]);
      await journal.append([erased("third")], AT);
      expect(await persons()).toEqual(["first", "third"]);
    }
  });

  test("ignores a line that was tampered with, and rubbish in between", async () => {
    await journal.append([erased("kept"), erased("changed"), erased("kept too")], AT);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("changed", "forged!"));
    await appendFile(
      path,
      `\n{"event":"erased","person":"made up"}\t0000000000000000\nrubbish\n\u0000\u0000\n`,
    );
    expect(await persons()).toEqual(["kept", "kept too"]);
  });

  test("keeps every line whole while several processes append, many events at a time", async () => {
    // More bytes at a time than one write takes from Node (512 KiB), as a whole collection's end may need.
    const size = 6000;
    const rounds = 4;
    const writers = ["a", "b", "c"].map((name) =>
      spawn(process.execPath, [APPENDER, path, name, String(rounds), String(size)], { stdio: "inherit" }),
    );
    const codes = await Promise.all(
      writers.map(async (writer) => ((await once(writer, "exit")) as [number])[0]),
    );
    expect(codes).toEqual([0, 0, 0]);
    const found = new Set(await persons());
    expect(found.size).toBe(3 * rounds * size);
  });
});

describe("the chain of the journal", () => {
  const HEAD = (): string => join(folder, "head.json");
  const withHead = (): Journal => openJournal(path, { head: HEAD() });

  test("is whole however it grew, and lacks a line, a change and a swap visibly", async () => {
    for (const name of ["a", "b", "c", "d"]) await journal.append([erased(name)], AT);
    const { whole, position } = await journal.scan();
    expect(whole).toBe(true);
    expect(position.entries).toBe(4);
    const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
    const [a = "", b = "", c = "", d = ""] = lines;
    for (const damaged of [
      [a, c, d],
      [a, b.replace('"b"', '"x"'), c, d],
      [a, c, b, d],
      [b, c, d],
    ]) {
      await writeFile(path, damaged.join("\n"));
      expect((await journal.scan()).whole).toBe(false);
    }
    await writeFile(path, [a, b].join("\n"));
    // Cut off at its end it is whole, and shorter than its head says.
    expect(await journal.scan()).toMatchObject({ whole: true, position: { entries: 2 } });
  });

  test("goes on from lines of before there was one", async () => {
    const old = JSON.stringify({ ...erased("old"), at: AT.toISOString() });
    const sum = createHash("sha256").update(old).digest("hex").slice(0, 16);
    await journal.append([erased("x")], AT);
    await writeFile(path, `\n${old}\t${sum}\n`);
    await journal.append([erased("new")], AT);
    expect(await journal.scan()).toMatchObject({ whole: true, position: { entries: 2 } });
    expect(await persons()).toEqual(["old", "new"]);
  });

  test("has a head beside the keys that follows each append, and is begun at a start", async () => {
    await journal.append([erased("a")], AT);
    const kept = withHead();
    expect(await kept.lastKnown()).toBeUndefined();
    await kept.keepHead();
    expect(await kept.lastKnown()).toEqual((await journal.scan()).position);
    await kept.append([erased("b"), erased("c")], AT);
    expect(await kept.lastKnown()).toEqual((await journal.scan()).position);
    expect((await kept.lastKnown())?.entries).toBe(3);
  });
});
