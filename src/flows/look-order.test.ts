import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coarseToFine, createLookOrder, type Placed } from "./look-order.ts";

const NOON = Date.UTC(2026, 5, 1, 12);
const MINUTE = 60_000;

/** One photo a minute from noon on. */
function photosOf(count: number): Placed[] {
  return Array.from({ length: count }, (_, n) => ({ id: String(n), taken_at: new Date(NOON + n * MINUTE) }));
}

/** Takes photos until none is wanted, or as many as asked. */
function taken(order: ReturnType<typeof createLookOrder>, wanted: Set<string>, most = Infinity): string[] {
  const ids: string[] = [];
  while (ids.length < most) {
    const photo = order.next((id) => wanted.has(id));
    if (!photo) break;
    wanted.delete(photo.id);
    ids.push(photo.id);
  }
  return ids;
}

describe("the order in which photos are looked through", () => {
  test("every photo comes once, whatever was found and whoever came meanwhile", () => {
    const hints = fc.array(fc.record({ after: fc.nat(200), at: fc.nat(200), joined: fc.boolean() }));
    fc.assert(
      fc.property(fc.nat(200), fc.nat(20), hints, (count, late, found) => {
        const photos = photosOf(count + late);
        const order = createLookOrder(photos.slice(0, count));
        const wanted = new Set(photos.map((photo) => photo.id));
        const seen: string[] = [];
        for (let n = 0; n <= 220; n++) {
          if (n === 3) order.add(photos);
          for (const hint of found.filter((one) => one.after === n)) {
            if (hint.joined) order.wasThere(new Date(NOON + hint.at * MINUTE));
            else order.foundIn(String(hint.at));
          }
          seen.push(...taken(order, wanted, 1));
        }
        expect(seen.toSorted()).toEqual(photos.map((photo) => photo.id).toSorted());
      }),
    );
  });

  test("the first of them are spread over the whole time", () => {
    const order = createLookOrder(photosOf(100));
    const first = taken(order, new Set(photosOf(100).map((photo) => photo.id)), 16).map(Number);
    const sorted = first.toSorted((a, b) => a - b);
    const gaps = sorted.map((place, i) => (sorted[i + 1] ?? 100) - place);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(8);
  });

  test("around the photo in which somebody was found it is looked soon, and elsewhere as well", () => {
    const order = createLookOrder(photosOf(1000));
    order.foundIn("500");
    const next = taken(order, new Set(photosOf(1000).map((photo) => photo.id)), 8).map(Number);
    expect(next.filter((place) => Math.abs(place - 500) <= 2).length).toBeGreaterThanOrEqual(3);
    expect(next.filter((place) => Math.abs(place - 500) > 100).length).toBeGreaterThanOrEqual(3);
  });

  test("who joins while the photos are taken is looked for at that time first", () => {
    const wanted = new Set(photosOf(1000).map((photo) => photo.id));
    const order = createLookOrder(photosOf(1000));
    order.wasThere(new Date(NOON + 700 * MINUTE));
    expect(Number(taken(order, wanted, 1)[0])).toBe(700);
  });

  test("who joins the day after is looked for everywhere alike", () => {
    const all = (): Set<string> => new Set(photosOf(50).map((photo) => photo.id));
    const order = createLookOrder(photosOf(50));
    order.wasThere(new Date(NOON + 3000 * MINUTE));
    expect(taken(order, all())).toEqual(taken(createLookOrder(photosOf(50)), all()));
  });

  test("from coarse to fine: each place once", () => {
    expect(coarseToFine(0)).toEqual([]);
    expect(coarseToFine(1)).toEqual([0]);
    expect(coarseToFine(5)).toEqual([0, 4, 2, 1, 3]);
  });

  test("somebody in a burst of ten photos among 2,000 is found in all of them long before half was looked through", () => {
    for (const start of [3, 411, 1202, 1985]) {
      const burst = new Set(Array.from({ length: 10 }, (_, n) => String(start + n)));
      const order = createLookOrder(photosOf(2000));
      const wanted = new Set(photosOf(2000).map((photo) => photo.id));
      let looked = 0;
      while (burst.size > 0) {
        const [id = ""] = taken(order, wanted, 1);
        looked++;
        if (burst.delete(id)) order.foundIn(id);
      }
      expect(looked).toBeLessThan(600);
    }
  });
});
