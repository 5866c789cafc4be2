import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openMailbox, type Mailbox } from "../../../test/support/mailbox.ts";
import { createMailer, type Mailer } from "../../mail/index.ts";
import { colleague, signIn, staffServer, type StaffServer } from "./staff-server.testing.ts";

type Json = Record<string, unknown>;
const PASSWORD = "four words in a row";

let box: Mailbox;
let mailer: Mailer;
let here: StaffServer;
beforeAll(async () => {
  box = await openMailbox();
  mailer = createMailer({ server: box.url, from: "The club <photos@example.org>" });
  here = await staffServer({ mailer });
});
afterAll(async () => {
  await here.close();
  mailer.close();
  await box.close();
});

const standing = async (cookie: string, server = here) =>
  (await server.ask("GET", "/api/staff/account/address", { cookie })).json<Json>();
const confirm = (secret: string) =>
  here.ask("POST", "/api/staff/address", { body: { secret, language: "en" }, cookie: null });
const inviting = (more: object) =>
  here.ask("POST", "/api/staff/accounts/invitations", {
    body: { collection: null, role: "editor", language: "fr", ...more },
  });
async function join(secret: string, email: string): Promise<string> {
  const body = { secret, name: email, email, password: PASSWORD };
  expect((await here.ask("POST", "/api/staff/invitation", { body, cookie: null })).statusCode).toBe(200);
  return signIn(here.address, body);
}

test("an invitation that was mailed verifies the address that it was mailed to, and no other", async () => {
  const before = box.messages.length;
  const invited = await inviting({ email: "Eve@example.org" });
  // Nobody here sees the link: whoever made it could take it for somebody else.
  expect(invited.json()).toMatchObject({ link: null });
  const message = await box.message(before);
  expect(message).toMatchObject({ to: ["Eve@example.org"] });
  expect(message.text).toContain("/staff/invitation#");
  const { rows } = await sql<{
    all: string;
  }>`select jsonb_agg(v)::text as all from auth.verification v`.execute(here.test.instance.db);
  expect(rows[0]?.all).not.toMatch(/eve@/i);
  const opened = await here.ask("POST", "/api/staff/invitation/open", {
    body: { secret: message.secret },
    cookie: null,
  });
  expect(opened.json()).toMatchObject({ mailed: true });
  expect(await standing(await join(message.secret, "eve@example.org"))).toEqual({
    email: "eve@example.org",
    verified: true,
    mail: true,
  });
  await inviting({ email: "max@example.org" });
  const other = await join((await box.message(before + 1)).secret, "mallory@example.org");
  expect(await standing(other)).toMatchObject({ verified: false });
});

test("one that the mail server does not take is none", async () => {
  box.refused.add("gone@example.org");
  expect((await inviting({ email: "gone@example.org" })).statusCode).toBe(503);
  const { invitations } = (await here.ask("GET", "/api/staff/accounts")).json<{ invitations: Json[] }>();
  expect(invitations).toEqual([]);
});

test("an address that its owner wrote is verified by a link that is mailed there, once", async () => {
  const { cookie } = await colleague(here, "editor");
  expect(await standing(cookie)).toMatchObject({ verified: false });
  const number = box.messages.length;
  const ask = () =>
    here.ask("POST", "/api/staff/account/address/verify", { body: { language: "en" }, cookie });
  expect((await ask()).statusCode).toBe(204);
  expect((await ask()).statusCode).toBe(204);
  const [first, second] = [await box.message(number), await box.message(number + 1)];
  // The newest alone is good.
  expect((await confirm(first.secret)).statusCode).toBe(404);
  expect((await confirm(second.secret)).statusCode).toBe(204);
  expect((await confirm(second.secret)).statusCode).toBe(404);
  expect(await standing(cookie)).toMatchObject({ verified: true });
  expect((await ask()).statusCode).toBe(403);
});

test("another address is asked first, takes the place of the other on a tap, and the other is told", async () => {
  const { cookie, email, id } = await colleague(here, "editor");
  const change = (to: string, password?: string) =>
    here.ask("PUT", "/api/staff/account/address", { body: { email: to, password, language: "en" }, cookie });
  expect((await change("new@example.org")).statusCode).toBe(403);
  expect((await change("new@example.org", "not this one")).statusCode).toBe(403);
  expect((await change("ada@example.org", PASSWORD)).json()).toMatchObject({ code: "exists" });
  expect((await change("nothing", PASSWORD)).json()).toMatchObject({ code: "bad-input" });
  const number = box.messages.length;
  expect((await change("new@example.org", PASSWORD)).statusCode).toBe(204);
  expect(await standing(cookie)).toMatchObject({ email });
  const { rows } = await sql<{
    all: string;
  }>`select jsonb_agg(v)::text as all from auth.verification v`.execute(here.test.instance.db);
  expect(rows[0]?.all).not.toContain("new@example.org");
  const message = await box.message(number);
  expect(message).toMatchObject({ to: ["new@example.org"] });
  expect((await confirm(message.secret)).statusCode).toBe(204);
  expect(await standing(cookie)).toEqual({ email: "new@example.org", verified: true, mail: true });
  expect((await box.message(number + 1)).to).toEqual([email]);
  expect(await signIn(here.address, { email, password: PASSWORD })).toBe("");
  expect(await signIn(here.address, { email: "new@example.org", password: PASSWORD })).not.toBe("");
  const entries = await here.test.instance.db
    .selectFrom("entry_payload")
    .select("payload")
    .where("kind", "=", "staff-address-changed")
    .execute();
  expect(entries).toEqual([{ payload: { account: id } }]);
});

test("without a mail server nothing is verified or changed, and it says so", async () => {
  const silent = await staffServer();
  try {
    const { cookie } = await colleague(silent, "editor");
    expect(await standing(cookie, silent)).toMatchObject({ verified: false, mail: false });
    for (const [method, path, body] of [
      ["POST", "/api/staff/account/address/verify", { language: "en" }],
      ["PUT", "/api/staff/account/address", { email: "a@b.org", password: PASSWORD, language: "en" }],
    ] as const) {
      const answer = await silent.ask(method, path, { body, cookie });
      expect(answer.json()).toMatchObject({ code: "refused", detail: "this server sends no e-mail" });
    }
    const body = { collection: null, role: "editor", email: "a@b.org" };
    expect((await silent.ask("POST", "/api/staff/accounts/invitations", { body })).statusCode).toBe(403);
  } finally {
    await silent.close();
  }
});
