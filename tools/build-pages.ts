import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "vite";

/**
 * Builds the pages from web/ into web/dist. With `--if-needed` only where something that they are made of is newer
 * than the last build, so that `npm start` costs nothing the second time.
 */
const PROJECT = join(import.meta.dirname, "..");
const BUILT = join(PROJECT, "web/dist/.built");
const SOURCES = ["web", "src/http/contract", "package-lock.json"] as const;

async function newest(path: string): Promise<number> {
  const about = await stat(path);
  if (!about.isDirectory()) return about.mtimeMs;
  const inside = await readdir(path, { withFileTypes: true });
  const times = inside
    .filter((entry) => entry.name !== "dist")
    .map((entry) => newest(join(path, entry.name)));
  return Math.max(0, ...(await Promise.all(times)));
}

async function isCurrent(): Promise<boolean> {
  const built = await stat(BUILT).catch(() => undefined);
  if (!built) return false;
  const times = await Promise.all(SOURCES.map((source) => newest(join(PROJECT, source))));
  return built.mtimeMs >= Math.max(...times);
}

/** Returns the folder of the built pages. */
export async function buildPages({ onlyIfNeeded }: { readonly onlyIfNeeded: boolean }): Promise<string> {
  if (!onlyIfNeeded || !(await isCurrent())) {
    if (onlyIfNeeded) console.error("Building the pages, once…");
    // Wherever it is asked for, a test included, what is built is what is served.
    const before = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    try {
      await build({ configFile: join(PROJECT, "web/vite.config.ts"), logLevel: "warn" });
    } finally {
      if (before === undefined) delete process.env["NODE_ENV"];
      else process.env["NODE_ENV"] = before;
    }
    await writeFile(BUILT, "");
  }
  return join(PROJECT, "web/dist");
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { "if-needed": { type: "boolean", default: false } } });
  await buildPages({ onlyIfNeeded: values["if-needed"] });
}
