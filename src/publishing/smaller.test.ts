import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { smaller } from "./smaller.ts";

const rendition = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 40, b: 40 } } }).withIccProfile(
    "p3",
  );

describe("a smaller rendition", () => {
  test("keeps shape, colours and profile, and is never larger than what it came from", async () => {
    const full = await rendition(2048, 1024).jpeg().toBuffer();
    const small = await smaller(full, 640);
    const about = await sharp(small).metadata();
    expect([about.width, about.height]).toEqual([640, 320]);
    expect(about.icc?.equals((await sharp(full).metadata()).icc ?? Buffer.alloc(0))).toBe(true);
    const pixel = async (jpeg: Uint8Array) => [
      ...(await sharp(jpeg, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3),
    ];
    const [before, after] = [await pixel(full), await pixel(small)];
    after.forEach((value, i) => expect(Math.abs(value - (before[i] ?? 0))).toBeLessThan(3));
    const tiny = await smaller(await rendition(30, 20).jpeg().toBuffer(), 640);
    expect((await sharp(tiny).metadata()).width).toBe(30);
  });

  test("carries no metadata over", async () => {
    const full = await rendition(800, 600)
      .withExif({ IFD0: { Copyright: "somebody" } })
      .jpeg()
      .toBuffer();
    expect((await sharp(await smaller(full, 640)).metadata()).exif).toBeUndefined();
  });

  test("of what is no picture is a defect of ours", async () => {
    await expect(smaller(Buffer.from("no picture"), 640)).rejects.toMatchObject({ code: "internal" });
  });
});
