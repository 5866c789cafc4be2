import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en as person } from "../web/person/src/words/en.ts";
import { en as staff } from "../web/staff/src/words/en.ts";

test("what docs/first-gallery.md says in bold are words of the pages", async () => {
  const text = await readFile(join(import.meta.dirname, "../docs/first-gallery.md"), "utf8");
  const said = new Set([...Object.values(staff), ...Object.values(person)]);
  const bold = [...text.matchAll(/\*\*([^*]+)\*\*/g)].map(([, words = ""]) => words.replaceAll(/\s+/g, " "));
  expect(bold.length).toBeGreaterThan(20);
  expect(bold.filter((words) => words !== "bold" && !said.has(words))).toEqual([]);
});
