import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endOfDay } from "./clock.ts";

describe("the end of a day", () => {
  test("is the first moment of the next, in UTC", () => {
    expect(endOfDay("2026-11-22")).toEqual(new Date("2026-11-23T00:00:00Z"));
    expect(endOfDay("2026-12-31")).toEqual(new Date("2027-01-01T00:00:00Z"));
    expect(endOfDay("2028-02-29")).toEqual(new Date("2028-03-01T00:00:00Z"));
  });

  test.each([
    "2026-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-04-31",
    "26-04-30",
    "2026-4-3",
    "2026-04-30T00:00:00Z",
    " 2026-04-30",
    "30.04.2026",
    "",
    "tomorrow",
  ])("is unknown for %j, which is no date", (text) => {
    expect(endOfDay(text)).toBeUndefined();
  });

  test("lies 1 to 24 hours after every moment of that day", () => {
    const moments = fc.date({
      min: new Date("1970-01-01T00:00:00Z"),
      max: new Date("2199-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        const end = endOfDay(moment.toISOString().slice(0, 10));
        const after = (end?.getTime() ?? 0) - moment.getTime();
        expect(after).toBeGreaterThan(0);
        expect(after).toBeLessThanOrEqual(86_400_000);
      }),
    );
  });
});
