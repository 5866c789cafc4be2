import { AssentError, wipe } from "../core/index.ts";
import { makeOrthogonal, type KeyStore } from "../crypto/index.ts";

/** An embedding's length may differ from 1 by this much: float32 over some hundred components. */
const UNIT_TOLERANCE = 1e-3;

/**
 * The instance's secret turn: an orthogonal matrix from a seed in the key store. It leaves every cosine as it is, while
 * templates of two instances have nothing in common that can be compared.
 */
export interface Protection {
  /** Of the secret: templates of two versions cannot be compared. */
  readonly version: number;
  readonly dimension: number;
  /**
   * Writes the turned embedding into `into`; both have `dimension` components, and the embedding has length 1.
   * Errors: `internal` for another dimension or length: a defect of the model pack or of ours.
   */
  turn(embedding: Float32Array, into: Float32Array): void;
}

type Matrix = Promise<Float32Array>;

const made = new Map<string, Matrix>();

/** Made once per key store, version and dimension: the matrix of 192 takes some 30 ms. */
function matrixOf(keys: KeyStore, version: number, dimension: number): Matrix {
  const name = `${keys.id} ${version} ${dimension}`;
  let matrix = made.get(name);
  if (!matrix) {
    matrix = keys.withSecret("transform", (seed) => makeOrthogonal(seed, dimension), version);
    made.set(name, matrix);
    matrix.catch(() => made.delete(name));
  }
  return matrix;
}

/** Errors: `key-gone` where the key store has no such version. */
export async function protectionOf(keys: KeyStore, version: number, dimension: number): Promise<Protection> {
  return create(await matrixOf(keys, version, dimension), version, dimension);
}

/** Forgets the turns of other versions, which nothing is stored under any more. */
export function forgetOtherTurns(keys: KeyStore, version: number): void {
  for (const name of made.keys()) {
    if (name.startsWith(`${keys.id} `) && !name.startsWith(`${keys.id} ${version} `)) made.delete(name);
  }
}

/**
 * Takes a template from one turn to another, in place: back by the transpose of the first, which is its inverse, and on by the
 * second. Errors: `key-gone` where the key store has not both.
 */
export async function turnerBetween(
  keys: KeyStore,
  from: number,
  to: number,
  dimension: number,
): Promise<(vector: Float32Array) => void> {
  const [old, now] = await Promise.all([matrixOf(keys, from, dimension), matrixOf(keys, to, dimension)]);
  return (vector) => {
    const plain = new Float64Array(dimension);
    for (let row = 0; row < dimension; row++) {
      const value = vector[row] as number;
      for (let i = 0; i < dimension; i++) {
        plain[i] = (plain[i] as number) + (old[row * dimension + i] as number) * value;
      }
    }
    multiply(now, plain, vector);
    plain.fill(0);
  };
}

function multiply(matrix: Float32Array, vector: Float32Array | Float64Array, into: Float32Array): void {
  const dimension = into.length;
  for (let row = 0; row < dimension; row++) {
    let sum = 0;
    const at = row * dimension;
    for (let i = 0; i < dimension; i++) sum += (matrix[at + i] as number) * (vector[i] as number);
    into[row] = sum;
  }
}

function create(matrix: Float32Array, version: number, dimension: number): Protection {
  return {
    version,
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
      multiply(matrix, embedding, into);
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
