import { SingleBar, Presets } from "cli-progress";

/** Where a command's answer goes: JSON for programs, text for people; progress goes to stderr and only to a terminal. */
export interface Output {
  readonly json: boolean;
  /** Prints the answer once: `value` with --json, else `text`. */
  answer(value: unknown, text: () => string): void;
  /** A line for people, while work goes on; silent with --json. */
  note(text: string): void;
  progress(total: number, unit: string): Progress;
}

export interface Progress {
  step(done: number, total?: number): void;
  end(): void;
}

export function openOutput(json: boolean): Output {
  return {
    json,
    answer(value, text) {
      process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${text()}\n`);
    },
    note(text) {
      if (!json) process.stderr.write(`${text}\n`);
    },
    progress(total, unit) {
      if (json || !process.stderr.isTTY || total === 0)
        return { step: () => undefined, end: () => undefined };
      const started = performance.now();
      const bar = new SingleBar(
        {
          format: `{bar} {percentage}% | {value}/{total} ${unit} | {rate} ${unit}/s | {left} left`,
          stream: process.stderr,
          hideCursor: true,
        },
        Presets.shades_classic,
      );
      const facts = (done: number, all: number): { rate: string; left: string } => {
        const rate = done / Math.max((performance.now() - started) / 1000, 0.001);
        return { rate: rate.toFixed(1), left: done > 0 ? duration(((all - done) / rate) * 1000) : "?" };
      };
      bar.start(total, 0, facts(0, total));
      return {
        step: (done, all = total) => {
          bar.setTotal(all);
          bar.update(done, facts(done, all));
        },
        end: () => bar.stop(),
      };
    },
  };
}

/** A bar that appears with the first step. */
export async function withBar<T>(
  output: Output,
  unit: string,
  use: (progress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  let bar: Progress | undefined;
  try {
    return await use((done, total) => (bar ??= output.progress(total, unit)).step(done, total));
  } finally {
    bar?.end();
  }
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** Rows as columns of equal width, the first row being the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
