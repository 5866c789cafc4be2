import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import pg from "pg";

/**
 * Counts what a process does to files and to the database, and kills it right before a chosen one of those effects:
 * the state that it leaves is the one between two steps. The product knows nothing of it, because what is watched is
 * Node's file functions and the driver of the database. Import it before anything of the product.
 *
 * Not counted: what is temporary until it is renamed (the renaming counts), lock files, the announcement of the process,
 * empty folders, leases; and statements within a transaction, since nothing of them is there before its commit.
 */
const seen: string[] = [];
let killBefore: number | undefined;

/** From now on effects count; the process dies right before the one of this number, counted from 1. */
export function arm(before: number): void {
  killBefore = before;
}

export function effects(): readonly string[] {
  return seen;
}

export function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;); // Nothing may happen between the signal and its arrival.
}

function effect(name: string): void {
  if (killBefore === undefined) return;
  seen.push(name);
  if (seen.length === killBefore) die();
}

const TEMPORARY = /\/blobs\/tmp\/|\.part$|\/passing\//;
const UNCOUNTED = /lock(\.|$)|\/running\//;

/** The last parts of a path without what is random in it: the same for effects of the same kind. */
function short(path: unknown): string {
  const parts = String(path).split("/").slice(-3);
  return parts
    .filter((part) => !/^[0-9a-f]{2}$/.test(part))
    .join("/")
    .replaceAll(/[0-9a-f-]{16,}/g, "*");
}

function countFiles(): void {
  const { rename, rm, link, copyFile, open } = fs;
  const reaches = (target: unknown): boolean =>
    !TEMPORARY.test(String(target)) && !UNCOUNTED.test(String(target));
  fs.rename = async (from, to) => {
    if (reaches(from) || reaches(to)) effect(`rename ${short(to)}`);
    return rename(from, to);
  };
  fs.link = async (from, to) => {
    if (reaches(to)) effect(`link ${short(to)}`);
    return link(from, to);
  };
  fs.copyFile = async (from, to, mode) => {
    if (reaches(to)) effect(`copy ${short(to)}`);
    return copyFile(from, to, mode);
  };
  fs.rm = async (path, options) => {
    if (!UNCOUNTED.test(String(path)) && existsSync(path)) effect(`remove ${short(path)}`);
    return rm(path, options);
  };
  fs.open = async (path, flags, mode) => {
    const counts = flags !== undefined && flags !== "r" && reaches(path);
    if (counts && !existsSync(path)) effect(`create ${short(path)}`);
    const handle = await open(path, flags, mode);
    if (counts && flags === "a") {
      // One of several overloads, of which the journal uses the one with bytes alone.
      const write = handle.write.bind(handle) as (bytes: Uint8Array) => Promise<unknown>;
      handle.write = (async (bytes: Uint8Array) => {
        effect(`append ${short(path)}`);
        return write(bytes);
      }) as typeof handle.write;
    }
    return handle;
  };
  syncBuiltinESMExports();
}

function countStatements(): void {
  const within = new WeakSet<pg.Client>();
  // One of many overloads, of which Kysely uses the one with text and values.
  const query = pg.Client.prototype.query as unknown as (this: pg.Client, ...args: unknown[]) => unknown;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]): unknown {
    const text = typeof args[0] === "string" ? args[0].trim().toLowerCase() : "";
    if (/^(begin|start transaction)/.test(text)) within.add(this);
    else if (text.startsWith("rollback")) within.delete(this);
    else if (text.startsWith("commit")) {
      effect("commit");
      within.delete(this);
    } else if (!within.has(this) && /^(insert|update|delete)/.test(text) && !text.includes("index_holder")) {
      effect(text.slice(0, 50));
    }
    return query.apply(this, args);
  } as typeof pg.Client.prototype.query;
}

countFiles();
countStatements();
