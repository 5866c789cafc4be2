import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssentError } from "../core/index.ts";
import { face } from "./example.ts";
import { ageBand, type Observation } from "./observation.ts";
import { renderReport } from "./render.ts";
import { evaluate } from "./report.ts";

const ENROLLED = ["ann", "bob"];
const THRESHOLDS = [{ name: "automatic", value: 0.65 }];
const report = (
  observations: readonly Observation[],
  more: { groups?: Map<string, Record<string, string>> } = {},
) => evaluate({ observations, enrolled: ENROLLED, thresholds: THRESHOLDS, ...more });

/** Two mated comparisons (0.9, 0.5), six impostor comparisons, of which one scores 0.7; cleo is not enrolled. */
const SMALL = [
  face({ person: "ann", scores: [0.9, 0.2], decision: { state: "matched", persons: ["ann"] } }),
  face({ person: "bob", scores: [0.1, 0.5], height: 40, decision: { state: "asked", persons: ["bob"] } }),
  face({ person: "cleo", scores: [0.7, 0.3], decision: { state: "matched", persons: ["ann"] } }),
  face({ person: "cleo", scores: [0.6, 0.3], decision: { state: "asked", persons: ["ann", "bob"] } }),
  face({
    person: "bob",
    scores: null,
    found: "missed",
    hiddenByDefault: false,
    height: 30,
    photo: "two.jpg",
  }),
];

describe("error rates, computed by hand", () => {
  const result = report(SMALL);
  const at = (threshold: number) => result.sweep.find((row) => row.threshold === threshold);

  test("are over comparisons (FMR, FNMR) and over searches (FPIR, FNIR)", () => {
    expect(at(0.65)).toEqual({ threshold: 0.65, fmr: 1 / 6, fnmr: 1 / 2, fpir: 1 / 2, fnir: 1 - 1 / 3 });
    expect(at(0.4)).toEqual({ threshold: 0.4, fmr: 2 / 6, fnmr: 0, fpir: 1, fnir: 1 - 2 / 3 });
    expect(at(0.8)).toMatchObject({ fmr: 0, fpir: 0, fnmr: 1 / 2 });
  });

  test("are swept from 0.30 to 0.80 and given at each threshold of the policy", () => {
    expect(result.sweep).toHaveLength(51);
    const odd = evaluate({
      observations: SMALL,
      enrolled: ENROLLED,
      thresholds: [{ name: "ask", value: 0.456 }],
    });
    expect(odd.sweep).toHaveLength(52);
    expect(odd.atThresholds[0]).toMatchObject({ name: "ask", value: 0.456, fmr: { count: 2, n: 6 } });
  });

  test("of the decisions taken: a wrong person without a question, over all faces searched", () => {
    expect(result.policy).toMatchObject({
      searched: 4,
      fpir: { count: 1, n: 4 },
      fpirNonMated: { count: 1, n: 2 },
      wronglyMatched: [{ photo: "one.jpg", height: 100 }],
    });
  });

  test("count a question about somebody else's face for each person who is asked", () => {
    // Ann and Bob are asked once each about Cleo's face, in 4 searches.
    expect(result.policy.wrongAsksPerThousand).toEqual({ median: 250, max: 250, total: 2 });
  });

  test("do not take a question about one's own face for a wrong one", () => {
    const right = face({ person: "ann", decision: { state: "asked", persons: ["ann", "bob"] } });
    expect(report([right]).policy.wrongAsksPerThousand).toEqual({ median: 500, max: 1000, total: 1 });
  });

  test("count a match given to two people as wrong", () => {
    const both = face({ person: "ann", decision: { state: "matched", persons: ["ann", "bob"] } });
    expect(report([both]).policy.fpir.count).toBe(1);
    expect(report([both]).pooledHeights[0]?.matched.count).toBe(0);
  });

  test("leave detections on no known face out of comparisons, but not out of searches", () => {
    const shadow = face({ person: null, scores: [0.7, 0], decision: { state: "matched", persons: ["ann"] } });
    const withShadow = report([...SMALL, shadow]);
    expect(withShadow.atThresholds[0]).toMatchObject({ fmr: { n: 6 }, fpir: { count: 2, n: 3 } });
    expect(withShadow).toMatchObject({ falseDetections: 1, faces: 5, policy: { fpir: { count: 2, n: 5 } } });
  });

  test("are null, not zero, where nothing was measured", () => {
    const empty = report([]);
    expect(empty.sweep[0]).toEqual({ threshold: 0.3, fmr: null, fnmr: null, fpir: null, fnir: null });
    expect(empty.policy.wrongAsksPerThousand).toEqual({ median: null, max: null, total: 0 });
  });
});

describe("the table by face height", () => {
  const row = (from: number) => report(SMALL).heights.find((band) => band.from === from);

  test("puts each face in the band that its true height falls in", () => {
    expect(report(SMALL).heights.map((band) => band.n)).toEqual([0, 1, 1, 0, 0, 3]);
    const edges = [28, 32, 48, 64, 96].map((height) => face({ height }));
    expect(report(edges).heights.map((band) => band.n)).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test("counts matched and asked among enrolled people's faces only, and misses among all", () => {
    expect(row(96)).toMatchObject({ n: 3, matched: { count: 1, n: 1 }, hidden: { count: 3, n: 3 } });
    expect(row(32)).toMatchObject({ asked: { count: 1, n: 1 }, matchedOrAsked: { count: 1, n: 1 } });
    expect(row(28)).toMatchObject({ detected: { count: 0, n: 1 }, matchedOrAsked: { count: 0, n: 1 } });
  });

  test("takes a match to the wrong enrolled person for no match", () => {
    const wrong = face({ person: "bob", decision: { state: "matched", persons: ["ann"] } });
    expect(report([wrong]).pooledHeights[0]?.matchedOrAsked).toMatchObject({ count: 0, n: 1 });
  });
});

describe("leaks", () => {
  test("are faces of 28 px and more that were missed or left visible, named by photo", () => {
    expect(report(SMALL).leaks).toEqual([{ photo: "two.jpg", height: 30, found: "missed", hidden: false }]);
    const below = face({ height: 27.9, found: "missed", hiddenByDefault: false, scores: null });
    expect(report([below]).leaks).toEqual([]);
    const seenButShown = face({ found: "doubtful", hiddenByDefault: false });
    expect(report([seenButShown]).leaks).toHaveLength(1);
  });
});

describe("rates by group", () => {
  const groups = new Map([
    ["ann", { gender: "female" }],
    ["bob", { gender: "male" }],
    ["cleo", { gender: "female" }],
  ]);
  const gender = report(SMALL, { groups }).groups[0];

  test("give FNMR by group and FMR by pair of groups, whichever of the two is the probe", () => {
    expect(gender).toMatchObject({ attribute: "gender", threshold: 0.65 });
    expect(gender?.nonMatches).toMatchObject([
      { group: "female", fnmr: { count: 0, n: 1, people: 1 } },
      { group: "male", fnmr: { count: 1, n: 1, people: 1 } },
    ]);
    expect(gender?.matches).toMatchObject([
      { groups: ["female", "female"], fmr: { count: 1, n: 2 } },
      { groups: ["female", "male"], fmr: { count: 0, n: 4 } },
    ]);
  });

  test("are marked where they rest on fewer than twenty people", () => {
    expect(gender?.nonMatches.every((group) => group.fewPeople)).toBe(true);
    const many = Array.from({ length: 20 }, (_, i) => `p${i}`);
    const crowd = evaluate({
      observations: many.map((person, i) =>
        face({ person, scores: many.map((_, j) => (i === j ? 0.9 : 0)) }),
      ),
      enrolled: many,
      thresholds: THRESHOLDS,
      groups: new Map(many.map((person) => [person, { gender: "female" }])),
    });
    expect(crowd.groups[0]?.nonMatches).toMatchObject([{ fewPeople: false, fnmr: { people: 20 } }]);
  });

  test("leave out people without a label", () => {
    const some = report(SMALL, { groups: new Map([["ann", { gender: "female" }]]) });
    expect(some.groups[0]?.nonMatches).toHaveLength(1);
    expect(some.groups[0]?.matches).toEqual([]);
  });

  test("have ages in bands, and no band for what is no age", () => {
    expect(["18", 24, "25", 34, "54", "55", "", "thirty", -1].map(ageBand)).toEqual([
      "under 25",
      "under 25",
      "25 to 34",
      "25 to 34",
      "45 to 54",
      "55 and over",
      "unknown",
      "unknown",
      "unknown",
    ]);
  });
});

describe("any set of observations", () => {
  const score = fc.float({ min: -1, max: 1, noNaN: true });
  const observation = fc
    .record({
      person: fc.constantFrom("ann", "bob", "cleo", "dan", null),
      height: fc.integer({ min: 10, max: 300 }),
      scores: fc.option(fc.tuple(score, score)),
      photo: fc.constantFrom("one.jpg", "two.jpg"),
      hiddenByDefault: fc.boolean(),
      decision: fc.record({
        state: fc.constantFrom("matched" as const, "asked" as const, "none" as const),
        persons: fc.subarray(["ann", "bob"]),
      }),
    })
    .map((some) => face({ ...some, found: some.scores === null ? "missed" : "certain" }));
  const observations = fc.array(observation, { maxLength: 25 });

  test("has false matches falling and false non-matches rising with the threshold", () => {
    fc.assert(
      fc.property(observations, (some) => {
        const { sweep } = report(some);
        sweep.slice(1).forEach((row, i) => {
          const before = sweep[i];
          expect(row.fmr ?? 0).toBeLessThanOrEqual(before?.fmr ?? 0);
          expect(row.fpir ?? 0).toBeLessThanOrEqual(before?.fpir ?? 0);
          expect(row.fnmr ?? 1).toBeGreaterThanOrEqual(before?.fnmr ?? 1);
          expect(row.fnir ?? 1).toBeGreaterThanOrEqual(before?.fnir ?? 1);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("gives the same rates in the sweep and at the thresholds of the policy", () => {
    fc.assert(
      fc.property(observations, (some) => {
        const result = report(some);
        const swept = result.sweep.find((row) => row.threshold === 0.65);
        const exact = result.atThresholds[0];
        for (const rate of ["fmr", "fnmr", "fpir", "fnir"] as const) {
          const value = exact?.[rate].value ?? null;
          if (value === null) expect(swept?.[rate]).toBeNull();
          else expect(swept?.[rate]).toBeCloseTo(value, 12);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("has each face in exactly one band, and survives JSON", () => {
    fc.assert(
      fc.property(observations, (some) => {
        const result = report(some);
        expect(result.heights.reduce((sum, band) => sum + band.n, 0)).toBe(result.faces);
        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      }),
      { numRuns: 40 },
    );
  });
});

test("scores that do not fit the list of enrolled people are refused by the photo's name", () => {
  expect(() => report([face({ scores: [0.1], photo: "odd.jpg" })])).toThrow(AssentError);
  expect(() => report([face({ scores: [0.1], photo: "odd.jpg" })])).toThrow(/odd\.jpg has 1 scores for 2/);
  expect(() => evaluate({ observations: [], enrolled: ["ann", "ann"], thresholds: [] })).toThrow(/twice/);
});

describe("the report as text", () => {
  const text = renderReport(report(SMALL, { groups: new Map([["ann", { gender: "female" }]]) }));

  test("lists each leak and each wrong match by photo, and names no person", () => {
    expect(text).toContain("two.jpg  30 px  missed, VISIBLE");
    expect(text).toContain("wrongly matched: one.jpg, 100 px");
    for (const person of ["ann", "bob", "cleo"]) expect(text).not.toMatch(new RegExp(`\\b${person}\\b`));
  });

  test("says how little so few people prove", () => {
    expect(text).toContain("only 3 people, seen again and again");
    expect(text).toContain("no proof");
    expect(text).toContain("too few people");
  });

  test("never rounds a small rate to nothing, or a nearly full one to all", () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      face({ person: `p${i % 60}`, scores: [0, 0], hiddenByDefault: i !== 0 }),
    );
    expect(renderReport(report(many))).toContain("99.97 %");
  });
});
