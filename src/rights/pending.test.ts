import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { newId, type Clock, type Id } from "../core/index.ts";
import { inTransaction, type PendingKind } from "../db/index.ts";
import { addPending, donePending, failedPending, pendingOf } from "./index.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

let now = Date.parse("2026-06-01T12:00:00Z");
const clock: Clock = { now: () => new Date(now++) };

async function erasure(): Promise<Id> {
  const id = newId();
  await database.db
    .insertInto("erasure")
    .values({
      id,
      person_id: null,
      kind: "withdraw",
      events: "[]",
      counts: "{}",
      index_version: 0,
      stopped_at: clock.now(),
      erased_at: null,
    })
    .execute();
  return id;
}

const add = (of: Id | null, kind: PendingKind, ...subjects: readonly string[]): Promise<void> =>
  inTransaction(database.db, (trx) =>
    addPending(
      trx,
      subjects.map((subject) => ({ kind, subject, erasure: of })),
      clock,
    ),
  );
const subjects = async (of: Id | null): Promise<readonly string[]> =>
  (await pendingOf(database.db, of)).map((row) => row.subject);

describe("pending work", () => {
  test("is found again by its erasure, in the order in which it came, until it is done", async () => {
    const [one, other] = [await erasure(), await erasure()];
    await add(one, "render", "a");
    await add(one, "remove-blob", "b");
    await add(other, "render", "c");
    await add(null, "render", "d");
    expect(await subjects(one)).toEqual(["a", "b"]);
    expect(await subjects(other)).toEqual(["c"]);
    expect(await subjects(null)).toEqual(["d"]);
    const [first] = await pendingOf(database.db, one);
    await donePending(database.db, first?.id ?? "");
    expect(await subjects(one)).toEqual(["b"]);
    await donePending(database.db, first?.id ?? "");
  });

  test("has a minute", async () => {
    const id = await erasure();
    await add(id, "destroy-key", "k");
    const [row] = await pendingOf(database.db, id);
    expect((row?.deadline.getTime() ?? 0) - (row?.created_at.getTime() ?? 0)).toBe(60_000);
  });

  test("that failed stays, with how often and why", async () => {
    const id = await erasure();
    await add(id, "render", "r");
    const row = (await pendingOf(database.db, id))[0]?.id ?? "";
    await failedPending(database.db, row, "storage-failed");
    await failedPending(database.db, row, "worker-failed");
    expect(await pendingOf(database.db, id)).toMatchObject([{ attempts: 2, last_error: "worker-failed" }]);
  });

  test("is not there where the transaction that needed it was undone", async () => {
    const id = await erasure();
    const undone = inTransaction(database.db, async (trx) => {
      await addPending(trx, [{ kind: "render", subject: "x", erasure: id }], clock);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await subjects(id)).toEqual([]);
  });

  test("may be nothing, or more than one statement can take", async () => {
    const id = await erasure();
    await add(id, "render");
    expect(await subjects(id)).toEqual([]);
    // Eight values a row, of 65,535 in a statement of PostgreSQL's.
    const many = Array.from({ length: 9000 }, (_, n) => String(n));
    await add(id, "render", ...many);
    expect(new Set(await subjects(id))).toEqual(new Set(many));
  });
});
