import { toBuffer as qrPng } from "qrcode";
import sharp from "sharp";
import { expect, test } from "vitest";
import { cardPhoto } from "../../test/support/cards.ts";
import { tagText } from "../core/index.ts";
import { readCodes, readPicture } from "./index.ts";

const CODE = "7XK20M9QZZ";

test("a card is read where it is in the photo, and which camera took it is told from others", async () => {
  const photo = await cardPhoto({
    people: [{ head: "ann", at: [400, 100] }],
    codes: [{ text: tagText(CODE), at: [500, 600], side: 132 }],
    camera: "0123456",
    takenAt: "2026:05:01 10:00:00",
  });
  const { pixels, camera, takenAt } = await readPicture(photo);
  const [seen, ...more] = await readCodes(pixels);
  expect(more).toEqual([]);
  expect(seen).toMatchObject({ kind: "tag", code: CODE });
  // The code is the card without its white margin of 4 of 33 parts.
  expect(seen?.box.x).toBeCloseTo(516, -1);
  expect(seen?.box.w).toBeCloseTo(100, -1);
  expect(takenAt).toBe("2026-05-01T10:00:00");
  expect(camera).toMatch(/^[0-9a-f]{16}$/);
  const other = await readPicture(await cardPhoto({ people: [], camera: "0123457" }));
  expect(other.camera).not.toBe(camera);
  expect((await readPicture(await cardPhoto({ people: [] }))).camera).toBeNull();
});

test("a turned card is read, and of other codes nothing leaves but the place of a link that joins", async () => {
  const texts = [
    tagText(CODE),
    "https://photos.example/join#AAAAAAAAAAAAAAAAAAAAAA",
    "https://elsewhere.example/somebody",
    `${tagText(CODE)}1`,
  ];
  const codes = await Promise.all(
    texts.map(async (text, i) => ({
      input: await sharp(await qrPng(text, { errorCorrectionLevel: "Q", scale: 5 }))
        .rotate(25, { background: "#ffffff" })
        .png()
        .toBuffer(),
      left: 20 + i * 290,
      top: 60,
    })),
  );
  const photo = await sharp({ create: { width: 1200, height: 400, channels: 3, background: "#b0b0b0" } })
    .composite(codes)
    .jpeg()
    .toBuffer();
  const seen = await readCodes((await readPicture(photo)).pixels);
  const known = seen.toSorted((a, b) => a.box.x - b.box.x).map(({ box: _, ...rest }) => rest);
  expect(known).toEqual([{ kind: "tag", code: CODE }, { kind: "secret" }]);
});
