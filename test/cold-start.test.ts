import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Prints the packages that are loaded with the module given. */
const LISTING = `
  const { registerHooks } = await import("node:module");
  const packages = new Set();
  registerHooks({
    load(url, context, next) {
      const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? [];
      if (name !== undefined) packages.add(name);
      return next(url, context);
    },
  });
  await import(process.argv[1]);
  console.log(JSON.stringify([...packages]));
`;

/** The first three took 0.1, 0.3 and 0.6 s of processor time of every command; few commands use any. */
const HEAVY = ["pg-boss", "typebox", "better-auth", "fastify"] as const;

test("a command that opens the instance loads none of what only the server needs", () => {
  const root = join(import.meta.dirname, "..");
  const options = ["--input-type=module", "--eval", LISTING, join(root, "src/app/index.ts")];
  const packages = JSON.parse(
    execFileSync(process.execPath, options, { cwd: root, encoding: "utf8" }),
  ) as string[];
  expect(packages).toContain("kysely");
  expect(HEAVY.filter((name) => packages.includes(name))).toEqual([]);
});
