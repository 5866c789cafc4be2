import { sql } from "kysely";
import type { Db } from "./database.ts";

/** Sessions of their own for locks: where holders and waiters took the working ones, none would be left for the work. */
const apart = new WeakMap<Db, Db>();

/** Called once when a database is opened. */
export function keepLocksApart(db: Db, locks: Db): void {
  apart.set(db, locks);
}

/** Where sessions for locks are taken from. */
export function locksOf(db: Db): Db {
  return apart.get(db) ?? db;
}

/**
 * Runs `use` while this process alone holds the named lock of the database; it ends with the session, whatever ends that.
 * A session for locks is held meanwhile; `use` works on others, and takes no named lock itself. With `wait: false`, undefined where somebody else has it.
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
  return locksOf(db)
    .connection()
    .execute(async (session) => {
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
