import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { AssentError } from "../core/index.ts";

const WAIT_MS = 60_000;
const RETRY_MS = 25;

/**
 * Runs `use` while no other process of this machine holds the lock file. The file holds the process id; a lock whose
 * process is gone is taken over. A crash leaves a stale file, which the next caller removes.
 * Errors: `instance-busy`, naming the process, when the lock is not free within a minute.
 */
export async function withFolderLock<T>(path: string, use: () => Promise<T>): Promise<T> {
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, `${process.pid}\n`, { mode: 0o644 });
  try {
    await acquire(path, mine);
  } finally {
    await rm(mine, { force: true });
  }
  try {
    return await use();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string, mine: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    try {
      // A hard link is made whole or not at all, so that a reader never meets a lock without its process id.
      await link(mine, path);
      return;
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
    }
    const holder = await holderOf(path);
    if (holder !== undefined && !isAlive(holder)) {
      await rm(path, { force: true });
      continue;
    }
    if (Date.now() > deadline) {
      throw new AssentError(
        "instance-busy",
        `process ${holder ?? "unknown"} has held ${path} for over a minute`,
        {
          remedy: "Wait for that process to end, or end it, then try again.",
        },
      );
    }
    await pause(RETRY_MS);
  }
}

async function holderOf(path: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(path, "utf8"), 10);
    return Number.isInteger(pid) ? pid : undefined;
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
