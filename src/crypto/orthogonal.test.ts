import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256Hex } from "./digest.ts";
import { makeOrthogonal } from "./orthogonal.ts";
import { randomKey } from "./seal.ts";

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const DIM = 192;

function turn(matrix: Float32Array, vector: readonly number[] | Float32Array): Float32Array {
  const dim = vector.length;
  return Float32Array.from({ length: dim }, (_, row) =>
    dot(matrix.subarray(row * dim, (row + 1) * dim), vector),
  );
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** A unit vector in a random direction, as an embedding is one. */
function embedding(): Float32Array {
  return makeOrthogonal(randomKey(), DIM).slice(0, DIM);
}

describe("the orthogonal transform", () => {
  test("has rows and columns of length 1 that stand at right angles, to 1e-5", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 48 }), (seed, dim) => {
        const matrix = makeOrthogonal(seed, dim);
        for (let i = 0; i < dim; i++) {
          for (let j = 0; j <= i; j++) {
            const rows = dot(
              matrix.subarray(i * dim, i * dim + dim),
              matrix.subarray(j * dim, j * dim + dim),
            );
            expect(Math.abs(rows - (i === j ? 1 : 0))).toBeLessThan(1e-5);
          }
        }
      }),
      { numRuns: 30 },
    );
    const matrix = makeOrthogonal(randomKey(), DIM);
    const transposed = matrix.map(
      (_, index) => matrix[(index % DIM) * DIM + Math.floor(index / DIM)] as number,
    );
    for (const rows of [matrix, transposed]) {
      for (let i = 0; i < DIM; i++) {
        const turned = turn(rows, rows.slice(i * DIM, (i + 1) * DIM));
        turned.forEach((value, j) => expect(Math.abs(value - (i === j ? 1 : 0))).toBeLessThan(1e-5));
      }
    }
  });

  test("leaves the dot product of any two embeddings as it is, to 1e-5", () => {
    const matrix = makeOrthogonal(randomKey(), DIM);
    for (let round = 0; round < 5; round++) {
      const [a, b] = [embedding(), embedding()];
      expect(Math.abs(dot(turn(matrix, a), turn(matrix, b)) - dot(a, b))).toBeLessThan(1e-5);
      expect(dot(turn(matrix, a), turn(matrix, a))).toBeCloseTo(1, 5);
    }
  });

  test("is the same matrix to the last bit on every machine", () => {
    // Computed by an independent implementation in Python of what the docstring says.
    const seed = new Uint8Array(32).fill(7);
    const digests = [3, DIM].map((dim) => sha256Hex(new Uint8Array(makeOrthogonal(seed, dim).buffer)));
    expect(digests).toEqual([
      "a719e7f15e3b98524aa1bc376a9328db2adf9101cffa32bfd905c50e4c11bfbb",
      "2a52df9ffc2fc8f8836fa60a15c9520163bf03249a983b2b5a05b0c729dd54ef",
    ]);
  });

  test("of two seeds shows the same embedding in two unrelated directions", () => {
    const [ours, theirs] = [makeOrthogonal(randomKey(), DIM), makeOrthogonal(randomKey(), DIM)];
    const cosines = Array.from({ length: 20 }, () => {
      const face = embedding();
      return dot(turn(ours, face), turn(theirs, face));
    });
    // Two random directions in 192 dimensions have a cosine of standard deviation 1/sqrt(192) = 0.072.
    for (const cosine of cosines) expect(Math.abs(cosine)).toBeLessThan(6 / Math.sqrt(DIM));
    const spread = Math.sqrt(dot(cosines, cosines) / cosines.length);
    expect(spread).toBeGreaterThan(0.3 / Math.sqrt(DIM));
    expect(spread).toBeLessThan(2 / Math.sqrt(DIM));
  });

  test("has entries spread as those of a uniformly distributed rotation", () => {
    // An entry times sqrt(dim) is nearly standard normal: variance 1, fourth moment 3 dim / (dim + 2).
    const entries = makeOrthogonal(randomKey(), DIM).map((value) => value * Math.sqrt(DIM));
    const moment = (power: number) =>
      entries.reduce((sum, value) => sum + value ** power, 0) / entries.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.05);
    expect(moment(2)).toBeCloseTo(1, 4);
    expect(Math.abs(moment(4) - (3 * DIM) / (DIM + 2))).toBeLessThan(0.2);
  });

  test("is refused for a seed or size that it is not made for", () => {
    expect(() => makeOrthogonal(new Uint8Array(31), DIM)).toThrow(/32 bytes/);
    for (const dim of [0, -1, 1.5, 5000, Number.NaN])
      expect(() => makeOrthogonal(randomKey(), dim)).toThrow(/size/);
  });
});
