import { sql } from "kysely";
import type { Db } from "./database.ts";

/**
 * Runs `use` while this process alone holds the named lock of the database; it ends with the session, whatever ends that.
 * A session of the pool is held meanwhile; `use` works on others. With `wait: false`, undefined where somebody else has it.
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
  return db.connection().execute(async (session) => {
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
