import { InferenceSession, Tensor } from "./runtime.ts";
import { CHIP_SIDE } from "./align.ts";

export interface Embedder {
  readonly session: InferenceSession;
  readonly outputs: { readonly embedding: string };
  /** Input values are `(v - mean) * scale`. */
  readonly mean: number;
  readonly scale: number;
}

export interface Embedded {
  /** Unit length. */
  readonly vector: Float32Array;
  /** Length before normalisation: low where the network saw little of a face. */
  readonly norm: number;
}

/** Embeds one chip (RGB, 8 bit, interleaved, CHIP_SIDE squared). One at a time: batches of 8 measured no faster. */
export async function embedChip(embedder: Embedder, chip: Uint8Array): Promise<Embedded> {
  const { mean, scale } = embedder;
  const plane = CHIP_SIDE * CHIP_SIDE;
  const input = new Float32Array(3 * plane);
  for (let i = 0, p = 0; i < plane; i++, p += 3) {
    input[i] = (chip[p]! - mean) * scale;
    input[i + plane] = (chip[p + 1]! - mean) * scale;
    input[i + 2 * plane] = (chip[p + 2]! - mean) * scale;
  }
  const output = await embedder.session.run({
    [embedder.session.inputNames[0] ?? "input"]: new Tensor("float32", input, [1, 3, CHIP_SIDE, CHIP_SIDE]),
  });
  const raw = output[embedder.outputs.embedding]?.data as Float32Array;
  const result = normalise(raw);
  raw.fill(0);
  input.fill(0);
  return result;
}

/** Divides a vector by its length. */
export function normalise(raw: Float32Array): Embedded {
  let square = 0;
  for (const value of raw) square += value * value;
  const norm = Math.sqrt(square);
  return { vector: raw.map((value) => (norm > 0 ? value / norm : 0)), norm };
}

/** The cosine of two unit vectors, -1 to 1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
