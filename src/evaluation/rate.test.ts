import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rateByIdentity, rateByPairs, tallyByPerson } from "./rate.ts";

const tally = fc
  .integer({ min: 1, max: 30 })
  .chain((n) => fc.record({ n: fc.constant(n), count: fc.nat(n) }));

describe("a rate by identity", () => {
  test("is the share over all cases, not the mean of the people's shares", () => {
    const rate = rateByIdentity([
      { count: 9, n: 10 },
      { count: 0, n: 2 },
    ]);
    expect(rate).toMatchObject({ count: 9, n: 12, people: 2, value: 0.75, interval: "bootstrap" });
  });

  test("has the wide interval of few people, however many faces each of them has", () => {
    const few = rateByIdentity([
      { count: 1000, n: 1000 },
      { count: 0, n: 1000 },
    ]);
    expect([few.low, few.high]).toEqual([0, 1]);
    const many = rateByIdentity(Array.from({ length: 400 }, (_, i) => ({ count: 5 * (i % 2), n: 5 })));
    expect(many.low).toBeGreaterThan(0.44);
    expect(many.high).toBeLessThan(0.56);
  });

  test("gives a bound of three over n instead of certainty where nothing was counted", () => {
    expect(rateByIdentity([{ count: 0, n: 300 }])).toMatchObject({
      value: 0,
      low: 0,
      high: 0.01,
      interval: "rule-of-three",
    });
    expect(rateByIdentity([{ count: 300, n: 300 }])).toMatchObject({ value: 1, low: 0.99, high: 1 });
  });

  test("says nothing where nothing was measured", () => {
    expect(rateByIdentity([{ count: 0, n: 0 }])).toMatchObject({
      value: null,
      low: null,
      high: null,
      people: 0,
    });
  });

  test("is the same each time, with an interval in order between 0 and 1", () => {
    fc.assert(
      fc.property(fc.array(tally, { minLength: 2, maxLength: 20 }), (tallies) => {
        const rate = rateByIdentity(tallies);
        expect(rateByIdentity(tallies)).toEqual(rate);
        expect(rate.low).toBeLessThanOrEqual(rate.high ?? 0);
        expect(rate.low).toBeGreaterThanOrEqual(0);
        expect(rate.high).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a rate by pairs of people", () => {
  test("counts comparisons, and both people of each", () => {
    const rate = rateByPairs([
      { probe: "a", enrolled: "b", count: 1, n: 4 },
      { probe: "a", enrolled: "c", count: 0, n: 4 },
      { probe: "b", enrolled: "c", count: 2, n: 2 },
    ]);
    expect(rate).toMatchObject({ count: 3, n: 10, people: 3, value: 0.3, interval: "bootstrap" });
  });

  test("is less certain than resampling the probes alone would claim, when one template draws all the errors", () => {
    const people = Array.from({ length: 12 }, (_, i) => `p${i}`);
    const pairs = people.flatMap((probe) =>
      people
        .filter((enrolled) => enrolled !== probe)
        .map((enrolled) => ({ probe, enrolled, count: enrolled === "p0" ? 1 : 0, n: 2 })),
    );
    const byPairs = rateByPairs(pairs);
    const byProbe = rateByIdentity(
      people.map((probe) => {
        const own = pairs.filter((pair) => pair.probe === probe);
        return {
          count: own.reduce((sum, pair) => sum + pair.count, 0),
          n: own.reduce((sum, pair) => sum + pair.n, 0),
        };
      }),
    );
    expect(byPairs.value).toBe(byProbe.value);
    expect((byPairs.high ?? 0) - (byPairs.low ?? 0)).toBeGreaterThan(
      (byProbe.high ?? 0) - (byProbe.low ?? 0),
    );
  });
});

test("cases are added up by person", () => {
  const cases = ["a1", "b0", "a0"];
  const tallies = tallyByPerson(
    cases,
    (one) => one.slice(0, 1),
    (one) => one.endsWith("1"),
  );
  expect(tallies).toEqual([
    { count: 1, n: 2 },
    { count: 0, n: 1 },
  ]);
});
