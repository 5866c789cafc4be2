import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import type { Id } from "../core/index.ts";
import { inTransaction, type LookKind } from "../db/index.ts";
import { checkLooker, looksOf, recordLook } from "./index.ts";

let database: TestDatabase;
let here: Scene;
let removeKeys: () => Promise<void>;
const clock = testClock();

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  removeKeys = () => store.remove();
  here = scene(database.db, store.keys, clock);
});
afterAll(async () => {
  await database.close();
  await removeKeys();
});

function look(
  kind: LookKind,
  persons: readonly Id[],
  options: { actor?: string; reason?: string; collection?: Id } = {},
): Promise<Id> {
  return inTransaction(database.db, (trx) =>
    recordLook(
      trx,
      {
        kind,
        persons,
        actor: options.actor ?? "a member of staff",
        reason: options.reason ?? "a print was ordered",
        collection: options.collection ?? null,
      },
      clock,
    ),
  );
}

describe("a look", () => {
  test("is seen by everybody it led to, and by nobody else, newest first", async () => {
    const [a, b, c] = [await here.person(), await here.person(), await here.person()];
    const collection = await here.collection();
    const first = await look("find", [a, b, a], { actor: " Mo ", collection: collection.id });
    clock.advance(1000);
    const second = await look("lookup", [a]);
    expect((await looksOf(database.db, a)).map((one) => one.id)).toEqual([second, first]);
    expect(await looksOf(database.db, b)).toMatchObject([
      {
        id: first,
        kind: "find",
        actor: "Mo",
        reason: "a print was ordered",
        collection: { id: collection.id, name: collection.name },
      },
    ]);
    expect(await looksOf(database.db, c)).toEqual([]);
  });

  test("that found nobody is kept all the same, with an entry that names nobody", async () => {
    const count = async (): Promise<readonly number[]> => {
      const tables = ["look", "entry"] as const;
      return Promise.all(
        tables.map(async (table) => (await database.db.selectFrom(table).select("id").execute()).length),
      );
    };
    const [looks = 0, entries = 0] = await count();
    const id = await look("lookup", []);
    expect(await count()).toEqual([looks + 1, entries + 1]);
    const entry = await database.db
      .selectFrom("entry_payload")
      .select(["payload", "person_id"])
      .where("kind", "=", "look")
      .orderBy("at", "desc")
      .execute();
    expect(entry).toContainEqual({ payload: { look: id, kind: "lookup", persons: 0 }, person_id: null });
  });

  test("outlives its collection, which it then does not name", async () => {
    const person = await here.person();
    const collection = await here.collection();
    await look("publish", [person], { collection: collection.id });
    await database.db.deleteFrom("collection").where("id", "=", collection.id).execute();
    expect(await looksOf(database.db, person)).toMatchObject([{ kind: "publish", collection: null }]);
  });

  test.each([
    ["no reason", { actor: "Mo", reason: " " }],
    ["no actor", { actor: "", reason: "a print" }],
    ["a reason too long to be read", { actor: "Mo", reason: "x".repeat(501) }],
    ["a character that no database takes", { actor: "Mo", reason: "a\0b" }],
  ])("with %s is refused, and nothing is recorded", async (_, looker) => {
    const person = await here.person();
    expect(() => checkLooker(looker)).toThrow(expect.objectContaining({ code: "bad-input" }) as Error);
    await expect(look("find", [person], looker)).rejects.toMatchObject({ code: "bad-input" });
    expect(await looksOf(database.db, person)).toEqual([]);
  });
});
