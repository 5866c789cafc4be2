import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { embeddingAt, embeddingNear } from "../../test/support/embeddings.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { boxAt, DAY_MS, scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { matchPermits } from "../consent/index.ts";
import type { Id } from "../core/index.ts";
import { sealText, verifyCompact } from "../crypto/index.ts";
import { holdSealing, inTransaction, type Db } from "../db/index.ts";
import {
  addLetter,
  childOf,
  contactKey,
  createInvitation,
  openContact,
  openLetterSecret,
  setName,
  waitingLetters,
} from "../people/index.ts";
import { chipsKey, openChips, sealChips } from "../photos/index.ts";
import { requestsIn, writeRequest } from "../rights/index.ts";
import { faceKey, search, storeTemplates } from "../templates/index.ts";
import { changeKeys, type KeyChangeOrder, type KeysChanged } from "./change-keys.ts";
import type { Parts } from "./instance.ts";
import { CHANGEABLE, type ChangeableKey } from "./key-kinds.ts";
import { listKeys } from "./list-keys.ts";
import { checkTheLog, logHead } from "./log.ts";
import { settle } from "./settle.ts";

const PACK = { id: "pack", dimension: 192 };
const SCORE = 0.8;
const CHIP = Buffer.from("a picture of a face");
const probe = embeddingAt("probe");

let test_: TestInstance;
let instance: Instance;
let here: Scene;
let collection: Id;
let person: Id;
let enrolment: Id;
let photo: Id;

beforeAll(async () => {
  test_ = await testInstance();
  instance = test_.instance;
  const { keys, db, clock, blobs } = instance;
  here = scene(db, keys, clock);
  collection = (await here.collection()).id;
  ({ person, enrolment } = await here.enrolled(collection));
  const boxes = [boxAt(100)];
  photo = (await here.photo(collection, boxes, { chips: "none yet" })).id;
  const chips = await blobs.put("chips", await sealChips(keys, collection, photo, [CHIP]));
  await inTransaction(db, async (trx) => {
    await trx.updateTable("photo").set({ chips }).where("id", "=", photo).execute();
    await setName(trx, keys, person, "Anna", clock);
    const embeddings = [embeddingNear(probe, SCORE)];
    await storeTemplates(trx, keys, { person, enrolment, packId: PACK.id, embeddings }, clock);
    const request = { kind: "report", person: null, photo, face: null, place: null } as const;
    const said = {
      contact: "a@example.org",
      note: "it is me",
      language: "en",
      receivedAt: clock.now(),
    } as const;
    await writeRequest(trx, keys, { ...request, ...said }, clock);
    const expiresAt = new Date(clock.now().getTime() + DAY_MS);
    const wanted = { collection, by: "a tester", expiresAt, kind: "guardian", child: "Ben" } as const;
    const invitation = await createInvitation(trx, keys, wanted, clock);
    await addLetter(trx, keys, { invitation, email: "b@example.org", language: "en", by: "a tester" }, clock);
  });
});
afterAll(() => test_.close());

/** What everything that is sealed says, read as the rest of the program reads it. */
async function read({ db, keys, blobs, indexes, clock }: Instance) {
  const rows = await db.selectFrom("person").selectAll().execute();
  const requests = await requestsIn(db, keys, "open");
  const [letter] = await waitingLetters(db);
  const { chips } = await db
    .selectFrom("photo")
    .selectAll()
    .where("id", "=", photo)
    .executeTakeFirstOrThrow();
  const { index, giveBack } = await indexes.borrow(PACK);
  try {
    const found = search(index, probe, await matchPermits(db, collection, clock));
    return {
      names: await Promise.all(rows.map(async (row) => (await openContact(keys, row)).name)),
      requests: requests.map(({ contact, note }) => ({ contact, note })),
      secret: letter && (await openLetterSecret(keys, letter)).length > 10,
      child: letter && (await childOf(keys, letter.child))?.name,
      chips: (await openChips(keys, collection, photo, await blobs.read(chips ?? ""))).map((chip) =>
        Buffer.from(chip ?? []).toString(),
      ),
      best: { person: found.best?.person, score: found.best?.score.toFixed(4) },
    };
  } finally {
    giveBack();
  }
}

const expected = () => ({
  names: ["Anna"],
  requests: [{ contact: "a@example.org", note: "it is me" }],
  secret: true,
  child: "Ben",
  chips: [String(CHIP)],
  best: { person, score: SCORE.toFixed(4) },
});

const order = (kind: ChangeableKey, more: Partial<KeyChangeOrder> = {}): KeyChangeOrder => ({
  kind,
  actor: "a tester",
  progress: () => undefined,
  graceMs: 0,
  ...more,
});
const entries = async (what: string) =>
  (await instance.db.selectFrom("entry_payload").selectAll().where("kind", "=", "key-changed").execute())
    .map((row) => row.payload as Record<string, unknown>)
    .filter((payload) => payload["what"] === what);
/** Names and versions of all keys that seal, and what else shows which keys these are. */
async function fingerprints(kind: ChangeableKey): Promise<readonly string[]> {
  const { keys } = await listKeys(instance, { all: true });
  return keys.flatMap((key) => (key.kind === kind ? [`${key.of} ${key.fingerprint}`] : []));
}

class Cut extends Error {}

/**
 * The parts of a process that is killed before its n-th effect: from there on nothing has an effect any more, no clean-up either.
 * Effects are those on the key store and the files, and the beginning and end of transactions.
 */
function killedBefore(n: number): { readonly parts: Parts; readonly effects: () => number } {
  let effects = 0;
  const effect = (): void => {
    if (++effects >= n) throw new Cut();
  };
  const cutting = <T extends object>(target: T, names: readonly (keyof T)[]): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (names.includes(name as keyof T)) effect();
          return Reflect.apply(value, target, args);
        };
      },
    });
  const db: Db = new Proxy(instance.db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== "transaction") return typeof value === "function" ? value.bind(target) : value;
      return () => ({
        async execute(work: Parameters<ReturnType<Db["transaction"]>["execute"]>[0]) {
          effect();
          const done = await target.transaction().execute(work);
          effect();
          return done;
        },
      });
    },
  });
  const keys = cutting(instance.keys, [
    "create",
    "succeed",
    "retire",
    "rotateSigningKey",
    "rollEpoch",
    "changeKeyEncryptionKey",
  ]);
  return {
    parts: { ...instance, db, keys, blobs: cutting(instance.blobs, ["put", "remove"]) },
    effects: () => effects,
  };
}

/** Resolves once some session of the database waits for an advisory lock. */
async function waitsForLock(): Promise<void> {
  for (;;) {
    const { rows } = await sql`select 1 from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`.execute(instance.db);
    if (rows.length > 0) return;
  }
}

describe("changing keys", () => {
  test.each(CHANGEABLE)("%s makes other keys, and everything still opens", async (kind) => {
    const before = await fingerprints(kind);
    const statement = await instance.keys.signCompact({ a: 1 }, "test");
    const done = await changeKeys(instance, order(kind));
    expect(done).toMatchObject({ kind, finished: true });
    const after = await fingerprints(kind);
    expect(after).toHaveLength(before.length);
    for (const one of before) expect(after).not.toContain(one);
    expect(await read(instance)).toEqual(expected());
    expect(await entries(kind)).toHaveLength(1);
    expect((await listKeys(instance)).unfinished).toEqual([]);
    expect(await verifyCompact(statement, await instance.keys.publicKeys(), ["test"])).toMatchObject({
      valid: true,
    });
    await logHead(instance);
    expect((await checkTheLog(instance)).damage).toEqual([]);
  });

  test.each(["contact", "face", "chips", "transform"] as const)(
    "%s killed before any effect leaves everything readable, and the next run goes on with it",
    async (kind) => {
      const wrong: string[] = [];
      let kills = 0;
      for (let n = 1; ; n++) {
        const before = await fingerprints(kind);
        const entered = (await entries(kind)).length;
        const { parts } = killedBefore(n);
        const ended = await changeKeys(parts, order(kind)).catch((error: unknown) => {
          if (!(error instanceof Cut)) throw error;
          return undefined;
        });
        if (ended) break;
        kills++;
        const cut = await read(instance).catch(String);
        const begun = (await listKeys(instance)).unfinished;
        // Killed after its last commit, it had done all: what follows is another change.
        const finished = (await entries(kind)).length > entered && begun.length === 0;
        const { kept } = await settle(instance);
        if (begun.includes(kind) && !kept.some((reason) => reason.includes(`keys rotate ${kind}`)))
          wrong.push(`${n}: not told`);
        const resumed: KeysChanged = await changeKeys(instance, order(kind));
        const after = await fingerprints(kind);
        if (JSON.stringify(cut) !== JSON.stringify(expected())) wrong.push(`${n}: ${JSON.stringify(cut)}`);
        if (JSON.stringify(await read(instance)) !== JSON.stringify(expected()))
          wrong.push(`${n}: afterwards`);
        if (!resumed.finished || (await listKeys(instance)).unfinished.length > 0)
          wrong.push(`${n}: unfinished`);
        if (before.some((one) => after.includes(one))) wrong.push(`${n}: an old key is left`);
        const more = (await entries(kind)).length - entered;
        if (more !== (finished ? 2 : 1)) wrong.push(`${n}: ${more} entries`);
      }
      expect(wrong).toEqual([]);
      expect(kills).toBeGreaterThan(4);
    },
  );

  test("of one person leaves everybody else's as they are, and is an entry of theirs", async () => {
    const before = await fingerprints("contact");
    await changeKeys(instance, order("contact", { of: person }));
    const after = await fingerprints("contact");
    expect(after.filter((one) => !before.includes(one))).toEqual([expect.stringContaining(person)]);
    const rows = await instance.db
      .selectFrom("entry_payload")
      .select("payload")
      .where("person_id", "=", person)
      .where("kind", "=", "key-changed")
      .execute();
    expect(rows).toEqual([{ payload: { what: "contact", by: "a tester" } }]);
    const stranger = "0".repeat(8) + person.slice(8);
    await expect(changeKeys(instance, order("face", { of: stranger }))).rejects.toMatchObject({
      code: "not-found",
    });
  });

  test("waits for somebody who is sealing under the old key, and takes that along", async () => {
    let commit = (): void => undefined;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    let seal = (): void => undefined;
    const isSealed = new Promise<void>((resolve) => (seal = resolve));
    const ref = contactKey(person);
    // As `setName` does it, stopped between sealing and writing: it has no lock on the row yet.
    const writing = inTransaction(instance.db, async (trx) => {
      await holdSealing(trx, ref);
      const sealed = await sealText(instance.keys, ref, "Anne", `person-name:${person}`);
      seal();
      await mayCommit;
      await trx.updateTable("person").set({ name_sealed: sealed }).where("id", "=", person).execute();
    });
    await isSealed;
    const changing = changeKeys(instance, order("contact", { of: person }));
    // The successor is there before the change waits; without waiting it would be through soon after.
    while ((await instance.keys.versions(ref)).length < 2);
    await Promise.race([changing, waitsForLock()]);
    commit();
    await writing;
    await changing;
    expect((await read(instance)).names).toEqual(["Anne"]);
    await inTransaction(instance.db, (trx) => setName(trx, instance.keys, person, "Anna", instance.clock));
  });

  test("is refused while another process is at it", async () => {
    let other: unknown;
    await changeKeys(
      instance,
      order("contact", {
        progress: () => (other ??= changeKeys(instance, order("epoch")).catch((error: unknown) => error)),
      }),
    );
    expect(await other).toMatchObject({ code: "instance-busy" });
  });

  test("lists no key itself", async () => {
    const secrets = await Promise.all([
      instance.keys.withKey(faceKey(person), (key) => Buffer.from(key)),
      instance.keys.withKey(chipsKey(collection), (key) => Buffer.from(key)),
      instance.keys.withSecret("transform", (key) => Buffer.from(key)),
    ]);
    const text = JSON.stringify(await listKeys(instance, { all: true }));
    for (const secret of secrets)
      for (const form of ["hex", "base64", "base64url"] as const)
        expect(text).not.toContain(secret.toString(form));
    expect(text).toContain(person);
  });
});
