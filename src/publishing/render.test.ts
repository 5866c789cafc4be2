import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { headShape, radius, type HeadShape } from "./head-shape.ts";
import { foreignContent, jpegLayout } from "./jpeg-segments.ts";
import { createRenderPool, type RenderPool } from "./render.ts";

const WIDTH = 480;
const HEIGHT = 320;
const size = { width: WIDTH, height: HEIGHT };
const box = { x: 180, y: 90, w: 60, h: 72 };
const shape = headShape(box, null);

let pool: RenderPool;
let folder: string;

beforeAll(() => {
  pool = createRenderPool({ processes: 1 });
});
afterAll(() => pool.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-render-"));
  return () => rm(folder, { recursive: true });
});

/** A picture with something to see everywhere: two ramps and a fine chequer. */
function scene(inside?: { shape: HeadShape; add: number }): Buffer {
  const data = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const hidden = inside && radius(inside.shape, { x: x + 0.5, y: y + 0.5 }) <= 1;
      const base = ((x >> 2) + (y >> 2)) % 2 === 0 ? 40 : 0;
      const add = hidden ? inside.add : 0;
      data.set(
        [base + (x * 200) / WIDTH, base + (y * 200) / HEIGHT, 90 + add].map((v) => (v + add) % 256),
        (y * WIDTH + x) * 3,
      );
    }
  }
  return data;
}

const image = (data: Buffer): Sharp => sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

function segment(marker: number, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)),
  );
  const head = Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Buffer.concat([head, body]);
}

/** An EXIF block whose second directory holds a thumbnail: TIFF 6.0 with tags 513 and 514. */
function exifWithThumbnail(thumbnail: Buffer): Buffer {
  const tiff = Buffer.alloc(8 + 6 + 2 + 24 + 4);
  tiff.write("II*\0", 0, "latin1");
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(0, 8);
  tiff.writeUInt32LE(14, 10);
  tiff.writeUInt16LE(2, 14);
  for (const [n, tag, value] of [
    [0, 513, tiff.length],
    [1, 514, thumbnail.length],
  ] as const) {
    tiff.writeUInt16LE(tag, 16 + 12 * n);
    tiff.writeUInt16LE(4, 18 + 12 * n);
    tiff.writeUInt32LE(1, 20 + 12 * n);
    tiff.writeUInt32LE(value, 24 + 12 * n);
  }
  return Buffer.concat([tiff, thumbnail]);
}

const JFIF = (thumbnail: readonly number[]): Buffer =>
  segment(0xe0, "JFIF\0\x01\x02\0\0\x01\0\x01", Uint8Array.from(thumbnail));

/** Everything that has been seen to carry a face, a name or a place beside the pixels, by the name of its place. */
async function smuggled(): Promise<Record<string, Buffer>> {
  const small = await image(scene()).resize(48).jpeg().toBuffer();
  return {
    "JFIF thumbnail": JFIF([1, 1, 67, 65, 78]),
    "JFXX thumbnail": segment(0xe0, "JFXX\0\x10", small),
    "EXIF with thumbnail": segment(0xe1, "Exif\0\0", exifWithThumbnail(small), "CANARY-THUMBNAIL"),
    XMP: segment(0xe1, "http://ns.adobe.com/xap/1.0/\0", "<x:xmpmeta>CANARY-XMP</x:xmpmeta>"),
    MPF: segment(0xe2, "MPF\0II*\0CANARY-MPF"),
    "maker's APP5": segment(0xe5, "CANARY-MAKER"),
    "C2PA in APP11": segment(0xeb, "JP\0\0CANARY-C2PA"),
    IPTC: segment(0xed, "Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0f\x1c\x02\x50\0\x0aCANARY-IPTC"),
    comment: segment(0xfe, "CANARY-COMMENT"),
  };
}

const withSegments = (jpeg: Buffer, segments: readonly Buffer[]): Buffer =>
  Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);

describe("what a rendition file holds", () => {
  test("of an original full of metadata, thumbnails and appended pictures, only pixels and profile remain", async () => {
    const clean = await image(scene())
      .withExif({
        IFD0: { Artist: "CANARY-ARTIST", ImageDescription: "CANARY-DESCRIPTION" },
        IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1", GPSMapDatum: "CANARY-GPS" },
      })
      .withIccProfile("p3")
      .jpeg()
      .toBuffer();
    const original = Buffer.concat([
      withSegments(clean, Object.values(await smuggled())),
      await image(scene()).resize(100).jpeg().toBuffer(),
      Buffer.from("CANARY-TRAILER"),
    ]);
    const planted = original.toString("latin1").match(/CANARY-[A-Z0-9]+/g);
    expect(new Set(planted).size).toBe(11);
    const source = join(folder, "original.jpg");
    const target = join(folder, "rendition.jpg");
    await writeFile(source, original);

    await pool.render({ source, target, size, hidden: [shape] });

    const rendition = await readFile(target);
    expect(rendition.toString("latin1")).not.toContain("CANARY");
    const layout = jpegLayout(rendition);
    expect(layout?.trailing).toBe(0);
    const kinds = layout?.segments.map(({ marker, body }) =>
      marker >= 0xe0 && marker <= 0xef
        ? `APP${marker - 0xe0} ${Buffer.from(body).toString("latin1").split("\0")[0]}`
        : marker,
    );
    const structure = [0xdb, 0xc0, 0xc4, 0xda];
    expect(kinds).toContain("APP2 ICC_PROFILE");
    const rest = kinds?.filter((kind) => typeof kind === "string" || !structure.includes(kind));
    expect(rest?.filter((kind) => kind !== "APP0 JFIF" && kind !== "APP2 ICC_PROFILE")).toEqual([]);
    const about = await sharp(rendition).metadata();
    expect([about.exif, about.xmp, about.iptc, about.orientation]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("the check before writing finds each thing that may not be there", async () => {
    const jpeg = await image(scene()).jpeg().toBuffer();
    expect(foreignContent(jpeg)).toBeUndefined();
    for (const [name, planted] of Object.entries(await smuggled())) {
      expect(foreignContent(withSegments(jpeg, [planted])), name).toBeDefined();
    }
    expect(foreignContent(Buffer.concat([jpeg, Buffer.from("more")]))).toMatch(/4 bytes/);
    expect(foreignContent(jpeg.subarray(0, jpeg.length - 2))).toMatch(/no whole JPEG/);
    expect(foreignContent(Buffer.from("text"))).toMatch(/no whole JPEG/);
  });

  test("the colour profile stays, and colours are not converted", async () => {
    const source = join(folder, "p3.png");
    const target = join(folder, "p3.jpg");
    const wide = await image(scene()).withIccProfile("p3").png().toBuffer({ resolveWithObject: true });
    await writeFile(source, wide.data);
    await pool.render({ source, target, size, hidden: [] });
    const profile = (await sharp(source).metadata()).icc;
    expect(profile?.length).toBeGreaterThan(100);
    expect((await sharp(target).metadata()).icc).toEqual(profile);
    const mean = async (path: string): Promise<readonly number[]> =>
      (await sharp(path, { ignoreIcc: true }).stats()).channels.map((channel) => channel.mean);
    const [before, after] = [await mean(source), await mean(target)];
    before.forEach((value, channel) => expect(Math.abs(value - after[channel]!)).toBeLessThan(1));
  });
});

describe("rendering", () => {
  test("two originals that differ only in a hidden core give the same file, at full size and made smaller", async () => {
    const sums = new Set<string>();
    for (const maxEdge of [undefined, 200]) {
      const made = [];
      for (const add of [0, 60, 130]) {
        const source = join(folder, `${add}.png`);
        await image(scene({ shape, add })).png().toFile(source);
        const target = join(folder, `${add}.jpg`);
        made.push(
          await pool.render({ source, target, size, hidden: [shape], ...(maxEdge ? { maxEdge } : {}) }),
        );
      }
      expect(new Set(made.map(({ sha256 }) => sha256)).size).toBe(1);
      sums.add(made[0]!.sha256);
    }
    expect(sums.size).toBe(2);
  });

  test("it answers the size, length and hash of the file it wrote, and replaces an older one", async () => {
    const source = join(folder, "original.png");
    await image(scene()).png().toFile(source);
    const target = join(folder, "rendition.jpg");
    await writeFile(target, "older");
    const made = await pool.render({ source, target, size, hidden: [shape], maxEdge: 240 });
    const bytes = await readFile(target);
    expect(made).toEqual({
      width: 240,
      height: 160,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "jpeg", width: 240, height: 160 });
    expect((await readdir(folder)).sort()).toEqual(["original.png", "rendition.jpg"]);
  });

  test("a smaller original is not enlarged", async () => {
    const source = join(folder, "original.png");
    await image(scene()).png().toFile(source);
    const made = await pool.render({
      source,
      target: join(folder, "r.jpg"),
      size,
      hidden: [],
      maxEdge: 4000,
    });
    expect([made.width, made.height]).toEqual([WIDTH, HEIGHT]);
  });

  test("shapes are placed in the upright picture, whatever the camera's orientation", async () => {
    const source = join(folder, "turned.jpg");
    const plain = await image(scene())
      .rotate(270)
      .jpeg({ quality: 95 })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    await writeFile(source, plain);
    const target = join(folder, "upright.jpg");
    const made = await pool.render({ source, target, size, hidden: [shape] });
    expect([made.width, made.height]).toEqual([WIDTH, HEIGHT]);
    const region = { left: box.x, top: box.y, width: box.w, height: box.h };
    const { channels } = await sharp(await sharp(target).extract(region).png().toBuffer()).stats();
    for (const { stdev } of channels) expect(stdev).toBeLessThan(1.5);
  });

  test("transparent places become paper, not what was under them", async () => {
    const source = join(folder, "alpha.png");
    const secret = Buffer.alloc(WIDTH * HEIGHT * 4);
    for (let i = 0; i < secret.length; i += 4) secret.set([200, 10, 10, 0], i);
    await sharp(secret, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
      .png()
      .toFile(source);
    const target = join(folder, "alpha.jpg");
    await pool.render({ source, target, size, hidden: [] });
    for (const { min } of (await sharp(target).stats()).channels) expect(min).toBeGreaterThan(250);
  });

  test("a photo of another size than its faces were found in is refused, and nothing is written", async () => {
    const source = join(folder, "original.png");
    await image(scene()).png().toFile(source);
    const target = join(folder, "rendition.jpg");
    const turned = { width: HEIGHT, height: WIDTH };
    await expect(pool.render({ source, target, size: turned, hidden: [shape] })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await readdir(folder)).toEqual(["original.png"]);
  });

  test("a broken original, or a target that cannot be written, costs that rendition and leaves nothing", async () => {
    const broken = join(folder, "broken.jpg");
    const whole = await image(scene()).jpeg().toBuffer();
    await writeFile(broken, whole.subarray(0, whole.length >> 1));
    await expect(
      pool.render({ source: broken, target: join(folder, "r.jpg"), size, hidden: [] }),
    ).rejects.toMatchObject({
      code: "unreadable-picture",
    });
    const source = join(folder, "whole.jpg");
    await writeFile(source, whole);
    await expect(
      pool.render({ source, target: join(folder, "absent", "r.jpg"), size, hidden: [] }),
    ).rejects.toMatchObject({ code: "storage-failed" });
    expect((await readdir(folder)).sort()).toEqual(["broken.jpg", "whole.jpg"]);
    await pool.render({ source, target: join(folder, "r.jpg"), size, hidden: [] });
    expect(await readdir(folder)).toContain("r.jpg");
  });
});
