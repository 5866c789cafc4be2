import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { boxAt, scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import { entriesOf } from "../audit/index.ts";
import type { Box, Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import { createCard, createInvitation, endCard, takeCard } from "../people/index.ts";
import { doNotMatch } from "../photos/index.ts";
import {
  applyCards,
  confirm,
  matchesIn,
  recordMachineMatches,
  recordSightings,
  reject,
  retract,
  sightingsIn,
  tag,
  type Applied,
} from "./index.ts";
import { matchPermits } from "../consent/index.ts";

let database: TestDatabase;
let keys: KeyStore;
let removeKeys: () => Promise<void>;
let here: Scene;
let collection: Id;
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
beforeEach(async () => {
  collection = (await here.collection()).id;
});

interface Made {
  readonly id: Id;
  readonly code: string;
  readonly invitation: Id;
}

async function makeCard(seriesMinutes = 0): Promise<Made> {
  return inTransaction(database.db, async (trx) => {
    const expiresAt = new Date(clock.now().getTime() + 3_600_000);
    const order = { kind: "single", collection, by: "a clerk", expiresAt } as const;
    const { id } = await createInvitation(trx, keys, order, clock);
    return {
      ...(await createCard(trx, { collection, invitation: id, seriesMinutes }, clock)),
      invitation: id,
    };
  });
}

async function takenBy(card: Made): Promise<Id> {
  const { person } = await here.enrolled(collection);
  await inTransaction(database.db, (trx) => takeCard(trx, card.invitation, person, clock));
  return person;
}

const apply = (): Promise<Applied> => inTransaction(database.db, (trx) => applyCards(trx, collection, clock));

/** A photo with a face for each box, and the card before the chest of the first. */
async function photoWith(
  card: Made | null,
  options: { readonly boxes?: readonly Box[]; readonly minute?: number; readonly camera?: string } = {},
): Promise<{ readonly id: Id; readonly faces: readonly Id[] }> {
  const boxes = options.boxes ?? [boxAt(500)];
  const takenAt = new Date(Date.UTC(2026, 4, 1, 10, options.minute ?? 0));
  const made = await here.photo(collection, boxes, { takenAt });
  await database.db
    .updateTable("photo")
    .set({ camera: options.camera ?? "0123456789abcdef" })
    .where("id", "=", made.id)
    .execute();
  if (card) {
    const codes = [{ kind: "tag", code: card.code, box: { x: 530, y: 260, w: 22, h: 22 } }] as const;
    const faces = boxes.map((box, i) => ({ id: made.faces[i] ?? "", box, detection: "certain" as const }));
    await inTransaction(database.db, (trx) =>
      recordSightings(trx, { photo: made.id, collection, codes, faces }, clock),
    );
  }
  return made;
}

async function states(photo: { readonly id: Id }): Promise<readonly string[]> {
  const matches = [...(await matchesIn(database.db, [photo.id])).values()].flat();
  return matches.map((match) => `${match.origin} ${match.state} ${match.person}`);
}

describe("what a card gives", () => {
  test("waits until somebody joins by its other half, and is theirs then, once", async () => {
    const card = await makeCard();
    const photo = await photoWith(card);
    expect(await apply()).toEqual({ given: 0, asked: 0, changed: [] });
    expect(await states(photo)).toEqual([]);
    const ann = await takenBy(card);
    expect(await apply()).toEqual({ given: 1, asked: 0, changed: [photo.id] });
    expect(await states(photo)).toEqual([`card matched ${ann}`]);
    expect(await apply()).toEqual({ given: 0, asked: 0, changed: [] });
    const kinds = (await entriesOf(database.db, ann)).map((entry) => entry.kind);
    expect(kinds.filter((kind) => kind.startsWith("card"))).toEqual(["card-taken", "card-tags"]);
    const row = await database.db
      .selectFrom("card")
      .selectAll()
      .where("id", "=", card.id)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ person_id: ann, invitation_id: null });
  });

  test("is never what somebody rejected, confirmed as another's, or objected to", async () => {
    const card = await makeCard();
    const ann = await takenBy(card);
    const ben = (await here.enrolled(collection)).person;
    const [rejected, others, objected] = [
      await photoWith(card),
      await photoWith(card),
      await photoWith(card),
    ];
    const by = "staff";
    await inTransaction(database.db, async (trx) => {
      await reject(trx, { face: rejected.faces[0] ?? "", person: ann, by }, clock);
      await tag(trx, { face: others.faces[0] ?? "", person: ben, by }, clock);
      await doNotMatch(trx, { face: objected.faces[0] ?? "" }, clock);
    });
    expect(await apply()).toEqual({ given: 0, asked: 0, changed: [] });
    expect(await states(rejected)).toEqual([`hand rejected ${ann}`]);
    expect(await states(others)).toEqual([`hand confirmed ${ben}`]);
    expect(await states(objected)).toEqual([]);
  });

  test("goes when the card is ended, but for what somebody confirmed; a rejection stays", async () => {
    const card = await makeCard(5);
    const ann = await takenBy(card);
    const [given, confirmed, rejected] = [
      await photoWith(card),
      await photoWith(card),
      await photoWith(card, { minute: 1 }),
    ];
    const following = await photoWith(null, { minute: 2 });
    await apply();
    expect(await states(following)).toEqual([`card asked ${ann}`]);
    await inTransaction(database.db, async (trx) => {
      await confirm(trx, { face: confirmed.faces[0] ?? "", person: ann, by: ann }, clock);
      await reject(trx, { face: rejected.faces[0] ?? "", person: ann, by: ann }, clock);
      await endCard(trx, { collection, code: card.code }, "the desk", clock);
    });
    const { changed } = await apply();
    expect([...changed].sort()).toEqual([given.id, following.id].sort());
    expect(await states(given)).toEqual([]);
    expect(await states(confirmed)).toEqual([`card confirmed ${ann}`]);
    expect(await states(rejected)).toEqual([`card rejected ${ann}`]);
    expect(await states(following)).toEqual([]);
  });

  test("does not take a face from whom the machine gave it to; staff see that it waits", async () => {
    const card = await makeCard();
    const ben = (await here.enrolled(collection)).person;
    const photo = await photoWith(card);
    await machine(photo.faces[0] ?? "", ben, "matched");
    await takenBy(card);
    expect(await apply()).toMatchObject({ given: 0 });
    expect(await states(photo)).toEqual([`machine matched ${ben}`]);
    expect(await sightingsIn(database.db, collection)).toMatchObject([
      { photo: photo.id, code: card.code, standing: "clear", match: null },
    ]);
  });

  test("settles what the machine only asked, and no later look through the photos asks again", async () => {
    const card = await makeCard();
    const ben = (await here.enrolled(collection)).person;
    const photo = await photoWith(card);
    const face = photo.faces[0] ?? "";
    await machine(face, ben, "asked");
    const ann = await takenBy(card);
    await apply();
    expect(await states(photo)).toEqual([`card matched ${ann}`]);
    await machine(face, ben, "matched");
    expect(await states(photo)).toEqual([`card matched ${ann}`]);
  });

  test("is kept where face recognition is taken back, and goes with every tag", async () => {
    const card = await makeCard(5);
    const ann = await takenBy(card);
    const [photo, following] = [await photoWith(card), await photoWith(null, { minute: 2 })];
    await apply();
    const order = { collections: "all", keepRejections: true } as const;
    await inTransaction(database.db, (trx) => retract(trx, ann, { ...order, machineOnly: true }, clock));
    expect([...(await states(photo)), ...(await states(following))]).toEqual([
      `card matched ${ann}`,
      `card asked ${ann}`,
    ]);
    await inTransaction(database.db, (trx) => retract(trx, ann, { ...order, machineOnly: false }, clock));
    expect([...(await states(photo)), ...(await states(following))]).toEqual([]);
  });
});

describe("the photos after a card", () => {
  test("are asked about within the card's time, of the same camera, with one face", async () => {
    const card = await makeCard(5);
    const ann = await takenBy(card);
    await photoWith(card, { minute: 1 });
    const next = await photoWith(null, { minute: 2 });
    const two = await photoWith(null, { minute: 2, boxes: [boxAt(100), boxAt(500)] });
    const other = await photoWith(null, { minute: 2, camera: "00000000ffffffff" });
    const late = await photoWith(null, { minute: 7 });
    expect(await apply()).toMatchObject({ given: 1, asked: 1 });
    expect(await states(next)).toEqual([`card asked ${ann}`]);
    for (const photo of [two, other, late]) expect(await states(photo)).toEqual([]);
  });

  test("are not asked about any more when a card that came in between is imported later", async () => {
    const [one, two] = [await makeCard(5), await makeCard(5)];
    const [ann, ben] = [await takenBy(one), await takenBy(two)];
    await photoWith(one, { minute: 1 });
    const following = await photoWith(null, { minute: 4 });
    await apply();
    expect(await states(following)).toEqual([`card asked ${ann}`]);
    await photoWith(two, { minute: 3 });
    await apply();
    expect(await states(following)).toEqual([`card asked ${ben}`]);
  });

  test("are left to the machine where it answers about the same person", async () => {
    const card = await makeCard(5);
    const ann = await takenBy(card);
    await photoWith(card, { minute: 1 });
    const following = await photoWith(null, { minute: 2 });
    await apply();
    await machine(following.faces[0] ?? "", ann, "matched");
    expect(await states(following)).toEqual([`machine matched ${ann}`]);
    await apply();
    expect(await states(following)).toEqual([`machine matched ${ann}`]);
  });

  test("are nobody's where no series was promised", async () => {
    const card = await makeCard(0);
    await takenBy(card);
    await photoWith(card, { minute: 1 });
    const following = await photoWith(null, { minute: 2 });
    expect(await apply()).toMatchObject({ given: 1, asked: 0 });
    expect(await states(following)).toEqual([]);
  });
});

test("a card of another collection is only a place to hide", async () => {
  const elsewhere = await makeCard();
  await takenBy(elsewhere);
  collection = (await here.collection()).id;
  const photo = await photoWith(elsewhere);
  expect(await apply()).toMatchObject({ given: 0 });
  expect(await states(photo)).toEqual([]);
  expect(await sightingsIn(database.db, collection)).toMatchObject([{ code: null, standing: "no-card" }]);
});

async function machine(face: Id, person: Id, state: "matched" | "asked"): Promise<void> {
  const permits = await matchPermits(database.db, collection, clock);
  const source = { packId: "pack", policyVersion: "1" };
  await inTransaction(database.db, (trx) =>
    recordMachineMatches(trx, [{ face, state, persons: [person] }], permits, source, clock),
  );
}
