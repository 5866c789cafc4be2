import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { DAY_MS, scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import { newId, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { actorOfKey } from "./actors.ts";
import { countLookup, lookVolumes, LOOKUPS_A_DAY, LOOKUPS_AN_HOUR, recordLook } from "./index.ts";

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

async function lookUp(actor: string, person?: Id): Promise<void> {
  await inTransaction(database.db, async (trx) => {
    await countLookup(trx, actor, clock);
    const look = { kind: "lookup" as const, actor, reason: "a print", collection: null };
    await recordLook(trx, { ...look, persons: person === undefined ? [] : [person] }, clock);
  });
}

/** Rows of looks that were, some hours ago, in one statement. */
async function lookedUp(actor: string, times: number, at: Date): Promise<void> {
  const look = { kind: "lookup" as const, actor, reason: "a print", collection_id: null, at };
  await database.db
    .insertInto("look")
    .values(Array.from({ length: times }, () => ({ ...look, id: newId() })))
    .execute();
}

const unusual = () =>
  database.db.selectFrom("entry_payload").select("payload").where("kind", "=", "looks-unusual").execute();

test("an account may look up so often an hour, however many ask at once, and so often a day", async () => {
  const asked = await Promise.allSettled(Array.from({ length: LOOKUPS_AN_HOUR + 5 }, () => lookUp("Mo")));
  expect(asked.filter((one) => one.status === "fulfilled")).toHaveLength(LOOKUPS_AN_HOUR);
  await expect(lookUp("Mo")).rejects.toMatchObject({ code: "too-often" });
  await expect(lookUp(" Mo ")).rejects.toMatchObject({ code: "too-often" });
  // Nor by a key that Mo made; somebody else's key whose name ends so is another's.
  await expect(lookUp(actorOfKey("Website", "Mo"))).rejects.toMatchObject({ code: "too-often" });
  await lookUp(actorOfKey("Mo", "Eve"));
  // Another account is not held up by it, and neither is the same one an hour later.
  await lookUp("Ada");
  clock.advance(3_600_001);
  await lookUp("Mo");
  await lookedUp("Mo", LOOKUPS_A_DAY - LOOKUPS_AN_HOUR - 2, new Date(clock.now().getTime() - 3_600_000));
  await lookUp("Mo");
  await expect(lookUp("Mo")).rejects.toMatchObject({ code: "too-often" });
  // The first that made the day unusual was told once.
  expect(await unusual()).toEqual([{ payload: { looks: 20, usual: 20 } }]);
  clock.advance(DAY_MS);
  await lookUp("Mo");
});

test("the officer sees who looked how much, at how many people, and what is unusual for them", async () => {
  clock.advance(40 * DAY_MS);
  const [a, b] = [await here.person(), await here.person()];
  for (let day = 0; day < 30; day++) {
    await lookedUp("Quiet", 10, clock.now());
    clock.advance(DAY_MS);
  }
  for (let n = 0; n < 25; n++) await lookUp("Quiet", n % 2 ? a : b);
  for (let n = 0; n < 25; n++) await lookUp("New", a);
  await lookUp("Rare");
  expect(await lookVolumes(database.db, clock)).toMatchObject([
    { actor: "New", today: 25, people: 1, mean: 0, unusual: true },
    { actor: "Quiet", today: 25, people: 2, unusual: false },
    { actor: "Rare", today: 1, people: 0, unusual: false },
  ]);
  // What a key does, its maker does: no account grows quiet by dividing itself among keys.
  for (const key of ["Phone", "Tablet"]) {
    for (let n = 0; n < 10; n++) await lookUp(actorOfKey(key, "Rare"), a);
  }
  expect((await lookVolumes(database.db, clock))[2]).toMatchObject({
    actor: "Rare",
    today: 21,
    people: 1,
    unusual: true,
  });
});
