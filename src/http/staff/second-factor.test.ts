import { createHmac } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sequenceLog } from "../../flows/index.ts";
import { staffRouteTable } from "./route-table.testing.ts";
import {
  asLibrary,
  colleague,
  OWNER,
  PASSWORD,
  signIn,
  staffServer,
  type StaffServer,
} from "./staff-server.testing.ts";

type Json = Record<string, unknown>;

/** Base32, as apps read it (RFC 4648). */
function bytesOf(key: string): Buffer {
  const bits = [...key].map((sign) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0"),
  );
  return Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** As an app computes it (RFC 6238): the code of the half minute `step` away from now. */
function codeOf(key: string, step = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + step));
  const mac = createHmac("sha1", bytesOf(key)).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

let here: StaffServer;
beforeAll(async () => {
  here = await staffServer();
});
afterAll(() => here.close());

const post = async (server: StaffServer, cookie: string, path: string, body: object = {}) => {
  const answer = await server.ask("POST", `/api/staff/account/second-factor/${path}`, { body, cookie });
  return { status: answer.statusCode, body: answer.statusCode === 204 ? {} : answer.json<Json>() };
};

/** Sets one up; says the key, the code that was used for it, and the recovery codes. */
async function setUp(server: StaffServer, cookie: string, password = PASSWORD) {
  const begun = (await post(server, cookie, "begin", { password })).body as { key: string };
  const code = codeOf(begun.key);
  const confirmed = await post(server, cookie, "confirm", { code });
  expect(confirmed.status).toBe(200);
  return { key: begun.key, used: code, codes: (confirmed.body as { codes: string[] }).codes };
}

/** The first half of a sign-in, in a browser that has these cookies: the cookie that waits for a code. */
async function password(server: StaffServer, email: string, cookies = "") {
  const answer = await asLibrary(server, "sign-in/email", { email, password: PASSWORD }, cookies);
  return { asks: (answer.body as Json)["twoFactorRedirect"], cookie: answer.cookie };
}
const me = async (server: StaffServer, cookie: string) =>
  (await server.ask("GET", "/api/staff/me", { cookie })).statusCode;

describe("a second factor", () => {
  test("is switched on by the password and a code, and ends the other sessions", async () => {
    const { cookie, email } = await colleague(here, "officer");
    const other = await signIn(here.address, { email, password: PASSWORD });
    expect(await post(here, cookie, "begin")).toMatchObject({ status: 403 });
    expect(await post(here, cookie, "begin", { password: "not this one" })).toMatchObject({ status: 403 });
    const begun = await post(here, cookie, "begin", { password: PASSWORD });
    const { uri, key } = begun.body as { uri: string; key: string };
    expect(decodeURIComponent(uri)).toContain(`otpauth://totp/The club:${email}?secret=${key}`);
    // Nothing is asked for until a code was right.
    expect((await password(here, email)).asks).toBeUndefined();
    expect((await post(here, cookie, "confirm", { code: "000000" })).status).toBe(403);
    const done = await post(here, cookie, "confirm", { code: codeOf(key) });
    expect(new Set((done.body as { codes: string[] }).codes).size).toBe(10);
    expect(await me(here, other)).toBe(401);
    expect(await me(here, cookie)).toBe(200);
    const standing = await here.ask("GET", "/api/staff/account/second-factor", { cookie });
    expect(standing.json()).toEqual({ on: true, recoveryCodes: 10 });
    expect((await post(here, cookie, "begin", { password: PASSWORD })).status).toBe(409);
  });

  test("is asked for after the password, and no code is good twice", async () => {
    const { cookie, email } = await colleague(here, "editor");
    const { key, used, codes } = await setUp(here, cookie);
    const first = await password(here, email);
    expect(first.asks).toBe(true);
    expect(await me(here, first.cookie)).toBe(401);
    const wrong = await asLibrary(here, "two-factor/verify-totp", { code: "000000" }, first.cookie);
    expect(wrong.status).toBe(401);
    // The one that was used to set it up is not good again; that of the next half minute is good already.
    const again = await asLibrary(here, "two-factor/verify-totp", { code: used }, first.cookie);
    expect(again.status).toBe(401);
    const code = codeOf(key, 1);
    const right = await asLibrary(here, "two-factor/verify-totp", { code, trustDevice: true }, first.cookie);
    expect(right.status).toBe(200);
    expect(await me(here, right.cookie)).toBe(200);
    // No device is trusted to leave it out, whatever was asked: with all that it was given but the session, it is asked again.
    const given = right.cookie.split("; ").filter((one) => !one.includes("assent-staff="));
    expect((await password(here, email, given.join("; "))).asks).toBe(true);
    // Somebody who looked on, and has the password too.
    const second = await password(here, email);
    expect(second.asks).toBe(true);
    expect((await asLibrary(here, "two-factor/verify-totp", { code }, second.cookie)).status).toBe(401);
    const next = await asLibrary(here, "two-factor/verify-backup-code", { code: codes[0] }, second.cookie);
    expect(next.status).toBe(200);
    const { sessions } = (
      await here.ask("GET", "/api/staff/account/sessions", { cookie: next.cookie })
    ).json<{ sessions: Json[] }>();
    expect(sessions.map((one) => one["how"])).toEqual(["second-factor", "second-factor", "second-factor"]);
  });

  test("can be had by each recovery code once; new ones end the old", async () => {
    const { cookie, email } = await colleague(here, "editor");
    const { codes } = await setUp(here, cookie);
    const by = async (code: string | undefined) => {
      const waiting = await password(here, email);
      return (await asLibrary(here, "two-factor/verify-backup-code", { code: code ?? "" }, waiting.cookie))
        .status;
    };
    expect(await by(codes[0])).toBe(200);
    expect(await by(codes[0])).toBe(401);
    const left = async () =>
      (await here.ask("GET", "/api/staff/account/second-factor", { cookie })).json<Json>()["recoveryCodes"];
    expect(await left()).toBe(9);
    const renewed = await post(here, cookie, "recovery-codes", { password: PASSWORD });
    expect(await left()).toBe(10);
    expect(await by(codes[1])).toBe(401);
    expect(await by((renewed.body as { codes: string[] }).codes[1])).toBe(200);
  });

  test("gives five tries for each sign-in, and ten in all before it is shut for a while", async () => {
    const { cookie, email } = await colleague(here, "editor");
    const { codes } = await setUp(here, cookie);
    let tries = 0;
    const fail = async (waiting: string) => {
      const code = String(100_000 + tries++);
      return (await asLibrary(here, "two-factor/verify-totp", { code }, waiting)).status;
    };
    for (let round = 0; round < 2; round++) {
      const waiting = (await password(here, email)).cookie;
      for (let i = 0; i < 5; i++) expect(await fail(waiting)).toBe(401);
      const more = await asLibrary(here, "two-factor/verify-backup-code", { code: codes[round] }, waiting);
      expect(more.status).not.toBe(200);
    }
    const last = (await password(here, email)).cookie;
    const shut = await asLibrary(here, "two-factor/verify-backup-code", { code: codes[2] }, last);
    expect(shut.status).toBe(429);
  });

  test("is in the database neither as it is nor as its codes are, and the log tells of each change", async () => {
    const { cookie, email } = await colleague(here, "editor");
    const { key, codes } = await setUp(here, cookie);
    const { db } = here.test.instance;
    const { rows } = await sql<{
      all: string;
    }>`select jsonb_agg(t)::text as all from auth."twoFactor" t`.execute(db);
    const raw = bytesOf(key).toString("latin1");
    expect(raw).toHaveLength(32);
    for (const secret of [key, raw, ...codes]) expect(rows[0]?.all).not.toContain(secret);
    const waiting = await password(here, email);
    await asLibrary(here, "two-factor/verify-backup-code", { code: codes[3] ?? "" }, waiting.cookie);
    expect((await post(here, cookie, "end")).status).toBe(403);
    expect((await post(here, cookie, "end", { password: PASSWORD })).status).toBe(204);
    expect((await password(here, email)).asks).toBeUndefined();
    await sequenceLog(here.test.instance);
    const { rows: users } = await sql<{
      id: string;
    }>`select id from auth."user" where email = ${email}`.execute(db);
    const entries = await db
      .selectFrom("entry_payload")
      .select("kind")
      .where("kind", "like", "staff-%")
      .where(sql<boolean>`payload ->> 'account' = ${users[0]?.id}`)
      .where("kind", "not in", ["staff-account-made", "staff-sessions-ended"])
      .orderBy("at")
      .execute();
    expect(entries.map((one) => one.kind)).toEqual([
      "staff-second-factor-added",
      "staff-recovery-codes-changed",
      "staff-second-factor-removed",
    ]);
  });

  test("that was lost is taken away by an owner, or with the owner's link, and their sessions end", async () => {
    const { cookie, email, id } = await colleague(here, "editor");
    await setUp(here, cookie);
    const url = `/api/staff/accounts/${id}/second-factor`;
    expect((await here.ask("DELETE", url, { cookie })).statusCode).toBe(404);
    expect((await here.ask("DELETE", url)).statusCode).toBe(204);
    expect(await me(here, cookie)).toBe(401);
    expect((await password(here, email)).asks).toBeUndefined();

    await setUp(here, here.owner, OWNER.password);
    const secret = await here.accounts.makeOwnerLink();
    await here.accounts.useOwnerLink({ secret, ...OWNER });
    await here.signInAgain();
    expect(await me(here, here.owner)).toBe(200);
  });

  test("is switched off by a passkey that was used just now, and not by one of before", async () => {
    const { cookie } = await colleague(here, "editor");
    await setUp(here, cookie);
    const { db } = here.test.instance;
    const as = (how: string, ago: string) =>
      sql`update auth.session set how = ${how}, "createdAt" = now() - ${ago}::interval where token = ${/staff=([^.]+)\./.exec(cookie)?.[1]}`.execute(
        db,
      );
    await as("passkey", "11 minutes");
    expect((await post(here, cookie, "end")).status).toBe(403);
    await as("second-factor", "1 minute");
    expect((await post(here, cookie, "end")).status).toBe(403);
    await as("passkey", "9 minutes");
    expect((await post(here, cookie, "end")).status).toBe(204);
  });
});

describe("where a second factor is required", () => {
  let strict: StaffServer;
  beforeAll(async () => {
    strict = await staffServer({ secondFactor: "required" });
  });
  afterAll(() => strict.close());

  test("nothing answers but setting one up; then everything does", async () => {
    const open = ["/me", "/account/second-factor"].map((path) => `/api/staff${path}`);
    for (const { method, url } of staffRouteTable()) {
      if (open.some((one) => url === one || url.startsWith(`${one}/`)) || method === "HEAD") continue;
      const headers = { "x-assent": "1", cookie: strict.owner };
      const answer = await strict.server.app.inject({ method: method as "GET", url, headers });
      expect(`${method} ${url} ${answer.json<Json>()["detail"] as string}`).toContain(
        "a second factor is required",
      );
    }
    expect((await strict.ask("GET", "/api/staff/me")).json()).toMatchObject({ lacksSecondFactor: true });
    await setUp(strict, strict.owner, OWNER.password);
    expect((await strict.ask("GET", "/api/staff/me")).json()).toMatchObject({ lacksSecondFactor: false });
    expect((await strict.ask("GET", "/api/staff/collections")).statusCode).toBe(200);
  });

  test("a passkey counts as both", async () => {
    const { cookie } = await colleague(strict, "editor");
    expect((await strict.ask("GET", "/api/staff/collections", { cookie })).statusCode).toBe(403);
    await sql`update auth.session set how = 'passkey' where token = ${/staff=([^.]+)\./.exec(cookie)?.[1]}`.execute(
      strict.test.instance.db,
    );
    expect((await strict.ask("GET", "/api/staff/collections", { cookie })).statusCode).toBe(200);
  });
});
