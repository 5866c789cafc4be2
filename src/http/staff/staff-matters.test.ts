import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { colouredPhoto, facesSeen, matchedAs, type ColouredPhoto } from "../../../test/support/coloured.ts";
import { scene, type Scene } from "../../../test/support/scene.ts";
import type { Instance } from "../../app/index.ts";
import { newId, type Id } from "../../core/index.ts";
import * as flows from "../../flows/index.ts";
import { cookieOf } from "../test-server.testing.ts";
import { OWNER, staffServer, type StaffServer } from "./staff-server.testing.ts";

/** What staff say by hand: claims, tags, and places to hide. The photos' faces are patches of colour. */
let here: StaffServer;
let instance: Instance;
let set: Scene;
beforeAll(async () => {
  here = await staffServer();
  instance = here.test.instance;
  set = scene(instance.db, instance.keys, instance.clock);
});
afterAll(() => here.close());

type Json = Record<string, unknown>;
const ok = async (answer: ReturnType<StaffServer["ask"]>): Promise<Json> => {
  const { statusCode, body } = await answer;
  expect([statusCode, statusCode < 300 ? "" : body]).toEqual([statusCode === 204 ? 204 : 200, ""]);
  return body === "" || statusCode === 204 ? {} : (JSON.parse(body) as Json);
};
const get = (path: string) => ok(here.ask("GET", `/api/staff${path}`));
const post = (path: string, body: object) => here.ask("POST", `/api/staff${path}`, { body });
const refused = async (answer: ReturnType<StaffServer["ask"]>) =>
  (await answer).json<{ code: string }>().code;
const pictureOf = (answer: Json): Uint8Array => Buffer.from(String(answer["picture"]), "base64");
const looksAt = async (person: Id) =>
  (
    await instance.db
      .selectFrom("look_person")
      .innerJoin("look", "look.id", "look_person.look_id")
      .select(["look.kind", "look.actor", "look.reason", "look.collection_id"])
      .where("look_person.person_id", "=", person)
      .orderBy("look.at")
      .execute()
  ).map((one) => ({ ...one, collection_id: one.collection_id !== null }));
const look = (kind: string, reason: string) => ({ kind, actor: OWNER.name, reason, collection_id: true });

/** Joins on a phone, without a selfie. */
async function joined(
  collection: Id,
  more: { readonly name?: string; readonly consents?: readonly object[] } = {},
): Promise<{ person: Id; cookie: string }> {
  const { invitations } = await flows.invite(instance, { collection, kind: "single", actor: "a tester" });
  const { consents = [], ...rest } = more;
  const answer = await here.server.ask("POST", "/api/person/join", {
    body: { invitation: invitations[0]?.secret, language: "en", declared: true, consents, ...rest },
  });
  const cookie = cookieOf(answer) ?? "";
  const me = await here.server.ask("GET", "/api/person/me", { cookie });
  return { person: me.json<{ person: Id }>().person, cookie };
}

async function publish(collection: Id, channel = "website"): Promise<string> {
  const body = { channel, reveal: "confirmed" };
  await ok(post(`/collections/${collection}/look`, body));
  let state = await ok(post(`/collections/${collection}/publications`, { ...body, looked: true }));
  while (state["running"] !== null) state = await get(`/collections/${collection}/publications`);
  expect(state["failed"]).toBeNull();
  return (state["publications"] as { folder: string }[])[0]?.folder ?? "";
}

async function publishedFaces(folder: string, count: number): Promise<readonly boolean[]> {
  const [file] = await readdir(join(folder, "photos"));
  return facesSeen(await readFile(join(folder, "photos", file ?? "")), count);
}

test("with matching off, somebody without a selfie is tagged, sees their photo and is published as they agreed", async () => {
  const collection = await here.collection("Without recognition", { matching: "off" });
  const photo = await colouredPhoto(instance, collection, 3);
  const [face = ""] = photo.faces;
  const base = `/collections/${collection}`;
  const ada = await joined(collection, { name: "Zoë Exemple" });
  const nameless = await joined(collection);
  const asPerson = async (path: string) =>
    here.server.ask("GET", `/api/person${path}`, { cookie: ada.cookie });
  expect((await asPerson("/photos")).json()).toMatchObject({ photos: [] });

  expect(await get(`${base}/photos`)).toMatchObject({
    photos: [{ id: photo.id, faces: 3, tagged: 0 }],
    next: null,
  });
  const grid = await here.ask("GET", `/api/staff${base}/photos/${photo.id}/picture?size=small`);
  expect(grid.headers["cache-control"]).toBe("no-store");
  expect(await facesSeen(grid.rawPayload, 3)).toEqual([false, false, false]);
  const opened = await get(`${base}/photos/${photo.id}`);
  expect((opened["faces"] as { standing: string }[]).map((one) => one.standing)).toEqual([
    "free",
    "free",
    "free",
  ]);
  const at = `${base}/photos/${photo.id}/faces/${face}`;
  const seen = await ok(post(`${at}/open`, { reason: "she asked at the desk" }));
  expect(seen).toMatchObject({ standing: "free", person: null, mayTakeBack: false });
  expect(await facesSeen(pictureOf(seen), 3)).toEqual([true, false, false]);

  const people = (await ok(post(`${base}/joined`, {})))["people"] as {
    person: Id;
    name: string | null;
    label: string;
  }[];
  expect(people).toMatchObject([
    { person: ada.person, name: "Zoë Exemple" },
    { person: nameless.person, name: null },
  ]);
  expect(people[1]?.label).toBe(
    `${nameless.person.slice(-6, -3)} ${nameless.person.slice(-3)}`.toUpperCase(),
  );
  for (const looking of ["ZOE", (people[1]?.label ?? "").toLowerCase()]) {
    const found = await ok(post(`${base}/joined`, { looking }));
    expect(found["people"]).toHaveLength(1);
  }
  await ok(post(`${at}/tag`, { person: ada.person }));
  expect((await asPerson("/photos")).json()).toMatchObject({
    photos: [{ id: photo.id, state: "confirmed" }],
  });
  const own = await asPerson(`/photos/${photo.id}/picture?size=full`);
  expect(await facesSeen(own.rawPayload, 3)).toEqual([true, false, false]);
  expect(await looksAt(ada.person)).toEqual([look("tag", "tagged by hand")]);
  expect(await looksAt(nameless.person)).toEqual([]);

  // Nobody agreed to the channel: the face stays hidden until its person says so.
  expect(await publishedFaces(await publish(collection), 3)).toEqual([false, false, false]);
  const agreed = await here.server.ask("PUT", "/api/person/consents", {
    cookie: ada.cookie,
    body: { purpose: "publish", channel: "website", collection, on: true, language: "en" },
  });
  expect(agreed.statusCode).toBe(200);
  expect(await publishedFaces(await publish(collection), 3)).toEqual([true, false, false]);

  // A slip of the hand: it leaves what was published, and the person's page, and can be said of somebody else.
  const again = await ok(post(`${at}/open`, { reason: "was it her?" }));
  expect(again).toMatchObject({
    standing: "tagged",
    by: "hand",
    person: { name: "Zoë Exemple" },
    mayTakeBack: true,
  });
  await ok(here.ask("DELETE", `/api/staff${at}/tag`));
  const folder =
    ((await get(`${base}/publications`))["publications"] as { folder: string }[])[0]?.folder ?? "";
  expect(await publishedFaces(folder, 3)).toEqual([false, false, false]);
  expect((await asPerson("/photos")).json()).toMatchObject({ photos: [] });
  expect((await asPerson(`/photos/${photo.id}/picture?size=full`)).statusCode).toBe(200);
  expect((await looksAt(ada.person)).slice(-2)).toEqual([
    look("lookup", "was it her?"),
    look("tag", "took back a tag by hand"),
  ]);
  await ok(post(`${at}/tag`, { person: nameless.person }));
  expect(await refused(post(`${at}/tag`, { person: ada.person }))).toBe("conflict");
  expect((await flows.prove(instance, {})).residue).toEqual([]);
});

describe("a claim", () => {
  let collection: Id;
  let photo: ColouredPhoto;
  beforeEach(async () => {
    collection = await here.collection(`Claims ${newId()}`, { matching: "off" });
    photo = await colouredPhoto(instance, collection, 2);
  });
  const claim = async (cookie: string, face = photo.faces[1] ?? "") =>
    expect((await here.server.ask("POST", `/api/person/faces/${face}/claim`, { cookie })).statusCode).toBe(
      200,
    );
  const waiting = async () =>
    ((await get("/claims"))["claims"] as { id: Id; collection: Id }[]).filter(
      (one) => one.collection === collection,
    );

  test("waits without saying whose it is, is seen by a look with its reason, and answered with yes", async () => {
    const who = await joined(collection, { name: "Carl Beispiel" });
    await claim(who.cookie);
    const [one] = await waiting();
    expect(Object.keys(one ?? {}).sort()).toEqual(["at", "collection", "collectionName", "id"]);
    expect(await get(`/collections/${collection}`)).toMatchObject({ claims: 1 });
    expect(await looksAt(who.person)).toEqual([]);
    const path = `/claims/${one?.id ?? ""}`;
    expect(await refused(post(`${path}/open`, { reason: " " }))).toBe("bad-input");
    const seen = await ok(post(`${path}/open`, { reason: "he wrote to us" }));
    expect(seen).toMatchObject({
      who: { name: "Carl Beispiel", person: who.person },
      box: [370, 250, 100, 120],
    });
    expect(await facesSeen(pictureOf(seen), 2)).toEqual([false, true]);
    await ok(post(path, { outcome: "accepted" }));
    expect(await waiting()).toEqual([]);
    const photos = await here.server.ask("GET", "/api/person/photos", { cookie: who.cookie });
    expect(photos.json()).toMatchObject({ photos: [{ id: photo.id, state: "confirmed" }] });
    expect(await looksAt(who.person)).toEqual([
      look("lookup", "he wrote to us"),
      look("tag", "confirmed that a face is theirs"),
    ]);
    expect(await refused(post(path, { outcome: "refused" }))).toBe("not-found");
  });

  test("answered with no shows nothing, and another's stays", async () => {
    const [one, two] = [await joined(collection), await joined(collection)];
    await claim(one.cookie);
    await claim(two.cookie);
    const [first] = await waiting();
    await ok(post(`/claims/${first?.id ?? ""}`, { outcome: "refused" }));
    expect(await waiting()).toHaveLength(1);
    const photos = await here.server.ask("GET", "/api/person/photos", { cookie: one.cookie });
    expect(photos.json()).toMatchObject({ photos: [] });
  });

  test("to a face that somebody asked to be hidden is neither seen nor confirmed before that is settled", async () => {
    const who = await joined(collection);
    await claim(who.cookie);
    const { request } = await flows.hideMe(instance, {
      kind: "hide-me",
      photo: photo.id,
      place: { x: 420 / 1200, y: 310 / 800 },
      language: "en",
    });
    const [one] = await waiting();
    const path = `/claims/${one?.id ?? ""}`;
    expect(await refused(post(`${path}/open`, { reason: "to settle it" }))).toBe("refused");
    expect(await refused(post(path, { outcome: "accepted" }))).toBe("refused");
    expect(await looksAt(who.person)).toEqual([]);
    const face = `/collections/${collection}/photos/${photo.id}/faces/${photo.faces[1] ?? ""}`;
    expect(await refused(post(`${face}/tag`, { person: who.person }))).toBe("refused");
    await ok(post(`/requests/${request}`, { outcome: "no-change" }));
    await ok(post(path, { outcome: "accepted" }));
  });

  test("of somebody who looks like a person enrolled before waits for the officer", async () => {
    const { person, enrolment } = await set.enrolled(collection);
    await claim((await joined(collection)).cookie, photo.faces[0]);
    await instance.db
      .updateTable("claim")
      .set({ person_id: person })
      .where("face_id", "=", photo.faces[0] ?? "")
      .execute();
    await instance.db.updateTable("enrolment").set({ state: "frozen" }).where("id", "=", enrolment).execute();
    const [one] = await waiting();
    expect(await refused(post(`/claims/${one?.id ?? ""}/open`, { reason: "x" }))).toBe("refused");
    expect(await refused(post(`/claims/${one?.id ?? ""}`, { outcome: "accepted" }))).toBe("refused");
    expect((await ok(post(`/collections/${collection}/joined`, {})))["people"]).toHaveLength(1);
    const face = `/collections/${collection}/photos/${photo.id}/faces/${photo.faces[1] ?? ""}`;
    expect(await refused(post(`${face}/tag`, { person }))).toBe("refused");
  });
});

describe("what the machine says of a face", () => {
  let collection: Id;
  let photo: ColouredPhoto;
  let person: Id;
  const at = (n: number) => `/collections/${collection}/photos/${photo.id}/faces/${photo.faces[n] ?? ""}`;
  beforeEach(async () => {
    collection = await here.collection(`Recognised ${newId()}`);
    photo = await colouredPhoto(instance, collection, 2);
    ({ person } = await set.enrolled(collection));
  });

  test("asked is for its person alone to know, and to say", async () => {
    await matchedAs(instance, photo.faces[0] ?? "", person, "asked");
    const seen = await ok(post(`${at(0)}/open`, { reason: "to see who it is" }));
    expect(seen).toMatchObject({ standing: "free", by: null, person: null });
    expect(await looksAt(person)).toEqual([]);
  });

  test("found is told as a fact, and whose only where they agreed that staff may ask; they read it either way", async () => {
    await matchedAs(instance, photo.faces[0] ?? "", person, "matched");
    const reason = "to see who it is";
    const found = { standing: "found", by: "machine", mayTakeBack: false };
    expect(await ok(post(`${at(0)}/open`, { reason }))).toMatchObject({ ...found, person: null });
    await set.consent(person, "staff-lookup", collection);
    expect(await ok(post(`${at(0)}/open`, { reason }))).toMatchObject({
      ...found,
      person: { person, name: null },
    });
    expect(await looksAt(person)).toEqual([look("lookup", reason), look("lookup", reason)]);
    expect(await refused(here.ask("DELETE", `/api/staff${at(0)}/tag`))).toBe("not-found");
  });

  test("and its person confirmed is not staff's to take back", async () => {
    await matchedAs(instance, photo.faces[0] ?? "", person, "confirmed");
    const seen = await ok(post(`${at(0)}/open`, { reason: "to see who it is" }));
    expect(seen).toMatchObject({ standing: "tagged", by: "machine", person: null, mayTakeBack: false });
    expect(await refused(here.ask("DELETE", `/api/staff${at(0)}/tag`))).toBe("refused");
  });

  test("is not asked about people who did not join here, photos of elsewhere, or without a reason", async () => {
    const elsewhere = await here.collection(`Elsewhere ${newId()}`);
    const stranger = (await set.enrolled(elsewhere)).person;
    expect(await refused(post(`${at(1)}/tag`, { person: stranger }))).toBe("refused");
    expect(await refused(post(`${at(1).replace(collection, elsewhere)}/tag`, { person: stranger }))).toBe(
      "not-found",
    );
    expect(await refused(post(`${at(1)}/open`, {}))).toBe("bad-input");
    expect(await refused(post(`${at(1)}/open`, { reason: " " }))).toBe("bad-input");
    expect((await get(`/collections/${elsewhere}/photos`))["photos"]).toEqual([]);
    const other = await here.ask(
      "GET",
      `/api/staff/collections/${elsewhere}/photos/${photo.id}/picture?size=large`,
    );
    expect(other.statusCode).toBe(404);
  });
});

describe("a place that was hidden by hand", () => {
  let collection: Id;
  let photo: ColouredPhoto;
  const order = { channel: "website", reveal: "confirmed" } as const;
  beforeEach(async () => {
    collection = await here.collection(`Hidden ${newId()}`, { matching: "off" });
    photo = await colouredPhoto(instance, collection, 2);
    await ok(post(`/collections/${collection}/look`, order));
  });
  const hide = (place: object) => ok(post(`/collections/${collection}/photos/${photo.id}/hide`, place));
  const showAgain = (face: Id) =>
    post(`/collections/${collection}/photos/${photo.id}/show-again`, { face, ...order });
  const faces = async () => {
    const page = await get(`/collections/${collection}/look?channel=website&reveal=confirmed`);
    const [one] = page["photos"] as { faces: { id: Id; standing: string; canShowAgain: boolean }[] }[];
    return one?.faces ?? [];
  };
  const marks = async () => (await faces()).filter((face) => face.standing === "by-hand");

  test("counts once, however often it is marked, and exactly or nearly there", async () => {
    for (const place of [
      { face: photo.faces[0] },
      { face: photo.faces[0] },
      { box: [900, 100, 100, 100] },
      { box: [904, 98, 100, 102] },
    ]) {
      await hide(place);
    }
    await Promise.all([hide({ box: [10, 600, 80, 80] }), hide({ box: [10, 600, 80, 80] })]);
    expect((await faces()).map((face) => face.standing)).toEqual(["by-hand", "by-hand", "hidden", "by-hand"]);
    expect(await ok(post(`/collections/${collection}/look`, order))).toMatchObject({ hidden: 4 });
    const [, , , last] = await faces();
    await hide({ face: last?.id });
    await hide({ box: [930, 100, 100, 100] });
    expect(await marks()).toHaveLength(4);
  });

  test("hides somebody who was tagged in a marked place too", async () => {
    const { person } = await set.enrolled(collection);
    await hide({ box: [900, 100, 100, 100] });
    const [mark] = await marks();
    await matchedAs(instance, mark?.id ?? "", person, "confirmed", "hand");
    await hide({ face: mark?.id });
    expect(await marks()).toHaveLength(1);
    expect((await marks())[0]?.id).not.toBe(mark?.id);
    expect(await refused(showAgain(mark?.id ?? ""))).toBe("refused");
  });

  test("can be shown again, which is a look at whoever is seen then, and is looked at by others before they publish", async () => {
    const { person } = await set.enrolled(collection);
    await set.consent(person, "publish", collection, { channel: "website" });
    await matchedAs(instance, photo.faces[0] ?? "", person, "confirmed", "hand");
    await hide({ face: photo.faces[0] });
    const [mark] = await marks();
    expect(mark?.canShowAgain).toBe(true);
    const bob = { collection, ...order, photo: photo.id, face: mark?.id ?? "", actor: "Bob" };
    await expect(flows.showAgain(instance, bob)).rejects.toMatchObject({ code: "refused" });
    await flows.beginLook(instance, bob);
    expect(await looksAt(person)).toEqual([]);
    await flows.showAgain(instance, bob);
    const [seen, ...more] = await looksAt(person);
    expect([seen?.actor, seen?.kind, more]).toEqual(["Bob", "look-through", []]);
    expect((await faces()).map((face) => face.standing)).toEqual(["shown", "hidden"]);
    // Begun while the place was hidden: that look has not seen it.
    const publication = () => post(`/collections/${collection}/publications`, { ...order, looked: true });
    expect(await refused(publication())).toBe("review-needed");
    await ok(post(`/collections/${collection}/look`, order));
    expect(await refused(showAgain(mark?.id ?? ""))).toBe("not-found");
    expect(await publishedFaces(await publish(collection), 2)).toEqual([true, false]);
  });

  test("stays hidden once the photo was published for everybody", async () => {
    await hide({ box: [900, 100, 100, 100] });
    await publish(collection, "office");
    expect((await marks())[0]?.canShowAgain).toBe(true);
    await publish(collection);
    const [mark] = await marks();
    expect(mark?.canShowAgain).toBe(false);
    expect(await refused(showAgain(mark?.id ?? ""))).toBe("refused");
    // A mark made since is a slip of the hand like any other.
    await hide({ box: [10, 600, 80, 80] });
    const fresh = (await marks()).find((one) => one.canShowAgain);
    await ok(showAgain(fresh?.id ?? ""));
    expect((await marks()).map((one) => one.id)).toEqual([mark?.id]);
    expect((await flows.prove(instance, {})).residue).toEqual([]);
  });

  test("is nobody's to be tagged, and neither is the face below it", async () => {
    const { person } = await set.enrolled(collection);
    await hide({ face: photo.faces[0] });
    const opened = await get(`/collections/${collection}/photos/${photo.id}`);
    expect((opened["faces"] as { standing: string }[]).map((one) => one.standing)).toEqual([
      "hidden",
      "free",
    ]);
    const at = `/collections/${collection}/photos/${photo.id}/faces/${photo.faces[0] ?? ""}`;
    expect(await refused(post(`${at}/tag`, { person }))).toBe("refused");
    expect(await refused(post(`${at}/open`, { reason: "to see who it is" }))).toBe("refused");
  });
});
