import { largestDifference, TOLERANCE } from "./compare.ts";
import { sha256 } from "./source.ts";

/** What came of making one file again. */
export interface Outcome {
  readonly file: string;
  /** SHA-256 in hexadecimal. */
  readonly made: string;
  readonly kept: string;
  /** Largest difference of an output; undefined where the bytes are the same. */
  readonly difference: number | undefined;
}

/** Characters of a SHA-256 in the table: enough to tell files apart by eye. */
const SHOWN_OF_HASH = 16;

/** Compares byte for byte and, where that fails, by what the networks put out. */
export async function compareFiles(file: string, made: Uint8Array, kept: Uint8Array): Promise<Outcome> {
  const same = Buffer.compare(made, kept) === 0;
  return {
    file,
    made: sha256(made),
    kept: sha256(kept),
    difference: same ? undefined : await largestDifference(made, kept),
  };
}

/** Whether what was made can stand for what is kept. */
export function isSame({ difference }: Outcome): boolean {
  return difference === undefined || difference <= TOLERANCE;
}

/** The outcomes as lines of text, in columns. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = [
    ["file", "SHA-256 made", "SHA-256 kept", "largest difference"],
    ...outcomes.map((outcome) => [
      outcome.file,
      outcome.made.slice(0, SHOWN_OF_HASH),
      outcome.kept.slice(0, SHOWN_OF_HASH),
      verdict(outcome),
    ]),
  ];
  const widthOf = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widthOf(column))).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

function verdict(outcome: Outcome): string {
  const { difference } = outcome;
  if (difference === undefined) return "none, byte for byte";
  const size = Number.isFinite(difference) ? difference.toExponential(1) : "other outputs";
  return isSame(outcome) ? `${size}, at most ${TOLERANCE}` : `${size}: TOO LARGE`;
}
