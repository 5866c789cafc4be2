import { createHash } from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AssentError, syncFolder, type Id } from "../core/index.ts";

/** What restricts: after a restore from a backup these are replayed before anything is served. Random ids only. */
export type RestrictingEvent =
  | {
      readonly event: "withdrawn" | "refused" | "expired";
      readonly person: Id;
      readonly purpose: string;
      readonly channel: string | null;
      readonly collection: Id | null;
    }
  | { readonly event: "erased"; readonly person: Id }
  | { readonly event: "rejected"; readonly person: Id; readonly face: Id }
  | { readonly event: "objected" | "revoked"; readonly subject: Id };

/**
 * The restriction journal: a file outside the database and its backups, one JSON line an event.
 * Durability: `append` returns after fsync. Concurrency: several processes may append; lines stay whole, because each
 * append is one write to a file opened for appending. A crash can leave half a last line, which `read` passes over.
 */
export interface Journal {
  append(events: readonly RestrictingEvent[], at: Date): Promise<void>;
  read(): Promise<readonly (RestrictingEvent & { readonly at: string })[]>;
}

export function openJournal(path: string): Journal {
  return {
    async append(events, at) {
      if (events.length === 0) return;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const lines = events.map((event) => {
        const text = JSON.stringify({ ...event, at: at.toISOString() });
        return `${text}\t${checksum(text)}\n`;
      });
      const file = await open(path, "a", 0o600);
      try {
        // Not appendFile, which writes half a megabyte at a time: between two of those another process may write.
        const bytes = Buffer.from(`\n${lines.join("")}`, "utf8");
        const { bytesWritten } = await file.write(bytes);
        if (bytesWritten < bytes.length) {
          throw new AssentError(
            "storage-failed",
            `the restriction journal ${path} could not be written whole`,
            {
              remedy: "Free some space on its disk, then start again: what is missing is appended then.",
            },
          );
        }
        await file.sync();
      } finally {
        await file.close();
      }
      await syncFolder(dirname(path));
    },
    async read() {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
        throw error;
      }
      const events: (RestrictingEvent & { at: string })[] = [];
      for (const line of text.split("\n")) {
        const [json, sum] = line.split("\t");
        if (json && sum === checksum(json))
          events.push(JSON.parse(json) as RestrictingEvent & { at: string });
      }
      return events;
    },
  };
}

function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
