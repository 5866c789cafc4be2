// Makes docs/data-map.md from the list of holdings. With --check it only compares and fails where they differ.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import prettier from "prettier";
import {
  FILE_HOLDINGS,
  QUEUE_HOLDINGS,
  STAFF_HOLDINGS,
  TABLE_HOLDINGS,
  type TableHolding,
} from "../src/rights/index.ts";

const TARGET = fileURLToPath(new URL("../docs/data-map.md", import.meta.url));

const INTRODUCTION = `# The data map

Where data about people is, why, for how long, how one person's is found, and how it is forgotten. Made from the list of holdings
(\`src/rights/table-holdings.ts\`, \`src/rights/other-holdings.ts\`) by \`node tools/make-data-map.ts\`; a test keeps it current, and another
fails on a column of the live schema that the list does not claim. Access, erasure and the sweep for residue read the same list, so
that this page is what the program does. It is a part of the record of processing (GDPR art. 30), not the whole of it.

Of each column: **personal** is data about somebody; an _id_ is random and meaningless alone; the rest is technical.`;

const FOUND: Readonly<Record<NonNullable<TableHolding["forget"]>, string>> = {
  delete: "deleted with the person",
  cascade: "goes with another row",
  detach: "the row stays, without the person",
};

function columnsOf(columns: TableHolding["columns"]): string {
  return Object.entries(columns)
    .map(([name, nature]) => {
      switch (nature) {
        case "personal":
          return `**${name}**`;
        case "id":
          return `_${name}_`;
        case "technical":
          return name;
      }
    })
    .join(", ");
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

export async function dataMap(): Promise<string> {
  const about = TABLE_HOLDINGS.filter((one) => one.about !== null);
  const others = TABLE_HOLDINGS.filter((one) => one.about === null);
  const parts = [
    INTRODUCTION,
    "## About one person each",
    "Found by the person's id, given out by `assent access` and in “my data as a file”, gone with `assent erase`.",
    table(
      ["table", "why", "until", "at an erasure", "columns"],
      about.map((one) => [
        `\`${one.table}\``,
        one.purpose,
        one.retention,
        one.forget === null ? "" : FOUND[one.forget],
        columnsOf(one.columns),
      ]),
    ),
    "## About nobody alone",
    "Found through the rows above, or about no person at all. Photos and faces stay when a person leaves: the face is hidden, or with\n`--photos-of-me` taken out.",
    table(
      ["table", "why", "until", "columns"],
      others.map((one) => [`\`${one.table}\``, one.purpose, one.retention, columnsOf(one.columns)]),
    ),
    "## Outside of the database",
    table(
      ["kind", "name", "why", "until"],
      FILE_HOLDINGS.map((one) => [one.kind, one.name, one.purpose, one.retention]),
    ),
    "## Staff",
    "Accounts of staff, in a schema of their own (`auth`). Nobody in a photo is in it.",
    table(
      ["table", "why", "until", "columns"],
      STAFF_HOLDINGS.map((one) => [`\`${one.table}\``, one.purpose, one.retention, columnsOf(one.columns)]),
    ),
  ];
  parts.push(
    "## The queue",
    "Made by the library that wakes whoever works (`pgboss`). It carries random ids of rows of `job`, and nothing else; no backup has it.",
    table(
      ["table", "why", "until"],
      QUEUE_HOLDINGS.map((one) => [`\`${one.table}\``, one.purpose, one.retention]),
    ),
  );
  return prettier.format(parts.join("\n\n"), { parser: "markdown", printWidth: 110 });
}

if (import.meta.main) {
  const text = await dataMap();
  if (!process.argv.includes("--check")) writeFileSync(TARGET, text);
  else if (readFileSync(TARGET, "utf8") !== text) {
    console.error("docs/data-map.md does not fit the holdings: run `node tools/make-data-map.ts`.");
    process.exitCode = 1;
  }
}
