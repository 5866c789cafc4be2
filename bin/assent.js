#!/usr/bin/env node
// A plain launcher: Node refuses TypeScript below node_modules and older Nodes refuse it everywhere, so the
// command runs on the Node 24 that npm installed beside it (optional dependency node-<platform>) when there is one.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const packaged = [join(root, "node_modules/.bin/node"), join(root, "../.bin/node")].find((path) => existsSync(path));
const major = Number(process.versions.node.split(".")[0]);
const node = major >= 24 ? process.execPath : packaged;
if (!node) {
  console.error("assent needs Node 24; run `npm ci` in the project, which brings it, or install Node 24 or later.");
  process.exit(1);
}
const run = spawnSync(node, [join(root, "src/cli/main.ts"), ...process.argv.slice(2)], { stdio: "inherit" });
if (run.error) {
  console.error(`assent could not be started: ${run.error.message}`);
  process.exit(1);
}
if (run.signal) process.kill(process.pid, run.signal);
process.exit(run.status ?? 1);
