import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import { embeddingAt } from "../../test/support/embeddings.ts";
import { entriesOf } from "../audit/index.ts";
import { newId, type Id } from "../core/index.ts";
import { openSealed, type KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  deleteTemplates,
  enrolledIn,
  faceKey,
  storeTemplates,
  templatesWithoutConsent,
  type WhichTemplates,
} from "./index.ts";

let database: TestDatabase;
let keys: KeyStore;
let removeKeys: () => Promise<void>;
let here: Scene;
const clock = testClock();

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  keys = store.keys;
  removeKeys = () => store.remove();
  here = scene(database.db, keys, clock);
});
afterAll(async () => {
  await database.close();
  await removeKeys();
});

function store(person: Id, enrolment: Id, embeddings = [embeddingAt(1)]) {
  return inTransaction(database.db, (trx) =>
    storeTemplates(trx, keys, { person, enrolment, packId: "pack", embeddings }, clock),
  );
}
function remove(person: Id, which: WhichTemplates) {
  return inTransaction(database.db, (trx) => deleteTemplates(trx, person, which, clock));
}
const rowsOf = (person: Id) =>
  database.db.selectFrom("template").selectAll().where("person_id", "=", person).execute();
const version = async () =>
  (await database.db.selectFrom("index_version").selectAll().executeTakeFirstOrThrow()).version;

describe("storing templates", () => {
  test("keeps neither the embedding nor anything that shows it", async () => {
    const { person, enrolment } = await here.enrolled((await here.collection()).id);
    const embedding = embeddingAt(1);
    await store(person, enrolment, [embedding]);
    const [row] = await rowsOf(person);
    const bytes = Buffer.from(new Float32Array(embedding).buffer);
    expect(row?.sealed.length).toBeGreaterThan(bytes.length);
    for (let i = 0; i < bytes.length; i += 16) {
      expect(row?.sealed.includes(bytes.subarray(i, i + 16))).toBe(false);
    }
    // Even unsealed it is turned: another instance could not compare it.
    const turned = await keys.withKey(faceKey(person), (key) =>
      openSealed(key, row!.sealed, `template:${person}:${row!.id}:pack`),
    );
    const vector = new Float32Array(turned.buffer, turned.byteOffset, embedding.length);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(Math.abs(vector.reduce((sum, v, i) => sum + v * embedding[i]!, 0))).toBeLessThan(0.5);
  });

  test("is refused without a live consent that covers the enrolment", async () => {
    const { person, enrolment } = await here.enrolled((await here.collection()).id);
    const { collection_id } = await database.db
      .selectFrom("enrolment")
      .selectAll()
      .where("id", "=", enrolment)
      .executeTakeFirstOrThrow();
    await here.consent(person, "find-me", collection_id, { event: "withdrawn" });
    await expect(store(person, enrolment)).rejects.toMatchObject({ code: "no-consent" });
    await here.consent(person, "find-me", (await here.collection()).id);
    await expect(store(person, enrolment)).rejects.toMatchObject({ code: "no-consent" });
    await here.consent(person, "keep-template", null);
    await expect(store(person, enrolment)).resolves.toHaveLength(1);
  });

  test("is refused for an enrolment of somebody else", async () => {
    const { id } = await here.collection();
    const one = await here.enrolled(id);
    const other = await here.enrolled(id);
    await expect(store(one.person, other.enrolment)).rejects.toMatchObject({ code: "no-consent" });
  });

  test("the database itself refuses a row without consent, whoever writes it", async () => {
    const { id } = await here.collection();
    const person = await here.person();
    const enrolment = newId();
    await sql`insert into enrolment values (${enrolment}, ${person}, ${id}, 'live', 'own-device', null, now())`.execute(
      database.db,
    );
    const insert = sql`insert into template values
      (${newId()}, ${person}, ${enrolment}, 'pack', 'bytes', now())`;
    await expect(insert.execute(database.db)).rejects.toMatchObject({ code: "AS001" });
    expect(await rowsOf(person)).toEqual([]);
    await here.consent(person, "find-me", id);
    await insert.execute(database.db);
    expect(await rowsOf(person)).toHaveLength(1);
  });

  test("the database refuses a withdrawal that leaves a template behind", async () => {
    const { id } = await here.collection();
    const { person, enrolment } = await here.enrolled(id);
    await store(person, enrolment);
    await expect(here.consent(person, "find-me", id, { event: "withdrawn" })).rejects.toMatchObject({
      code: "no-consent",
    });
  });

  test("is refused while an earlier key of the person awaits destruction", async () => {
    const { person, enrolment } = await here.enrolled((await here.collection()).id);
    await database.db
      .insertInto("doomed_key")
      .values({ kind: "person", subject_id: person, key_group: "face", doomed_at: clock.now() })
      .execute();
    await expect(store(person, enrolment)).rejects.toMatchObject({ code: "refused" });
  });

  test("takes one to five embeddings of length 1", async () => {
    const { person, enrolment } = await here.enrolled((await here.collection()).id);
    await expect(store(person, enrolment, [])).rejects.toMatchObject({ code: "bad-input" });
    const six = Array.from({ length: 6 }, (_, i) => embeddingAt(i));
    await expect(store(person, enrolment, six)).rejects.toMatchObject({ code: "bad-input" });
    const long = embeddingAt(1).map((value) => value * 2);
    await expect(store(person, enrolment, [long])).rejects.toMatchObject({ code: "internal" });
    expect(await rowsOf(person)).toEqual([]);
  });

  test("a row moved to another person does not open there", async () => {
    const { id } = await here.collection();
    const one = await here.enrolled(id);
    const other = await here.enrolled(id);
    await store(one.person, one.enrolment);
    await store(other.person, other.enrolment, [embeddingAt(2)]);
    const [mine] = await rowsOf(one.person);
    const [theirs] = await rowsOf(other.person);
    await expect(
      keys.withKey(faceKey(other.person), (key) =>
        openSealed(key, mine!.sealed, `template:${other.person}:${theirs!.id}:pack`),
      ),
    ).rejects.toMatchObject({ code: "signature" });
  });
});

describe("deleting templates", () => {
  test("counts them, tells every index, and is an entry", async () => {
    const { person, enrolment } = await here.enrolled((await here.collection()).id);
    await store(person, enrolment, [embeddingAt(1), embeddingAt(2)]);
    const before = await version();
    expect(await remove(person, "all")).toEqual({ templates: 2, noneLeft: true });
    expect(await version()).toBe(before + 1);
    expect((await entriesOf(database.db, person)).at(-1)).toMatchObject({
      kind: "templates-deleted",
      payload: { templates: 2 },
    });
  });

  test("`unpermitted` takes what no consent covers any more, and nothing else", async () => {
    const [one, two] = [await here.collection(), await here.collection()];
    const { person, enrolment } = await here.enrolled(one.id);
    await here.consent(person, "find-me", two.id);
    const second = newId();
    await sql`insert into enrolment values (${second}, ${person}, ${two.id}, 'live', 'own-device', null, now())`.execute(
      database.db,
    );
    await store(person, enrolment);
    await store(person, second);
    expect(await remove(person, "unpermitted")).toEqual({ templates: 0, noneLeft: false });
    const left = await inTransaction(database.db, async (trx) => {
      // The consent is ended by hand here, because the real withdrawal is a flow.
      await sql`insert into consent_event (id, person_id, purpose, collection_id, event, text_version, text_language,
        text_digest, given_how, valid_from, valid_until, epoch, at)
        values (${newId()}, ${person}, 'find-me', ${one.id}, 'withdrawn', 't', 'en', 'd', 'own-device', now(), now(), 9, now())`.execute(
        trx,
      );
      return deleteTemplates(trx, person, "unpermitted", clock);
    });
    expect(left).toEqual({ templates: 1, noneLeft: false });
    expect((await rowsOf(person)).map((row) => row.enrolment_id)).toEqual([second]);
    expect(await enrolledIn(database.db, two.id)).toEqual([{ person, enrolments: [second] }]);
    expect(await enrolledIn(database.db, one.id)).toEqual([]);
    expect(await remove(person, { enrolments: [second] })).toEqual({ templates: 1, noneLeft: true });
  });

  test("a consent that runs out by date leaves its templates on the list for expiry", async () => {
    const { id } = await here.collection();
    const { person, enrolment } = await here.enrolled(id);
    await store(person, enrolment);
    const [row] = await rowsOf(person);
    const isListed = async () =>
      (await templatesWithoutConsent(database.db)).some((item) => item.template === row?.id);
    expect(await isListed()).toBe(false);
    await sql`alter table consent_event disable trigger consent_event_append_only`.execute(database.db);
    await sql`update consent_event set valid_from = now() - interval '2 day', valid_until = now() - interval '1 day'
      where person_id = ${person}`.execute(database.db);
    await sql`alter table consent_event enable trigger consent_event_append_only`.execute(database.db);
    expect(await isListed()).toBe(true);
  });
});
