import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { DAY_MS, scene, testClock, testKeys } from "../../test/support/scene.ts";
import { openJournal, type Journal } from "../audit/index.ts";
import { newId, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import {
  ACTIONS,
  KEY_SCOPES,
  keepAnswer,
  keptAnswer,
  listApiKeys,
  makeApiKey,
  may,
  openAccounts,
  openApiKey,
  removeStaff,
  revokeApiKey,
  setRole,
  whereMay,
  type ApiKeyOrder,
  type KeyGrants,
} from "./index.ts";
import { inTransaction } from "../db/index.ts";

let database: TestDatabase;
let keys: KeyStore;
let folder: string;
let journal: Journal;
let closeKeys: () => Promise<void>;
let maker: string;
const clock = testClock();
const collections: Id[] = [];

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  keys = store.keys;
  closeKeys = () => store.remove();
  folder = await mkdtemp(join(tmpdir(), "assent-api-keys-"));
  journal = openJournal(join(folder, "restrictions.log"));
  const { db } = database;
  const accounts = await openAccounts({
    db,
    keys,
    clock,
    publicUrl: new URL("https://photos.example.org"),
    organisation: "A club",
  });
  for (const [name, email] of [
    ["Ada Owner", "ada@example.org"],
    ["Eva Editor", "eva@example.org"],
  ] as const) {
    const id = newId();
    await sql`insert into auth."user" (id, name, email, role, "emailVerified", "createdAt", "updatedAt")
      values (${id}, ${name}, ${email}, 'owner', true, now(), now())`.execute(db);
    if (name === "Eva Editor") maker = id;
  }
  expect(await accounts.hasOwner()).toBe(true);
  for (let i = 0; i < 2; i++) collections.push((await scene(db, keys, clock).collection()).id);
});
afterAll(async () => {
  await database.close();
  await closeKeys();
  await rm(folder, { recursive: true, force: true });
});

const make = (more: Partial<ApiKeyOrder> = {}) =>
  makeApiKey(
    database.db,
    {
      name: `Key ${newId()}`,
      scopes: ["see-collections"],
      collection: null,
      expiresAt: new Date(clock.now().getTime() + 30 * DAY_MS),
      by: { account: null, name: "the operator" },
      ...more,
    },
    clock,
  );
const open = (key: string) => openApiKey(database.db, key, clock);
const listed = async (id: Id) => (await listApiKeys(database.db, clock)).find((one) => one.id === id);
const entries = async (key: Id): Promise<string[]> => {
  const rows = await database.db.selectFrom("entry_payload").select(["kind", "payload"]).execute();
  return rows.filter((row) => JSON.stringify(row.payload).includes(key)).map((row) => row.kind);
};

describe("an API key", () => {
  test("opens what it was made for, is kept as a hash, and says when it was used", async () => {
    const { id, key } = await make({ name: "Website", by: { account: null, name: "Ada" } });
    expect(key).toMatch(/^assent_[0-9a-f]{8}_[\w-]{43}$/);
    const { rows } = await sql`select to_jsonb(k) from api_key k`.execute(database.db);
    expect(JSON.stringify(rows)).not.toContain(key.split("_").slice(2).join("_"));
    expect(await listed(id)).toMatchObject({ lastUsedAt: null, state: "good", prefix: key.slice(0, 15) });
    expect(await open(key)).toMatchObject({ id, actor: "Website (API key of Ada)" });
    expect((await listed(id))?.lastUsedAt).toBeInstanceOf(Date);
    // Another secret under the same beginning, and what is no key at all.
    expect(await open(`${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`)).toBeNull();
    for (const other of ["", "assent_", key.slice(0, 15), `${key}x`, "x".repeat(5000)]) {
      expect(await open(other)).toBeNull();
    }
    expect(await entries(id)).toEqual(["api-key-made"]);
  });

  test("ends on its day, within a year", async () => {
    const { id, key } = await make({ expiresAt: new Date(clock.now().getTime() + DAY_MS) });
    expect(await open(key)).not.toBeNull();
    clock.advance(DAY_MS);
    expect(await open(key)).toBeNull();
    expect((await listed(id))?.state).toBe("expired");
    for (const days of [0, -1, 367]) {
      const expiresAt = new Date(clock.now().getTime() + days * DAY_MS);
      await expect(make({ expiresAt })).rejects.toMatchObject({ code: "bad-input" });
    }
  });

  test("that is ended stays so, and the journal and the log have it", async () => {
    const { id, key } = await make();
    await revokeApiKey({ db: database.db, journal, clock }, { key: id, account: null });
    expect(await open(key)).toBeNull();
    expect(await journal.read()).toContainEqual(expect.objectContaining({ event: "revoked", subject: id }));
    expect(await entries(id)).toEqual(["api-key-made", "api-key-revoked"]);
    for (const gone of [id, newId(), "no id"]) {
      await expect(
        revokeApiKey({ db: database.db, journal, clock }, { key: gone, account: null }),
      ).rejects.toMatchObject({ code: "not-found" });
    }
  });

  test("is given a name that no other has, and nothing that says yes for somebody", async () => {
    const { id } = await make({ name: "Ticket office" });
    await expect(make({ name: " ticket OFFICE " })).rejects.toMatchObject({ code: "exists" });
    await revokeApiKey({ db: database.db, journal, clock }, { key: id, account: null });
    await make({ name: "Ticket office" });
    const never = ACTIONS.filter((one) => !(KEY_SCOPES as readonly string[]).includes(one));
    expect(never).toEqual(
      expect.arrayContaining(["enrol-people", "tag-faces", "publish", "settle-claims", "manage-accounts"]),
    );
    for (const scope of never) {
      await expect(make({ scopes: ["see-collections", scope] })).rejects.toMatchObject({ code: "bad-input" });
      await expect(
        sql`update api_key set scopes = array_append(scopes, ${scope})`.execute(database.db),
      ).rejects.toThrow(/check constraint/);
    }
    await expect(make({ scopes: [] })).rejects.toMatchObject({ code: "bad-input" });
    await expect(make({ name: "a\nb" })).rejects.toMatchObject({ code: "bad-input" });
    await expect(make({ collection: newId() })).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("what a key may do", () => {
  const grants = (more: Partial<KeyGrants>): KeyGrants => ({
    scopes: new Set(KEY_SCOPES),
    collection: null,
    maker: "operator",
    ...more,
  });

  test("is its scopes and no other action, in its collection and no other", () => {
    const [here = "", elsewhere = ""] = collections;
    const one = grants({ scopes: new Set(["see-photos"]), collection: here });
    for (const action of ACTIONS) {
      expect(may(one, action, here), action).toBe(["see-photos", "see-self"].includes(action));
      expect(may(grants({}), action, null), action).toBe(
        action === "see-self" || (KEY_SCOPES as readonly string[]).includes(action),
      );
    }
    expect(may(one, "see-photos", elsewhere)).toBe(false);
    expect(may(one, "see-photos", null)).toBe(false);
    expect(whereMay(one, "see-photos")).toEqual(new Set([here]));
    expect(whereMay(one, "see-people")).toEqual(new Set());
    expect(whereMay(grants({}), "see-photos")).toBe("all");
  });

  test("is never more than its maker may do now", async () => {
    const [here = "", elsewhere = ""] = collections;
    const { id, key } = await make({
      scopes: ["see-photos", "see-requests"],
      by: { account: maker, name: "Eva Editor" },
    });
    const now = async () => {
      const opened = await open(key);
      return (
        (opened && [here, elsewhere, null].map((where) => may(opened.grants, "see-photos", where))) ?? null
      );
    };
    expect(await now()).toEqual([true, true, true]);
    await setRole(database.db, { account: maker, collection: null, role: "officer" }, clock);
    expect(await now()).toEqual([false, false, false]);
    expect(may((await open(key))?.grants ?? grants({}), "see-requests", null)).toBe(true);
    await setRole(database.db, { account: maker, collection: here, role: "editor" }, clock);
    expect(await now()).toEqual([true, false, false]);
    await removeStaff(database.db, maker);
    expect(await now()).toBeNull();
    expect((await listed(id))?.state).toBe("without-maker");
  });
});

describe("a kept answer", () => {
  test("is given to the same request of the same key, for a day, and can be read by nobody else", async () => {
    const { db } = database;
    const { id: apiKey, key: bearer } = await make();
    const order = { apiKey, bearer, repeat: "a-name-of-theirs", asked: "POST /x {}" };
    const keep = (answer: object) => inTransaction(db, (trx) => keepAnswer(trx, order, answer, clock));
    expect(await keptAnswer(db, order, clock)).toBeUndefined();
    await keep({ link: "join#secret" });
    expect(await keptAnswer(db, order, clock)).toEqual({ link: "join#secret" });
    await expect(keep({ link: "another" })).rejects.toMatchObject({ code: "23505" });
    await expect(keptAnswer(db, { ...order, asked: "POST /x {1}" }, clock)).rejects.toMatchObject({
      code: "conflict",
    });
    const { rows } = await sql<{
      text: string;
    }>`select encode(sealed, 'escape') || encode(repeat_key, 'escape')
      || encode(asked, 'escape') as text from api_answer`.execute(db);
    expect(rows).toHaveLength(1);
    for (const word of ["secret", "a-name", "POST"]) expect(rows[0]?.text).not.toContain(word);
    const other = await make();
    const theirs = { ...order, apiKey: other.id, bearer: other.key };
    expect(await keptAnswer(db, theirs, clock)).toBeUndefined();
    clock.advance(DAY_MS);
    expect(await keptAnswer(db, order, clock)).toBeUndefined();
    await keep({ link: "new" });
    expect(await keptAnswer(db, order, clock)).toEqual({ link: "new" });
  });
});
