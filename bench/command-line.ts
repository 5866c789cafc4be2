import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));

export interface Ran {
  /** By the clock, with the start of the process and of everything it opens. */
  readonly ms: number;
  readonly answer: unknown;
}

/**
 * Runs a command of Assent as users do, with `--json`; throws with its own words when it fails. Status 1 with an answer
 * is an answer too: `prove` says by it that something is left.
 */
export function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args, "--json"], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.on("error", reject);
    child.on("close", (code) => {
      const text = Buffer.concat(parts).toString("utf8");
      const answer = parse(text);
      if ((code !== 0 && code !== 1) || answer === undefined || isError(answer)) {
        return reject(new Error(`assent ${args.join(" ")} ended with ${code}: ${text}`));
      }
      resolve({ ms: performance.now() - started, answer });
    });
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isError(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "error" in answer;
}
