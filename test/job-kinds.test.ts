import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { JOB_KINDS } from "../src/jobs/index.ts";
import { en } from "../web/staff/src/words/en.ts";
import { fr } from "../web/staff/src/words/fr.ts";

test("every kind of work has its words for staff in both languages, and a line for whoever runs the instance", () => {
  const operating = readFileSync(join(import.meta.dirname, "../docs/operating.md"), "utf8");
  for (const kind of Object.keys(JOB_KINDS)) {
    for (const words of [fr, en]) expect(words).toHaveProperty([`jobs.kind.${kind}`]);
    expect(operating).toContain(`| \`${kind}\``);
  }
});
