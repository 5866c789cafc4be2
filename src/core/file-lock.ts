import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { AssentError } from "./errors.ts";
import { isErrno, storageError } from "./storage-error.ts";

const WAIT_MS = 60_000;
const RETRY_MS = 20;

/**
 * A word, fit for a file name, that tells this process from every other: machine (or container), process id and, where
 * the system says it, the time the process started, so that a process id used again is not taken for its predecessor.
 */
export function processMark(): string {
  return `${HOST}.${process.pid}.${startOf(process.pid)}`;
}

/** Whether the process of a mark has surely ended. A process of another machine or container counts as living. */
export function isProcessGone(mark: string): boolean {
  const [host, pidText, started] = mark.split(".");
  const pid = Number(pidText);
  if (host !== HOST || !Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isErrno(error, "ESRCH");
  }
  const now = startOf(pid);
  return now === ENDED || (now !== "" && started !== "" && now !== started);
}

/**
 * Runs `use` while no other holder, in this process or another, holds the lock file.
 * A crash leaves the file behind; the next caller sees that its process has ended and takes over.
 * Errors: `instance-busy`, naming the process, when the lock is not free within `waitMs` (a minute unless told);
 * `storage-failed` where the folder cannot be written.
 */
export async function withFileLock<T>(
  path: string,
  use: () => Promise<T>,
  options: { waitMs?: number } = {},
): Promise<T> {
  await acquire(path, Date.now() + (options.waitMs ?? WAIT_MS));
  try {
    return await use();
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * Takes the lock at `path` or throws `instance-busy` at the deadline.
 *
 * Removing a dead holder's file is itself a race: of two that saw the same dead holder, the slower would remove the
 * file of the faster. Whoever removes it therefore first takes a second lock named after that dead holder, and looks
 * again. A crash there leaves that second lock with a dead holder, which the same rule resolves.
 */
async function acquire(path: string, deadline: number): Promise<void> {
  const nonce = randomBytes(8).toString("hex");
  const mine = `${path}.${nonce}`;
  try {
    await writeFile(mine, `${processMark()} ${nonce}\n`, { flag: "wx", mode: 0o644 });
    for (;;) {
      try {
        // A hard link appears whole or not at all, so that nobody reads a lock without its holder.
        await link(mine, path);
        return;
      } catch (error) {
        if (!isErrno(error, "EEXIST")) throw error;
      }
      const holder = await holderOf(path);
      if (holder && isProcessGone(holder.mark)) {
        await removeDead(path, holder.nonce, deadline);
        continue;
      }
      if (Date.now() >= deadline) throw busy(path, holder?.mark);
      await pause(RETRY_MS);
    }
  } catch (error) {
    throw storageError(error, "take the lock", path);
  } finally {
    await rm(mine, { force: true });
  }
}

async function removeDead(path: string, nonce: string, deadline: number): Promise<void> {
  const guard = `${path}.${nonce}.dead`;
  await acquire(guard, deadline);
  try {
    if ((await holderOf(path))?.nonce === nonce) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function holderOf(path: string): Promise<{ mark: string; nonce: string } | undefined> {
  try {
    const [mark, nonce] = (await readFile(path, "utf8")).trim().split(" ");
    return mark && nonce ? { mark, nonce } : undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

function busy(path: string, mark: string | undefined): AssentError {
  const [host, pid] = mark?.split(".") ?? [];
  const where = host === undefined || host === HOST ? "" : " of another machine or container";
  return new AssentError("instance-busy", `process ${pid ?? "unknown"}${where} holds ${path}`, {
    remedy: `Wait for that process to end, or end it. If it ended long ago on another machine, delete ${path}.`,
  });
}

const HOST = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

const ENDED = "ended";

/** Boot and clock tick at which a process started, from /proc; empty where that cannot be read. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Fields 3 and 22 of proc(5). The name in field 2 may hold spaces and brackets, so that counting starts behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return ENDED;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
    return `${boot}-${fields[19] ?? ""}`;
  } catch {
    return "";
  }
}
