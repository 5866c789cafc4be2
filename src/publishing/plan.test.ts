import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expand, type Box } from "../core/index.ts";
import { radius } from "./head-shape.ts";
import { plan, type Plan, type PlanFace, type PlanInput, type Reveal } from "./plan.ts";

const size = { width: 2000, height: 1400 };

function face(id: string, box: Box, more: Partial<PlanFace> = {}): PlanFace {
  return { id, box, landmarks: null, detection: "certain", person: `person-${id}`, ...more };
}

function revealing(...ids: readonly string[]): ReadonlyMap<string, Reveal> {
  return new Map(ids.map((id) => [id, { person: `person-${id}`, consent: `consent-${id}` }]));
}

const shownIds = (made: Plan): readonly string[] => made.shown.map(({ face }) => face);
const hiddenIds = (made: Plan): readonly (string | null)[] => made.hidden.map(({ face }) => face).sort();
const at = (x: number, y: number, side = 100): Box => ({ x, y, w: side, h: side });

describe("the plan of a rendition", () => {
  test("with no reveal every face is hidden", () => {
    const made = plan({
      size,
      faces: [face("a", at(100, 100)), face("b", at(800, 100))],
      reveals: new Map(),
    });
    expect(made.shown).toEqual([]);
    expect(hiddenIds(made)).toEqual(["a", "b"]);
  });

  test("a reveal shows its own face, and names person and consent", () => {
    const made = plan({
      size,
      faces: [face("a", at(100, 100)), face("b", at(800, 100))],
      reveals: revealing("b"),
    });
    expect(made.shown).toEqual([{ face: "b", box: at(800, 100), person: "person-b", consent: "consent-b" }]);
    expect(hiddenIds(made)).toEqual(["a"]);
  });

  test("a face seen doubtfully is hidden in spite of a reveal; one marked by hand may be shown", () => {
    const faces = [
      face("a", at(100, 100), { detection: "doubtful" }),
      face("b", at(800, 100), { detection: "marked" }),
    ];
    const made = plan({ size, faces, reveals: revealing("a", "b") });
    expect(shownIds(made)).toEqual(["b"]);
    expect(hiddenIds(made)).toEqual(["a"]);
  });

  test("a reveal for somebody else than the face's person does not show it", () => {
    const faces = [
      face("a", at(100, 100), { person: "person-z" }),
      face("b", at(800, 100), { person: null }),
    ];
    expect(shownIds(plan({ size, faces, reveals: revealing("a", "b") }))).toEqual([]);
  });

  test("a shown face whose middle lies under a hidden head is hidden with a shape of its own", () => {
    const made = plan({
      size,
      faces: [face("a", at(100, 100)), face("b", at(170, 100))],
      reveals: revealing("b"),
    });
    expect(shownIds(made)).toEqual([]);
    expect(hiddenIds(made)).toEqual(["a", "b"]);
  });

  test("a shown face that a hidden head merely touches stays shown, under the hidden shape drawn whole", () => {
    const faces = [face("a", at(100, 100)), face("b", at(215, 100))];
    const made = plan({ size, faces, reveals: revealing("b") });
    expect(shownIds(made)).toEqual(["b"]);
    const alone = plan({ size, faces: faces.slice(0, 1), reveals: new Map() });
    expect(made.hidden).toEqual(alone.hidden);
    expect(radius(made.hidden[0]!.shape, { x: 216, y: 150 })).toBeLessThan(1);
  });

  test("hiding spreads along a row of shown faces as far as each covers the next, and no further", () => {
    const faces = [
      face("a", at(0, 100)),
      face("b", at(70, 100)),
      face("c", at(140, 100)),
      face("d", at(210, 100)),
      face("e", at(700, 100)),
    ];
    const made = plan({ size, faces, reveals: revealing("b", "c", "d", "e") });
    expect(hiddenIds(made)).toEqual(["a", "b", "c", "d"]);
    expect(shownIds(made)).toEqual(["e"]);
  });

  test("several hidden heads that each cover a little of a face together hide it", () => {
    const middle = face("m", at(500, 500));
    const around = [face("l", at(386, 500)), face("r", at(614, 500))];
    const one = plan({ size, faces: [middle, around[0]!], reveals: revealing("m") });
    expect(shownIds(one)).toEqual(["m"]);
    const both = plan({ size, faces: [middle, ...around], reveals: revealing("m") });
    expect(shownIds(both)).toEqual([]);
  });

  test("a place marked by a person is hidden, and hides the shown face in it", () => {
    const input: PlanInput = {
      size,
      faces: [face("a", at(100, 100)), face("b", at(800, 100))],
      reveals: revealing("a", "b"),
    };
    const made = plan({ ...input, hideMore: [at(110, 90)] });
    expect(shownIds(made)).toEqual(["b"]);
    expect(hiddenIds(made)).toEqual(["a", null].sort());
  });

  const anyPlan = fc
    .array(
      fc.record({
        x: fc.integer({ min: -50, max: 600 }),
        y: fc.integer({ min: -50, max: 400 }),
        side: fc.integer({ min: 0, max: 200 }),
        detection: fc.constantFrom("certain" as const, "doubtful" as const, "marked" as const),
        agreed: fc.boolean(),
      }),
      { maxLength: 12 },
    )
    .map((heads) => ({
      size,
      faces: heads.map(({ x, y, side, detection }, index) =>
        face(`f${index}`, at(x, y, side), { detection }),
      ),
      reveals: revealing(...heads.flatMap(({ agreed }, index) => (agreed ? [`f${index}`] : []))),
    }));

  test("every face is either shown or hidden, only revealed ones are shown, and no shown middle is covered", () => {
    fc.assert(
      fc.property(anyPlan, (input) => {
        const made = plan(input);
        expect([...shownIds(made), ...hiddenIds(made)].sort()).toEqual(
          input.faces.map(({ id }) => id).sort(),
        );
        for (const shown of made.shown) {
          expect(input.reveals.has(shown.face)).toBe(true);
          expect(input.faces.find(({ id }) => id === shown.face)?.detection).not.toBe("doubtful");
          const middle = { x: shown.box.x + shown.box.w / 2, y: shown.box.y + shown.box.h / 2 };
          for (const { shape } of made.hidden) expect(radius(shape, middle)).toBeGreaterThan(1);
        }
        for (const { box, shape } of made.hidden) {
          const core = expand(box, 1.3);
          expect(radius(shape, { x: core.x, y: core.y })).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("the order in which faces are given changes nothing, digest included", () => {
    fc.assert(
      fc.property(anyPlan, fc.integer(), (input, seed) => {
        const key = (id: string): number => Math.imul(seed + Number(id.slice(1)) + 1, 2654435761) >>> 0;
        const shuffled = [...input.faces].sort((a, b) => key(a.id) - key(b.id));
        expect(plan({ ...input, faces: shuffled })).toEqual(plan(input));
      }),
    );
  });

  test("the digest changes with whatever changes the picture or its grounds", () => {
    const input: PlanInput = {
      size,
      faces: [face("a", at(100, 100)), face("b", at(800, 100))],
      reveals: revealing("b"),
    };
    const others: readonly PlanInput[] = [
      { ...input, reveals: new Map() },
      { ...input, reveals: new Map([["b", { person: "person-b", consent: "another" }]]) },
      { ...input, hideMore: [at(300, 300)] },
      { ...input, faces: [face("a", at(101, 100)), face("b", at(800, 100))] },
      { ...input, size: { width: 2001, height: 1400 } },
    ];
    const digests = [input, ...others].map((each) => plan(each).digest);
    expect(new Set(digests).size).toBe(digests.length);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});
