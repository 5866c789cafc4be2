import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AssentError, type ErrorCode } from "../core/index.ts";
import { encodeJpeg, readFullPicture, readPicture, type Pixels } from "./index.ts";

const WIDTH = 96;
const HEIGHT = 64;
const RED = [224, 32, 32];
const GREEN = [32, 192, 32];
const BLUE = [32, 32, 224];
const YELLOW = [224, 224, 32];

/** Four coloured rectangles: red, green above; blue, yellow below. */
function corners(): Sharp {
  const data = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const [left, right] = y < HEIGHT / 2 ? [RED, GREEN] : [BLUE, YELLOW];
      data.set(x < WIDTH / 2 ? left : right, (y * WIDTH + x) * 3);
    }
  }
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

/** Colours near the four corners: top left, top right, bottom left, bottom right. */
function cornersOf({ data, width, height }: Pixels): number[][] {
  const at = (x: number, y: number): number[] => [
    ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
  ];
  return [at(6, 6), at(width - 7, 6), at(6, height - 7), at(width - 7, height - 7)];
}

function expectCorners(pixels: Pixels, tolerance: number): void {
  for (const [n, expected] of [RED, GREEN, BLUE, YELLOW].entries()) {
    for (const [channel, value] of expected.entries()) {
      const found = cornersOf(pixels)[n]?.[channel] ?? -1;
      expect(Math.abs(found - value), `corner ${n}, channel ${channel}: ${found}`).toBeLessThanOrEqual(
        tolerance,
      );
    }
  }
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-pictures-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function refusal(path: string): Promise<ErrorCode> {
  const error: unknown = await readPicture(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AssentError)) throw new Error(`not refused as expected: ${String(error)}`);
  expect(error.remedy).toBeTruthy();
  return error.code;
}

const HEIC = new URL("fixtures/corners.heic", import.meta.url);

describe("formats", () => {
  test.each([
    ["image/jpeg", (image: Sharp) => image.jpeg({ quality: 95 })],
    ["image/png", (image: Sharp) => image.png()],
    ["image/webp", (image: Sharp) => image.webp({ quality: 95 })],
    ["image/avif", (image: Sharp) => image.avif({ quality: 90 })],
    ["image/tiff", (image: Sharp) => image.tiff()],
  ] as const)("%s is decoded", async (mediaType, write) => {
    const path = await file("plain", await write(corners()).toBuffer());
    const read = await readPicture(path);
    expect(read.mediaType).toBe(mediaType);
    expect(read.size).toEqual({ width: WIDTH, height: HEIGHT });
    expectCorners(read.pixels, 8);
  });

  test("HEIC is decoded and its Display P3 colours become sRGB", async () => {
    const read = await readPicture(HEIC.pathname);
    expect(read.mediaType).toBe("image/heic");
    expect(read.size).toEqual({ width: WIDTH, height: HEIGHT });
    expectCorners(read.pixels, 10);
    const full = await readFullPicture(HEIC.pathname);
    expect(full.profile?.length).toBeGreaterThan(100);
    // In P3 coordinates the same red has less red and more green than in sRGB.
    expect(cornersOf(full.pixels)[0]?.[0]).toBeLessThan(214);
    expect(cornersOf(full.pixels)[0]?.[1]).toBeGreaterThan(42);
  });

  test("grey, CMYK, 16 bit, palette and transparency all come as 8 bit RGB", async () => {
    const grey = await readPicture(await file("grey", await corners().greyscale().jpeg().toBuffer()));
    expect(grey.pixels.data.length).toBe(WIDTH * HEIGHT * 3);
    const cmyk = await readPicture(
      await file("cmyk", await corners().toColourspace("cmyk").tiff().toBuffer()),
    );
    expectCorners(cmyk.pixels, 90);
    expect((await readFullPicture(join(folder, "cmyk"))).profile).toBeNull();
    const deep = await readPicture(
      await file("deep", await corners().toColourspace("rgb16").png().toBuffer()),
    );
    expectCorners(deep.pixels, 1);
    const palette = await readPicture(
      await file("palette", await corners().png({ palette: true }).toBuffer()),
    );
    expectCorners(palette.pixels, 4);
    const clear = {
      create: { width: 8, height: 8, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } },
    } as const;
    const alpha = await readPicture(await file("alpha", await sharp(clear).png().toBuffer()));
    expect([...alpha.pixels.data.subarray(0, 3)]).toEqual([255, 255, 255]);
  });
});

describe("orientation", () => {
  /** What must be done to the upright picture before it is stored, so that each EXIF value turns it upright again. */
  const stored: Record<number, (image: Sharp) => Sharp> = {
    1: (image) => image,
    2: (image) => image.flop(),
    3: (image) => image.rotate(180),
    4: (image) => image.flip(),
    5: (image) => image.rotate(90).flop(),
    6: (image) => image.rotate(270),
    7: (image) => image.rotate(270).flop(),
    8: (image) => image.rotate(90),
  };
  const turned = async (orientation: number): Promise<Sharp> => {
    // sharp orders operations itself, so each is written out before the next.
    let image = corners();
    for (const step of orientation === 5
      ? [stored[8], stored[2]]
      : orientation === 7
        ? [stored[6], stored[2]]
        : [stored[orientation]]) {
      image = sharp(await (step?.(image) ?? image).png().toBuffer());
    }
    return image.withMetadata({ orientation });
  };

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "EXIF value %i is honoured, at full size and reduced",
    async (orientation) => {
      const path = await file(
        `o${orientation}`,
        await (await turned(orientation)).jpeg({ quality: 95 }).toBuffer(),
      );
      const whole = await readPicture(path);
      expect(whole.size).toEqual({ width: WIDTH, height: HEIGHT });
      expectCorners(whole.pixels, 8);
      const reduced = await readPicture(path, { maxEdge: 48 });
      expect(reduced.size).toEqual({ width: WIDTH, height: HEIGHT });
      expect([reduced.pixels.width, reduced.pixels.height]).toEqual([48, 32]);
      expectCorners(reduced.pixels, 30);
      expectCorners((await readFullPicture(path)).pixels, 8);
    },
  );

  test.each([
    ["irot", 1, [1, 3, 0, 2]],
    ["irot", 2, [3, 2, 1, 0]],
    ["irot", 3, [2, 0, 3, 1]],
    ["imir", 0, [2, 3, 0, 1]],
    ["imir", 1, [1, 0, 3, 2]],
  ] as const)("HEIC's own %s %i is honoured", async (property, value, order) => {
    const bytes = await readFile(HEIC);
    // The property that states bits per channel has the room of a turn or a mirror, and decoding does not need it.
    const at = bytes.indexOf("pixi");
    bytes.write(property, at, "latin1");
    bytes[at + 4] = value;
    const plain = cornersOf((await readPicture(HEIC.pathname)).pixels);
    const { pixels, size } = await readPicture(await file("turned.heic", bytes));
    expect(size).toEqual(
      property === "irot" && value !== 2
        ? { width: HEIGHT, height: WIDTH }
        : { width: WIDTH, height: HEIGHT },
    );
    expect(cornersOf(pixels)).toEqual(order.map((corner) => plain[corner]));
  });
});

describe("what is refused", () => {
  test.each([
    ["JPEG", (image: Sharp) => image.jpeg()],
    ["progressive JPEG", (image: Sharp) => image.jpeg({ progressive: true })],
    ["PNG", (image: Sharp) => image.png()],
    ["WebP", (image: Sharp) => image.webp()],
    ["AVIF", (image: Sharp) => image.avif()],
    ["TIFF", (image: Sharp) => image.tiff()],
  ] as const)("half a %s", async (name, write) => {
    const bytes = await write(corners()).toBuffer();
    expect(await refusal(await file(`half ${name}`, bytes.subarray(0, bytes.length / 2)))).toBe(
      "unreadable-picture",
    );
  });

  test("half a HEIC", async () => {
    const bytes = await readFile(HEIC);
    expect(await refusal(await file("half.heic", bytes.subarray(0, bytes.length - 100)))).toBe(
      "unreadable-picture",
    );
  });

  test("SVG, GIF, text and nothing at all, whatever they are called", async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    expect(await refusal(await file("a.jpg", svg))).toBe("unsupported-picture");
    expect(await refusal(await file("b.jpg", await corners().gif().toBuffer()))).toBe("unsupported-picture");
    expect(await refusal(await file("c.jpg", Buffer.from("no picture")))).toBe("unsupported-picture");
    expect(await refusal(await file("d.jpg", Buffer.alloc(0)))).toBe("unsupported-picture");
  });

  test("a file whose beginning is of one format and whose rest is of another", async () => {
    const png = await corners().png().toBuffer();
    png.set([0xff, 0xd8, 0xff], 0);
    expect(await refusal(await file("polyglot", png))).toBe("unreadable-picture");
  });

  test("a picture that declares more pixels than the limit, before any is decoded", async () => {
    const png = await corners().png().toBuffer();
    png.writeUInt32BE(60_000, 16);
    png.writeUInt32BE(60_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    expect(await refusal(await file("bomb", png))).toBe("unsupported-picture");
  });

  test("bytes in disorder never do worse than a refusal", async () => {
    const originals = await Promise.all([
      corners().jpeg().toBuffer(),
      corners().png().toBuffer(),
      corners().webp().toBuffer(),
      corners().tiff().toBuffer(),
      readFile(HEIC),
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
          minLength: 1,
          maxLength: 20,
        }),
        async (original, changes) => {
          const bytes = Buffer.from(original);
          for (const [where, value] of changes) bytes[Math.floor(where * bytes.length)] = value;
          const path = await file("disorder", bytes);
          await readPicture(path).catch((error: unknown) => {
            if (!(error instanceof AssentError)) throw error;
            expect(["unreadable-picture", "unsupported-picture"]).toContain(error.code);
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("what is taken although it is odd", () => {
  test("stray bytes between the markers and after the end of a whole JPEG", async () => {
    const jpeg = await corners().jpeg({ quality: 95 }).toBuffer();
    const first = 4 + jpeg.readUInt16BE(4);
    const odd = Buffer.concat([
      jpeg.subarray(0, first),
      Buffer.from([0, 0]),
      jpeg.subarray(first),
      Buffer.alloc(500),
    ]);
    expectCorners((await readPicture(await file("odd", odd))).pixels, 8);
  });
});

test("bytes in memory are read by the same rules as a file, and left as they are", async () => {
  const jpeg = await corners().jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer();
  const before = Buffer.from(jpeg);
  expectCorners((await readPicture(jpeg)).pixels, 8);
  expect(jpeg.equals(before)).toBe(true);
  for (const [bytes, code] of [
    [jpeg.subarray(0, jpeg.length >> 1), "unreadable-picture"],
    [Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "unsupported-picture"],
    [Buffer.alloc(0), "unsupported-picture"],
  ] as const) {
    await expect(readPicture(bytes)).rejects.toMatchObject({ code });
  }
});

test("the time of the shot is read from EXIF", async () => {
  const exif = { IFD2: { DateTimeOriginal: "2024:05:01 12:30:00", OffsetTimeOriginal: "+02:00" } };
  const path = await file("time", await corners().withExif(exif).jpeg().toBuffer());
  expect((await readPicture(path)).takenAt).toBe("2024-05-01T12:30:00+02:00");
  expect((await readPicture(await file("timeless", await corners().jpeg().toBuffer()))).takenAt).toBeNull();
});

test("a rendition keeps the colour profile and no other metadata", async () => {
  const source = await corners()
    .withIccProfile("p3")
    .withExif({ IFD0: { ImageDescription: "somebody" } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const full = await readFullPicture(await file("p3", source));
  const original = await sharp(source, { ignoreIcc: true }).raw().toBuffer();
  expect(Buffer.compare(Buffer.from(full.pixels.data), original)).toBe(0);
  const rendition = await encodeJpeg(full.pixels, full.profile, 95);
  const about = await sharp(rendition).metadata();
  expect(about.icc?.equals(full.profile ?? Buffer.alloc(0))).toBe(true);
  expect(about.exif).toBeUndefined();
  expect(rendition.includes("somebody")).toBe(false);
  expectCorners((await readPicture(await file("again", rendition))).pixels, 8);
});
