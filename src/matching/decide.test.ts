import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, type Decision, type Evidence } from "./decide.ts";
import { policyFor } from "./policy.ts";

const IMPOSTORS = {
  points: [
    { falseMatchRate: 1e-3, threshold: 0.4 },
    { falseMatchRate: 1e-5, threshold: 0.6 },
  ],
  withinGenderFactor: 5,
  largestGallery: 100,
};
const STATED = { impostors: IMPOSTORS, thresholds: { ask: 0.45, automatic: 0.55, margin: 0.1 } };
const policy = policyFor({ id: "assent-default-1", ...STATED });
const [anna, ben, cleo] = ["anna", "ben", "cleo"] as const;

function evidence(part: Partial<Evidence>): Evidence {
  return {
    best: null,
    runnerUp: null,
    gallerySize: 40,
    twins: new Map(),
    rejected: new Set(),
    quality: { height: 120 },
    policy,
    ...part,
  };
}

const score = fc.double({ min: -1, max: 1, noNaN: true });
const gallerySize = fc.integer({ min: 1, max: 5000 });
const height = fc.integer({ min: 12, max: 600 });
/** Two people, the better first; now and then one of them rejected, or the two known for twins. */
const anyEvidence = fc
  .record({
    a: score,
    b: score,
    gallerySize,
    height,
    twins: fc.boolean(),
    rejected: fc.subarray([anna, ben]),
  })
  .map(({ a, b, height: h, twins, rejected, ...rest }) =>
    evidence({
      ...rest,
      best: { person: anna, score: Math.max(a, b) },
      runnerUp: { person: ben, score: Math.min(a, b) },
      quality: { height: h },
      twins: new Map<string, ReadonlySet<string>>(twins ? [[anna, new Set([ben])]] : []),
      rejected: new Set(rejected),
    }),
  );

const rank = (decision: Decision): number => ["none", "asked", "matched"].indexOf(decision.state);

describe("decide", () => {
  test("nobody is the answer where nobody is near", () => {
    expect(decide(evidence({}))).toEqual({ state: "none", persons: [] });
    expect(decide(evidence({ best: { person: anna, score: 0.4 } }))).toEqual({ state: "none", persons: [] });
  });

  test("a high score far above the second gives the face to the best", () => {
    const found = { best: { person: anna, score: 0.85 }, runnerUp: { person: ben, score: 0.3 } };
    expect(decide(evidence(found))).toEqual({ state: "matched", persons: [anna] });
  });

  test("a score in the band below asks the person", () => {
    const best = { person: anna, score: 0.63 };
    expect(decide(evidence({ best }))).toEqual({ state: "asked", persons: [anna] });
  });

  test("a small face is asked about at a score at which a large one is nobody's", () => {
    const best = { person: anna, score: 0.58 };
    expect(decide(evidence({ best, quality: { height: 36 } })).state).toBe("asked");
    expect(decide(evidence({ best, quality: { height: 120 } })).state).toBe("none");
  });

  test("a face below 32 pixels is never given, however high the score", () => {
    const best = { person: anna, score: 0.99 };
    expect(decide(evidence({ best, quality: { height: 31 } })).state).toBe("asked");
    expect(decide(evidence({ best, quality: { height: 32 } })).state).toBe("matched");
  });

  test("two people near each other are both asked, in any order of score", () => {
    fc.assert(
      fc.property(score, fc.double({ min: 0, max: policy.margin - 1e-6, noNaN: true }), height, (s, d, h) => {
        fc.pre(s - d >= policy.ask(h));
        const found = { best: { person: anna, score: s }, runnerUp: { person: ben, score: s - d } };
        expect(decide(evidence({ ...found, quality: { height: h } }))).toEqual({
          state: "asked",
          persons: [anna, ben],
        });
      }),
    );
  });

  test("twins are asked for ever, also where the other twin is far below", () => {
    const twins = new Map([[anna, new Set([ben])]]);
    const alone = { best: { person: anna, score: 0.99 }, runnerUp: { person: cleo, score: 0.1 }, twins };
    expect(decide(evidence(alone))).toEqual({ state: "asked", persons: [anna] });
    const both = { best: { person: anna, score: 0.99 }, runnerUp: { person: ben, score: 0.7 }, twins };
    expect(decide(evidence(both))).toEqual({ state: "asked", persons: [anna, ben] });
  });

  test("beyond the gallery that the data support everything is asked", () => {
    const best = { person: anna, score: 0.99 };
    expect(decide(evidence({ best, gallerySize: policy.maxGallery })).state).toBe("matched");
    expect(decide(evidence({ best, gallerySize: policy.maxGallery + 1 })).state).toBe("asked");
  });

  test("a rejected person is never suggested again", () => {
    fc.assert(
      fc.property(anyEvidence, (found) => {
        const { persons } = decide(found);
        expect(persons.filter((person) => found.rejected.has(person))).toEqual([]);
      }),
    );
  });

  test("where the nearest was rejected, the second is asked and not given: a third may be as near", () => {
    const found = {
      best: { person: anna, score: 0.95 },
      runnerUp: { person: ben, score: 0.93 },
      rejected: new Set([anna]),
    };
    expect(decide(evidence(found))).toEqual({ state: "asked", persons: [ben] });
  });

  test("a higher score of the best never gives less", () => {
    fc.assert(
      fc.property(anyEvidence, fc.double({ min: 0, max: 1, noNaN: true }), (found, more) => {
        fc.pre(found.best !== null);
        const higher = { ...found, best: { ...found.best, score: found.best.score + more } };
        expect(rank(decide(higher))).toBeGreaterThanOrEqual(rank(decide(found)));
      }),
    );
  });

  test("a larger gallery never makes it laxer", () => {
    fc.assert(
      fc.property(anyEvidence, fc.integer({ min: 1, max: 5000 }), (found, more) => {
        const larger = { ...found, gallerySize: found.gallerySize + more };
        expect(rank(decide(larger))).toBeLessThanOrEqual(rank(decide(found)));
      }),
    );
  });

  test("one person at most is given a face, and only asked faces have two", () => {
    fc.assert(
      fc.property(anyEvidence, (found) => {
        const { state, persons } = decide(found);
        const most = { none: 0, asked: 2, matched: 1 }[state];
        expect(persons.length).toBeLessThanOrEqual(most);
        expect(new Set(persons).size).toBe(persons.length);
      }),
    );
  });
});

describe("the default policy", () => {
  test("the automatic threshold rises with the gallery, within what was measured", () => {
    expect(policy.automatic(1)).toBe(0.7);
    expect(policy.automatic(40)).toBe(0.7);
    expect(policy.automatic(200)).toBeCloseTo(0.718, 6);
    fc.assert(
      fc.property(gallerySize, gallerySize, (a, b) => {
        expect(policy.automatic(Math.max(a, b))).toBeGreaterThanOrEqual(policy.automatic(Math.min(a, b)));
      }),
    );
  });

  test("asking starts below what is given, at every height and gallery", () => {
    fc.assert(
      fc.property(gallerySize, height, (n, h) => {
        expect(policy.ask(h)).toBeLessThan(policy.automatic(n));
      }),
    );
    // Half way between two points of the curve.
    expect(policy.ask(44)).toBeCloseTo(0.585, 6);
  });
});

describe("the policy of another pack", () => {
  const other = policyFor({ id: "other-pack", ...STATED });

  test("takes its thresholds from what the pack states, not from the default pack's figures", () => {
    expect(other).toMatchObject({ packId: "other-pack", margin: 0.1 });
    expect(other.ask(40)).toBe(0.45);
    expect(other.version).not.toBe(policy.version);
    // Two people at an FPIR of 1e-4 and a factor of 5 within a gender: a rate of 1e-5.
    expect(other.automatic(2)).toBeCloseTo(0.6);
    expect(other.automatic(1)).toBeLessThan(0.6);
    expect(other.automatic(1)).toBeGreaterThanOrEqual(0.55);
  });

  test("asks about everything beyond the gallery that its measured rates support", () => {
    // 1e-4 = people * 1e-5 * 5: two people and no more, whatever the pack claims.
    expect(other.maxGallery).toBe(2);
    const sure = { best: { person: anna, score: 0.99 }, policy: other };
    expect(decide(evidence({ ...sure, gallerySize: 2 })).state).toBe("matched");
    expect(decide(evidence({ ...sure, gallerySize: 3 })).state).toBe("asked");
  });
});
