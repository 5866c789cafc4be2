import { randomBytes } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Overwrites numbers or bytes in memory. The runtime may hold copies that it moved; docs/threat-model.md says so. */
export function wipe(...buffers: readonly (Uint8Array | Int8Array | Float32Array)[]): void {
  for (const buffer of buffers) buffer.fill(0);
}

/** Makes a rename or unlink in `folder` durable. Platforms that cannot open folders (Windows) need it not. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, "r");
  } catch (error) {
    if (process.platform === "win32") return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file whole or not at all: a temporary neighbour, fsync, rename, fsync of the folder. A crash leaves either
 * the old file, or the new one, and at worst a neighbour named `.NAME.*.part`.
 */
export async function writeFileDurably(
  path: string,
  data: Uint8Array | string,
  options: { mode?: number } = {},
): Promise<void> {
  const folder = dirname(path);
  const part = join(folder, `.${basename(path)}.${randomBytes(8).toString("hex")}.part`);
  const handle = await open(part, "wx", options.mode ?? 0o600);
  try {
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await syncFolder(folder);
}
