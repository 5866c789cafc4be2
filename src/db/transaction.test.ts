import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { newId } from "../core/index.ts";
import { inTransaction, isUniqueViolation, type Trx } from "./index.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

/** Ends the transaction with the given SQLSTATE, as a trigger would. */
async function raise(trx: Trx, state: string): Promise<never> {
  await sql
    .raw(`do $$ begin raise exception 'said by a test' using errcode = '${state}'; end $$`)
    .execute(trx);
  throw new Error("not raised");
}

async function persons(count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, newId);
  await database.db
    .insertInto("person")
    .values(ids.map((id) => ({ id, created_at: new Date(), language: "en" as const })))
    .execute();
  return ids;
}

describe("a transaction", () => {
  test("is tried again after a deadlock, and both sides come through", async () => {
    const [a = "", b = ""] = await persons(2);
    let tries = 0;
    let locked = 0;
    let bothHold: () => void = () => undefined;
    const holding = new Promise<void>((resolve) => (bothHold = resolve));
    const raiseBoth = (first: string, second: string): Promise<void> =>
      inTransaction(database.db, async (trx) => {
        tries++;
        const raiseEpoch = (id: string) =>
          trx
            .updateTable("person")
            .set((eb) => ({ epoch: eb("epoch", "+", 1) }))
            .where("id", "=", id)
            .execute();
        await raiseEpoch(first);
        if (++locked === 2) bothHold();
        await holding;
        await raiseEpoch(second);
      });
    await Promise.all([raiseBoth(a, b), raiseBoth(b, a)]);
    // The loser begins once more; on a busy machine the two may collide again.
    expect(tries).toBeGreaterThanOrEqual(3);
    const rows = await database.db.selectFrom("person").select("epoch").where("id", "in", [a, b]).execute();
    expect(rows.map((row) => row.epoch)).toEqual([2, 2]);
  });

  test("gives a serialization failure that lasts five tries, and then the error itself", async () => {
    let tries = 0;
    const write = inTransaction(database.db, (trx) => {
      tries++;
      return raise(trx, "40001");
    });
    await expect(write).rejects.toMatchObject({ code: "40001" });
    expect(tries).toBe(5);
  });

  test.each([
    ["23505", "23505"],
    ["AS002", "AS002"],
    ["AS001", "no-consent"],
  ])("that fails with %s is not tried again and says %s", async (state, code) => {
    let tries = 0;
    const write = inTransaction(database.db, (trx) => {
      tries++;
      return raise(trx, state);
    });
    await expect(write).rejects.toMatchObject({ code });
    expect(tries).toBe(1);
  });

  test("leaves nothing of what it wrote where its work fails", async () => {
    const id = newId();
    const write = inTransaction(database.db, async (trx) => {
      await trx.insertInto("person").values({ id, created_at: new Date(), language: "en" }).execute();
      throw new Error("a defect");
    });
    await expect(write).rejects.toThrow("a defect");
    const there = await database.db.selectFrom("person").select("id").where("id", "=", id).execute();
    expect(there).toEqual([]);
  });

  test("tells a value that is there already from other errors", async () => {
    const [id = ""] = await persons(1);
    const again = database.db
      .insertInto("person")
      .values({ id, created_at: new Date(), language: "en" })
      .execute();
    const error: unknown = await again.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(new Error("23505"))).toBe(false);
  });
});

describe("a session that the server ends", () => {
  test("fails the transaction in hand, and the next one gets another", async () => {
    const { db } = database;
    const cut = inTransaction(db, async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      // By another session of the pool, while this one waits with nothing under way.
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db);
      await sql`select pg_sleep(30)`.execute(trx);
    });
    await expect(cut).rejects.toThrow();
    expect(await inTransaction(db, async (trx) => (await sql`select 1`.execute(trx)).rows)).toHaveLength(1);
  });
});
