import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "./bytes.ts";

/**
 * Many files that are to be on disk together: one wait for the disk at a time for some dozens of files, and one for each folder, where
 * `writeFileDurably` waits twice for each file.
 */
export interface DurableBatch {
  /**
   * Gives a complete and closed file its name, sooner or later; what has that name is replaced. Never before its content is on disk,
   * so that a crash leaves either the old file or the whole new one. Both paths are on one file system.
   */
  add(part: string, path: string): Promise<void>;
  /** A folder that was perhaps made for them: that it is there is waited for too. */
  made(folder: string): void;
  /** Every file that was added has its name and survives a power cut. Nothing that refers to one may be committed before. */
  durable(): Promise<void>;
}

/** Files whose content is waited for side by side: the disk's journal writes them together. */
const AT_ONCE = 64;

export function openDurableBatch(): DurableBatch {
  let waiting: { part: string; path: string }[] = [];
  const folders = new Set<string>();

  async function flush(): Promise<void> {
    const files = waiting;
    waiting = [];
    await Promise.all(files.map(({ part }) => syncFile(part)));
    await Promise.all(files.map(({ part, path }) => rename(part, path)));
  }

  return {
    async add(part, path) {
      waiting.push({ part, path });
      folders.add(dirname(path));
      if (waiting.length >= AT_ONCE) await flush();
    },
    made: (folder) => void folders.add(dirname(folder)),
    async durable() {
      await flush();
      const all = [...folders];
      folders.clear();
      await Promise.all(all.map((folder) => syncFolder(folder)));
    },
  };
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
