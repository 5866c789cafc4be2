import { expect, test } from "vitest";
import { csv } from "./csv.ts";

test("quotes what would end a cell, and lets no name be a formula", () => {
  const rows = [
    ["person", "photos"],
    ['Lou "L", Exemple', 3],
    ["=1+1", -1],
    ["two\nlines", 0],
  ];
  expect(csv(rows)).toBe('\uFEFFperson,photos\r\n"Lou ""L"", Exemple",3\r\n\'=1+1,-1\r\n"two\nlines",0\r\n');
});
