import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { main } from "../../src/cli/main.ts";

const PROJECT = join(import.meta.dirname, "../..");
const LAUNCHER = join(PROJECT, "bin/assent.js");
export interface Ended {
  /** Exit status, or the signal that ended the launcher. */
  readonly status: number | NodeJS.Signals | null;
  readonly output: string;
  readonly complaints: string;
}

/** A command under way: the real launcher, as a shell would start it, in a process group of its own. */
export interface Running {
  readonly child: ChildProcess;
  /** Resolves once the output holds the text. */
  said(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

export function start(environment: NodeJS.ProcessEnv, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    env: environment,
    cwd: PROJECT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let complaints = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString("utf8")));
  child.stderr.on("data", (bytes: Buffer) => (complaints += bytes.toString("utf8")));
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  // Both streams end with the last process that has them, so that nobody is left behind when they have.
  const ended = Promise.all([exited, once(child.stdout, "close"), once(child.stderr, "close")]).then(
    ([[status, signal]]) => ({ status: signal ?? status, output, complaints }),
  );
  return {
    child,
    ended,
    async said(text) {
      while (!output.includes(text)) {
        const more = await Promise.race([
          once(child.stdout, "data").then(() => true),
          ended.then(() => false),
        ]);
        if (!more) throw new Error(`it ended without saying "${text}": ${output}${complaints}`);
      }
    },
  };
}

export function run(environment: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ended> {
  return start(environment, ...args).ended;
}

/**
 * Runs a command with --json: its status, and the one value that it printed. In this process, because a launch takes a second; one at
 * a time.
 */
export async function json<T>(
  environment: NodeJS.ProcessEnv,
  ...args: readonly string[]
): Promise<{ readonly status: Ended["status"]; readonly answer: T }> {
  const { status, output, complaints } = await runHere(environment, ...args, "--json");
  try {
    return { status, answer: JSON.parse(output) as T };
  } catch {
    throw new Error(`assent ${args.join(" ")} printed no JSON: ${output}${complaints}`);
  }
}

const statusNow = (): number => Number(process.exitCode ?? 0);

/** A command in this process, one at a time: with all that the launcher does but to launch. */
export async function runHere(environment: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ended> {
  const said = { output: "", complaints: "" };
  const outwards = { stdout: process.stdout.write, stderr: process.stderr.write };
  const into = (key: keyof typeof said) => (text: string | Uint8Array) => {
    said[key] += typeof text === "string" ? text : Buffer.from(text).toString("utf8");
    return true;
  };
  const before = process.exitCode;
  process.exitCode = undefined;
  process.stdout.write = into("output");
  process.stderr.write = into("complaints");
  try {
    await main(["node", "assent", ...args], environment);
    return { status: statusNow(), ...said };
  } finally {
    process.stdout.write = outwards.stdout;
    process.stderr.write = outwards.stderr;
    process.exitCode = before;
  }
}
