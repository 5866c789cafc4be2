import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { embeddingAt, embeddingNear } from "../../test/support/embeddings.ts";
import { DAY_MS, scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import { matchPermits } from "../consent/index.ts";
import { newId, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  beginTurn,
  endTurn,
  notTurned,
  search,
  storeTemplates,
  TemplateIndex,
  turnSome,
  unreadableTemplates,
} from "./index.ts";

/** float32 over 192 components, turned back and on: what the rounding may change of a cosine. */
const DIGITS = 5;
const probe = embeddingAt("probe");
const clock = testClock();

let database: TestDatabase;
let keys: KeyStore;
let removeKeys: () => Promise<void>;
let here: Scene;
let collection: Id;
const opened: TemplateIndex[] = [];

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.db.deleteFrom("template").execute();
  await inTransaction(database.db, (trx) => beginTurn(trx, 1));
  await inTransaction(database.db, (trx) => endTurn(trx, 1));
  const store = await testKeys();
  keys = store.keys;
  removeKeys = () => store.remove();
  here = scene(database.db, keys, clock);
  collection = (await here.collection()).id;
});
afterEach(async () => {
  for (const index of opened.splice(0)) await index.close();
  await removeKeys();
});

async function open(): Promise<TemplateIndex> {
  const pack = { id: "pack", dimension: 192 };
  const index = await TemplateIndex.open(database.db, keys, pack, clock, { renewMs: DAY_MS });
  opened.push(index);
  return index;
}

async function enrolled(cosine: number): Promise<Id> {
  const made = await here.enrolled(collection);
  const embeddings = [embeddingNear(probe, cosine, made.person)];
  await inTransaction(database.db, (trx) =>
    storeTemplates(trx, keys, { ...made, packId: "pack", embeddings }, clock),
  );
  return made.person;
}

/** Each person's cosine with the probe, as the index gives it. */
async function scores(index: TemplateIndex): Promise<ReadonlyMap<Id, number>> {
  await index.renew();
  const permits = await matchPermits(database.db, collection, clock);
  return new Map(
    permits.map((permit) => {
      const found = search(index, probe, [permit]);
      return [permit.person, found.best?.score ?? Number.NaN];
    }),
  );
}

async function expectScores(index: TemplateIndex, wanted: ReadonlyMap<Id, number>): Promise<void> {
  const found = await scores(index);
  expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [person, score] of wanted) expect(found.get(person)).toBeCloseTo(score, DIGITS);
}

const step = <T>(work: Parameters<typeof inTransaction<T>>[1]): Promise<T> =>
  inTransaction(database.db, work);
const sealedRows = () => database.db.selectFrom("template").select(["id", "sealed", "transform"]).execute();

describe("a new secret turn", () => {
  test("leaves every score as it was, in each step and after it, also for who joins meanwhile", async () => {
    const wanted = new Map<Id, number>();
    for (const cosine of [0.9, 0.6, 0.3]) wanted.set(await enrolled(cosine), cosine);
    const before = await open();
    await expectScores(before, wanted);
    const rows = await sealedRows();

    await keys.succeed("transform");
    await step((trx) => beginTurn(trx, 2));
    wanted.set(await enrolled(0.7), 0.7);
    expect(await notTurned(database.db, 2)).toBe(3);
    // One that was open takes the new turn over, one that is opened now has it; both hold templates of two turns in one.
    await expectScores(before, wanted);
    await expectScores(await open(), wanted);

    expect(await step((trx) => endTurn(trx, 2))).toBe(false);
    expect(await step((trx) => turnSome(trx, keys, 2))).toBe(3);
    await expectScores(before, wanted);
    expect(await step((trx) => turnSome(trx, keys, 2))).toBe(0);
    expect(await step((trx) => endTurn(trx, 2))).toBe(true);
    await keys.retire("transform");
    await expectScores(before, wanted);
    await expectScores(await open(), wanted);
    for (const { id, sealed } of rows) {
      const now = (await sealedRows()).find((row) => row.id === id);
      expect(now?.transform).toBe(2);
      expect(now?.sealed.equals(sealed)).toBe(false);
    }
  });

  test("is not ended while somebody who began before it is storing a template under the old one", async () => {
    const made = await here.enrolled(collection);
    let commit = (): void => undefined;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    let hold = (): void => undefined;
    const isHeld = new Promise<void>((resolve) => (hold = resolve));
    // A process that stopped between the choice of the turn and its row, as `storeTemplates` makes them.
    const joining = step(async (trx) => {
      const { version } = await trx
        .selectFrom("template_transform")
        .select("version")
        .orderBy("version", "desc")
        .limit(1)
        .forKeyShare()
        .executeTakeFirstOrThrow();
      hold();
      await mayCommit;
      const { person: person_id, enrolment: enrolment_id } = made;
      const row = { id: newId(), person_id, enrolment_id, pack_id: "pack", created_at: clock.now() };
      await trx
        .insertInto("template")
        .values({ ...row, sealed: Buffer.from("sealed"), transform: version })
        .execute();
    });
    await isHeld;
    await keys.succeed("transform");
    await step((trx) => beginTurn(trx, 2));
    expect(await notTurned(database.db, 2)).toBe(0);
    const ending = step((trx) => endTurn(trx, 2));
    commit();
    await joining;
    expect(await ending).toBe(false);
    expect(await notTurned(database.db, 2)).toBe(1);
  });

  test("the database refuses to give a turn up that a template is stored under, and a template under none", async () => {
    await enrolled(0.5);
    await expect(
      database.db.deleteFrom("template_transform").where("version", "=", 1).execute(),
    ).rejects.toThrow(/foreign key/);
    await expect(database.db.updateTable("template").set({ transform: 7 }).execute()).rejects.toThrow(
      /foreign key/,
    );
  });

  test("names the templates that neither turn nor key of today opens", async () => {
    const [one, other] = [await enrolled(0.5), await enrolled(0.6)];
    expect(await unreadableTemplates(database.db, keys)).toEqual(new Map());
    const ref = { kind: "person", id: one, group: "face" } as const;
    await keys.succeed(ref);
    await keys.retire(ref);
    expect(await unreadableTemplates(database.db, keys)).toEqual(new Map([[one, 1]]));
    await keys.succeed("transform");
    await keys.retire("transform");
    expect(await unreadableTemplates(database.db, keys)).toEqual(
      new Map([
        [one, 1],
        [other, 1],
      ]),
    );
  });
});
