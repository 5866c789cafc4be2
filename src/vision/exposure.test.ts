import { expect, test } from "vitest";
import { lifted } from "./exposure.ts";

/** A ramp of grey from `from` to `to`. */
function ramp(from: number, to: number): { data: Uint8Array; width: number; height: number } {
  const data = new Uint8Array(64 * 64 * 3);
  for (let i = 0; i < 64 * 64; i++) data.fill(Math.round(from + ((to - from) * i) / 4095), i * 3, i * 3 + 3);
  return { data, width: 64, height: 64 };
}

test("a dark picture is lifted over the whole range, in the same order of greys", () => {
  const data = lifted(ramp(4, 60))?.data ?? new Uint8Array();
  expect(data).toHaveLength(64 * 64 * 3);
  expect(Math.min(...data)).toBeLessThan(16);
  expect(Math.max(...data)).toBeGreaterThan(240);
  for (let i = 3; i < data.length; i += 3) expect(data[i]).toBeGreaterThanOrEqual(data[i - 3] ?? 0);
});

test("a picture with bright places is not", () => {
  expect(lifted(ramp(0, 200))).toBeNull();
});

test("an even black stays even", () => {
  expect(new Set(lifted(ramp(3, 3))?.data).size).toBe(1);
});
