import { sql } from "kysely";
import { withLockSession } from "./advisory-lock.ts";
import type { Db } from "./database.ts";

/**
 * Names that several processes share out among themselves. They are locks of one session: a process that dies, however it
 * does, lets go of all of them at once, and no clock is asked whether it is late.
 */
export interface Claims {
  /** False where another session, or somebody else by these claims, has it. `shared`: with others who take it so. */
  take(name: string, options?: { readonly shared?: boolean }): Promise<boolean>;
  giveBack(name: string): Promise<void>;
}

/** A machine that went without a word is noticed after about half a minute; nothing to a server on this machine. */
const KEEPALIVE = sql`select set_config('tcp_keepalives_idle', '10', false),
  set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '4', false)`;

/**
 * Runs `use` with claims that end with it. Where the session is lost on the way, so are they, and the same work may be done
 * twice: whoever claims checks in the writing transaction that it is still to be done.
 */
export function withClaims<T>(db: Db, use: (claims: Claims) => Promise<T>): Promise<T> {
  return withLockSession(db, async (session) => {
    await KEEPALIVE.execute(session);
    const held = new Map<string, "shared" | "alone">();
    // One question at a time: it is one session.
    let turn: Promise<unknown> = Promise.resolve();
    const ask = (question: ReturnType<typeof sql<{ yes: boolean }>>): Promise<boolean> => {
      const answer = turn.then(async () => (await question.execute(session)).rows[0]?.yes === true);
      turn = answer.catch(() => undefined);
      return answer;
    };
    const claims: Claims = {
      async take(name, { shared = false } = {}) {
        // The server would give a session the same lock again.
        if (held.has(name)) return false;
        held.set(name, shared ? "shared" : "alone");
        const taken = await ask(
          shared
            ? sql`select pg_try_advisory_lock_shared(hashtextextended(${name}, 0)) as yes`
            : sql`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as yes`,
        ).catch((error: unknown) => {
          held.delete(name);
          throw error;
        });
        if (!taken) held.delete(name);
        return taken;
      },
      async giveBack(name) {
        const how = held.get(name);
        if (how === undefined) return;
        await ask(
          how === "shared"
            ? sql`select pg_advisory_unlock_shared(hashtextextended(${name}, 0)) as yes`
            : sql`select pg_advisory_unlock(hashtextextended(${name}, 0)) as yes`,
        );
        held.delete(name);
      },
    };
    try {
      return await use(claims);
    } finally {
      for (const name of held.keys()) await claims.giveBack(name).catch(() => undefined);
    }
  });
}
