import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { readTruth, type TruePhoto } from "./truth.ts";

const FACES =
  process.env["ASSENT_FACES"] ?? fileURLToPath(new URL("../../shared/faces/london", import.meta.url));
const present = existsSync(join(FACES, "people.json"));
if (!present) console.log(`no labelled portraits in ${FACES}: the hard cases are not composed`);

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function compose(
  seed: number,
  only: string,
): Promise<{ folder: string; photos: readonly TruePhoto[] }> {
  const folder = await mkdtemp(join(tmpdir(), "assent-hard-"));
  folders.push(folder);
  const script = fileURLToPath(new URL("compose-hard.mjs", import.meta.url));
  const options = [
    "--photos",
    "1",
    "--seed",
    String(seed),
    "--width",
    "900",
    "--height",
    "700",
    "--only",
    only,
  ];
  execFileSync(process.execPath, [script, "--faces", FACES, "--out", folder, ...options]);
  return { folder, photos: await readTruth(folder) };
}

test.runIf(present)("a seed names one set of pictures, byte for byte, and another seed another", async () => {
  const [one, again, other] = [
    await compose(5, "low-light"),
    await compose(5, "low-light"),
    await compose(6, "low-light"),
  ];
  expect(again.photos).toEqual(one.photos);
  expect(other.photos).not.toEqual(one.photos);
  const bytes = (folder: string) => readFile(join(folder, "low-light-001.jpg"));
  expect(await bytes(again.folder)).toEqual(await bytes(one.folder));
});

test.runIf(present)(
  "faces half out of the frame are half out, and covered ones are named as such",
  async () => {
    const { photos } = await compose(5, "half-out,overlap");
    const [cut, pair] = photos;
    for (const { box, condition } of cut?.faces ?? []) {
      expect(condition).toBe("half-out");
      const x = Math.min(box.x + box.w, 900) - Math.max(0, box.x);
      const y = Math.min(box.y + box.h, 700) - Math.max(0, box.y);
      const inside = (x * y) / (box.w * box.h);
      expect(inside).toBeGreaterThan(0.3);
      expect(inside).toBeLessThan(0.7);
    }
    const conditions = (pair?.faces ?? []).map((face) => face.condition);
    expect(conditions.length).toBeGreaterThan(1);
    expect(conditions.filter((name) => name === "overlap-behind")).toHaveLength(conditions.length / 2);
  },
);

test.runIf(present)(
  "a picture taken in low light is dark, and the same set has small faces small",
  async () => {
    const { folder, photos } = await compose(5, "low-light,small");
    const { channels } = await sharp(join(folder, "low-light-001.jpg")).stats();
    for (const { mean } of channels) expect(mean).toBeLessThan(90);
    const small = photos.find((photo) => photo.file.startsWith("small"));
    expect(small?.faces.length).toBeGreaterThan(0);
    for (const { box } of small?.faces ?? []) expect(box.h).toBeLessThanOrEqual(31);
  },
);
