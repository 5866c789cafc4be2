import type { Box } from "../../src/core/index.ts";

/** How a peer is given a photo. */
export interface Reading {
  /** The photo is decoded to at most this many pixels on its long edge. */
  readonly maxEdge: number;
  /** Besides the whole photo, overlapping squares of it of this many pixels; null for the whole photo alone. */
  readonly tile: number | null;
}

export interface PeerFace {
  /** Pixels of the upright photo at full resolution. */
  readonly box: Box;
  readonly score: number;
}

export interface PeerAnswer {
  readonly faces: readonly PeerFace[];
  /** How many descriptors were computed; with tiles more than faces, since a face can lie in several. */
  readonly descriptors: number;
  readonly decodeMs: number;
  readonly modelMs: number;
  /** Processor time of the process for this photo: unlike the times above it does not grow when others use the cores. */
  readonly cpuMs: number;
}

export type PeerTasks = {
  photo: { input: { file: string; reading: Reading }; output: PeerAnswer };
};
