import { compileMessage } from "@lingui/message-utils/compileMessage";
import { describe, expect, test } from "vitest";
import { en } from "./en.ts";
import { fr } from "./fr.ts";

/** The names of the values that a message takes: `[name]` or `[name, kind, forms]` among the compiled parts. */
function valuesOf(message: string): readonly string[] {
  const names = new Set<string>();
  const readParts = (parts: unknown): void => {
    if (!Array.isArray(parts)) return;
    for (const part of parts) {
      if (!Array.isArray(part)) continue;
      names.add(String(part[0]));
      if (typeof part[2] === "object" && part[2] !== null) Object.values(part[2]).forEach(readParts);
    }
  };
  readParts(compileMessage(message));
  return [...names].sort();
}

describe("the words of the staff's pages", () => {
  test("are there in both languages, in the same order of keys", () => {
    expect(Object.keys(en).toSorted()).toEqual(Object.keys(fr).toSorted());
    for (const text of [...Object.values(fr), ...Object.values(en)]) expect(text.trim()).not.toBe("");
  });

  test("are printed with curved apostrophes", () => {
    expect(Object.values(en).filter((text) => text.includes("'"))).toEqual([]);
  });

  test.each(Object.keys(fr) as (keyof typeof fr)[])("%s takes the same values in both", (key) => {
    expect(valuesOf(en[key])).toEqual(valuesOf(fr[key]));
  });

  /** Whoever speaks to a browser says what they see (WCAG 2.2, 2.5.3). A section's name is no button's. */
  test.each([
    ["English", en],
    ["French", fr],
  ])(
    "a button's longer name holds what stands on it, in %s",
    (_, catalogue: Readonly<Record<string, string>>) => {
      const pairs = Object.entries(catalogue).flatMap(([key, name]) => {
        const seen =
          key.endsWith("-of") && key !== "webhooks.log-of" ? catalogue[key.slice(0, -3)] : undefined;
        return seen === undefined ? [] : [{ seen, name }];
      });
      expect(pairs.length).toBeGreaterThan(10);
      expect(pairs.filter(({ seen, name }) => !name.toLowerCase().includes(seen.toLowerCase()))).toEqual([]);
    },
  );

  test("name the values that they take", () => {
    expect(valuesOf(fr["desk.today"])).toEqual(["limit", "today"]);
    expect(valuesOf(fr["publish.sentence"])).toEqual([
      "channel",
      "hidden",
      "photos",
      "ready",
      "shown",
      "waiting",
    ]);
    expect(valuesOf(fr.loading)).toEqual([]);
  });
});
