import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { composeEvent, hasFaces, people, selfieOf, type TruePhoto } from "../../test/support/faces.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { makeCollection, nothing } from "../../test/support/order.ts";
import type { Instance } from "../app/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import type { VisionPool } from "../vision/index.ts";
import {
  enrolLive,
  erase,
  importFolder,
  invite,
  joinOnline,
  lookFor,
  settle,
  withdraw,
  type FoundFace,
  type SearchProgress,
} from "./index.ts";
import { resumeRescan } from "./rescan.ts";

describe.skipIf(!hasFaces)("looking for somebody who has just joined", () => {
  const PHOTOS = 8;
  let test_: TestInstance;
  let instance: Instance;
  let collection: Id;
  let cast: readonly string[];
  let truth: readonly TruePhoto[];

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    cast = people().slice(20, 23);
    const folder = join(test_.folder, "event");
    truth = await composeEvent(folder, {
      photos: PHOTOS,
      seed: 4,
      width: 1200,
      height: 800,
      "min-people": 1,
      "max-people": 2,
      "min-face": 90,
      "max-face": 160,
      people: cast.join(","),
    });
    // Nobody is enrolled yet: everything is found by the look that follows joining.
    collection = (await makeCollection(instance, "event")).id;
    await importFolder(instance, { folder, collection: "event", progress: nothing });
  }, 60_000);
  afterEach(async () => {
    for (const { id } of await instance.db.selectFrom("person").select("id").execute()) {
      await erase(instance, { person: id, actor: "a tester" });
    }
  });
  afterAll(() => test_.close());

  async function enrolled(face: string, into: Id = collection): Promise<Id> {
    const made = await invite(instance, { collection: into, kind: "single", actor: "a clerk" });
    const { person } = await joinOnline(instance, {
      invitation: made.invitations[0]?.secret ?? "",
      language: "en",
      declared: true,
      minimumAge: 15,
      consents: [{ purpose: "find-me", channel: null }],
    });
    const { embeddings } = await (await instance.vision()).templatesOf(selfieOf(face));
    expect(await enrolLive(instance, { person, collection: into, embeddings })).toMatchObject({
      state: "live",
    });
    return person;
  }

  const photosWith = (face: string): number =>
    truth.filter((photo) => photo.faces.some((one) => one.person === face)).length;
  const matchesOf = (person: Id) =>
    instance.db.selectFrom("match").select(["face_id", "state"]).where("person_id", "=", person).execute();
  const rescansDue = async (): Promise<number> =>
    (await instance.db.selectFrom("pending").select("id").where("kind", "=", "rescan").execute()).length;

  function watcher() {
    const found: FoundFace[] = [];
    const progress: SearchProgress[] = [];
    return {
      found,
      progress,
      watching: {
        onFound: (one: FoundFace) => void found.push(one),
        onProgress: (one: SearchProgress) => void progress.push(one),
      },
    };
  }

  test("tells each of their faces as it is written, and how far it is, to the last photo", async () => {
    const person = await enrolled(cast[0] ?? "");
    const { found, progress, watching } = watcher();
    const whenFound: number[] = [];
    const done = await lookFor(
      instance,
      { person, collection },
      {
        onProgress: watching.onProgress,
        onFound(one) {
          watching.onFound(one);
          whenFound.push(progress.at(-1)?.looked ?? 0);
        },
      },
    );
    expect(done).toEqual({ looked: PHOTOS, of: PHOTOS, found: found.length });
    expect(progress.map((one) => one.looked)).toEqual(Array.from({ length: PHOTOS + 1 }, (_, i) => i));
    const rows = await matchesOf(person);
    expect(found.map(({ face, state }) => ({ face_id: face, state })).sort(byFace)).toEqual(
      [...rows].sort(byFace),
    );
    expect(rows.length).toBeGreaterThanOrEqual(photosWith(cast[0] ?? "") - 1);
    // Not all at the end.
    expect(Math.min(...whenFound)).toBeLessThan(PHOTOS - 1);
    expect(await rescansDue()).toBe(0);
  }, 60_000);

  const byFace = (a: { face_id: string }, b: { face_id: string }): number => (a.face_id < b.face_id ? -1 : 1);

  test("once done is not done again", async () => {
    const person = await enrolled(cast[1] ?? "");
    await lookFor(instance, { person, collection });
    const { found, watching } = watcher();
    expect(await lookFor(instance, { person, collection }, watching)).toEqual({ looked: 0, of: 0, found: 0 });
    expect(found).toEqual([]);
  }, 60_000);

  test("is due until what it changed is made again, and meanwhile nobody looks at the photos a second time", async () => {
    const person = await enrolled(cast[1] ?? "");
    let looks = 0;
    const again = () => resumeRescan(instance, collection, { onPhoto: () => looks++ });
    let looking: Promise<SearchProgress> | undefined;
    await inTransaction(instance.db, async (trx) => {
      // Held, so that the row cannot go yet.
      await trx.selectFrom("pending").select("id").where("kind", "=", "rescan").forUpdate().execute();
      looking = lookFor(instance, { person, collection });
      for (;;) {
        const { rows } = await sql<{ n: number }>`
          select count(*)::int as n from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(instance.db);
        if ((rows[0]?.n ?? 0) > 0) break;
      }
      expect(await again()).toBe(false);
    });
    expect(await looking).toMatchObject({ looked: PHOTOS });
    // Whoever has the lock after it finds nothing due.
    await again();
    expect(looks).toBe(0);
  }, 60_000);

  test("watched a second time while it runs is one look, and the second is told what was found before", async () => {
    const person = await enrolled(cast[0] ?? "");
    const first = watcher();
    const second = watcher();
    let joinedIn: Promise<SearchProgress> | undefined;
    const done = await lookFor(
      instance,
      { person, collection },
      {
        ...first.watching,
        onFound(one) {
          first.watching.onFound(one);
          joinedIn ??= lookFor(instance, { person, collection }, second.watching);
        },
      },
    );
    expect(await joinedIn).toEqual(done);
    expect(second.found).toEqual(first.found);
    expect(first.found.length).toBeGreaterThan(1);
    // Photos were looked at once: a second look would have begun at none again.
    expect(second.progress[0]?.looked).toBeLessThanOrEqual(second.progress.at(-1)?.looked ?? 0);
    expect(second.progress.at(-1)).toEqual(done);
  }, 60_000);

  test("of two newcomers is one pass: who boards later goes round as well, and both are found everywhere", async () => {
    const one = await enrolled(cast[0] ?? "");
    let boarding: Promise<readonly [Id, SearchProgress]> | undefined;
    const board = async (): Promise<readonly [Id, SearchProgress]> => {
      const person = await enrolled(cast[1] ?? "");
      return [person, await lookFor(instance, { person, collection })];
    };
    await lookFor(
      instance,
      { person: one, collection },
      {
        onProgress({ looked }) {
          if (looked === 2) boarding ??= board();
        },
      },
    );
    const [other = "", done] = (await boarding) ?? [];
    expect(done).toMatchObject({ looked: PHOTOS, of: PHOTOS });
    for (const [person, face] of [
      [one, cast[0] ?? ""],
      [other, cast[1] ?? ""],
    ] as const) {
      expect((await matchesOf(person)).length).toBeGreaterThanOrEqual(photosWith(face) - 1);
    }
    expect(await rescansDue()).toBe(0);
  }, 60_000);

  test("of two who join at the same moment looks at each photo once for both", async () => {
    const newcomers = [await enrolled(cast[0] ?? ""), await enrolled(cast[1] ?? "")];
    let looks = 0;
    const pool = await instance.vision();
    const counting: VisionPool = {
      ...pool,
      embedChips(chips) {
        looks++;
        return pool.embedChips(chips);
      },
    };
    const parts = { ...instance, vision: () => Promise.resolve(counting) };
    const done = await Promise.all(newcomers.map((person) => lookFor(parts, { person, collection })));
    for (const one of done) expect(one).toMatchObject({ looked: PHOTOS, of: PHOTOS });
    // What was in hand when the second boarded is looked at again for them.
    expect(looks).toBeGreaterThanOrEqual(PHOTOS);
    expect(looks).toBeLessThanOrEqual(PHOTOS + instance.processes);
  }, 60_000);

  test("that was never begun is done by the next start", async () => {
    const person = await enrolled(cast[2] ?? "");
    expect(await rescansDue()).toBe(1);
    expect((await settle(instance)).rescans).toBe(1);
    expect((await matchesOf(person)).length).toBeGreaterThanOrEqual(photosWith(cast[2] ?? "") - 1);
    expect(await rescansDue()).toBe(0);
  }, 60_000);

  test("finds nothing for somebody who withdrew meanwhile", async () => {
    const person = await enrolled(cast[0] ?? "");
    let left: Promise<unknown> | undefined;
    await lookFor(
      instance,
      { person, collection },
      {
        onFound() {
          left ??= withdraw(instance, { person, purposes: ["find-me"], actor: "a tester" });
        },
      },
    );
    await left;
    expect(left).toBeDefined();
    expect(await matchesOf(person)).toEqual([]);
  }, 60_000);

  test("in a collection without photos is done at once", async () => {
    const { id } = await makeCollection(instance, "empty");
    const person = await enrolled(cast[0] ?? "", id);
    expect(await lookFor(instance, { person, collection: id })).toEqual({ looked: 0, of: 0, found: 0 });
    expect(await rescansDue()).toBe(0);
  }, 60_000);
});
