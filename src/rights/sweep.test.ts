import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { boxAt, scene, testKeys, type Scene } from "../../test/support/scene.ts";
import { newId, systemClock, type Id } from "../core/index.ts";
import { sweepDatabase, sweepPerson } from "./index.ts";

let database: TestDatabase;
let here: Scene;
let removeKeys: () => Promise<void>;
let collection: Id;
let person: Id;
let enrolment: Id;
let photo: Id;
let face: Id;

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  removeKeys = () => store.remove();
  here = scene(database.db, store.keys, systemClock);
});
afterAll(async () => {
  await database.close();
  await removeKeys();
});
beforeEach(async () => {
  collection = (await here.collection()).id;
  ({ person, enrolment } = await here.enrolled(collection));
  const made = await here.photo(collection, [boxAt(100)]);
  photo = made.id;
  face = made.faces[0] ?? "";
});

type Statement = ReturnType<typeof sql>;

/** Writes past every guard, as a fault of the program or of an administrator would; the test takes it away again. */
async function plant(...statements: readonly Statement[]): Promise<void> {
  await database.db.transaction().execute(async (trx) => {
    await sql`set local session_replication_role = replica`.execute(trx);
    for (const statement of statements) await statement.execute(trx);
  });
}

const findMe = (event: string, until = "1 day"): Statement =>
  sql`insert into consent_event (id, person_id, purpose, collection_id, event, text_version, text_language, text_digest,
      given_how, valid_from, valid_until, epoch, at)
    values (${newId()}, ${person}, 'find-me', ${collection}, ${event}, 'v', 'en', 'd', 'own-device',
      now() - interval '2 days', now() + ${until}::interval, 0, now())`;

const template = (): Statement =>
  sql`insert into template values (${newId()}, ${person}, ${enrolment}, 'pack', decode('00', 'hex'), now())`;

const match = (state = "matched"): Statement =>
  sql`insert into match values (${face}, ${person}, 'machine', ${state}, 'pack', 'v', null, now())`;

function shown(channel: string | null, reader: Id | null, state = "current"): readonly Statement[] {
  const id = newId();
  return [
    sql`insert into rendition values (${id}, ${photo}, ${collection}, ${channel}, ${reader}, ${newId()},
      ${state}, 'matched', 'b', 'd', now())`,
    sql`insert into rendition_face values (${id}, ${face}, ${person}, null)`,
  ];
}

/** For the public channel, with nobody shown. */
const published = (): readonly Statement[] => shown("website", null).slice(0, 1);

const request = (state: "open" | "closed"): Statement =>
  sql`insert into request (id, kind, photo_id, language, state, outcome, staff, opened_at, due_at, closed_at)
    values (${newId()}, 'hide-me', ${photo}, 'en', ${state}, ${state === "open" ? null : "withheld"},
      ${state === "open" ? null : "s"}, now(), now(), ${state === "open" ? null : new Date()})`;

const objection = (column: "person_id" | "face_id" | "photo_id", id: Id): Statement =>
  sql`insert into objection (id, ${sql.ref(column)}, at) values (${newId()}, ${id}, now())`;

const publishTo = (channel: string): Promise<void> =>
  here.consent(person, "publish", collection, { channel });

const pending = (kind: string, deadline: string): Statement =>
  sql`insert into pending (id, kind, subject, deadline, created_at)
    values (${newId()}, ${kind}, 's', now() + ${deadline}::interval, now())`;

const doomed = (since: string): Statement =>
  sql`insert into doomed_key values ('person', ${newId()}, 'face', now() - ${since}::interval)`;

const withChips = (): Statement => sql`update photo set chips = 'c' where id = ${photo}`;

const found = async (): Promise<readonly string[]> =>
  (await sweepDatabase(database.db)).residue.map((one) => `${one.count} ${one.where}: ${one.check}`);

/** Everything that the sweep may find, away. */
async function clear(): Promise<void> {
  await plant(
    ...[
      "template",
      "match",
      "rendition_face",
      "rendition",
      "pending",
      "doomed_key",
      "request",
      "objection",
    ].map((table) => sql`delete from ${sql.table(table)}`),
    sql`update photo set chips = null`,
  );
}

describe("the sweep of the database", () => {
  const TEMPLATE = ["1 template: no template without a live consent"];
  const MATCH = ["1 match: no machine match without a live consent"];
  const SHOWN = ["1 rendition_face: no current rendition shows a face without a live consent"];
  const UNMATCHED = ["1 rendition_face: no shown face whose match is gone"];
  const HELD = ["1 rendition: no public rendition of a photo that somebody asked to be taken off"];
  const CHIPS = ["1 photo: no chips after joining has closed"];
  const LATE = ["1 pending: no erasure past its time"];
  const KEY = ["1 doomed_key: no key that should be destroyed"];

  test.each<[string, () => Promise<unknown>, readonly string[]]>([
    ["a template of somebody who left", () => plant(template(), findMe("withdrawn")), TEMPLATE],
    [
      "a template whose consent is over by date",
      () => plant(template(), findMe("given", "-1 hour")),
      TEMPLATE,
    ],
    [
      "a template under another person's enrolment",
      async () => {
        const other = await here.person();
        await plant(template(), sql`update template set person_id = ${other}`);
      },
      TEMPLATE,
    ],
    ["a match of somebody who left", () => plant(match(), findMe("withdrawn")), MATCH],
    ["a question about somebody who left", () => plant(match("asked"), findMe("refused")), MATCH],
    ["a face on a channel nobody agreed to", () => plant(match(), ...shown("website", null)), SHOWN],
    [
      "a face on another channel than agreed to",
      async () => {
        await publishTo("press");
        await plant(match(), ...shown("website", null));
      },
      SHOWN,
    ],
    [
      "a face before companions who may not see it",
      async () => plant(match(), ...shown(null, await here.person())),
      SHOWN,
    ],
    [
      "a face shown as somebody whom it is not matched to",
      async () => {
        await publishTo("website");
        await plant(...shown("website", null));
      },
      UNMATCHED,
    ],
    [
      "a face shown as somebody it was only asked about",
      async () => {
        await publishTo("website");
        await plant(match("asked"), ...shown("website", null));
      },
      UNMATCHED,
    ],
    [
      "a public rendition of a photo that somebody asked to be taken off",
      () => plant(...published(), request("open")),
      HELD,
    ],
    [
      "a public rendition of a photo that was taken off for good",
      () => plant(...published(), request("closed")),
      HELD,
    ],
    [
      "a public rendition of a photo that somebody objected to",
      () => plant(...published(), objection("photo_id", photo)),
      HELD,
    ],
    [
      "a public rendition of a photo with a face that somebody objected for",
      () => plant(...published(), objection("face_id", face)),
      HELD,
    ],
    [
      "a public rendition of a photo in which somebody is found who objected",
      () => plant(...published(), match(), objection("person_id", person)),
      HELD,
    ],
    [
      "chips after joining was closed",
      () => plant(withChips(), sql`update collection set joining_closed_at = now() where id = ${collection}`),
      CHIPS,
    ],
    [
      "chips after the last day of joining",
      () => plant(withChips(), sql`update collection set join_until = now() where id = ${collection}`),
      CHIPS,
    ],
    [
      "chips where matching is off",
      () => plant(withChips(), sql`update collection set matching = 'off' where id = ${collection}`),
      CHIPS,
    ],
    ["work past its time", () => plant(pending("remove-blob", "-1 second")), LATE],
    ["a key that was doomed a minute ago and more", () => plant(doomed("61 seconds")), KEY],
  ])("finds %s", async (_, act, expected) => {
    await clear();
    expect(await found()).toEqual([]);
    await act();
    expect(await found()).toEqual(expected);
    await clear();
    expect(await found()).toEqual([]);
  });

  test("says nothing against what is as it should be", async () => {
    await publishTo("website");
    await publishTo("companions");
    const reader = await here.person();
    await plant(
      template(),
      match(),
      ...shown("website", null),
      ...shown(null, person),
      ...shown(null, reader),
      ...shown("press", null, "suspended"),
      pending("render", "30 seconds"),
      doomed("10 seconds"),
      withChips(),
    );
    const { checks, residue } = await sweepDatabase(database.db);
    expect(residue).toEqual([]);
    expect(checks.length).toBeGreaterThanOrEqual(7);
    await clear();
  });
});

describe("the sweep for a person", () => {
  test("counts every row about them by table, and nothing about anybody else", async () => {
    await plant(template(), match(), ...shown("website", null));
    const other = await here.person();
    const { residue, checks } = await sweepPerson(database.db, person);
    expect(Object.fromEntries(residue.map((one) => [one.where, one.count]))).toEqual({
      template: 1,
      enrolment: 1,
      match: 1,
      rendition_face: 1,
      entry_payload: 3,
      consent_event: 1,
      person: 1,
    });
    expect(checks).toEqual([{ check: "no row about the person", residue: 9 }]);
    const { residue: ofOther } = await sweepPerson(database.db, other);
    expect(ofOther.find((one) => one.where === "template")).toBeUndefined();
    await clear();
  });
});
