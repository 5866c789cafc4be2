import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Instance } from "../../src/app/index.ts";
import {
  confirmMatch,
  deliver,
  erase,
  findPerson,
  importFolder,
  listFaces,
  prove,
  tagFace,
  verifyReceipt,
  withdraw,
  type Joined,
} from "../../src/flows/index.ts";
import type { ManifestItem } from "../../src/publishing/index.ts";
import { composeEvent, hasFaces, people } from "../support/faces.ts";
import { testInstance, type TestInstance } from "../support/instance.ts";
import { joinAs, makeCollection, nothing, publishTo } from "../support/order.ts";
import { difference, filesBelow, snapshot, type Difference } from "../support/snapshot.ts";

/**
 * Each row of the table of withdrawals (docs/flows.md): what it may change in the whole database and in the blob
 * store, and nothing else. Every test starts with a person who agreed to everything a desk can record.
 */
describe.skipIf(!hasFaces)("leaving", () => {
  let test_: TestInstance;
  let instance: Instance;
  let cast: readonly string[];
  let other: Joined;
  let leaver: Joined;
  let number = 0;
  const EVERYTHING = [
    "find-me",
    "keep-template",
    "show-name",
    "contact",
    "publish:website",
    "publish:press",
    "publish:companions",
  ];

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    cast = people().slice(10, 13);
    const folder = join(test_.folder, "event");
    await composeEvent(folder, {
      photos: 4,
      seed: 2,
      width: 1200,
      height: 800,
      "min-people": 2,
      "max-people": 3,
      "min-face": 80,
      "max-face": 160,
      people: cast.join(","),
    });
    await makeCollection(instance, "gala");
    await importFolder(instance, { folder, collection: "gala", progress: nothing });
    other = await joinAs(instance, "gala", ["find-me", "publish:website"], { face: cast[1] ?? "" });
    await deliver(instance, delivery(other, "other"));
  }, 120_000);
  afterAll(() => test_.close());

  const delivery = (person: Joined, name: string) => ({
    person: person.person,
    out: join(test_.folder, `delivered-${name}`),
    reason: undefined,
    actor: "a tester",
    progress: nothing,
  });

  beforeEach(async () => {
    number++;
    leaver = await joinAs(instance, "gala", EVERYTHING, {
      face: cast[0] ?? "",
      name: `Leaver ${number}`,
      email: `leaver${number}@example.org`,
      staff: `desk ${number}`,
    });
    expect(leaver).toMatchObject({ state: "vouched", asked: 0 });
    expect(leaver.matched).toBeGreaterThan(1);
    const [first] = await findPerson(instance, look(leaver));
    await confirmMatch(instance, { face: first?.face ?? "", person: leaver.person, actor: "a tester" });
    await publishTo(instance, "gala", "website", join(test_.folder, "website"));
    await publishTo(instance, "gala", "press", join(test_.folder, "press"));
    await deliver(instance, delivery(other, "other"));
    await deliver(instance, delivery(leaver, `leaver-${number}`));
  }, 60_000);

  const look = (person: Joined) => ({ person: person.person, reason: "a test", actor: "a tester" });

  async function changesOf(act: () => Promise<unknown>): Promise<Readonly<Record<string, Difference>>> {
    const before = await snapshot(instance.db);
    const files = await filesBelow(join(instance.dataFolder, "blobs"));
    await act();
    const after = difference(before, await snapshot(instance.db));
    const now = await filesBelow(join(instance.dataFolder, "blobs"));
    const kind = (path: string): string => path.split("/")[0] ?? "";
    const came = [...now.keys()].filter((path) => !files.has(path)).map(kind);
    const went = [...files.keys()].filter((path) => !now.has(path)).map(kind);
    // Only renditions come and go: originals and chips belong to the collection.
    expect(new Set([...came, ...went].filter((one) => one !== "renditions"))).toEqual(new Set());
    return after;
  }

  /** Whether entries waited for their place before, and whether a text was kept before, is not this withdrawal's doing. */
  const EARLIER = ["log_waiting", "consent_text"];
  const tables = (changes: Readonly<Record<string, Difference>>): readonly string[] =>
    Object.keys(changes)
      .filter((table) => !EARLIER.includes(table))
      .sort();
  /** What every withdrawal writes: its events, its erasure and receipt, its entries and the log's new head, a raised epoch, a version. */
  const ALWAYS = [
    "consent_event",
    "entry",
    "entry_payload",
    "erasure",
    "index_version",
    "log_checkpoint",
    "log_position",
    "log_tile",
    "person",
    "receipt",
  ];

  async function manifestShows(channel: string): Promise<boolean> {
    const manifest = join(test_.folder, channel, "manifest.json");
    const items = JSON.parse(await readFile(manifest, "utf8")) as ManifestItem[];
    return items.some((item) => item.shown.some((shown) => shown.person === leaver.person));
  }
  const templates = () =>
    instance.db.selectFrom("template").select("id").where("person_id", "=", leaver.person).execute();
  const faceKey = () => instance.keys.has({ kind: "person", id: leaver.person, group: "face" });
  const end = () => erase(instance, { actor: "a tester", person: leaver.person });

  test("publish:C takes back C's renditions, and leaves the rest", async () => {
    expect(await manifestShows("website")).toBe(true);
    const changes = await changesOf(() =>
      withdraw(instance, { actor: "a tester", person: leaver.person, purposes: ["publish:website"] }),
    );
    expect(tables(changes)).toEqual([...ALWAYS, "rendition", "rendition_face"].sort());
    for (const row of changes["rendition_face"]?.removed ?? []) expect(row).toContain(leaver.person);
    expect(changes["rendition_face"]?.added).toEqual([]);
    expect(await manifestShows("website")).toBe(false);
    expect(await manifestShows("press")).toBe(true);
    expect(await templates()).not.toEqual([]);
    await end();
  });

  test("publish:companions hides the person from the others of their photos", async () => {
    const shownToOther = () =>
      instance.db
        .selectFrom("rendition_face")
        .innerJoin("rendition", "rendition.id", "rendition_face.rendition_id")
        .select("rendition.id")
        .where("rendition.reader_id", "=", other.person)
        .where("rendition_face.person_id", "=", leaver.person)
        .execute();
    expect(await shownToOther()).not.toEqual([]);
    const before = await filesBelow(join(test_.folder, "delivered-other/photos"));
    const changes = await changesOf(() =>
      withdraw(instance, { actor: "a tester", person: leaver.person, purposes: ["publish:companions"] }),
    );
    expect(tables(changes)).toEqual([...ALWAYS, "rendition", "rendition_face"].sort());
    expect(await shownToOther()).toEqual([]);
    const after = await filesBelow(join(test_.folder, "delivered-other/photos"));
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    expect([...after].some(([name, bytes]) => !bytes.equals(before.get(name) ?? Buffer.alloc(0)))).toBe(true);
    expect(await manifestShows("website")).toBe(true);
    await end();
  });

  test("find-me alone keeps templates that keep-template covers, and lets go of the machine's matches", async () => {
    const found = await findPerson(instance, look(leaver));
    const changes = await changesOf(() =>
      withdraw(instance, { actor: "a tester", person: leaver.person, purposes: ["find-me"] }),
    );
    expect(tables(changes)).toEqual(
      [...ALWAYS, "disclosure_rendition", "match", "rendition", "rendition_face"].sort(),
    );
    expect(changes["match"]?.removed).toHaveLength(found.length);
    expect(changes["match"]?.added).toEqual([]);
    expect(await findPerson(instance, look(leaver))).toEqual([]);
    expect(await templates()).not.toEqual([]);
    expect(await faceKey()).toBe(true);
    // Then keep-template too: nothing covers the templates any more, and their key goes with them.
    const then = await changesOf(() =>
      withdraw(instance, { actor: "a tester", person: leaver.person, purposes: ["keep-template"] }),
    );
    expect(tables(then)).toEqual([...ALWAYS, "template"].sort());
    expect(await templates()).toEqual([]);
    expect(await faceKey()).toBe(false);
    await end();
  });

  test("keep-template alone stops later collections, and keeps what find-me covers", async () => {
    const changes = await changesOf(() =>
      withdraw(instance, { actor: "a tester", person: leaver.person, purposes: ["keep-template"] }),
    );
    expect(tables(changes)).toEqual([...ALWAYS].sort());
    expect(await templates()).not.toEqual([]);
    await end();
  });

  test("a tag by hand stays when the machine's matches go, unless the person lets it go too", async () => {
    const [photo] = await instance.db
      .selectFrom("face")
      .innerJoin("photo", "photo.id", "face.photo_id")
      .leftJoin("match", "match.face_id", "face.id")
      .select(["photo.file_name"])
      .where("match.face_id", "is", null)
      .execute();
    const faces = await listFaces(instance, { collection: "gala", file: photo?.file_name ?? "" });
    const free = faces.find((face) => face.standing === "hidden");
    await tagFace(instance, { face: free?.face ?? "", person: leaver.person, actor: "a tester" });
    await withdraw(instance, { actor: "a tester", person: leaver.person, purposes: ["find-me"] });
    const left = await findPerson(instance, look(leaver));
    expect(left.map((one) => one.face)).toEqual([free?.face]);
    await withdraw(instance, {
      actor: "a tester",
      person: leaver.person,
      purposes: ["find-me"],
      dropTags: true,
    });
    expect(await findPerson(instance, look(leaver))).toEqual([]);
    await end();
  });

  test("contact forgets the address and nothing else", async () => {
    const changes = await changesOf(() =>
      withdraw(instance, { actor: "a tester", person: leaver.person, purposes: ["contact"] }),
    );
    expect(tables(changes)).toEqual([...ALWAYS, "address"].sort());
    const row = await instance.db
      .selectFrom("person")
      .select(["email_sealed", "name_sealed"])
      .where("id", "=", leaver.person)
      .executeTakeFirstOrThrow();
    expect(row.email_sealed).toBeNull();
    expect(row.name_sealed).not.toBeNull();
    await end();
  });

  test("show-name and staff-lookup change nothing but the record", async () => {
    for (const purpose of ["show-name", "staff-lookup"]) {
      const changes = await changesOf(() =>
        withdraw(instance, { actor: "a tester", person: leaver.person, purposes: [purpose] }),
      );
      expect(tables(changes), purpose).toEqual([...ALWAYS].sort());
    }
    await end();
  });

  test("all purposes at once stop everything, and leave the person and the record", async () => {
    const left = await withdraw(instance, { actor: "a tester", person: leaver.person });
    expect(left.residue).toBe(0);
    expect(await templates()).toEqual([]);
    expect(await faceKey()).toBe(false);
    for (const channel of ["website", "press"]) expect(await manifestShows(channel)).toBe(false);
    const verdict = await verifyReceipt(instance, left.receipt);
    expect(verdict).toMatchObject({ valid: true, kind: "erasure" });
    const stated = JSON.stringify(verdict.payload);
    for (const secret of [leaver.person, `Leaver ${number}`, `leaver${number}@`])
      expect(stated).not.toContain(secret);
    expect(await prove(instance, {})).toMatchObject({ clean: true });
    await end();
  });

  test("erasing leaves no row, key, file or word of the person, and changes nobody else", async () => {
    const { person } = leaver;
    const changes = await changesOf(end);
    // What was added names nobody.
    for (const [table, { added }] of Object.entries(changes)) {
      for (const row of added) expect(row, table).not.toContain(person);
    }
    // What was removed was the person's: their id is in it, or it hung on a row that named them.
    const own = ["consent_event", "enrolment", "entry_payload", "look_person", "match", "person", "template"];
    for (const table of own) {
      for (const row of changes[table]?.removed ?? []) expect(row, table).toContain(person);
    }
    // The people who stay are as they were.
    expect(changes["person"]).toMatchObject({ added: [] });
    expect(changes["person"]?.removed).toHaveLength(1);
    const everything = JSON.stringify(await snapshot(instance.db));
    expect(everything).not.toContain(person);
    const journal = join("journal", "restrictions.log");
    for (const [path, bytes] of await filesBelow(instance.dataFolder)) {
      // The journal keeps the random id on purpose: a restored backup must forget the person again.
      if (path !== journal) expect(bytes.includes(person), path).toBe(false);
    }
    expect(await prove(instance, { person })).toMatchObject({ clean: true, residue: [] });
  });

  test("the database itself refuses to let a template outlive its consent", async () => {
    const event = await instance.db
      .selectFrom("consent_event")
      .selectAll()
      .where("person_id", "=", leaver.person)
      .where("purpose", "in", ["find-me", "keep-template"])
      .execute();
    const withdrawn = event.map(({ sequence: _, ...row }) => ({
      ...row,
      id: crypto.randomUUID(),
      event: "withdrawn" as const,
    }));
    await expect(instance.db.insertInto("consent_event").values(withdrawn).execute()).rejects.toThrow(
      /outlive/,
    );
    await expect(
      instance.db.deleteFrom("consent_event").where("person_id", "=", leaver.person).execute(),
    ).rejects.toThrow(/append-only/);
    await end();
  });
});
