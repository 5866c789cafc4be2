import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AssentError } from "../core/index.ts";

/** The picture (base64) exists as a file, closed to others, for as long as it is read, and no longer. */
export async function withPictureFile<T>(
  folder: string,
  picture: string,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const bytes = Buffer.from(picture, "base64");
  if (bytes.length === 0) throw new AssentError("unreadable-picture", "the picture cannot be read");
  // A name by which what a crash left is known, and removed (staff/folders.ts).
  const path = join(folder, `desk-${randomBytes(16).toString("hex")}`);
  try {
    await writeFile(path, bytes, { mode: 0o600, flag: "wx" });
    return await use(path);
  } finally {
    await rm(path, { force: true });
  }
}
