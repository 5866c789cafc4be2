import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { matchedAs } from "../../test/support/coloured.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { boxAt, DAY_MS, scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { browse } from "./browse.ts";
import { claimFace } from "./claim.ts";
import { photosOf } from "./photos-of.ts";

describe("a person's photos, page by page", () => {
  let test_: TestInstance;
  let instance: Instance;
  let here: Scene;
  let collection: Id;
  let person: Id;
  let other: Id;

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    here = scene(instance.db, instance.keys, instance.clock);
  });
  afterAll(() => test_.close());
  beforeEach(async () => {
    collection = (await here.collection()).id;
    person = (await here.enrolled(collection)).person;
    other = (await here.enrolled(collection)).person;
  });

  const START = Date.UTC(2026, 4, 2, 14);
  /** Two faces each; the third and fourth were taken at the same moment, the last at nobody knows when. */
  async function sevenPhotos(): Promise<readonly { id: Id; faces: readonly Id[] }[]> {
    const times = [0, 1, 2, 2, 3, 4, null];
    const photos = [];
    for (const hours of times) {
      const takenAt = hours === null ? {} : { takenAt: new Date(START + hours * 3_600_000) };
      photos.push(await here.photo(collection, [boxAt(100), boxAt(600)], takenAt));
    }
    return photos;
  }

  async function everyPage(
    read: (cursor: string | undefined) => Promise<{ photos: readonly { id: Id }[]; next: string | null }>,
  ): Promise<readonly Id[]> {
    const ids: Id[] = [];
    let cursor: string | undefined;
    do {
      const page = await read(cursor);
      expect(page.photos.length).toBeLessThanOrEqual(2);
      ids.push(...page.photos.map((one) => one.id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return ids;
  }

  test("come once each, in the order in which they were taken, and never somebody else's", async () => {
    const photos = await sevenPhotos();
    for (const photo of photos.slice(0, 6))
      await matchedAs(instance, photo.faces[0] ?? "", person, "matched");
    for (const photo of photos) await matchedAs(instance, photo.faces[1] ?? "", other, "matched");
    const mine = await everyPage((cursor) => photosOf(instance, person, { cursor, limit: 2 }));
    expect(mine).toHaveLength(6);
    expect(new Set(mine)).toEqual(new Set(photos.slice(0, 6).map((one) => one.id)));
    expect([mine[0], mine[1], mine[4], mine[5]]).toEqual([
      photos[0]?.id,
      photos[1]?.id,
      photos[4]?.id,
      photos[5]?.id,
    ]);
    const theirs = await everyPage((cursor) => photosOf(instance, other, { cursor, limit: 2 }));
    expect(theirs.at(-1)).toBe(photos[6]?.id);
    expect((await photosOf(instance, newId())).photos).toEqual([]);
  });

  test("go on where the page ended, although photos came and went meanwhile", async () => {
    const photos = await sevenPhotos();
    for (const photo of photos) await matchedAs(instance, photo.faces[0] ?? "", person, "matched");
    const first = await photosOf(instance, person, { limit: 2 });
    await instance.db
      .deleteFrom("match")
      .where("face_id", "=", photos[0]?.faces[0] ?? "")
      .execute();
    const early = await here.photo(collection, [boxAt(100)], { takenAt: new Date(START - 1000) });
    await matchedAs(instance, early.faces[0] ?? "", person, "matched");
    const second = await photosOf(instance, person, { limit: 5, cursor: first.next ?? "" });
    expect(second.photos.map((one) => one.id).sort()).toEqual(
      photos
        .slice(2)
        .map((one) => one.id)
        .sort(),
    );
  });

  test("are one item each, with the surest of two faces; rejected ones are none", async () => {
    const [two, no] = [
      await here.photo(collection, [boxAt(100), boxAt(600)]),
      await here.photo(collection, [boxAt(100)]),
    ];
    await matchedAs(instance, two.faces[0] ?? "", person, "asked");
    await matchedAs(instance, two.faces[1] ?? "", person, "confirmed");
    await matchedAs(instance, no.faces[0] ?? "", person, "rejected");
    const { photos, next } = await photosOf(instance, person);
    expect(photos).toEqual([
      {
        id: two.id,
        collection,
        width: 2000,
        height: 1000,
        takenAt: null,
        state: "confirmed",
        face: two.faces[1],
        box: [600, 100, 80, 100],
      },
    ]);
    expect(next).toBeNull();
  });

  test("are told apart by collection, and a cursor that is none is refused", async () => {
    const elsewhere = (await here.collection()).id;
    const photo = await here.photo(elsewhere, [boxAt(100)]);
    await here.consent(person, "find-me", elsewhere);
    await matchedAs(instance, photo.faces[0] ?? "", person, "matched");
    expect((await photosOf(instance, person, { collection })).photos).toEqual([]);
    expect((await photosOf(instance, person, { collection: elsewhere })).photos).toHaveLength(1);
    for (const cursor of ["", "x", `9_${newId()}x`, "1_' or true --"]) {
      await expect(photosOf(instance, person, { cursor })).rejects.toMatchObject({ code: "bad-input" });
    }
    await expect(photosOf(instance, person, { limit: 0 })).rejects.toMatchObject({ code: "bad-input" });
  });

  describe("browsing", () => {
    test("is every photo of a collection that one joined, with faces that may be claimed", async () => {
      const photos = await sevenPhotos();
      const all = await everyPage((cursor) => browse(instance, person, { collection, cursor, limit: 2 }));
      expect(new Set(all)).toEqual(new Set(photos.map((one) => one.id)));
      expect(all.at(-1)).toBe(photos[6]?.id);
      const { photos: listed } = await browse(instance, person, { collection });
      for (const one of listed) expect(one.faces.map((face) => face.claim)).toEqual(["none", "none"]);
    });

    test("offers no face that somebody else confirmed, or that was rejected, refused or hidden on request", async () => {
      const faces = ["free", "confirmed", "rejected", "refused", "hidden", "kept"];
      const photo = await here.photo(
        collection,
        faces.map((_, i) => boxAt(100 + i * 300)),
      );
      const [, confirmed = "", rejected = "", refused = "", hidden = "", kept = ""] = photo.faces;
      await matchedAs(instance, confirmed, other, "confirmed");
      await matchedAs(instance, rejected, person, "rejected", "hand");
      const settled = { settled_at: new Date(), at: new Date(), person_id: person };
      await instance.db
        .insertInto("claim")
        .values({ id: newId(), face_id: refused, state: "refused", staff: "the desk", ...settled })
        .execute();
      const request = {
        photo_id: photo.id,
        place_x: null,
        place_y: null,
        language: "en" as const,
        contact_sealed: null,
        note_sealed: null,
        opened_at: new Date(),
        due_at: new Date(),
        kind: "hide-me" as const,
      };
      const closed = { state: "closed" as const, staff: "the desk", closed_at: new Date() };
      await instance.db
        .insertInto("request")
        .values([
          {
            id: newId(),
            face_id: hidden,
            ...request,
            state: "open",
            outcome: null,
            staff: null,
            closed_at: null,
          },
          { id: newId(), face_id: kept, ...request, ...closed, outcome: "no-change" },
        ])
        .execute();
      const [one] = (await browse(instance, person, { collection })).photos;
      expect(one?.faces.map((face) => face.id)).toEqual([photo.faces[0], kept]);
      for (const face of [confirmed, rejected, refused, hidden]) {
        await expect(claimFace(instance, person, face)).rejects.toMatchObject({ code: "not-found" });
      }
    });

    test("is open without any consent and with matching off, and to nobody who did not join or is frozen", async () => {
      const off = (await here.collection({ matching: "off" })).id;
      await here.photo(off, [boxAt(100)], { takenAt: new Date(START + DAY_MS) });
      await expect(browse(instance, person, { collection: off })).rejects.toMatchObject({
        code: "not-found",
      });
      const { person: joined, enrolment } = await here.enrolled(off);
      await here.consent(joined, "find-me", off, { event: "refused" });
      expect((await browse(instance, joined, { collection: off })).photos).toHaveLength(1);
      await instance.db
        .updateTable("enrolment")
        .set({ state: "frozen" })
        .where("id", "=", enrolment)
        .execute();
      await expect(browse(instance, joined, { collection: off })).rejects.toMatchObject({
        code: "not-found",
      });
      await expect(browse(instance, joined, { collection: "nonsense" })).rejects.toMatchObject({
        code: "not-found",
      });
    });
  });
});
