import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forgetEnded } from "../../accounts/index.ts";
import { newId } from "../../core/index.ts";
import {
  asLibrary,
  colleague,
  OWNER,
  signIn,
  staffServer,
  type StaffServer,
} from "./staff-server.testing.ts";

let here: StaffServer;
beforeAll(async () => {
  here = await staffServer();
});
afterAll(() => here.close());

type Json = Record<string, unknown>;
interface Session {
  readonly id: string;
  readonly own: boolean;
  readonly address: string | null;
}

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
const EDGE =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0";

const sessions = async (cookie = here.owner): Promise<readonly Session[]> =>
  (await here.ask("GET", "/api/staff/account/sessions", { cookie })).json<{ sessions: Session[] }>().sessions;

/** Another member of staff, who is signed in twice. */
async function twice(): Promise<{ readonly email: string; readonly cookies: readonly [string, string] }> {
  const { email, cookie } = await colleague(here, "officer");
  return { email, cookies: [cookie, await signIn(here.address, { email, password: "four words in a row" })] };
}

describe("one's own sessions", () => {
  test("are told by browser, system, address and time, and by what they were begun", async () => {
    const cookie = await signIn(here.address, OWNER, FIREFOX);
    await signIn(here.address, OWNER, EDGE);
    const all = await sessions(cookie);
    expect(all).toHaveLength(3);
    expect(all.filter((one) => one.own)).toMatchObject([
      {
        browser: "Firefox",
        system: "Linux",
        how: "password",
        address: expect.stringMatching(/^192\.0\.2\./) as string,
      },
    ]);
    expect(all).toContainEqual(expect.objectContaining({ browser: "Edge", system: "Windows", own: false }));
    // With its point: an id may hold the digits.
    expect(JSON.stringify(all)).not.toContain("141.0");
  });

  test("end one by one or all but this one, and nobody else's do", async () => {
    const { cookies } = await twice();
    const [mine, other] = cookies;
    const strange = (await sessions()).find((one) => one.own)?.id ?? "";
    const end = (id: string) => here.ask("DELETE", `/api/staff/account/sessions/${id}`, { cookie: mine });
    expect((await end(strange)).statusCode).toBe(404);
    expect((await here.ask("GET", "/api/staff/me")).statusCode).toBe(200);
    const [one] = (await sessions(mine)).filter((session) => !session.own);
    expect((await end(one?.id ?? "")).statusCode).toBe(204);
    expect((await here.ask("GET", "/api/staff/me", { cookie: other })).statusCode).toBe(401);

    const before = (await sessions()).length;
    const ended = await here.ask("POST", "/api/staff/account/sessions/end-others");
    expect(ended.json()).toEqual({ sessions: before - 1 });
    expect((await sessions()).map((session) => session.own)).toEqual([true]);
    expect((await here.ask("GET", "/api/staff/me", { cookie: mine })).statusCode).toBe(200);
    const entries = await here.test.instance.db
      .selectFrom("entry_payload")
      .select("payload")
      .where("kind", "=", "staff-sessions-ended")
      .execute();
    expect(entries.map((entry) => (entry.payload as Json)["sessions"])).toEqual([1, before - 1]);
  });

  test("end with another password, whatever the page asks", async () => {
    const { cookies } = await twice();
    const [mine, other] = cookies;
    const changed = await asLibrary(
      here,
      "change-password",
      { currentPassword: "four words in a row", newPassword: "five words in a long row" },
      mine,
    );
    expect(changed.status).toBe(200);
    for (const cookie of [mine, other]) {
      expect((await here.ask("GET", "/api/staff/me", { cookie })).statusCode).toBe(401);
    }
    expect(await sessions(changed.cookie)).toMatchObject([{ own: true, how: "password" }]);
  });

  test("leave no address behind once they have run out", async () => {
    const { db, clock } = here.test.instance;
    const { cookies } = await twice();
    const [session] = (await sessions(cookies[0])).filter((one) => !one.own);
    await sql`update auth.session set "expiresAt" = now() - interval '1 minute' where id = ${session?.id}`.execute(
      db,
    );
    expect((await sessions(cookies[0])).map((one) => one.own)).toEqual([true]);
    await forgetEnded(db, clock);
    const { rows } = await sql`select 1 from auth.session where id = ${session?.id}`.execute(db);
    expect(rows).toEqual([]);
    expect((await here.ask("GET", "/api/staff/me", { cookie: cookies[0] })).statusCode).toBe(200);
  });
});

test("a passkey can be named anew and removed, but never the last way in", async () => {
  const { db } = here.test.instance;
  const { email, cookies } = await twice();
  const [first, second] = [newId(), newId()];
  for (const id of [first, second]) {
    await sql`insert into auth.passkey (id, name, "publicKey", "userId", "credentialID", counter, "deviceType", "backedUp")
      select ${id}, 'old', 'AA', id, ${id}, 0, 'singleDevice', false from auth."user" where email = ${email}`.execute(
      db,
    );
  }
  expect(
    (await asLibrary(here, "passkey/update-passkey", { id: first, name: "laptop" }, cookies[0])).status,
  ).toBe(200);
  expect(
    (await asLibrary(here, "passkey/update-passkey", { id: first, name: "mine" }, here.owner)).status,
  ).toBe(401);
  const remove = async (id: string) =>
    (await asLibrary(here, "passkey/delete-passkey", { id }, cookies[0])).status;
  expect(await remove(second)).toBe(200);
  // As an account is that has no password.
  await sql`update auth.account set password = null from auth."user" u where u.id = "userId" and u.email = ${email}`.execute(
    db,
  );
  expect(await remove(first)).toBe(403);
  const { rows } = await sql`select name from auth.passkey where id = ${first}`.execute(db);
  expect(rows).toEqual([{ name: "laptop" }]);
});
