import type { Clock } from "../../src/core/index.ts";
import { statement } from "./database-server.ts";

/** A clock that a test moves by hand, and the database's with it: its triggers and leases go by its own. */
export interface MovedClock extends Clock {
  advance(ms: number): Promise<void>;
}

/**
 * Makes the database's clock one that can be moved; before sessions are opened, which take up where functions are looked for.
 * Functions of ours shadow PostgreSQL's, so that the triggers under test stay as they are.
 */
export async function movedClock(url: string): Promise<MovedClock> {
  const name = new URL(url).pathname.slice(1);
  await statement(
    url,
    `create table moved_clock (ahead interval not null);
     insert into moved_clock values ('0');
     create function public.clock_timestamp() returns timestamptz language sql volatile as
       'select pg_catalog.clock_timestamp() + ahead from public.moved_clock';
     create function public.now() returns timestamptz language sql stable as
       'select pg_catalog.now() + ahead from public.moved_clock';
     alter database ${name} set search_path = public, pg_catalog`,
  );
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    async advance(ms) {
      ahead += ms;
      await statement(url, `update moved_clock set ahead = '${ahead} milliseconds'`);
    },
  };
}
