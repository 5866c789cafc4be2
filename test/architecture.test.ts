import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOMS, type Room } from "../src/rooms.ts";
import { lintRules, lintRulesText } from "../tools/make-lint-rules.ts";

const PROJECT = join(import.meta.dirname, "..");
const SOURCE = join(PROJECT, "src");
const rooms = Object.keys(ROOMS) as Room[];

describe("the room table", () => {
  test("names every folder of src, and every folder has its page", () => {
    const folders = readdirSync(SOURCE, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((folder) => folder.name).sort()).toEqual([...rooms].sort());
    for (const room of rooms) {
      expect(existsSync(join(SOURCE, room, "README.md")), `${room}/README.md`).toBe(true);
    }
  });

  test.each(rooms)("is what the page of %s says", (room) => {
    const page = readFileSync(join(SOURCE, room, "README.md"), "utf8");
    const [, said = ""] = /May import: ([^.;]+)[.;]/.exec(page) ?? [];
    const [, but] = /^every room but (.+)$/.exec(said) ?? [];
    const named = (but ?? said).split(/, | and /).filter((one) => one !== "nothing");
    const may: readonly string[] = ROOMS[room];
    const meant = but === undefined ? may : rooms.filter((one) => one !== room && !may.includes(one));
    expect(named.sort()).toEqual([...meant].sort());
  });

  test("has no circle apart from the doors and the wiring", () => {
    const reach = (room: Room, seen: Set<Room>): Set<Room> => {
      for (const next of ROOMS[room] as readonly Room[]) if (!seen.has(next)) reach(next, seen.add(next));
      return seen;
    };
    for (const room of rooms.filter((one) => one !== "cli" && one !== "app")) {
      expect(reach(room, new Set()).has(room), room).toBe(false);
    }
  });

  test("is what the linter enforces", async () => {
    expect(readFileSync(join(PROJECT, ".oxlintrc.json"), "utf8")).toBe(await lintRulesText());
  });
});

describe("the linter", () => {
  // Faults are planted in a copy of the folders, so that nothing of the project is touched.
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "assent-planted-"));
    const rules = lintRules() as Record<string, unknown>;
    writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify({ ...rules, options: {} }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const plant = (room: string, source: string): void => {
    mkdirSync(join(folder, "src", room), { recursive: true });
    writeFileSync(join(folder, "src", room, "planted.ts"), source);
  };
  const complaints = (): ReadonlyMap<string, string> => {
    let output: string;
    try {
      output = execFileSync(
        join(PROJECT, "node_modules/.bin/oxlint"),
        ["-c", ".oxlintrc.json", "--format", "json", "."],
        {
          cwd: folder,
          encoding: "utf8",
        },
      );
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }
    const { diagnostics } = JSON.parse(output) as {
      diagnostics: { filename: string; code: string; message: string }[];
    };
    const found = new Map<string, string>();
    for (const one of diagnostics)
      found.set(one.filename, `${found.get(one.filename) ?? ""}${one.code} ${one.message}\n`);
    return found;
  };

  test("objects to one forbidden import planted in each room", () => {
    const planted = rooms.flatMap((room) => {
      const forbidden = rooms.find(
        (other) => other !== room && !(ROOMS[room] as readonly Room[]).includes(other),
      );
      return forbidden ? [{ room, forbidden }] : [];
    });
    for (const { room, forbidden } of planted) {
      plant(room, `import { thing } from "../${forbidden}/index.ts";\nexport const it = thing;\n`);
    }
    const found = complaints();
    for (const { room } of planted) {
      expect(found.get(`src/${room}/planted.ts`), room).toContain("no-restricted-imports");
    }
    // Only the wiring may import every room.
    expect(rooms.length - planted.length).toBeLessThanOrEqual(1);
  });

  test("objects to reaching past a room's index, and is silent about the index", () => {
    for (const room of rooms) {
      const allowed = (ROOMS[room] as readonly Room[])[0];
      if (allowed)
        plant(room, `import { thing } from "../${allowed}/inside.ts";\nexport const it = thing;\n`);
    }
    plant("core", `export const it = 1;\n`);
    const found = complaints();
    for (const room of rooms.filter((one) => ROOMS[one].length > 0)) {
      expect(found.get(`src/${room}/planted.ts`), room).toContain("no-restricted-imports");
    }
    for (const room of rooms) {
      const allowed = (ROOMS[room] as readonly Room[])[0] ?? room;
      plant(room, `import { thing } from "../${allowed}/index.ts";\nexport const it = thing;\n`);
    }
    plant("core", `export const it = 1;\n`);
    expect([...complaints().values()].join("")).not.toContain("no-restricted-imports");
  });

  test("objects to anything that opens a socket", () => {
    for (const [room, source] of [
      ["photos", `import http from "node:https";\nexport const it = http;\n`],
      ["flows", `export const it = fetch("https://example.org");\n`],
      ["vision", `import { connect } from "net";\nexport const it = connect;\n`],
    ] as const) {
      plant(room, source);
    }
    const found = complaints();
    expect(found.get("src/photos/planted.ts")).toContain("no-restricted-imports");
    expect(found.get("src/flows/planted.ts")).toContain("no-restricted-globals");
    expect(found.get("src/vision/planted.ts")).toContain("no-restricted-imports");
  });
});
