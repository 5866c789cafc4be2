import { createHash } from "node:crypto";
import { InferenceSession, Tensor } from "../../src/vision/runtime.ts";
import { AssentError } from "../../src/core/index.ts";

/**
 * Largest absolute difference of an output that still counts as the same network. Measured on the noise below: the
 * embedder with its PReLUs in the other form differs by 9.5e-6, for sums are rounded in another order; a single weight
 * that is wrong by one part in a hundred shows as 1.3e-4 and more (eight tried, in all three networks).
 */
export const TOLERANCE = 5e-5;

/** Lengths for the sides that an input leaves free: two pictures at once, of a size that the detector takes. */
const FREE_SIDES: Readonly<Record<string, number>> = { N: 2, h: 96, w: 160 };

/** The same input each time: bytes of SHAKE256 over these words, as pixels from -1 up to 1. */
const INPUT_SEEDS = ["first", "second", "third"];

const SESSION: InferenceSession.SessionOptions = { intraOpNumThreads: 2, logSeverityLevel: 3 };

/**
 * Runs two networks on the same noise and gives the largest absolute difference of any number that they put out;
 * infinite where they differ in the names or shapes of their outputs, or in what is no number. Error `model-pack`: one of
 * them cannot be loaded or run.
 */
export async function largestDifference(made: Uint8Array, kept: Uint8Array): Promise<number> {
  const [one, other] = [await open(made, "made"), await open(kept, "kept")];
  let largest = 0;
  for (const seed of INPUT_SEEDS) {
    const feeds = noiseFor(other, seed);
    const [left, right] = [await run(one, feeds, "made"), await run(other, feeds, "kept")];
    const names = new Set([...Object.keys(left), ...Object.keys(right)]);
    for (const name of names) largest = Math.max(largest, differenceOf(left[name], right[name]));
  }
  await Promise.all([one.release(), other.release()]);
  return largest;
}

function differenceOf(left: Tensor | undefined, right: Tensor | undefined): number {
  if (!(left?.data instanceof Float32Array) || !(right?.data instanceof Float32Array)) return Infinity;
  if (left.dims.join() !== right.dims.join()) return Infinity;
  let largest = 0;
  for (const [i, value] of left.data.entries()) {
    const difference = Math.abs(value - (right.data[i] ?? Number.NaN));
    if (Number.isNaN(difference)) return Infinity;
    if (difference > largest) largest = difference;
  }
  return largest;
}

function noiseFor(session: InferenceSession, seed: string): Record<string, Tensor> {
  return Object.fromEntries(
    session.inputMetadata.map((input) => {
      const sides = (input.isTensor ? input.shape : []).map((side) =>
        typeof side === "number" ? side : (FREE_SIDES[side] ?? 1),
      );
      const size = sides.reduce((product, side) => product * side, 1);
      const bytes = createHash("shake256", { outputLength: size }).update(seed).digest();
      return [
        input.name,
        new Tensor(
          Float32Array.from(bytes, (byte) => (byte - 127.5) / 127.5),
          sides,
        ),
      ];
    }),
  );
}

async function open(bytes: Uint8Array, which: string): Promise<InferenceSession> {
  return InferenceSession.create(bytes, SESSION).catch((cause: unknown) => {
    throw cannot("loaded", which, cause);
  });
}

async function run(
  session: InferenceSession,
  feeds: Record<string, Tensor>,
  which: string,
): Promise<Readonly<Record<string, Tensor>>> {
  return session.run(feeds).catch((cause: unknown) => {
    throw cannot("run", which, cause);
  });
}

function cannot(what: string, which: string, cause: unknown): AssentError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AssentError("model-pack", `the ${which} network cannot be ${what}: ${reason}`, { cause });
}
