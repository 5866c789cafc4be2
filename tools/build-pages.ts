import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "vite";
import { withFileLock } from "../src/core/index.ts";
import { pagesBuild } from "../web/vite.config.ts";

/**
 * Builds the pages from web/ into web/dist. With `--if-needed` only where something that they are made of is newer
 * than the last build, so that `npm start` costs nothing the second time.
 */
const PROJECT = join(import.meta.dirname, "..");
const BUILT = join(PROJECT, "web/dist/.built");
const DIST = dirname(BUILT);
const LOCK = join(DIST, ".building");
/** Longer than a build takes on a machine that is busy. */
const BUILD_MS = 300_000;
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

/** Beside the pages that are there, which are served until each folder of the new ones takes its place. */
async function buildAnew(): Promise<void> {
  await mkdir(DIST, { recursive: true });
  const fresh = await mkdtemp(join(DIST, ".new-"));
  try {
    // One after the other: what both use would otherwise be files of its own, and a phone would fetch two more.
    for (const page of ["person", "staff"] as const) {
      const config = pagesBuild([page], fresh);
      await build({ ...config, build: { ...config.build, emptyOutDir: false }, logLevel: "warn" });
    }
    for (const name of await readdir(fresh)) {
      await rm(join(DIST, name), { recursive: true, force: true });
      await rename(join(fresh, name), join(DIST, name));
    }
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Returns the folder of the built pages. Who asks while another process builds waits for it. */
export async function buildPages({ onlyIfNeeded }: { readonly onlyIfNeeded: boolean }): Promise<string> {
  if (onlyIfNeeded && (await isCurrent())) return DIST;
  await mkdir(DIST, { recursive: true });
  return withFileLock(LOCK, () => buildAlone(onlyIfNeeded), { waitMs: BUILD_MS });
}

async function buildAlone(onlyIfNeeded: boolean): Promise<string> {
  if (!onlyIfNeeded || !(await isCurrent())) {
    if (onlyIfNeeded) console.error("Building the pages, once…");
    // Wherever it is asked for, a test included, what is built is what is served.
    const before = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    try {
      await buildAnew();
    } finally {
      if (before === undefined) delete process.env["NODE_ENV"];
      else process.env["NODE_ENV"] = before;
    }
    await writeFile(BUILT, "");
  }
  return DIST;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { "if-needed": { type: "boolean", default: false } } });
  await buildPages({ onlyIfNeeded: values["if-needed"] });
}
