#!/usr/bin/env node
// A plain launcher: Node refuses TypeScript below node_modules and older Nodes refuse it everywhere, so the
// command runs on the Node 24 that npm installed beside it (optional dependency node-<platform>) when there is one.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const packaged = [join(root, "node_modules/.bin/node"), join(root, "../.bin/node")].find((path) =>
  existsSync(path),
);
const major = Number(process.versions.node.split(".")[0]);
const node = major >= 24 ? process.execPath : packaged;
if (!node) {
  console.error(
    "assent needs Node 24; run `npm ci` in the project, which brings it, or install Node 24 or later.",
  );
  process.exit(1);
}
// Compiled modules are kept beside the installation, closed to whoever may not change it: a command loads a second sooner.
const env = { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/assent"), ...process.env };
const child = spawn(node, [join(root, "src/cli/main.ts"), ...process.argv.slice(2)], {
  stdio: "inherit",
  env,
});
// The launcher stays until the command has ended in order, and hands on what it alone was sent.
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const handOn = (signal) => child.kill(signal);
for (const signal of SIGNALS) process.on(signal, handOn);
child.on("error", (error) => {
  console.error(`assent could not be started: ${error.message}`);
  process.exitCode = 1;
});
child.on("exit", (status, signal) => {
  for (const one of SIGNALS) process.off(one, handOn);
  if (signal) process.kill(process.pid, signal);
  else process.exitCode = status ?? 1;
});
