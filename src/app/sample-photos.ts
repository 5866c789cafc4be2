import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * Paths of group photos to try things with: those that the npm package @vladmandic/face-api brings for its own demo. Empty
 * where it is not installed, as without development dependencies.
 */
export async function samplePhotos(): Promise<readonly string[]> {
  try {
    const manifest = createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json");
    const folder = join(dirname(manifest), "demo");
    const names = (await readdir(folder)).filter((name) => /^sample\d+\.jpg$/.test(name)).sort();
    return names.map((name) => join(folder, name));
  } catch {
    return [];
  }
}
