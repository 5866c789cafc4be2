import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ENTRY_GROUPS } from "./entry-groups.ts";

test("every kind of entry that docs/formats.md lists has its group, in the same rows", () => {
  const formats = readFileSync(join(import.meta.dirname, "../../../../docs/formats.md"), "utf8");
  const table = formats.slice(formats.indexOf("\nKinds of entries"), formats.indexOf("\n## Blobs"));
  const rows = table
    .split("\n")
    .map((line) => [...line.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, kind = ""]) => kind))
    .filter((kinds, i) => kinds.length > 0 && (table.split("\n")[i] ?? "").startsWith("| "));
  expect(Object.values(ENTRY_GROUPS)).toEqual(rows);
});
