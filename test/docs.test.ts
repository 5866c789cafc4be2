import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { buildProgram } from "../src/cli/main.ts";
import { ERROR_CODES } from "../src/core/index.ts";
import { KEY_KINDS } from "../src/flows/index.ts";
import { ROOMS } from "../src/rooms.ts";
import { cliDocs, commandsOf } from "../tools/make-cli-docs.ts";
import { dataMap } from "../tools/make-data-map.ts";

const PROJECT = join(import.meta.dirname, "..");
const read = (file: string): string => readFileSync(join(PROJECT, file), "utf8");

/** Every document that readers of the project meet, relative to it. */
function documents(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name));
  return [
    "README.md",
    "CHANGELOG.md",
    ...below("docs"),
    ...below("src"),
    ...below("models"),
    ...below("bench"),
  ];
}

/** The cells of a document's table rows, without the heading's line of dashes. */
function rowsOf(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^\|[\s|:-]+\|$/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const code = (cell: string | undefined): string | undefined => /^`([^`]+)`$/.exec(cell ?? "")?.[1];

/** The heading as a page's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

describe("what the documents say", () => {
  test("every error code has its meaning and its remedy, and no other is listed", () => {
    const listed = rowsOf(read("docs/errors.md")).flatMap(([cell, ...rest]) => {
      const name = code(cell);
      return name === undefined ? [] : [{ name, rest }];
    });
    expect(listed.map((row) => row.name).sort()).toEqual([...ERROR_CODES].sort());
    for (const { name, rest } of listed) {
      expect(rest.length, name).toBe(2);
      for (const cell of rest) expect(cell.length, name).toBeGreaterThan(10);
    }
  });

  test("the room table is that of the code", () => {
    const listed = rowsOf(read("docs/architecture.md")).flatMap(([room, , imports]) => {
      const name = code(room);
      return name === undefined
        ? []
        : [[name, imports === "nothing" ? [] : (imports ?? "").split(", ")] as const];
    });
    expect(Object.fromEntries(listed)).toEqual(ROOMS);
  });

  test("what is lost with which key is the one table of the code", () => {
    const kinds = new Set<string>(KEY_KINDS.map((one) => one.kind));
    const listed = rowsOf(read("docs/operating.md")).flatMap(([cell, ...rest]) => {
      const kind = code(cell);
      return kind !== undefined && kinds.has(kind) ? [[kind, ...rest]] : [];
    });
    expect(listed).toEqual(
      KEY_KINDS.map(({ kind, made, protects, lost, backups }) => [kind, made, protects, lost, backups]),
    );
  });

  test("the command line's page is that of the commands", async () => {
    expect(read("docs/cli.md"), "run `node tools/make-cli-docs.ts`").toBe(await cliDocs());
  });

  test("the data map is that of the holdings", async () => {
    expect(read("docs/data-map.md"), "run `node tools/make-data-map.ts`").toBe(await dataMap());
  });

  test("every command has its section, and the verbs of the README exist", () => {
    const program = buildProgram({
      configuration: () => {
        throw new Error("not needed");
      },
    });
    const names = commandsOf(program).map((one) => one.name);
    expect(names.length).toBeGreaterThan(15);
    const sections = [...read("docs/cli.md").matchAll(/^## (.+)$/gm)].map((found) => found[1]);
    expect(sections).toEqual(names);
    const verbs = new Set(names.map((name) => name.split(" ")[0]));
    const used = [...read("README.md").matchAll(/(?:\$ |`)assent ([a-z-]+)/g)].map((found) => found[1]);
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((verb) => !verbs.has(verb))).toEqual([]);
  });

  test("every dependency is listed with its version and the licence that it states", () => {
    const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
    const wanted = {
      ...manifest["dependencies"],
      ...manifest["devDependencies"],
      ...manifest["optionalDependencies"],
    };
    const listed = new Map(
      rowsOf(read("docs/dependencies.md")).flatMap(([cell, version, licence, released, why]) => {
        const name = code(cell);
        return name === undefined ? [] : [[name, { version, licence, released, why }] as const];
      }),
    );
    expect(Object.fromEntries([...listed].map(([name, row]) => [name, row.version]))).toEqual(wanted);
    for (const [name, row] of listed) {
      expect(row.released, name).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect((row.why ?? "").length, name).toBeGreaterThan(4);
      const installed = join(PROJECT, "node_modules", name, "package.json");
      // Packages of other systems are not installed here.
      if (!existsSync(installed)) continue;
      const { license } = JSON.parse(readFileSync(installed, "utf8")) as { license?: string };
      expect(row.licence, name).toBe(license);
    }
  });

  test("every setting that the configuration reads is described", () => {
    const sources = ["src/app/configuration.ts", "src/cli/main.ts"].map(read).join("\n");
    const settings = new Set(
      [...sources.matchAll(/(?:environment|env)\["([A-Z_]+)"\]/g)].map((found) => found[1]),
    );
    const described = new Set(rowsOf(read("docs/operating.md")).map(([cell]) => code(cell)));
    expect(settings.size).toBeGreaterThan(5);
    for (const setting of settings) expect(described, setting).toContain(setting);
  });

  test("every decision is listed, in order and without gaps", () => {
    const files = readdirSync(join(PROJECT, "docs/decisions")).sort();
    expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_, i) => i + 1));
    for (const file of files) {
      expect(read("docs/architecture.md"), file).toContain(`(decisions/${file})`);
      const text = read(`docs/decisions/${file}`);
      for (const part of ["Context", "Decision", "Consequences"])
        expect(text, file).toContain(`\n## ${part}\n`);
    }
  });
});

describe("the documents themselves", () => {
  test("every relative link leads somewhere", () => {
    const broken: string[] = [];
    let followed = 0;
    for (const document of documents()) {
      const text = read(document).replace(/```[\s\S]*?```/g, "");
      for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? document : relative(PROJECT, join(PROJECT, dirname(document), path));
        followed++;
        if (!existsSync(join(PROJECT, file))) broken.push(`${document}: ${target}`);
        else if (anchor !== undefined) {
          const headings = [...read(file).matchAll(/^#+ (.+)$/gm)].map((found) => anchorOf(found[1] ?? ""));
          if (!headings.includes(anchor)) broken.push(`${document}: ${target}`);
        }
      }
    }
    expect(broken).toEqual([]);
    expect(followed).toBeGreaterThan(30);
  });

  test("documents that are named without a link exist", () => {
    const missing = documents().flatMap((document) =>
      [
        ...read(document).matchAll(
          /(?<![\w./-])(?:docs|src|test|tools|bench|models)\/[\w./-]+\.(?:md|ts|mjs|json)\b/g,
        ),
      ]
        .map(([path]) => path)
        .filter((path) => !existsSync(join(PROJECT, path)))
        .map((path) => `${document}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  test("a [Note: Title] that the code cites is told somewhere", () => {
    const sources = readdirSync(join(PROJECT, "src"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => read(join("src", name)));
    const cited = new Set(
      sources.flatMap((text) => [...text.matchAll(/\(\[Note: ([^\]]+)\]/g)].map((found) => found[1])),
    );
    expect(cited.size).toBeGreaterThan(0);
    const told = documents().map(read).join("\n");
    for (const title of cited) expect(told).toContain(`## [Note: ${title}]`);
  });

  test("no document names a machine's path or a registry's host", () => {
    const found = documents().flatMap((document) => {
      const text = read(document);
      return [
        /\/(?:work|root|home|tmp|Users)\/\w+/,
        /registry\.|\bnpmjs\b|\bpypi\b|localhost:\d+/i,
        /\bhttp:\/\//,
      ].flatMap((pattern) => (pattern.test(text) ? [`${document}: ${pattern.exec(text)?.[0] ?? ""}`] : []));
    });
    expect(found).toEqual([]);
  });
});
