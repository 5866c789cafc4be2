import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { inTransaction, openDatabase, withAdvisoryLock, withoutServer, type Database } from "./index.ts";

let database: TestDatabase;
let second: Database;
beforeAll(async () => {
  database = await testDatabase();
  second = await openDatabase({ kind: "url", url: database.url });
});
afterAll(async () => {
  await second.close();
  await database.close();
});

describe("a named lock", () => {
  test("is held by one process at a time, and the others wait for it", async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 4 }, (_, n) =>
        withAdvisoryLock(n % 2 === 0 ? database.db : second.db, "one", async () => {
          most = Math.max(most, ++inside);
          await sql`select 1`.execute(database.db);
          inside--;
        }),
      ),
    );
    expect(most).toBe(1);
  });

  test("is not waited for where that is not wanted, and another name is another lock", async () => {
    const tried = await withAdvisoryLock(database.db, "one", async () => {
      const quick = { wait: false } as const;
      return Promise.all([
        withAdvisoryLock(second.db, "one", () => Promise.resolve("taken"), quick),
        withAdvisoryLock(second.db, "two", () => Promise.resolve("taken"), quick),
      ]);
    });
    expect(tried).toEqual([undefined, "taken"]);
  });

  test("held by many at once leaves sessions for the work that each does under it", async () => {
    const holders = 12;
    let inside = 0;
    const all = Promise.withResolvers<void>();
    const done = await Promise.all(
      Array.from({ length: holders }, (_, n) =>
        withAdvisoryLock(database.db, `holder ${n}`, async () => {
          if (++inside === holders) all.resolve();
          await all.promise;
          return inTransaction(database.db, (trx) => sql<{ n: number }>`select ${n}::int as n`.execute(trx));
        }),
      ),
    );
    expect(done.map((result) => result.rows[0]?.n)).toEqual(Array.from({ length: holders }, (_, n) => n));
  });

  test("is taken by holders of others, however many hold one at once", async () => {
    // More than there are sessions for: each would wait for one that another has.
    const all = Array.from({ length: 30 }, (_, n) =>
      withAdvisoryLock(database.db, `outer ${n}`, () =>
        withAdvisoryLock(database.db, "inner", () =>
          withAdvisoryLock(second.db, "innermost", () => Promise.resolve(n)),
        ),
      ),
    );
    expect(await Promise.all(all)).toHaveLength(30);
  });

  test("is taken within another while every kind of job holds one within another for long", async () => {
    const letGo = Promise.withResolvers<void>();
    // One job of each kind at a time in a process: src/jobs/kinds.ts has eight.
    const jobs = Array.from({ length: 8 }, (_, kind) => {
      const held = Promise.withResolvers<void>();
      const job = withAdvisoryLock(database.db, `job ${kind}`, () =>
        withAdvisoryLock(database.db, `its folder ${kind}`, () => {
          held.resolve();
          return letGo.promise;
        }),
      );
      return { held: held.promise, job };
    });
    await Promise.all(jobs.map((one) => one.held));
    const taken = withAdvisoryLock(database.db, "an erasure", () =>
      withAdvisoryLock(database.db, "the log", () => Promise.resolve("signed")),
    );
    expect(await taken).toBe("signed");
    letGo.resolve();
    await Promise.all(jobs.map((one) => one.job));
  });

  test("is free again after a failure", async () => {
    const failing = withAdvisoryLock(database.db, "one", () => Promise.reject(new Error("a defect")));
    await expect(failing).rejects.toThrow("a defect");
    const free = await withAdvisoryLock(second.db, "one", () => Promise.resolve("taken"), { wait: false });
    expect(free).toBe("taken");
  });
});

describe("an error of the database", () => {
  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => withoutServer(error),
    );

  test("says that the server is lost where its session was ended", async () => {
    const cut = inTransaction(database.db, async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(second.db);
      await sql`select pg_sleep(30)`.execute(trx);
    });
    expect(await failure(cut)).toMatchObject({
      code: "database-unavailable",
      remedy: expect.stringContaining("goes on where it was") as string,
    });
  });

  test("says so where the server cannot be reached, and names the disk where it is full", async () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), {
      code: "ECONNREFUSED",
      syscall: "connect",
    });
    expect(withoutServer(refused)).toMatchObject({ code: "database-unavailable", cause: refused });
    const full = inTransaction(database.db, async (trx) => {
      await sql
        .raw(`do $$ begin raise exception 'said by a test' using errcode = '53100'; end $$`)
        .execute(trx);
    });
    expect(await failure(full)).toMatchObject({
      code: "database-unavailable",
      message: "the database server is full",
    });
  });

  test("stays what it is where the server is there", async () => {
    const defect = await failure(sql`select no_such_column`.execute(database.db));
    expect(defect).toMatchObject({ code: "42703" });
    const file = Object.assign(new Error("ENOENT: a file"), { code: "ENOENT", syscall: "open" });
    expect(withoutServer(file)).toBe(file);
  });
});
