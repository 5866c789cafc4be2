import { AssentError, wipe, type Id } from "../core/index.ts";
import { makeOrthogonal, type KeyStore } from "../crypto/index.ts";

/** An embedding's length may differ from 1 by this much: float32 over some hundred components. */
const UNIT_TOLERANCE = 1e-3;

/**
 * The instance's secret turn: an orthogonal matrix from a seed in the key store. It leaves every cosine as it is, while
 * templates of two instances have nothing in common that can be compared.
 */
export interface Protection {
  readonly dimension: number;
  /**
   * Writes the turned embedding into `into`; both have `dimension` components, and the embedding has length 1.
   * Errors: `internal` for another dimension or length: a defect of the model pack or of ours.
   */
  turn(embedding: Float32Array, into: Float32Array): void;
}

const made = new Map<Id, Map<number, Promise<Protection>>>();

/** Made once per key store and dimension: the matrix of 192 takes some 30 ms. */
export function protectionOf(keys: KeyStore, dimension: number): Promise<Protection> {
  const known = made.get(keys.id) ?? new Map<number, Promise<Protection>>();
  made.set(keys.id, known);
  let protection = known.get(dimension);
  if (!protection) {
    protection = keys.withSecret("transform", (seed) => create(makeOrthogonal(seed, dimension), dimension));
    known.set(dimension, protection);
    protection.catch(() => known.delete(dimension));
  }
  return protection;
}

function create(matrix: Float32Array, dimension: number): Protection {
  return {
    dimension,
    turn(embedding, into) {
      if (embedding.length !== dimension || into.length !== dimension) {
        throw new AssentError("internal", `an embedding of ${embedding.length} components, not ${dimension}`);
      }
      let squares = 0;
      for (let i = 0; i < dimension; i++) squares += (embedding[i] as number) ** 2;
      if (!(Math.abs(Math.sqrt(squares) - 1) < UNIT_TOLERANCE)) {
        throw new AssentError("internal", "an embedding has not length 1");
      }
      for (let row = 0; row < dimension; row++) {
        let sum = 0;
        const at = row * dimension;
        for (let i = 0; i < dimension; i++) sum += (matrix[at + i] as number) * (embedding[i] as number);
        into[row] = sum;
      }
    },
  };
}

/** float32 numbers as bytes, little-endian on every machine. */
export function toBytes(vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(vector.length * 4);
  const view = new DataView(bytes.buffer);
  vector.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return bytes;
}

/** The inverse of `toBytes`; the bytes are wiped. */
export function fromBytes(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vector = Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  wipe(bytes);
  return vector;
}
