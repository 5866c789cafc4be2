import { createCipheriv, hkdfSync } from "node:crypto";
import { AssentError, wipe } from "../core/index.ts";

/**
 * The orthogonal matrix of a secret seed: `dim` x `dim`, row-major, float32, uniformly distributed over all rotations and
 * reflections (Haar). Turning templates by it leaves their dot products as they are, while templates of two instances have
 * nothing in common that either side can see. Version 1: a change here makes every stored template unreadable.
 *
 * Method: standard normal numbers, then Gram-Schmidt by rows, which is the Q of a QR decomposition with positive diagonal
 * (Mezzadri, "How to generate random matrices from the classical compact groups", Notices of the AMS 54, 2007).
 * Only +, -, *, / and square root are used, which IEEE 754 defines to the last bit, so that every machine and every
 * version of the runtime gives the same matrix; Math.log and Math.cos would not.
 *
 * `seed` has 32 bytes, `dim` is 1 to 4096.
 */
export function makeOrthogonal(seed: Uint8Array, dim: number): Float32Array {
  if (seed.length !== 32) throw new AssentError("internal", "the seed of the transform has 32 bytes");
  if (!Number.isInteger(dim) || dim < 1 || dim > 4096)
    throw new AssentError("internal", `no transform of size ${dim}`);
  const normal = normalNumbers(seed, dim);
  const rows = Array.from({ length: dim }, () => Float64Array.from({ length: dim }, normal));
  rows.forEach((row, index) => {
    // Twice is enough (Giraud, Langou and Rozloznik 2005): what the first pass leaves by rounding, the second removes.
    for (let pass = 0; pass < 2; pass++) {
      for (const earlier of rows.slice(0, index)) subtract(row, dot(row, earlier), earlier);
    }
    const length = Math.sqrt(dot(row, row));
    for (let i = 0; i < dim; i++) row[i] = (row[i] as number) / length;
  });
  const matrix = new Float32Array(dim * dim);
  rows.forEach((row, index) => {
    matrix.set(row, index * dim);
    row.fill(0);
  });
  return matrix;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function subtract(row: Float64Array, factor: number, other: Float64Array): void {
  for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) - factor * (other[i] as number);
}

/** Standard normal numbers by Marsaglia's polar method. */
function normalNumbers(seed: Uint8Array, dim: number): () => number {
  const uniform = uniformNumbers(seed, dim);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const factor = Math.sqrt((-2 * naturalLog(s)) / s);
      spare = v * factor;
      return u * factor;
    }
  };
}

/** Multiples of 2^-52 in [0, 1), from the AES-256-CTR key stream of a key derived from the seed. */
function uniformNumbers(seed: Uint8Array, dim: number): () => number {
  const key = new Uint8Array(hkdfSync("sha256", seed, new Uint8Array(0), `assent-orthogonal/1/${dim}`, 32));
  const stream = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  wipe(key);
  const zeros = new Uint8Array(8192);
  let view = new DataView(new ArrayBuffer(0));
  let at = 0;
  return () => {
    if (at === view.byteLength) {
      const block = stream.update(zeros);
      view = new DataView(block.buffer, block.byteOffset, block.byteLength);
      at = 0;
    }
    const high = view.getUint32(at) >>> 6;
    const low = view.getUint32(at + 4) >>> 6;
    at += 8;
    return (high * 2 ** 26 + low) * 2 ** -52;
  };
}

/** ln x for 0 < x < 1, to about 1e-15: x = m 2^e with m in [0.5, 1), and ln m = 2 artanh((m - 1) / (m + 1)). */
function naturalLog(x: number): number {
  let m = x;
  let e = 0;
  while (m < 0.5) {
    m *= 2;
    e--;
  }
  const z = (m - 1) / (m + 1);
  let power = z;
  let sum = 0;
  // |z| is at most 1/3, so that what follows these 17 terms is below 1e-18.
  for (let k = 0; k < 17; k++) {
    sum += power / (2 * k + 1);
    power *= z * z;
  }
  return 2 * sum + e * Math.LN2;
}
