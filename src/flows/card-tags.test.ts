import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cardPhoto, type CardPhoto, type Head } from "../../test/support/cards.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { makeCollection, nothing } from "../../test/support/order.ts";
import type { Instance } from "../app/index.ts";
import { tagText, type Id } from "../core/index.ts";
import { readCodes, readPicture } from "../pictures/index.ts";
import { sweepPerson } from "../rights/index.ts";
import {
  answer,
  erase,
  importFolder,
  invite,
  joinOnline,
  listCards,
  listSeenCards,
  photosOf,
  pictureFor,
  prove,
  stopCard,
  withdraw,
  type Imported,
  type Invited,
} from "./index.ts";

/**
 * A school or club without face recognition: people hold a card up, the photographer goes on to the next, and whoever joins
 * by the other half has their photos. Real pictures, read by the real processes; nobody's face is compared.
 */
let test_: TestInstance;
let instance: Instance;
let cards: Invited["invitations"];
let run = 0;

beforeAll(async () => {
  test_ = await testInstance();
  instance = test_.instance;
  await makeCollection(instance, "school", { matching: "off" });
  const order = { collection: "school", kind: "single", count: 4, cardSeries: 5, actor: "a clerk" } as const;
  cards = (await invite(instance, order)).invitations;
});
afterAll(() => test_.close());

const code = (n: number): string => cards[n]?.card?.code ?? "";
const tagOf = (n: number): string => tagText(code(n));
const linkOf = (n: number): string => `https://photos.example/join#${cards[n]?.secret ?? ""}`;

/** Before the chest of a head that is at 400, 60. */
const HELD = { at: [525, 560], side: 120 } as const;
const ONE = (head: Head): CardPhoto["people"] => [{ head, at: [400, 60] }];

async function take(photos: Readonly<Record<string, CardPhoto>>): Promise<Imported> {
  const folder = join(test_.folder, `photos-${run++}`);
  await mkdir(folder);
  for (const [name, photo] of Object.entries(photos)) {
    await writeFile(join(folder, `${name}.jpg`), await cardPhoto(photo));
  }
  const done = await importFolder(instance, { folder, collection: "school", progress: nothing });
  expect(done.failed).toEqual([]);
  return done;
}

async function joinBy(n: number): Promise<Id> {
  const joined = await joinOnline(instance, {
    invitation: cards[n]?.secret ?? "",
    language: "fr",
    declared: true,
    minimumAge: 15,
    consents: [],
  });
  expect(joined.findMe).toBe(false);
  return joined.person;
}

/** File names by how the photo is the person's. */
async function photosOn(person: Id): Promise<readonly string[]> {
  const { photos } = await photosOf(instance, person);
  const names = await instance.db.selectFrom("photo").select(["id", "file_name"]).execute();
  const nameOf = new Map(names.map((row) => [row.id, row.file_name.replace(".jpg", "")]));
  return photos.map((photo) => `${nameOf.get(photo.id) ?? ""} ${photo.state}`).sort();
}

async function photoNamed(name: string): Promise<Id> {
  const { id } = await instance.db
    .selectFrom("photo")
    .select("id")
    .where("file_name", "=", `${name}.jpg`)
    .executeTakeFirstOrThrow();
  return id;
}

const at = (minute: number, camera = "one"): Pick<CardPhoto, "camera" | "takenAt"> => ({
  camera,
  takenAt: `2026:05:01 10:0${minute}:00`,
});

let ann: Id;

test("the photos wait for whoever joins by the card, and are theirs at once, with nothing biometric kept", async () => {
  const done = await take({
    "ann-card": { people: ONE("ann"), codes: [{ text: tagOf(0), ...HELD }], ...at(0) },
    "ann-next": { people: ONE("ann"), ...at(1) },
    "two-next": { people: [...ONE("ann"), { head: "ben", at: [850, 60] }], ...at(1) },
    "other-camera": { people: ONE("eve"), ...at(1, "two") },
    // Unfolded: the secret half is in the picture.
    "ben-card": {
      people: ONE("ben"),
      codes: [
        { text: tagOf(1), ...HELD },
        { text: linkOf(1), at: [515, 690], side: 150 },
      ],
      ...at(2),
    },
    "ben-next": { people: ONE("ben"), ...at(3) },
  });
  expect(done.byCard).toEqual({ given: 0, asked: 0 });
  ann = await joinBy(0);
  expect(await photosOn(ann)).toEqual(["ann-card matched", "ann-next asked"]);
  for (const table of ["template", "receipt_claim"] as const) {
    expect(await instance.db.selectFrom(table).selectAll().execute()).toEqual([]);
  }
  const faces = await instance.db.selectFrom("face").select(["norm", "chip"]).execute();
  expect(faces.length).toBeGreaterThan(6);
  expect(faces.every((face) => face.norm === null && face.chip === null)).toBe(true);
  const chips = await instance.db.selectFrom("photo").select("id").where("chips", "is not", null).execute();
  expect(chips).toEqual([]);
  expect((await listCards(instance, { collection: "school" })).map((card) => card.state)).toEqual([
    "taken",
    "waiting",
    "waiting",
    "waiting",
  ]);
});

test("a card imported after its owner joined is theirs by the import", async () => {
  const done = await take({
    "ann-late": { people: ONE("ann"), codes: [{ text: tagOf(0), ...HELD }], ...at(8) },
  });
  expect(done.byCard).toEqual({ given: 1, asked: 0 });
  expect(await photosOn(ann)).toContain("ann-late matched");
});

test("their picture shows them, and neither half of a card", async () => {
  const ben = await joinBy(1);
  expect(await photosOn(ben)).toEqual(["ben-card matched", "ben-next asked"]);
  const photo = await photoNamed("ben-card");
  const picture = await pictureFor(instance, ben, photo, "full");
  const { pixels } = await readPicture(picture);
  expect(await readCodes(pixels)).toEqual([]);
  const vision = await instance.vision();
  const path = join(test_.folder, "ben-card-shown.jpg");
  await writeFile(path, picture);
  const { faces } = await vision.findFaces(path, { embed: false, chips: false });
  expect(faces.filter((face) => face.detection === "certain")).toHaveLength(1);
});

test("a card that is copied, held by nobody in particular or before a camera with a stranger behind gives nobody's photos away", async () => {
  const done = await take({
    // Somebody has photographed Ann's card, and holds the copy up elsewhere in the same photo.
    copied: {
      people: [
        { head: "ann", at: [100, 60] },
        { head: "eve", at: [800, 60] },
      ],
      codes: [
        { text: tagOf(0), at: [225, 560], side: 120 },
        { text: tagOf(0), at: [925, 560], side: 120 },
      ],
      ...at(0, "three"),
    },
    // Held out to the lens, with Eve far behind.
    "held-out": {
      people: [{ head: "eve", at: [560, 300], scale: 0.4 }],
      codes: [{ text: tagOf(0), at: [500, 560], side: 300 }],
      ...at(1, "three"),
    },
    between: {
      people: [
        { head: "ben", at: [330, 60] },
        { head: "eve", at: [680, 60] },
      ],
      codes: [{ text: tagOf(0), at: [630, 520], side: 110 }],
      ...at(2, "three"),
    },
    // Somebody makes a card of their own.
    "made-up": { people: ONE("eve"), codes: [{ text: tagText("0000000000"), ...HELD }], ...at(3, "three") },
    "after-made-up": { people: ONE("eve"), ...at(4, "three") },
  });
  expect(done.byCard).toEqual({ given: 0, asked: 0 });
  const seen = (await listSeenCards(instance, { collection: "school" })).map(
    ({ file, standing, face }) => `${file} ${standing} ${face}`,
  );
  expect(seen.toSorted()).toEqual([
    "ann-card.jpg clear given",
    "ann-late.jpg clear given",
    "ben-card.jpg clear given",
    "ben-card.jpg secret none",
    "between.jpg several-faces none",
    "copied.jpg several-cards none",
    "copied.jpg several-cards none",
    "held-out.jpg out-of-scale none",
    "made-up.jpg no-card none",
  ]);
});

test("the code that a camera sees joins nobody", async () => {
  for (const secret of [code(2), tagOf(2)]) {
    const order = { language: "fr", declared: true, minimumAge: 15, consents: [] } as const;
    await expect(joinOnline(instance, { invitation: secret, ...order })).rejects.toMatchObject({
      code: "not-found",
    });
  }
});

test("a stranger who was made to wear a card has their photo taken back with it, and 'not me' is for ever", async () => {
  await take({
    "eve-with-card": { people: ONE("eve"), codes: [{ text: tagOf(2), ...HELD }], ...at(0, "four") },
    "eve-next": { people: ONE("eve"), ...at(1, "four") },
    "thief-card": { people: ONE("ben"), codes: [{ text: tagOf(2), ...HELD }], ...at(5, "four") },
  });
  const thief = await joinBy(2);
  expect(await photosOn(thief)).toEqual(["eve-next asked", "eve-with-card matched", "thief-card matched"]);
  const photo = await photoNamed("eve-with-card");
  await pictureFor(instance, thief, photo, "full");
  const { face_id: face } = await instance.db
    .selectFrom("match")
    .innerJoin("face", "face.id", "match.face_id")
    .select("match.face_id")
    .where("face.photo_id", "=", photo)
    .executeTakeFirstOrThrow();
  await answer(instance, thief, face, false);
  expect(await photosOn(thief)).toEqual(["eve-next asked", "thief-card matched"]);
  // It was no machine that gave it: its error rate is not concerned.
  expect(await instance.db.selectFrom("incident").selectAll().execute()).toEqual([]);
  await stopCard(instance, { collection: "school", code: code(2).toLowerCase(), actor: "the desk" });
  expect(await photosOn(thief)).toEqual([]);
  await take({ again: { people: ONE("eve"), codes: [{ text: tagOf(2), ...HELD }], ...at(7, "four") } });
  expect(await photosOn(thief)).toEqual([]);
});

test("who takes back everything with their tags gets no more by the card; who is erased leaves nothing", async () => {
  const eve = await joinBy(3);
  await take({ "eve-card": { people: ONE("eve"), codes: [{ text: tagOf(3), ...HELD }], ...at(0, "five") } });
  expect(await photosOn(eve)).toEqual(["eve-card matched"]);
  await withdraw(instance, { person: eve, purposes: ["find-me"], actor: null });
  const { counts } = await instance.db
    .selectFrom("erasure")
    .select("counts")
    .where("person_id", "=", eve)
    .executeTakeFirstOrThrow();
  expect(JSON.stringify(counts)).toMatch(/"1 faces by card".*"1 cards"/);
  expect(await photosOn(eve)).toEqual(["eve-card matched"]);
  const dropped = await withdraw(instance, {
    person: eve,
    purposes: ["find-me"],
    actor: null,
    dropTags: true,
  });
  expect(dropped.erased).toMatchObject({ cards: 1, "matches and tags": 1 });
  await take({ "eve-more": { people: ONE("eve"), codes: [{ text: tagOf(3), ...HELD }], ...at(3, "five") } });
  expect(await photosOn(eve)).toEqual([]);

  const left = await erase(instance, { person: ann, actor: null });
  expect(left.erased).toMatchObject({ cards: 1, "matches and tags": 3 });
  expect((await sweepPerson(instance.db, ann)).residue).toEqual([]);
  const done = await take({
    "ann-after": { people: ONE("ann"), codes: [{ text: tagOf(0), ...HELD }], ...at(9) },
  });
  expect(done.byCard).toEqual({ given: 0, asked: 0 });
  expect((await prove(instance, {})).residue).toEqual([]);
});
