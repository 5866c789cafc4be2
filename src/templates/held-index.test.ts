import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { embeddingAt } from "../../test/support/embeddings.ts";
import { scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import type { Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import { acknowledged, deleteTemplates, holdIndexes, storeTemplates, type HeldIndexes } from "./index.ts";

let database: TestDatabase;
let keys: KeyStore;
let removeKeys: () => Promise<void>;
let here: Scene;
const clock = testClock();
const made: HeldIndexes[] = [];

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  keys = store.keys;
  removeKeys = () => store.remove();
  here = scene(database.db, keys, clock);
});
afterEach(async () => {
  await Promise.all(made.splice(0).map((one) => one.close()));
});
afterAll(async () => {
  await database.close();
  await removeKeys();
});

function holding(options?: { idleMs: number }): HeldIndexes {
  const held = holdIndexes(database.db, keys, clock, options);
  made.push(held);
  return held;
}

async function enrolled(packId: string): Promise<Id> {
  const one = await here.enrolled((await here.collection()).id);
  await inTransaction(database.db, (trx) =>
    storeTemplates(trx, keys, { ...one, packId, embeddings: [embeddingAt(one.person)] }, clock),
  );
  return one.person;
}

const holders = async (): Promise<number> =>
  (await database.db.selectFrom("index_holder").select("id").execute()).length;

describe("the indexes of a process", () => {
  const pack = (id: string) => ({ id, dimension: 192 });

  test("are opened once, for all who use them at the same time and after one another", async () => {
    await enrolled("h1");
    const held = holding();
    const [one, other] = await Promise.all([held.borrow(pack("h1")), held.borrow(pack("h1"))]);
    expect(other.index).toBe(one.index);
    expect(await holders()).toBe(1);
    one.giveBack();
    one.giveBack();
    other.giveBack();
    expect((await held.borrow(pack("h1"))).index).toBe(one.index);
    expect((await held.borrow(pack("h2"))).index).not.toBe(one.index);
  });

  test("know, when lent, who has joined since", async () => {
    const held = holding();
    await enrolled("h3");
    (await held.borrow(pack("h3"))).giveBack();
    await enrolled("h3");
    expect((await held.borrow(pack("h3"))).index.size.people).toBe(2);
  });

  test("drop who has left although nobody uses them, and say so at once when asked", async () => {
    const held = holding();
    const person = await enrolled("h4");
    const { index, giveBack } = await held.borrow(pack("h4"));
    giveBack();
    const version = await inTransaction(database.db, async (trx) => {
      await deleteTemplates(trx, person, "all", clock);
      return (await trx.selectFrom("index_version").selectAll().executeTakeFirstOrThrow()).version;
    });
    await held.renew();
    expect(index.size).toEqual({ people: 0, templates: 0 });
    expect(await acknowledged(database.db, version)).toBe(true);
  });

  test("are overwritten once nobody has used them for a while, and opened anew", async () => {
    await enrolled("h5");
    const held = holding({ idleMs: 1 });
    const { index, giveBack } = await held.borrow(pack("h5"));
    giveBack();
    await vi.waitFor(async () => expect(await holders()).toBe(0));
    expect(index.size).toEqual({ people: 0, templates: 0 });
    const again = await held.borrow(pack("h5"));
    expect(again.index).not.toBe(index);
    expect(again.index.size.people).toBe(1);
  });

  test("are overwritten by closing, in use or not, and not lent afterwards", async () => {
    await enrolled("h6");
    const held = holding();
    const { index } = await held.borrow(pack("h6"));
    await held.close();
    expect([index.size.templates, await holders()]).toEqual([0, 0]);
    await expect(held.borrow(pack("h6"))).rejects.toMatchObject({ code: "interrupted" });
  });
});
