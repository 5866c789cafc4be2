import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isErrno, storageError, writeFileDurably } from "../core/index.ts";

/**
 * The head of the log that was signed last, in a file outside the database and its backups: a database that was cut short,
 * its checkpoints with it, does not fit it. Durability: `write` returns after fsync; a crash leaves the old head or the new one.
 * Concurrency: only the holder of the sequencer's lock writes.
 */
export interface CheckpointPin {
  /** Undefined where nothing was signed yet. */
  read(): Promise<string | undefined>;
  write(note: string): Promise<void>;
}

/** Errors of both: `storage-failed`. */
export function openCheckpointPin(path: string): CheckpointPin {
  return {
    async read() {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if (isErrno(error, "ENOENT")) return undefined;
        throw storageError(error, "read the log's last checkpoint", path);
      }
    },
    async write(note) {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeFileDurably(path, note);
      } catch (error) {
        throw storageError(error, "keep the log's last checkpoint", path);
      }
    },
  };
}
