import { setTimeout as pause } from "node:timers/promises";
import { watch, type FSWatcher } from "chokidar";
import type { Id } from "../core/index.ts";
import { withClaims, type Claims } from "../db/index.ts";
import { lookSooner, watchFolders } from "../photos/index.ts";
import type { Parts } from "./instance.ts";
import { STILL_MS } from "./take-from-folder.ts";

/** How late a folder that was named, paused or stopped is known to be. */
const ASK_MS = 15_000;
/** After a lost session or a database that was away. */
const AGAIN_MS = 30_000;

/**
 * Has folders looked at soon after something changes in them, until stopped; one process watches each. It wakes and no more: whatever
 * is lost of it, the look at every folder each ten minutes finds (`watchFoldersDue`). Nothing of a folder is opened here.
 */
export async function keepWatch(
  parts: Pick<Parts, "db" | "clock">,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await withClaims(parts.db, (claims) => watchClaimed(parts, claims, signal, onError));
    } catch (error) {
      onError(error);
      await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function watchClaimed(
  parts: Pick<Parts, "db" | "clock">,
  claims: Claims,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const watchers = new Map<Id, FSWatcher>();
  try {
    while (!signal.aborted) {
      const wanted = new Map(
        (await watchFolders(parts.db))
          .filter((one) => one.state === "on" && one.problem === null)
          .map((one) => [one.id, one.path]),
      );
      for (const [id, watcher] of watchers) {
        if (wanted.has(id)) continue;
        watchers.delete(id);
        await watcher.close();
        await claims.giveBack(`watch:${id}`);
      }
      for (const [id, path] of wanted) {
        if (watchers.has(id) || !(await claims.take(`watch:${id}`))) continue;
        watchers.set(id, watchOne(parts, id, path, onError));
      }
      await pause(ASK_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await Promise.all([...watchers.values()].map((watcher) => watcher.close()));
  }
}

function watchOne(
  { db, clock }: Pick<Parts, "db" | "clock">,
  id: Id,
  path: string,
  onError: (error: unknown) => void,
): FSWatcher {
  const watcher = watch(path, { ignoreInitial: true, followSymlinks: false, ignorePermissionErrors: true });
  let noting = false;
  watcher.on("all", () => {
    if (noting) return;
    noting = true;
    // Now, to see since when a file is still; the look itself says when the next is due.
    lookSooner(db, id, clock.now())
      .catch(onError)
      .finally(() => setTimeout(() => (noting = false), STILL_MS).unref());
  });
  // Too many folders for the system to watch, for one: the looks go on.
  watcher.on("error", onError);
  return watcher;
}
