import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { walkFolder } from "./walk-folder.ts";

let folder: string;
let jpeg: Buffer;
let png: Buffer;
/** The beginning of a Canon RAW file: a TIFF file with Canon's mark. */
const cr2 = Buffer.from("49492a001000000043520200", "hex");

beforeAll(async () => {
  const grey = sharp({ create: { width: 8, height: 8, channels: 3, background: "grey" } });
  jpeg = await grey.clone().jpeg().toBuffer();
  png = await grey.clone().png().toBuffer();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-walk-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(file: string, bytes: Uint8Array | string = jpeg): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), bytes);
}

const taken = async (): Promise<readonly string[]> =>
  (await walkFolder(folder)).candidates.map((one) => one.file);
const leftOut = async (): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await walkFolder(folder)).skipped.map((one) => [one.file, one.reason]));

describe("walking a folder", () => {
  test("goes through everything below, in the order of names", async () => {
    for (const file of ["b.jpg", "a/z.jpg", "a/b/c/deep.jpg", "B.JPG", "ä ö 日本.jpg"]) await put(file);
    expect(await taken()).toEqual(["B.JPG", "a/b/c/deep.jpg", "a/z.jpg", "b.jpg", "ä ö 日本.jpg"].sort());
    expect((await walkFolder(folder)).candidates.find((one) => one.file === "a/z.jpg")).toEqual({
      path: join(folder, "a/z.jpg"),
      file: "a/z.jpg",
      mediaType: "image/jpeg",
    });
    expect(await leftOut()).toEqual({});
  });

  test("of nothing gives nothing", async () => {
    await mkdir(join(folder, "empty"));
    expect(await walkFolder(folder)).toEqual({ candidates: [], skipped: [] });
  });

  test("passes over hidden files and folders without a word", async () => {
    for (const file of [".hidden.jpg", ".Trash/a.jpg", "a/.thumbs/b.jpg", "._a.jpg"]) await put(file);
    expect(await walkFolder(folder)).toEqual({ candidates: [], skipped: [] });
  });

  test("looks at the bytes, whatever the name says", async () => {
    await put("picture.dat");
    await put("no-extension", png);
    await put("really-a-png.jpg", png);
    await put("page.jpg", "<html>not a picture</html>");
    await put("notes.txt", "notes");
    const { candidates } = await walkFolder(folder);
    expect(candidates.map((one) => [one.file, one.mediaType])).toEqual([
      ["no-extension", "image/png"],
      ["picture.dat", "image/jpeg"],
      ["really-a-png.jpg", "image/png"],
    ]);
    expect(await leftOut()).toEqual({
      "notes.txt": "not a picture of a kind that is read (JPEG, PNG, WebP, AVIF, TIFF, HEIC)",
      "page.jpg": "not a picture, whatever its name says",
    });
  });

  test("names empty files and files beyond a gigabyte", async () => {
    await put("empty.jpg", "");
    await put("huge.jpg");
    await truncate(join(folder, "huge.jpg"), 1_000_000_001);
    expect(await leftOut()).toEqual({ "empty.jpg": "an empty file", "huge.jpg": "larger than 1 GB" });
  });

  test("does not follow links, neither to files nor to folders", async () => {
    await put("real/a.jpg");
    await symlink(join(folder, "real/a.jpg"), join(folder, "link.jpg"));
    await symlink(join(folder, "real"), join(folder, "linked"));
    await symlink(folder, join(folder, "real/loop"));
    await symlink("/nowhere", join(folder, "broken.jpg"));
    expect(await taken()).toEqual(["real/a.jpg"]);
    expect(Object.keys(await leftOut())).toEqual(["broken.jpg", "link.jpg", "linked", "real/loop"]);
    expect(Object.values(await leftOut())).toEqual(Array(4).fill("a link: links are not followed"));
  });

  test("is not held up by what is no file", async () => {
    execFileSync("mkfifo", [join(folder, "pipe.jpg")]);
    expect(await leftOut()).toEqual({ "pipe.jpg": "not a file" });
  });

  test("names a file that cannot be read, and takes the others", async () => {
    await put("a.jpg");
    // A name that is no text in UTF-8: it is listed, but not found by what it is listed as.
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x2e, 0x6a])]), jpeg);
    expect(await taken()).toEqual(["a.jpg"]);
    expect(Object.values(await leftOut())).toEqual(["cannot be read (ENOENT)"]);
  });

  test.skipIf(process.getuid?.() === 0)("names a file that is closed to this account", async () => {
    await put("closed.jpg");
    await chmod(join(folder, "closed.jpg"), 0);
    expect(await leftOut()).toEqual({ "closed.jpg": "cannot be read (EACCES)" });
  });

  test("that is not there, or is a file, is not found", async () => {
    await put("a.jpg");
    for (const path of [join(folder, "nowhere"), join(folder, "a.jpg")]) {
      await expect(walkFolder(path)).rejects.toMatchObject({ code: "not-found" });
    }
  });
});

describe("RAW files", () => {
  test("alone are named and not taken, by their name or by their bytes", async () => {
    await put("IMG_1.CR2", cr2);
    await put("IMG_2.nef", "whatever");
    await put("IMG_3.jpg", cr2);
    expect(await leftOut()).toEqual({
      "IMG_1.CR2": "a RAW file (CR2): export it as JPEG first",
      "IMG_2.nef": "a RAW file (NEF): export it as JPEG first",
      "IMG_3.jpg": "a RAW file (CR2): export it as JPEG first",
    });
    expect(await taken()).toEqual([]);
  });

  test("beside a picture of the same name count with it, whatever the capitals, in the same folder only", async () => {
    await put("day1/IMG_1.CR2", cr2);
    await put("day1/img_1.JPG");
    await put("day2/IMG_1.CR2", cr2);
    expect(await taken()).toEqual(["day1/img_1.JPG"]);
    expect(await leftOut()).toEqual({
      "day1/IMG_1.CR2": "a RAW file (CR2) beside img_1.JPG, which is taken",
      "day2/IMG_1.CR2": "a RAW file (CR2): export it as JPEG first",
    });
  });

  test("beside a picture that is not taken are not said to be covered by it", async () => {
    await put("IMG_1.CR2", cr2);
    await put("IMG_1.jpg", "");
    await put("IMG_2.dng", cr2);
    await put("IMG_2.jpg", cr2);
    expect(await taken()).toEqual([]);
    expect(await leftOut()).toMatchObject({
      "IMG_1.CR2": "a RAW file (CR2): export it as JPEG first",
      "IMG_1.jpg": "an empty file",
      "IMG_2.dng": "a RAW file (DNG): export it as JPEG first",
    });
  });
});
