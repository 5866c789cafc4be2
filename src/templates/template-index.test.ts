import { spawnSync } from "node:child_process";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { embeddingAt, embeddingNear } from "../../test/support/embeddings.ts";
import { DAY_MS, scene, testClock, testKeys, type Scene, type TestClock } from "../../test/support/scene.ts";
import { lookupPermits, matchPermits, publishPermits, type Permit } from "../consent/index.ts";
import { processMark, type Clock, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  acknowledged,
  CONFLICT_SCORE,
  deleteTemplates,
  faceKey,
  nearestEnrolled,
  raiseIndexVersion,
  search,
  storeTemplates,
  TemplateIndex,
} from "./index.ts";
import { holderMark } from "./template-index.ts";

let database: TestDatabase;
let keys: KeyStore;
let removeKeys: () => Promise<void>;
let here: Scene;
const clock = testClock();
const opened: TemplateIndex[] = [];

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  keys = store.keys;
  removeKeys = () => store.remove();
  here = scene(database.db, keys, clock);
});
afterEach(async () => {
  for (const index of opened.splice(0)) await index.close();
});
afterAll(async () => {
  await database.close();
  await removeKeys();
});

/** Renewed by hand alone, so that a test knows what was acknowledged when. */
async function open(packId: string, by: Clock = clock): Promise<TemplateIndex> {
  const pack = { id: packId, dimension: 192 };
  const index = await TemplateIndex.open(database.db, keys, pack, by, { renewMs: DAY_MS });
  opened.push(index);
  return index;
}

/** A person of a collection with templates; every test has a pack of its own, so that it sees nobody else's. */
async function enrolled(collection: Id, packId: string, ...embeddings: Float32Array[]) {
  const made = await here.enrolled(collection);
  await inTransaction(database.db, (trx) =>
    storeTemplates(trx, keys, { ...made, packId, embeddings }, clock),
  );
  return made;
}
const permitsOf = (collection: Id) => matchPermits(database.db, collection, clock);
const forget = (person: Id) =>
  inTransaction(database.db, async (trx) => {
    await deleteTemplates(trx, person, "all", clock);
    const { version } = await trx.selectFrom("index_version").selectAll().executeTakeFirstOrThrow();
    return version;
  });

describe("search", () => {
  test("gives the two best people by their best template, with the cosine of the untouched embeddings", async () => {
    const { id } = await here.collection();
    const probe = embeddingAt("probe");
    const anna = await enrolled(id, "p1", embeddingAt(1), embeddingNear(probe, 0.8, 2));
    const ben = await enrolled(id, "p1", embeddingNear(probe, 0.6, 3), embeddingNear(probe, 0.55, 4));
    await enrolled(id, "p1", embeddingAt(5));
    const found = search(await open("p1"), probe, await permitsOf(id));
    expect(found.gallerySize).toBe(3);
    expect(found.best?.person).toBe(anna.person);
    expect(found.best?.score).toBeCloseTo(0.8, 5);
    expect(found.runnerUp?.person).toBe(ben.person);
    expect(found.runnerUp?.score).toBeCloseTo(0.6, 5);
  });

  test("leaves the probe as it was and sees only people with a permit", async () => {
    const [one, other] = [await here.collection(), await here.collection()];
    const probe = embeddingAt("probe");
    await enrolled(other.id, "p2", probe);
    const anna = await enrolled(one.id, "p2", embeddingNear(probe, 0.5));
    const copy = probe.slice();
    const found = search(await open("p2"), probe, await permitsOf(one.id));
    expect(found).toMatchObject({ best: { person: anna.person }, runnerUp: null, gallerySize: 1 });
    expect(probe).toEqual(copy);
  });

  test("finds nobody without permits, and refuses those that are forged, run out or for another use", async () => {
    const { id } = await here.collection();
    const { person } = await enrolled(id, "p3", embeddingAt(1));
    await here.consent(person, "publish", id, { channel: "website" });
    const index = await open("p3");
    expect(search(index, embeddingAt(1), [])).toEqual({ best: null, runnerUp: null, gallerySize: 0 });
    const permits = await permitsOf(id);
    const forged = permits.map((permit) => Object.assign({}, permit));
    expect(() => search(index, embeddingAt(1), forged)).toThrow(
      expect.objectContaining({ code: "no-consent" }),
    );
    const publish = (await publishPermits(database.db, id, "website", clock)) as unknown as Permit<"match">[];
    expect(publish).toHaveLength(1);
    expect(() => search(index, embeddingAt(1), publish)).toThrow(
      expect.objectContaining({ code: "no-consent" }),
    );
  });

  test("a permit that was good for the first face is refused once it has run out", async () => {
    const { id } = await here.collection();
    await enrolled(id, "p4", embeddingAt(1));
    const own = testClock();
    const index = await open("p4", own);
    const permits = await permitsOf(id);
    expect(search(index, embeddingAt(1), permits).best).not.toBeNull();
    own.advance(61_000);
    await index.renew();
    expect(() => search(index, embeddingAt(1), permits)).toThrow(
      expect.objectContaining({ code: "no-consent" }),
    );
  });

  test("takes lookup permits too, which staff have only where the person gave them", async () => {
    const { id } = await here.collection();
    const anna = await enrolled(id, "p5", embeddingAt(1));
    await enrolled(id, "p5", embeddingAt(2));
    await here.consent(anna.person, "staff-lookup", id);
    const found = search(await open("p5"), embeddingAt(2), await lookupPermits(database.db, id, clock));
    expect(found).toMatchObject({ best: { person: anna.person }, runnerUp: null, gallerySize: 1 });
  });
});

describe("who is indexed", () => {
  test("live and vouched enrolments of the pack alone", async () => {
    const { id } = await here.collection();
    const states = ["provisional", "live", "vouched", "frozen"] as const;
    for (const state of states) {
      const { enrolment } = await enrolled(id, "p6", embeddingAt(state));
      await database.db
        .updateTable("enrolment")
        .set({ state, staff: "staff" })
        .where("id", "=", enrolment)
        .execute();
    }
    await enrolled(id, "p6-other", embeddingAt(1));
    expect((await open("p6")).size).toEqual({ people: 2, templates: 2 });
  });

  test("nobody whose key is doomed, in the database or in the key store", async () => {
    const { id } = await here.collection();
    const people = [];
    for (let i = 0; i < 3; i++) people.push(await enrolled(id, "p7", embeddingAt(i)));
    await database.db
      .insertInto("doomed_key")
      .values({ kind: "person", subject_id: people[0]!.person, key_group: "face", doomed_at: clock.now() })
      .execute();
    await keys.doom(faceKey(people[1]!.person));
    const index = await open("p7");
    expect(index.size.people).toBe(1);
    expect(search(index, embeddingAt(2), await permitsOf(id)).best?.person).toBe(people[2]!.person);
  });
});

describe("a conflict at enrolment", () => {
  test("is a score from 0.65 on with anybody enrolled anywhere, but not with oneself", async () => {
    const { id } = await here.collection();
    const face = embeddingAt("anna");
    const anna = await enrolled(id, "p8", face);
    const ben = await enrolled(id, "p8", embeddingNear(face, CONFLICT_SCORE + 0.01, 1));
    await enrolled(id, "p8", embeddingNear(face, CONFLICT_SCORE - 0.01, 2));
    const index = await open("p8");
    expect(new Set(nearestEnrolled(index, [face], null))).toEqual(new Set([anna.person, ben.person]));
    expect(nearestEnrolled(index, [embeddingAt(9), face], anna.person)).toEqual([ben.person]);
  });
});

describe("leases", () => {
  const holders = () => database.db.selectFrom("index_holder").selectAll().execute();

  test("an index learns of who came and who left, and acknowledges it", async () => {
    const { id } = await here.collection();
    const anna = await enrolled(id, "p9", embeddingAt(1));
    const index = await open("p9");
    const ben = await enrolled(id, "p9", embeddingAt(2));
    await index.renew();
    expect(index.size.people).toBe(2);
    const version = await forget(anna.person);
    await index.renew();
    expect(await acknowledged(database.db, version)).toBe(true);
    const found = search(index, embeddingAt(1), await permitsOf(id));
    expect([found.best?.person, found.runnerUp]).toEqual([ben.person, null]);
  });

  test("an erasure is acknowledged once every holder has dropped the person, and not before", async () => {
    const { id } = await here.collection();
    const { person } = await enrolled(id, "p10", embeddingAt(1));
    const [one, two] = [await open("p10"), await open("p10")];
    const version = await inTransaction(database.db, async (trx) => {
      await deleteTemplates(trx, person, "all", clock);
      return raiseIndexVersion(trx);
    });
    expect(await acknowledged(database.db, version)).toBe(false);
    await one.renew();
    expect(await acknowledged(database.db, version)).toBe(false);
    await two.renew();
    expect([one.size.people, two.size.people]).toEqual([0, 0]);
    expect(await acknowledged(database.db, version)).toBe(true);
  });

  test("a holder that is gone holds nothing up once its lease has lapsed", async () => {
    await sql`insert into index_holder values (gen_random_uuid(), 'gone', 0, now() + interval '5 seconds')`.execute(
      database.db,
    );
    const version = await inTransaction(database.db, raiseIndexVersion);
    expect(await acknowledged(database.db, version)).toBe(false);
    await sql`update index_holder set lease_until = now() - interval '1 second' where process = 'gone'`.execute(
      database.db,
    );
    expect(await acknowledged(database.db, version)).toBe(true);
  });

  test("a holder whose process was killed holds nothing up, whatever its lease says", async () => {
    const [machine] = processMark().split(".");
    const [, numbering] = holderMark().split(" ");
    const { pid } = spawnSync("true");
    const killed = `${machine}.${pid}.1 ${numbering}`;
    // One of that number in another container may live.
    const elsewhere = `${machine}.${pid}.1 pid:[1]`;
    const plant = (process: string) =>
      sql`insert into index_holder values (gen_random_uuid(), ${process}, 0, now() + interval '1 hour')`.execute(
        database.db,
      );
    await plant(killed);
    const version = await inTransaction(database.db, raiseIndexVersion);
    expect(await acknowledged(database.db, version)).toBe(true);
    expect((await holders()).filter((row) => row.process === killed)).toEqual([]);
    await plant(elsewhere);
    expect(await acknowledged(database.db, version)).toBe(false);
    await database.db.deleteFrom("index_holder").where("process", "=", elsewhere).execute();
  });

  test("an index that could not renew for five seconds is emptied and refuses, then loads again", async () => {
    const { id } = await here.collection();
    await enrolled(id, "p11", embeddingAt(1));
    const own: TestClock = testClock();
    const index = await open("p11", own);
    const permits = await permitsOf(id);
    expect(search(index, embeddingAt(1), permits).best).not.toBeNull();
    own.advance(5_001);
    expect(() => search(index, embeddingAt(1), permits)).toThrow(
      expect.objectContaining({ code: "interrupted" }),
    );
    expect(index.size).toEqual({ people: 0, templates: 0 });
    await index.renew();
    expect(search(index, embeddingAt(1), permits).best).not.toBeNull();
  });

  test("a lease that the database let lapse is not renewed: the memory is emptied and loaded anew", async () => {
    const { id } = await here.collection();
    const { person } = await enrolled(id, "p12", embeddingAt(1));
    const index = await open("p12");
    const before = new Set((await holders()).map((row) => row.id));
    await database.db
      .updateTable("index_holder")
      .set({ lease_until: new Date(0) })
      .execute();
    const version = await forget(person);
    // The lapsed holder does not hold up the erasure, so it must not search with what it had.
    expect(await acknowledged(database.db, version)).toBe(true);
    await index.renew();
    expect(index.size.people).toBe(0);
    const now = (await holders()).filter((row) => row.lease_until > new Date());
    expect(now).toHaveLength(1);
    expect(before.has(now[0]!.id)).toBe(false);
  });

  test("a dropped person is found no more, before any renewal", async () => {
    const { id } = await here.collection();
    const { person } = await enrolled(id, "p13", embeddingAt(1));
    const index = await open("p13");
    index.drop(person);
    expect(search(index, embeddingAt(1), await permitsOf(id)).best).toBeNull();
  });

  test("the lease is renewed, and changes are found, without anybody asking", async () => {
    const { id } = await here.collection();
    const pack = { id: "p15", dimension: 192 };
    const index = await TemplateIndex.open(database.db, keys, pack, clock, { renewMs: 1 });
    opened.push(index);
    await enrolled(id, "p15", embeddingAt(1));
    await expect.poll(() => index.size.people).toBe(1);
    const version = await inTransaction(database.db, raiseIndexVersion);
    await expect.poll(() => acknowledged(database.db, version)).toBe(true);
  });

  test("a closed index gives its lease back and answers no more", async () => {
    const { id } = await here.collection();
    await enrolled(id, "p14", embeddingAt(1));
    const index = await open("p14");
    const count = (await holders()).length;
    await index.close();
    expect(await holders()).toHaveLength(count - 1);
    expect(index.size.templates).toBe(0);
    const permits = await permitsOf(id);
    expect(() => search(index, embeddingAt(1), permits)).toThrow(
      expect.objectContaining({ code: "interrupted" }),
    );
  });
});
