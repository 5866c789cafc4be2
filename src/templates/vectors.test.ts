import fc from "fast-check";
import { expect, test } from "vitest";
import { Vectors } from "./vectors.ts";

const DIMENSION = 6;
const vector = (seed: number): Float32Array =>
  Float32Array.from({ length: DIMENSION }, (_, i) => 0.4 * Math.sin(seed * 7 + i * 3));

/** The same as Vectors, as simply as it can be said. */
class Plain {
  rows: { template: string; person: string; vector: Float32Array }[] = [];
  best(probe: Float32Array): Record<string, number> {
    const found: Record<string, number> = {};
    for (const row of this.rows) {
      const score = row.vector.reduce((sum, value, i) => sum + value * (probe[i] ?? 0), 0);
      found[row.person] = Math.max(found[row.person] ?? -Infinity, score);
    }
    return found;
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ add: fc.nat(40), person: fc.nat(8) }) },
  { weight: 3, arbitrary: fc.record({ remove: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ removePerson: fc.nat(8) }) },
);

test("after any adding and removing, the scan gives each person's best as a plain list would", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const vectors = new Vectors(DIMENSION);
      const plain = new Plain();
      for (const item of steps) {
        if ("add" in item) {
          const template = `t${item.add}`;
          if (!plain.rows.some((row) => row.template === template)) {
            plain.rows.push({ template, person: `p${item.person}`, vector: vector(item.add) });
          }
          vectors.add(template, `p${item.person}`, vector(item.add));
        } else if ("remove" in item) {
          plain.rows = plain.rows.filter((row) => row.template !== `t${item.remove}`);
          vectors.remove(`t${item.remove}`);
        } else {
          plain.rows = plain.rows.filter((row) => row.person !== `p${item.removePerson}`);
          vectors.removePerson(`p${item.removePerson}`);
        }
      }
      const probe = vector(99);
      const best = new Float32Array(vectors.slots).fill(-2);
      vectors.scan(probe, new Uint8Array(vectors.slots).fill(1), best);
      const expected = plain.best(probe);
      const found: Record<string, number> = {};
      best.forEach((score, slot) => {
        const person = vectors.personAt(slot);
        if (person !== undefined) found[person] = score;
      });
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [person, score] of Object.entries(expected)) expect(found[person]).toBeCloseTo(score, 4);
      expect(vectors.templates).toBe(plain.rows.length);
      expect(vectors.people).toBe(Object.keys(expected).length);
    }),
  );
});

test("more templates than the first block of memory holds are kept", () => {
  const vectors = new Vectors(DIMENSION);
  for (let i = 0; i < 500; i++) vectors.add(`t${i}`, `p${i}`, vector(i));
  const best = new Float32Array(vectors.slots).fill(-2);
  vectors.scan(vector(3), new Uint8Array(vectors.slots).fill(1), best);
  const expected = vector(3).reduce((sum, value) => sum + value * value, 0);
  expect(best[vectors.slotOf("p3") ?? -1]).toBeCloseTo(expected, 4);
});

test("who is not allowed is not compared", () => {
  const vectors = new Vectors(DIMENSION);
  vectors.add("t1", "p1", vector(1));
  vectors.add("t2", "p2", vector(2));
  const allowed = new Uint8Array(2);
  allowed[vectors.slotOf("p2") ?? -1] = 1;
  const best = new Float32Array(2).fill(-2);
  vectors.scan(vector(1), allowed, best);
  expect(best[vectors.slotOf("p1") ?? -1]).toBe(-2);
  expect(best[vectors.slotOf("p2") ?? -1]).not.toBe(-2);
});
