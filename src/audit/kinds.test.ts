import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PROJECT = join(import.meta.dirname, "../..");

/** What the code writes into the log: `consent-${...}` stands as its beginning. */
function writtenKinds(): {
  readonly whole: ReadonlySet<string>;
  readonly begun: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
} {
  const [whole, begun, words] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const files = readdirSync(join(PROJECT, "src"), { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".ts") && !/\.test(ing)?\./.test(name))) {
    const text = readFileSync(join(PROJECT, "src", file), "utf8");
    for (const [, plain, template] of text.matchAll(
      /\brecord\(\s*[\w.]+,\s*\{\s*kind: (?:"([a-z-]+)"|`([a-z-]+)\$\{)/g,
    )) {
      if (plain !== undefined) whole.add(plain);
      if (template !== undefined) begun.add(template);
    }
    for (const [, word = ""] of text.matchAll(/"([a-z]+(?:-[a-z]+)*)"/g)) words.add(word);
  }
  return { whole, begun, words };
}

test("every kind of entry is in docs/formats.md, and every kind there is written", () => {
  const formats = readFileSync(join(PROJECT, "docs/formats.md"), "utf8");
  const table = formats.slice(formats.indexOf("\nKinds of entries"), formats.indexOf("\n## Blobs"));
  const documented = [...table.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, kind = ""]) => kind);
  const { whole, begun, words } = writtenKinds();
  expect(whole.size).toBeGreaterThan(40);
  expect([...whole].filter((kind) => !documented.includes(kind))).toEqual([]);
  for (const start of begun)
    expect(
      documented.some((kind) => kind.startsWith(start)),
      start,
    ).toBe(true);
  const made = (kind: string): boolean =>
    words.has(kind) ||
    [...begun].some((start) => kind.startsWith(start) && words.has(kind.slice(start.length)));
  expect(documented.filter((kind) => !made(kind))).toEqual([]);
});
