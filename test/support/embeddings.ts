import { createHash } from "node:crypto";

const DIMENSION = 192;

/** A made-up embedding of length 1, the same for the same number; two of them are nearly at right angles. */
export function embeddingAt(seed: number | string): Float32Array {
  const numbers = Float32Array.from({ length: DIMENSION }, (_, i) => {
    const digest = createHash("sha256").update(`${seed}/${i}`).digest();
    // The sum of uniform numbers is near enough to a normal one for directions to spread evenly.
    return digest.subarray(0, 12).reduce((sum, byte) => sum + byte, 0) - 12 * 127.5;
  });
  return unit(numbers);
}

/** An embedding whose cosine with `to` is `cosine`; `seed` says in which direction it leans. */
export function embeddingNear(
  to: Float32Array,
  cosine: number,
  seed: number | string = "lean",
): Float32Array {
  const other = embeddingAt(seed);
  const along = other.reduce((sum, value, i) => sum + value * (to[i] ?? 0), 0);
  const across = unit(other.map((value, i) => value - along * (to[i] ?? 0)));
  const sine = Math.sqrt(1 - cosine * cosine);
  return to.map((value, i) => cosine * value + sine * (across[i] ?? 0));
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
