import { AsyncLocalStorage } from "node:async_hooks";
import { sql } from "kysely";
import type { Db } from "./database.ts";

/** Sessions of their own for locks: where holders and waiters took the working ones, none would be left for the work. */
const apart = new WeakMap<Db, readonly Db[]>();

/** How many sessions for locks whatever is running holds already. */
const depth = new AsyncLocalStorage<number>();

/** Called once when a database is opened: for locks taken by whoever holds none, by whoever holds one, and so on. */
export function keepLocksApart(db: Db, locks: readonly Db[]): void {
  apart.set(db, locks);
}

/**
 * Lends a session for locks. Whoever holds one and takes another gets it from the next supply: were it the same one, as many holders
 * as it has sessions would all wait for one more, and none would ever give its own back.
 */
export function withLockSession<T>(db: Db, use: (session: Db) => Promise<T>): Promise<T> {
  const held = depth.getStore() ?? 0;
  const supplies = apart.get(db) ?? [db];
  const from = supplies[Math.min(held, supplies.length - 1)] ?? db;
  return from.connection().execute((session) => depth.run(held + 1, () => use(session)));
}

/**
 * Runs `use` while this process alone holds the named lock of the database; it ends with the session, whatever ends that.
 * A session for locks is held meanwhile; `use` works on others. With `wait: false`, undefined where somebody else has it.
 */
export async function withAdvisoryLock<T>(db: Db, name: string, use: () => Promise<T>): Promise<T>;
export async function withAdvisoryLock<T>(
  db: Db,
  name: string,
  use: () => Promise<T>,
  options: { wait: false },
): Promise<T | undefined>;
export async function withAdvisoryLock<T>(
  db: Db,
  name: string,
  use: () => Promise<T>,
  options: { wait: boolean } = { wait: true },
): Promise<T | undefined> {
  return withLockSession(db, async (session) => {
    if (options.wait) await sql`select pg_advisory_lock(hashtextextended(${name}, 0))`.execute(session);
    else {
      const { rows } = await sql<{ taken: boolean }>`
        select pg_try_advisory_lock(hashtextextended(${name}, 0)) as taken`.execute(session);
      if (rows[0]?.taken !== true) return undefined;
    }
    try {
      return await use();
    } finally {
      await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`.execute(session);
    }
  });
}
