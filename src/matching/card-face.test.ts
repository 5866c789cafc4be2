import { describe, expect, test } from "vitest";
import type { Box, Id } from "../core/index.ts";
import { facesByCards, seriesOf, type CardFace, type CodePlace, type SeriesPhoto } from "./card-face.ts";

/** A face of 200 pixels height around the point. */
function face(
  id: string,
  x: number,
  y = 300,
  h = 200,
  detection: CardFace["detection"] = "certain",
): CardFace {
  return { id, box: { x: x - 0.4 * h, y: y - h / 2, w: 0.8 * h, h }, detection };
}

function at(x: number, y: number, side = 40): Box {
  return { x: x - side / 2, y: y - side / 2, w: side, h: side };
}

function card(id: Id | null, box: Box): CodePlace {
  return { kind: "tag", card: id, box };
}

function standing(codes: readonly CodePlace[], faces: readonly CardFace[]): readonly string[] {
  return facesByCards(codes, faces).map((one) => one.face ?? one.standing);
}

describe("a card held up", () => {
  const ann = face("ann", 500);

  test("before the chest, beside the chin, low or turned a little is its holder's", () => {
    const places = [at(500, 600), at(640, 330), at(500, 960), at(420, 500, 100), at(500, 620, 22)];
    for (const place of places) expect(standing([card("a", place)], [ann])).toEqual(["ann"]);
  });

  test("by nobody, above a head or beyond an arm's reach is nobody's", () => {
    for (const place of [at(500, 120), at(900, 600), at(500, 1100)]) {
      expect(standing([card("a", place)], [ann])).toEqual(["no-face"]);
    }
    expect(standing([card("a", at(500, 600))], [])).toEqual(["no-face"]);
    expect(standing([card("a", at(500, 600))], [face("shadow", 500, 300, 200, "doubtful")])).toEqual([
      "no-face",
    ]);
  });

  test("near the camera with somebody far behind it, or far behind a head, is nobody's", () => {
    expect(standing([card("a", at(500, 600, 160))], [ann])).toEqual(["out-of-scale"]);
    expect(standing([card("a", at(500, 600, 15))], [ann])).toEqual(["out-of-scale"]);
  });

  test("by two people is left to staff, unless one of them is by far the nearer", () => {
    const beside = face("ben", 720);
    expect(standing([card("a", at(600, 560))], [ann, beside])).toEqual(["several-faces"]);
    expect(standing([card("a", at(500, 420))], [ann, beside])).toEqual(["ann"]);
    // A head in the crowd behind is too small to hold that card.
    expect(standing([card("a", at(500, 600, 60))], [ann, face("far", 510, 520, 60)])).toEqual(["ann"]);
  });

  test("each in a row has their own", () => {
    const row = [face("ann", 300), face("ben", 700), face("eve", 1100)];
    const codes = [card("a", at(300, 560)), card("b", at(700, 570)), card("e", at(1100, 550))];
    expect(standing(codes, row)).toEqual(["ann", "ben", "eve"]);
  });

  test("with another by the same face, or seen twice, says nothing at all", () => {
    expect(standing([card("a", at(460, 560)), card("b", at(540, 560))], [ann])).toEqual([
      "several-cards",
      "several-cards",
    ]);
    const copied = [card("a", at(500, 560)), card("a", at(1100, 560))];
    expect(standing(copied, [ann, face("eve", 1100)])).toEqual(["several-cards", "several-cards"]);
    // Another collection's card puts it in doubt as well; the secret half of an unfolded one does not.
    expect(standing([card("a", at(460, 560)), card(null, at(540, 560))], [ann])).toEqual([
      "several-cards",
      "no-card",
    ]);
    const unfolded = [card("a", at(500, 560)), { kind: "secret", card: null, box: at(500, 640) } as const];
    expect(standing(unfolded, [ann])).toEqual(["ann", "secret"]);
  });
});

describe("a series", () => {
  const minute = (n: number): Date => new Date(Date.UTC(2026, 4, 1, 10, n));
  const plain = (id: string, n: number, faces = 1): SeriesPhoto => ({
    id,
    takenAt: minute(n),
    codes: 0,
    faces,
    face: faces === 1 ? `face of ${id}` : null,
    start: null,
  });
  const portrait = (person: string, n: number, minutes = 5): SeriesPhoto => ({
    ...plain(`card of ${person}`, n),
    codes: 1,
    start: { person, minutes },
  });
  const asked = (photos: readonly SeriesPhoto[]) =>
    seriesOf(photos).map(({ face, person }) => `${person}: ${face}`);

  test("asks about the photos with one face after a portrait with a card, until the next card", () => {
    expect(
      asked([
        plain("before", 0),
        portrait("ann", 1),
        plain("one", 2),
        plain("two", 3, 2),
        plain("none", 3, 0),
        portrait("ben", 4),
        plain("four", 5),
      ]),
    ).toEqual(["ann: face of one", "ben: face of four"]);
  });

  test("ends with its time, and does not begin again", () => {
    expect(asked([portrait("ann", 1), plain("last", 6), plain("late", 7), plain("later", 8)])).toEqual([
      "ann: face of last",
    ]);
  });

  test("ends with any code, whosever it is", () => {
    const unclear = { ...plain("unclear", 2), codes: 1 };
    expect(asked([portrait("ann", 1), unclear, plain("three", 3)])).toEqual([]);
  });
});
