import { describe, expect, test } from "vitest";
import type { PersonPhoto } from "../../../src/http/contract/person.ts";
import { withPhoto } from "./photos.ts";

const photo = (id: string, takenAt: string | null, state: PersonPhoto["state"] = "matched"): PersonPhoto => ({
  id,
  face: `face of ${id}`,
  collection: "c",
  width: 3,
  height: 2,
  takenAt,
  state,
  box: [0, 0, 1, 1],
});

describe("photos as they arrive", () => {
  test("stand in the order they were taken, those without a time last", () => {
    const found = [photo("b", "2026-06-20T15:00:00Z"), photo("x", null), photo("a", "2026-06-20T14:00:00Z")];
    let photos: readonly PersonPhoto[] = [];
    for (const one of found) photos = withPhoto(photos, one);
    expect(photos.map((one) => one.id)).toEqual(["a", "b", "x"]);
  });

  test("told twice, stand once, as the later news has it", () => {
    const photos = withPhoto([photo("a", null, "asked")], photo("a", null, "confirmed"));
    expect(photos.map((one) => one.state)).toEqual(["confirmed"]);
  });
});
