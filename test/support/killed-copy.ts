import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inject } from "vitest";
import { openInstance, readConfiguration, type Configuration, type Instance } from "../../src/app/index.ts";
import { databaseUrl, statement } from "./database-server.ts";
import type { ChildOrder } from "./killed-child.ts";
import type { Verb } from "./killed-verbs.ts";

/** An instance at rest: a folder and a database that nobody has open, to be copied and worked on. */
export interface AtRest {
  /** Holds the data folder and whatever the instance has exported. */
  readonly folder: string;
  readonly database: string;
  readonly configuration: Configuration;
  remove(): Promise<void>;
}

const CHILD = join(import.meta.dirname, "killed-child.ts");
const WORKER = join(import.meta.dirname, "killed-worker.ts");

/**
 * Names a folder where processes started from here on keep the project compiled. Half of a child's time went into
 * reading it: 1.5 s of processor time each, 0.75 s where one that ended by itself has left it compiled.
 */
export function compileInto(folder: string): void {
  process.env["NODE_COMPILE_CACHE"] = folder;
}

/** A copy of an instance at rest, or a new one. Folders that were exported to are part of the copy. */
export async function copyOf(original?: AtRest): Promise<AtRest> {
  const { admin, template } = inject("databaseServer");
  const database = `assent_killed_${randomBytes(8).toString("hex")}`;
  const folder = await mkdtemp(join(tmpdir(), "assent-killed-"));
  await chmod(folder, 0o711);
  await statement(admin, `create database ${database} template ${original?.database ?? template}`);
  const url = databaseUrl(admin, database);
  if (original) {
    await cp(original.folder, folder, { recursive: true });
    await statement(url, `update disclosure set folder = replace(folder, '${original.folder}', '${folder}')`);
  }
  const environment = { ASSENT_DATA: join(folder, "data"), DATABASE_URL: url, ASSENT_PROCESSES: "1" };
  return {
    folder,
    database,
    configuration: { ...readConfiguration(environment), actor: "a tester" },
    async remove() {
      await statement(admin, `drop database ${database} with (force)`);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Opens the instance at rest, works with it, and leaves it at rest again. */
export async function withInstance<T>(at: AtRest, use: (instance: Instance) => Promise<T>): Promise<T> {
  const instance = await openInstance(at.configuration);
  try {
    return await use(instance);
  } finally {
    await instance.close();
  }
}

/** Runs the command in a process of its own to its end; returns the names of its effects. */
export async function runWhole(at: AtRest, command: Verb): Promise<readonly string[]> {
  const { signal, output } = await child({ configuration: at.configuration, command, killBefore: null });
  if (signal !== null || output === "") throw new Error(`the command did not end by itself: ${signal}`);
  return JSON.parse(output) as string[];
}

/**
 * Runs the command in a process of its own, which is killed right before its effect of that number; or together with
 * the process that renders for it, while that has a picture half written.
 */
export async function runKilled(at: AtRest, command: Verb, killBefore: number | "rendering"): Promise<void> {
  const { configuration } = at;
  const { signal, output } =
    killBefore === "rendering"
      ? await child({ configuration, command, killBefore: null }, `--import=${pathToFileURL(WORKER).href}`)
      : await child({ configuration, command, killBefore });
  if (signal !== "SIGKILL") throw new Error(`the command was not killed: ${signal} ${output}`);
}

function child(order: ChildOrder, nodeOptions = ""): Promise<{ signal: string | null; output: string }> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [CHILD, JSON.stringify(order)], {
      stdio: ["ignore", "pipe", "inherit"],
      cwd: join(import.meta.dirname, "../.."),
      env: { ...process.env, NODE_OPTIONS: nodeOptions },
    });
    let output = "";
    running.stdout.on("data", (text: Buffer) => (output += text.toString()));
    running.on("error", reject);
    running.on("exit", (_, signal) => resolve({ signal, output }));
  });
}
