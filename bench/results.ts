import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("results", import.meta.url));

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** Processes that wanted to run, mean of the last minute before the benchmark: what else the machine was doing. */
  readonly loadBefore: number;
  readonly commit: string | null;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(1)),
    commit: commit(),
  };
}

function commit(): string | null {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

/** Writes `bench/results/NAME-DATE.json` and the same as `.md` for people; answers their common path without ending. */
export async function writeResult(
  name: string,
  result: { readonly method: readonly string[]; readonly machine: Machine; readonly [more: string]: unknown },
  markdown: string,
): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}-${new Date().toISOString().slice(0, 10)}`);
  await writeFile(`${path}.json`, `${JSON.stringify(result, null, 2)}\n`);
  const { machine, method } = result;
  const head = [
    `# ${name}`,
    "",
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}, load before ${machine.loadBefore}, commit ${machine.commit ?? "unknown"}.`,
    "",
    ...method.map((line) => `- ${line}`),
    "",
  ];
  await writeFile(`${path}.md`, `${head.join("\n")}\n${markdown}\n`);
  return path;
}

/** A table of Markdown, its columns aligned as the formatter wants them. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(3, ...all.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
