import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { boxAt, scene, testKeys, type Scene } from "../../test/support/scene.ts";
import { newId, systemClock, type Id } from "../core/index.ts";
import { inTransaction, type ConsentEventKind, type Purpose } from "./index.ts";
import { sqlState } from "./transaction.ts";

/** What the database refuses by itself, tried by plain SQL as somebody with an editor would. */

const NO_CONSENT = "AS001";
const APPEND_ONLY = "AS002";
const HUMAN_DECISION = "AS003";
const CHECK = "23514";
const UNIQUE = "23505";

let database: TestDatabase;
let here: Scene;
let removeKeys: () => Promise<void>;
let collection: Id;
let person: Id;
let other: Id;
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
  person = await here.person();
  other = await here.person();
  const made = await here.photo(collection, [boxAt(100), boxAt(400)]);
  photo = made.id;
  face = made.faces[0] ?? "";
  enrolment = newId();
  expect(
    await answer(sql`insert into enrolment values
      (${enrolment}, ${person}, ${collection}, 'live', 'own-device', null, now())`),
  ).toBe("taken");
});

type Statement = ReturnType<typeof sql>;

/** Runs the statements as one transaction: `taken`, or the SQLSTATE with which it was refused. */
async function answer(...statements: readonly Statement[]): Promise<string> {
  try {
    await database.db.transaction().execute(async (trx) => {
      for (const statement of statements) await statement.execute(trx);
    });
    return "taken";
  } catch (error) {
    return sqlState(error) ?? String(error);
  }
}

interface RawConsent {
  readonly who?: Id;
  readonly event?: ConsentEventKind;
  readonly channel?: string;
  readonly collection?: Id | null;
  readonly until?: string;
  readonly givenHow?: string;
  readonly staff?: string | null;
}

function consent(purpose: Purpose, options: RawConsent = {}): Statement {
  const scope = options.collection === undefined ? collection : options.collection;
  return sql`insert into consent_event (id, person_id, purpose, channel, collection_id, event, text_version,
      text_language, text_digest, given_how, staff, valid_from, valid_until, epoch, at)
    values (${newId()}, ${options.who ?? person}, ${purpose}, ${options.channel ?? null}, ${scope},
      ${options.event ?? "given"}, 'v', 'en', 'd', ${options.givenHow ?? "own-device"}, ${options.staff ?? null},
      now() - interval '2 hours', now() + ${options.until ?? "1 day"}::interval, 0, now())`;
}

const template = (who = person, enrolled = enrolment): Statement =>
  sql`insert into template values (${newId()}, ${who}, ${enrolled}, 'pack', decode('00', 'hex'), now())`;

function match(
  state: string,
  options: { origin?: string; who?: Id; face?: Id; decidedBy?: string | null } = {},
): Statement {
  const origin = options.origin ?? "machine";
  const source = origin === "machine" ? "v" : null;
  return sql`insert into match values (${options.face ?? face}, ${options.who ?? person}, ${origin}, ${state},
    ${source}, ${source}, ${options.decidedBy ?? null}, now())`;
}

/** A rendition that shows the face as `who`. */
function showing(audience: { channel: string } | { reader: Id }, options: { who?: Id; state?: string } = {}) {
  const id = newId();
  const channel = "channel" in audience ? audience.channel : null;
  const reader = "reader" in audience ? audience.reader : null;
  return [
    sql`insert into rendition values (${id}, ${photo}, ${collection}, ${channel}, ${reader}, ${newId()},
      ${options.state ?? "current"}, 'matched', 'b', 'd', now())`,
    sql`insert into rendition_face values (${id}, ${face}, ${options.who ?? person}, null)`,
  ];
}

describe("a template", () => {
  test("is refused without a consent", async () => {
    expect(await answer(template())).toBe(NO_CONSENT);
  });

  test.each([
    ["find-me for its collection", () => consent("find-me")],
    ["keep-template for every collection", () => consent("keep-template", { collection: null })],
  ])("is taken with %s, whichever of the two comes first", async (_, given) => {
    expect(await answer(template(), given())).toBe("taken");
    expect(await answer(template())).toBe("taken");
  });

  test("is refused where the consent is another's, for another collection, of another purpose, or over", async () => {
    const elsewhere = (await here.collection()).id;
    expect(await answer(consent("find-me", { who: other }), template())).toBe(NO_CONSENT);
    expect(await answer(consent("find-me", { collection: elsewhere }), template())).toBe(NO_CONSENT);
    expect(await answer(consent("staff-lookup"), template())).toBe(NO_CONSENT);
    expect(await answer(consent("find-me", { until: "-1 hour" }), template())).toBe(NO_CONSENT);
    expect(await answer(consent("find-me", { event: "refused" }), template())).toBe(NO_CONSENT);
  });

  test("is refused under somebody else's enrolment, also by a later change", async () => {
    expect(await answer(consent("find-me", { who: other }), template(other))).toBe(NO_CONSENT);
    expect(await answer(consent("find-me"), template())).toBe("taken");
    expect(await answer(sql`update template set person_id = ${other} where person_id = ${person}`)).toBe(
      NO_CONSENT,
    );
  });
});

describe("a machine match", () => {
  test.each(["matched", "asked"])("that is %s needs find-me for the photo's collection", async (state) => {
    const elsewhere = (await here.collection()).id;
    expect(await answer(match(state))).toBe(NO_CONSENT);
    expect(await answer(consent("keep-template", { collection: null }), match(state))).toBe(NO_CONSENT);
    expect(await answer(consent("find-me", { collection: elsewhere }), match(state))).toBe(NO_CONSENT);
    expect(await answer(consent("find-me"), match(state))).toBe("taken");
  });

  test("is not needed for a tag by hand", async () => {
    expect(await answer(match("confirmed", { origin: "hand", decidedBy: "somebody" }))).toBe("taken");
  });

  test("cannot be made of a tag by hand afterwards", async () => {
    expect(await answer(match("confirmed", { origin: "hand", decidedBy: "somebody" }))).toBe("taken");
    const turned = sql`update match set origin = 'machine', state = 'matched', pack_id = 'v', policy_version = 'v',
      decided_by = 'somebody' where face_id = ${face}`;
    expect(await answer(turned)).toBe(NO_CONSENT);
  });

  test("says by which pack and policy, and a human decision by whom", async () => {
    expect(await answer(consent("find-me"))).toBe("taken");
    expect(
      await answer(sql`insert into match values
      (${face}, ${person}, 'machine', 'matched', null, null, null, now())`),
    ).toBe(CHECK);
    expect(await answer(match("confirmed"))).toBe(CHECK);
    expect(await answer(match("matched", { origin: "hand", decidedBy: "somebody" }))).toBe(CHECK);
  });
});

describe("a face", () => {
  test.each([
    ["matched", "matched", UNIQUE],
    ["matched", "confirmed", UNIQUE],
    ["confirmed", "confirmed", UNIQUE],
    ["asked", "asked", "taken"],
    ["confirmed", "rejected", "taken"],
  ])("that is %s as one person and %s as another: %s", async (first, second, expected) => {
    const state = (one: string, who: Id): Statement =>
      match(one, { who, decidedBy: one === "matched" || one === "asked" ? null : "somebody" });
    expect(await answer(consent("find-me"), consent("find-me", { who: other }))).toBe("taken");
    expect(await answer(state(first, person))).toBe("taken");
    expect(await answer(state(second, other))).toBe(expected);
  });
});

describe("a human decision", () => {
  test("a rejection is never turned into a suggestion, by whomever", async () => {
    expect(await answer(consent("find-me"), match("rejected", { decidedBy: "the person" }))).toBe("taken");
    for (const state of ["matched", "asked"]) {
      for (const by of ["somebody", null]) {
        const turned = sql`update match set state = ${state}, decided_by = ${by} where face_id = ${face}`;
        expect(await answer(turned)).toBe(HUMAN_DECISION);
      }
    }
  });

  test.each(["confirmed", "rejected"])("%s is not undone by a machine, but by a human", async (state) => {
    expect(await answer(consent("find-me"), match(state, { decidedBy: "the person" }))).toBe("taken");
    const turned = state === "confirmed" ? "rejected" : "confirmed";
    const by = (who: string | null): Statement =>
      sql`update match set state = ${turned}, decided_by = ${who} where face_id = ${face}`;
    expect(await answer(by(null))).toBe(HUMAN_DECISION);
    expect(await answer(by("another human"))).toBe("taken");
  });
});

describe("a rendition", () => {
  test("for a channel shows a face only with a consent to that channel", async () => {
    const website = { channel: "website" };
    expect(await answer(...showing(website))).toBe(NO_CONSENT);
    expect(await answer(consent("publish", { channel: "press" }), ...showing(website))).toBe(NO_CONSENT);
    expect(await answer(consent("publish", { channel: "companions" }), ...showing(website))).toBe(NO_CONSENT);
    expect(await answer(consent("find-me"), ...showing(website))).toBe(NO_CONSENT);
    expect(await answer(consent("publish", { channel: "website" }), ...showing(website))).toBe("taken");
  });

  test("for a reader shows the reader's own face, and another's only with publish:companions", async () => {
    expect(await answer(...showing({ reader: person }))).toBe("taken");
    expect(await answer(...showing({ reader: other }))).toBe(NO_CONSENT);
    const toChannel = consent("publish", { channel: "website" });
    expect(await answer(toChannel, ...showing({ reader: other }))).toBe(NO_CONSENT);
    const toCompanions = consent("publish", { channel: "companions" });
    expect(await answer(toCompanions, ...showing({ reader: other }))).toBe("taken");
  });

  test("that is suspended does not come back without the consent", async () => {
    expect(await answer(...showing({ channel: "website" }, { state: "suspended" }))).toBe("taken");
    const resumed = sql`update rendition set state = 'current' where photo_id = ${photo}`;
    expect(await answer(resumed)).toBe(NO_CONSENT);
    expect(await answer(consent("publish", { channel: "website" }), resumed)).toBe("taken");
  });

  test("is not turned over to another audience", async () => {
    expect(await answer(...showing({ reader: person }))).toBe("taken");
    const toChannel = sql`update rendition set reader_id = null, channel = 'website' where photo_id = ${photo}`;
    expect(await answer(toChannel)).toBe(NO_CONSENT);
    expect(await answer(sql`update rendition set reader_id = ${other} where photo_id = ${photo}`)).toBe(
      NO_CONSENT,
    );
  });

  test("does not take over another person's consent by a change of whom it shows", async () => {
    expect(await answer(consent("publish", { channel: "website" }), ...showing({ channel: "website" }))).toBe(
      "taken",
    );
    expect(await answer(sql`update rendition_face set person_id = ${other} where face_id = ${face}`)).toBe(
      NO_CONSENT,
    );
  });
});

describe.each(["withdrawn", "refused", "expired"] as const)("a consent that is %s", (event) => {
  test("cannot leave a template behind", async () => {
    expect(await answer(consent("find-me"), template())).toBe("taken");
    expect(await answer(consent("find-me", { event }))).toBe(NO_CONSENT);
    const goes = sql`delete from template where person_id = ${person}`;
    expect(await answer(consent("find-me", { event }), goes)).toBe("taken");
  });

  test("cannot leave a machine match behind, while a tag by hand may stay", async () => {
    const second = (await here.photo(collection, [boxAt(10)])).faces[0] ?? "";
    const tag = match("confirmed", { origin: "hand", decidedBy: "somebody", face: second });
    expect(await answer(consent("find-me"), match("asked"), tag)).toBe("taken");
    expect(await answer(consent("find-me", { event }))).toBe(NO_CONSENT);
    const goes = sql`delete from match where person_id = ${person} and origin = 'machine'`;
    expect(await answer(consent("find-me", { event }), goes)).toBe("taken");
  });

  test.each([
    ["a channel", "website", () => ({ channel: "website" })],
    ["a companion", "companions", () => ({ reader: other })],
  ])("cannot leave %s a rendition that shows the face", async (_, channel, audience) => {
    expect(await answer(consent("publish", { channel }), ...showing(audience()))).toBe("taken");
    expect(await answer(consent("publish", { channel, event }))).toBe(NO_CONSENT);
    const goes = sql`update rendition set state = 'suspended' where photo_id = ${photo}`;
    expect(await answer(consent("publish", { channel, event }), goes)).toBe("taken");
  });

  test("says nothing against what another consent still covers", async () => {
    const kept = consent("keep-template", { collection: null });
    expect(await answer(consent("find-me"), kept, template())).toBe("taken");
    expect(await answer(consent("find-me", { event }))).toBe("taken");
  });
});

describe("the consent record", () => {
  const rows = (): Statement => sql`select id from consent_event where person_id = ${person}`;

  test("is not rewritten, not emptied, and not taken back line by line", async () => {
    expect(await answer(consent("find-me"))).toBe("taken");
    for (const statement of [
      sql`update consent_event set valid_until = now() + interval '9 years' where person_id = ${person}`,
      sql`delete from consent_event where person_id = ${person}`,
      sql`delete from person where id = ${person}`,
      sql`truncate consent_event cascade`,
    ]) {
      expect(await answer(statement)).toBe(APPEND_ONLY);
    }
    expect((await rows().execute(database.db)).rows).toHaveLength(1);
  });

  test("goes with the person while an erasure runs, and even then is not rewritten", async () => {
    const erasing = sql`select set_config('assent.erasing', 'yes', true)`;
    expect(await answer(consent("find-me"))).toBe("taken");
    const rewritten = sql`update consent_event set staff = 'x' where person_id = ${person}`;
    expect(await answer(erasing, rewritten)).toBe(APPEND_ONLY);
    expect(await answer(erasing, sql`delete from person where id = ${person}`)).toBe("taken");
    expect((await rows().execute(database.db)).rows).toEqual([]);
    expect(await answer(consent("find-me", { who: other }))).toBe("taken");
    expect(await answer(sql`delete from consent_event where person_id = ${other}`)).toBe(APPEND_ONLY);
  });

  test("holds staff-lookup from the person's own device only, and names staff where they took part", async () => {
    const desk = { givenHow: "desk", staff: "somebody" };
    expect(await answer(consent("staff-lookup", desk))).toBe(CHECK);
    expect(await answer(consent("staff-lookup", { ...desk, givenHow: "paper" }))).toBe(CHECK);
    expect(await answer(consent("staff-lookup", { ...desk, event: "withdrawn" }))).toBe("taken");
    expect(await answer(consent("staff-lookup"))).toBe("taken");
    expect(await answer(consent("find-me", { givenHow: "desk" }))).toBe(CHECK);
    expect(await answer(consent("find-me", desk))).toBe("taken");
  });

  test("names a channel for publish and for nothing else", async () => {
    expect(await answer(consent("publish"))).toBe(CHECK);
    expect(await answer(consent("find-me", { channel: "website" }))).toBe(CHECK);
  });
});

describe("the log", () => {
  test.each([
    ["changed", sql`update entry set leaf = decode(repeat('00', 32), 'hex')`],
    ["shortened", sql`delete from entry`],
    ["shortened by nothing at all", sql`delete from entry where false`],
    ["emptied", sql`truncate entry cascade`],
  ])("is never %s, not even by an erasure", async (_, statement) => {
    expect(await answer(sql`select set_config('assent.erasing', 'yes', true)`, statement)).toBe(APPEND_ONLY);
  });
});

test("a refused transaction surfaces as no-consent", async () => {
  const write = inTransaction(database.db, async (trx) => void (await template().execute(trx)));
  await expect(write).rejects.toMatchObject({ code: "no-consent" });
});
