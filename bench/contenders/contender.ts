import type { Box } from "../../src/core/index.ts";

/** A system that looks for the faces of photos and describes them, for a race on the same files. */
export interface Contender {
  /** Looks through photos as fast as it can; this is what is timed. Milliseconds by step, summed over the photos. */
  work(files: readonly string[]): Promise<Readonly<Record<string, number>>>;
  /** What it found in one of those photos, in pixels of the upright photo; not timed. */
  found(file: string): Promise<readonly Box[]>;
  /** Processes of it that are no descendants of this one. */
  readonly otherProcesses: readonly number[];
  close(): Promise<void>;
}

export const KINDS = ["import", "vision", "human", "human-tiled", "face-api", "face-api-tiled"] as const;
export type Kind = (typeof KINDS)[number];

export interface BatchResult {
  readonly wallMs: number;
  /** Processor time of all processes of the contender; null where the system does not tell (not Linux). */
  readonly cpuMs: number | null;
  readonly steps: Readonly<Record<string, number>>;
  readonly found: readonly (readonly [file: string, boxes: readonly Box[]])[];
}

export type HostTasks = {
  batch: { input: { files: readonly string[] }; output: BatchResult };
  close: { input: null; output: null };
};
