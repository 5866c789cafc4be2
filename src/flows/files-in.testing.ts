import { mkdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";

export const DAY_MS = 86_400_000;
/** A moment that is not at midnight, whatever the zone. */
export const START = new Date("2026-05-02T12:00:00").getTime();

interface PhotoOptions {
  readonly colour?: number;
  readonly takenAt?: string | null;
  readonly at?: number;
}

/** For tests: real files, pictures and metadata in the folder that is watched now. */
export function filesIn(folder: () => string) {
  async function put(file: string, bytes: Uint8Array | string, at = START - DAY_MS): Promise<void> {
    const path = join(folder(), file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    await utimes(path, at / 1000, at / 1000);
  }

  /** A picture of its own colour, taken and written at these times. */
  async function photo(
    file: string,
    { colour = 0, takenAt = "2026:05:01 10:00:00", at = START - DAY_MS + 1000 * colour }: PhotoOptions = {},
  ): Promise<void> {
    await put(file, await picture(colour, takenAt), at);
  }
  return { put, photo };
}

export async function picture(
  colour: number,
  takenAt: string | null = "2026:05:01 10:00:00",
): Promise<Buffer> {
  const background = { r: colour, g: 99, b: 99 };
  const image = sharp({ create: { width: 64, height: 48, channels: 3, background } });
  const dated = takenAt === null ? image : image.withExif({ IFD2: { DateTimeOriginal: takenAt } });
  return dated.jpeg().toBuffer();
}
