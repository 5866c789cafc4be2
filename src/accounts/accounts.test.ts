import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { DAY_MS, testClock, testKeys } from "../../test/support/scene.ts";
import { recordOwed } from "../audit/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import { STAFF_HOLDINGS } from "../rights/index.ts";
import { createAttemptLimit } from "./attempt-limit.ts";
import { openAccounts, type Accounts } from "./index.ts";
import { inviteStaff } from "./staff.ts";

const ORIGIN = "https://photos.example.org";
const OWNER = { name: "Ada Owner", email: "ada@example.org", password: "correct horse battery" };

let database: TestDatabase;
let keys: KeyStore;
let removeKeys: () => Promise<void>;
let accounts: Accounts;
let server: Server;
const clock = testClock();

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  keys = store.keys;
  removeKeys = () => store.remove();
  accounts = await open();
  let client = 0;
  // Each request as if from another address, so that only the limit by account counts here.
  server = createServer((request, response) => {
    void accounts.handle(request, response, `192.0.2.${client++ % 250}`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  server.close();
  await database.close();
  await removeKeys();
});

const open = (publicUrl = new URL(ORIGIN)): Promise<Accounts> =>
  openAccounts({ db: database.db, keys, clock, publicUrl, organisation: "A club" });

async function call(path: string, body: object, headers: Record<string, string> = {}) {
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/api/auth/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: ORIGIN, ...headers },
    body: JSON.stringify(body),
  });
  const cookies = response.headers.getSetCookie();
  return { status: response.status, cookies, cookie: cookies.map((one) => one.split(";")[0]).join("; ") };
}

const signIn = (password: string, email = OWNER.email) => call("sign-in/email", { email, password });

async function owner(): Promise<void> {
  if (await accounts.hasOwner()) return;
  await accounts.useOwnerLink({ secret: await accounts.makeOwnerLink(), ...OWNER });
}

describe("the owner's link", () => {
  test("makes the owner, once", async () => {
    const secret = await accounts.makeOwnerLink();
    expect(secret).toMatch(/^[\w-]{22}$/);
    expect(await accounts.hasOwner()).toBe(false);
    expect(await accounts.readOwnerLink(secret)).toEqual({ for: "make" });
    const both = await Promise.allSettled([
      accounts.useOwnerLink({ secret, ...OWNER }),
      accounts.useOwnerLink({ secret, ...OWNER, email: "eve@example.org" }),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await accounts.hasOwner()).toBe(true);
    await expect(accounts.readOwnerLink(secret)).rejects.toMatchObject({ code: "not-found" });
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from auth."user"`.execute(
      database.db,
    );
    expect(rows).toEqual([{ n: 1 }]);
    await sql`delete from auth."user"`.execute(database.db);
  });

  test("is kept as a hash, and a newer one ends it", async () => {
    const first = await accounts.makeOwnerLink();
    const { rows } = await sql`select * from auth.verification`.execute(database.db);
    expect(JSON.stringify(rows)).not.toContain(first);
    await accounts.makeOwnerLink();
    await expect(accounts.readOwnerLink(first)).rejects.toMatchObject({ code: "not-found" });
  });

  test("is good for a day", async () => {
    const secret = await accounts.makeOwnerLink();
    clock.advance(DAY_MS);
    await expect(accounts.useOwnerLink({ secret, ...OWNER })).rejects.toMatchObject({ code: "not-found" });
  });

  test("is still good after a password that is too short, and the log tells of each", async () => {
    const secret = await accounts.makeOwnerLink();
    const wrong = { secret, ...OWNER, password: "short" };
    await expect(accounts.useOwnerLink(wrong)).rejects.toMatchObject({ code: "bad-input" });
    await expect(accounts.useOwnerLink({ secret, ...OWNER, email: "ada" })).rejects.toMatchObject({
      code: "bad-input",
    });
    expect(await accounts.useOwnerLink({ secret, ...OWNER })).toEqual({ email: OWNER.email });
    const entries = await database.db.selectFrom("entry_payload").select(["kind", "payload"]).execute();
    expect(entries).toContainEqual({ kind: "owner-link-made", payload: {} });
    expect(entries.filter((entry) => entry.kind === "owner-made")).not.toEqual([]);
  });

  test("sets a new password where the owner is there already, and ends every session", async () => {
    await owner();
    const before = await signIn(OWNER.password);
    expect(await accounts.signedIn({ cookie: before.cookie })).not.toBeNull();
    const secret = await accounts.makeOwnerLink();
    expect(await accounts.readOwnerLink(secret)).toEqual({ for: "password" });
    await accounts.useOwnerLink({
      secret,
      ...OWNER,
      name: "Eve",
      email: "eve@example.org",
      password: "new new new",
    });
    expect(await accounts.signedIn({ cookie: before.cookie })).toBeNull();
    expect((await signIn(OWNER.password)).status).toBe(401);
    const after = await signIn("new new new");
    expect(await accounts.signedIn({ cookie: after.cookie })).toMatchObject({
      name: OWNER.name,
      grants: { instance: "owner", collections: new Map() },
    });
    await accounts.useOwnerLink({ secret: await accounts.makeOwnerLink(), ...OWNER });
  });

  test("of several owners sets the password of the one who is named, and ends their passkeys", async () => {
    await owner();
    const grace = { name: "Grace", email: "grace@example.org", password: "four words in a row" };
    const made = await inviteStaff(database.db, { collection: null, role: "owner" }, clock);
    await accounts.useStaffLink({ secret: made.secret, ...grace });
    const sessions = [await signIn(OWNER.password), await signIn(grace.password, grace.email)];
    await sql`insert into auth.passkey (id, "publicKey", "userId", "credentialID", counter, "deviceType", "backedUp")
      select gen_random_uuid(), 'a key', id, id, 0, 'singleDevice', false from auth."user"`.execute(
      database.db,
    );
    await expect(accounts.makeOwnerLink()).rejects.toMatchObject({ code: "bad-input" });
    await expect(accounts.makeOwnerLink("eve@example.org")).rejects.toMatchObject({ code: "not-found" });
    const secret = await accounts.makeOwnerLink("Grace@example.org");
    await accounts.useOwnerLink({ secret, ...grace, password: "quite another password" });
    expect((await signIn(grace.password, grace.email)).status).toBe(401);
    expect((await signIn("quite another password", grace.email)).status).toBe(200);
    expect(await accounts.signedIn({ cookie: sessions[0]?.cookie ?? "" })).not.toBeNull();
    expect(await accounts.signedIn({ cookie: sessions[1]?.cookie ?? "" })).toBeNull();
    const { rows } = await sql<{ email: string }>`select email from auth.passkey
      join auth."user" on auth."user".id = auth.passkey."userId"`.execute(database.db);
    expect(rows).toEqual([{ email: OWNER.email }]);
    await sql`delete from auth."user" where email = ${grace.email}`.execute(database.db);
    await sql`delete from auth.passkey`.execute(database.db);
  });
});

describe("a session", () => {
  test("is bound to this host and https, closed to scripts and to other sites", async () => {
    await owner();
    const { status, cookies } = await signIn(OWNER.password);
    expect(status).toBe(200);
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^__Host-assent-staff=/);
    for (const attribute of ["Secure", "HttpOnly", "Path=/", "SameSite=Strict"]) {
      expect(cookies[0]).toContain(attribute);
    }
    expect(cookies[0]).not.toContain("Domain");
  });

  test("survives a restart, and none is taken that another instance signed", async () => {
    await owner();
    const { cookie } = await signIn(OWNER.password);
    expect(await (await open()).signedIn({ cookie })).toMatchObject({ email: OWNER.email });
    const foreign = await testKeys();
    const elsewhere = await openAccounts({
      db: database.db,
      keys: foreign.keys,
      publicUrl: new URL(ORIGIN),
      organisation: "Others",
    });
    expect(await elsewhere.signedIn({ cookie })).toBeNull();
    await foreign.remove();
  });

  test("ends when its owner signs out", async () => {
    await owner();
    const { cookie } = await signIn(OWNER.password);
    expect((await call("sign-out", {}, { cookie })).status).toBe(200);
    expect(await accounts.signedIn({ cookie })).toBeNull();
  });

  test("is not begun from another site's page", async () => {
    await owner();
    const body = { email: OWNER.email, password: OWNER.password };
    const answer = await call("sign-in/email", body, { origin: "https://evil.example", cookie: "a=b" });
    expect(answer.status).toBe(403);
  });
});

describe("tries", () => {
  test("with wrong passwords end after ten, wherever they come from, and the right one does not help then", async () => {
    await owner();
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) statuses.push((await signIn("wrong wrong wrong")).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
    expect((await signIn(OWNER.password)).status).toBe(429);
    expect((await signIn("wrong wrong wrong", "other@example.org")).status).toBe(401);
  });

  test("are forgotten with the window, and after a good one", () => {
    let at = 0;
    const limit = createAttemptLimit({ most: 2, perMs: 100, now: () => at });
    expect([limit.take("A@b"), limit.take("a@b "), limit.take("a@B")]).toEqual([true, true, false]);
    limit.forget("a@b");
    expect(limit.take("a@b")).toBe(true);
    at = 50;
    expect([limit.take("a@b"), limit.take("a@b")]).toEqual([true, false]);
    at = 100;
    expect([limit.take("a@b"), limit.take("a@b")]).toEqual([true, false]);
  });
});

test("what changes an account's rights is owed to the log, in the transaction of the change, and written without a name", async () => {
  const owed = () => database.db.selectFrom("log_owed").select(["kind", "subject"]).execute();
  const { rows } = await sql<{ id: string }>`select id from auth."user"`.execute(database.db);
  const [owner] = rows;
  const before = await owed();
  expect(before).toContainEqual({ kind: "staff-account-made", subject: owner?.id });
  expect(before).toContainEqual({ kind: "staff-password-changed", subject: owner?.id });
  for (const role of ["owner", null, "owner"]) {
    await sql`update auth."user" set role = ${role}`.execute(database.db);
  }
  const changed = { kind: "staff-role-changed", subject: owner?.id };
  expect((await owed()).slice(before.length)).toEqual([changed, changed]);
  await inTransaction(database.db, recordOwed);
  expect(await owed()).toEqual([]);
  const written = await database.db
    .selectFrom("entry_payload")
    .select(["kind", "payload"])
    .where("kind", "like", "staff-%")
    .where("kind", "!=", "staff-invited")
    .execute();
  expect(written).toContainEqual({ kind: "staff-role-changed", payload: { account: owner?.id } });
  expect(written).toHaveLength(before.length + 2);
});

test("nobody signs up", async () => {
  const answer = await call("sign-up/email", { ...OWNER, email: "new@example.org" });
  expect(answer.status).not.toBe(200);
  const { rows } = await sql<{ email: string }>`select email from auth."user"`.execute(database.db);
  expect(rows).not.toContainEqual({ email: "new@example.org" });
});

test("the holdings claim every column of the accounts' tables, and no other", async () => {
  const { rows } = await sql<{ name: string }>`
    select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = 'auth'`.execute(database.db);
  const claimed = STAFF_HOLDINGS.flatMap(({ table, columns }) =>
    Object.keys(columns).map((column) => `${table}.${column}`),
  );
  expect(claimed.toSorted()).toEqual(rows.map((row) => row.name).toSorted());
});
