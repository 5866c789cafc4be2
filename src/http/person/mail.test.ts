import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../../test/support/instance.ts";
import { openMailbox, type Mailbox } from "../../../test/support/mailbox.ts";
import { inDays, joinAs, makeCollection } from "../../../test/support/order.ts";
import { testClock, type TestClock } from "../../../test/support/scene.ts";
import { askAllToVerify, createPersonalLink, invite } from "../../flows/index.ts";
import { createMailer } from "../../mail/index.ts";
import { findPerson } from "../../rights/index.ts";
import type { Joined, Me } from "../contract/person.ts";
import { cookieOf, testServer, type TestServer } from "../test-server.testing.ts";

const MINUTE_MS = 60_000;
const CONTACT = { purpose: "contact", channel: null };

let test_: TestInstance;
let clock: TestClock;
let box: Mailbox;
let server: TestServer;
/** Of the same instance, without a mail server. */
let quiet: TestServer;
let mailer: ReturnType<typeof createMailer>;

beforeAll(async () => {
  clock = testClock();
  test_ = await testInstance({ clock });
  box = await openMailbox();
  mailer = createMailer({ server: box.url, from: "The club <photos@example.org>" });
  server = await testServer(test_.instance, { mailer });
  quiet = await testServer(test_.instance);
  await makeCollection(test_.instance, "gala");
});
afterAll(async () => {
  await server.close();
  await quiet.close();
  mailer.close();
  await box.close();
  await test_.close();
});
/** Each test begins an hour after the one before: what one was refused for too often, the next is not. */
beforeEach(() => clock.advance(60 * MINUTE_MS));

const post = (path: string, body?: object, cookie?: string, from?: string) =>
  server.ask("POST", `/api/person/${path}`, {
    cookie,
    ...(body === undefined ? {} : { body }),
    ...(from === undefined ? {} : { from }),
  });
const meOf = async (cookie: string): Promise<Me> =>
  (await server.ask("GET", "/api/person/me", { cookie })).json<Me>();

interface Somebody {
  readonly person: string;
  readonly cookie: string;
  readonly code: string;
}

async function joins(
  email: string,
  options: { readonly child?: string; readonly at?: TestServer } = {},
): Promise<Somebody> {
  const made = await invite(test_.instance, {
    collection: "gala",
    kind: options.child === undefined ? "single" : "guardian",
    child: options.child,
    actor: "a tester",
  });
  const body = {
    invitation: made.invitations[0]?.secret,
    language: "en",
    declared: true,
    ...(options.child === undefined ? {} : { majorityOn: inDays(2000) }),
    consents: [CONTACT],
    email,
  };
  const answer = await (options.at ?? server).ask("POST", "/api/person/join", { body });
  expect(answer.statusCode).toBe(200);
  const { person, recoveryCode } = answer.json<Joined>();
  return { person, code: recoveryCode ?? "", cookie: cookieOf(answer) ?? "" };
}

/** The next message from now on. */
const next = () => box.message(box.messages.length);

async function joinsAndConfirms(email: string, options: { child?: string } = {}): Promise<Somebody> {
  const mailed = next();
  const somebody = await joins(email, options);
  expect((await post("address", { secret: (await mailed).secret })).statusCode).toBe(204);
  return somebody;
}

/** When this is over, whatever was asked for before has been looked up and sent. */
async function allIsLookedUp(): Promise<void> {
  const mark = `mark-${box.messages.length}@example.org`;
  await joinsAndConfirms(mark);
  const before = box.messages.length;
  expect((await post("recover/mail", { email: mark }, undefined, "192.0.2.250")).statusCode).toBe(204);
  for (let n = before; ; n++) if ((await box.message(n)).to.includes(mark)) return;
}

describe("confirming an address", { timeout: 60_000 }, () => {
  test("a message asks for a tap; opening acts on nothing, a guess and a second tap open nothing", async () => {
    const mailed = next();
    const { cookie } = await joins("ada@example.org");
    const message = await mailed;
    expect(message.to).toEqual(["ada@example.org"]);
    expect(message.link).toMatch(/^https:\/\/photos\.example\.org\/address#[\w-]{22}$/);
    const waiting = await meOf(cookie);
    expect(waiting.mail).toBe(true);
    expect(waiting.address).toMatchObject({ email: "ada@example.org", verified: false });
    expect(waiting.address?.askedAt).not.toBeNull();

    expect((await server.ask("GET", `/api/person/address?secret=${message.secret}`)).statusCode).toBe(404);
    expect((await server.ask("GET", "/address")).statusCode).toBe(200);
    const guess = await post("address", { secret: "A".repeat(22) });
    expect([guess.statusCode, guess.json()]).toMatchObject([404, { code: "not-found" }]);
    expect((await meOf(cookie)).address?.verified).toBe(false);

    const tap = await post("address", { secret: message.secret });
    expect([tap.statusCode, cookieOf(tap)]).toEqual([204, undefined]);
    expect((await meOf(cookie)).address?.verified).toBe(true);
    const again = await post("address", { secret: message.secret });
    expect([again.statusCode, again.body]).toEqual([404, guess.body]);
  });

  test("it holds for a day; another may be asked for a minute later, five times a day, and the newest alone opens", async () => {
    const first = next();
    const { cookie } = await joins("bea@example.org");
    const { secret: old } = await first;
    const more = () => post("address/message", undefined, cookie);
    expect((await more()).statusCode).toBe(429);
    const secrets = [old];
    for (let n = 0; n < 4; n++) {
      clock.advance(MINUTE_MS);
      const mailed = next();
      expect((await more()).statusCode).toBe(204);
      secrets.push((await mailed).secret);
    }
    clock.advance(MINUTE_MS);
    expect((await more()).statusCode).toBe(429);
    for (const secret of secrets.slice(0, -1)) {
      expect((await post("address", { secret })).statusCode).toBe(404);
    }
    clock.advance(24 * 60 * MINUTE_MS);
    expect((await post("address", { secret: secrets.at(-1) })).statusCode).toBe(404);
    const mailed = next();
    expect((await more()).statusCode).toBe(204);
    expect((await post("address", { secret: (await mailed).secret })).statusCode).toBe(204);
    expect((await more()).statusCode).toBe(403);
  });

  test("a link to one address confirms no other: with a new address the old link opens nothing", async () => {
    const toVictim = next();
    const { cookie } = await joins("cy@example.org");
    const { secret } = await toVictim;
    const toOther = next();
    const on = { ...CONTACT, collection: null, on: true, language: "en", email: "somebody-else@example.org" };
    clock.advance(2 * MINUTE_MS);
    expect((await server.ask("PUT", "/api/person/consents", { cookie, body: on })).statusCode).toBe(200);
    expect((await toOther).to).toEqual(["somebody-else@example.org"]);
    expect((await post("address", { secret })).statusCode).toBe(404);
    expect((await meOf(cookie)).address).toMatchObject({
      email: "somebody-else@example.org",
      verified: false,
    });
  });

  test("where the mail server takes nothing, the person is told, and may ask at once again", async () => {
    // Where she joined, no mail server was set.
    const { cookie } = await joins("dee@example.org", { at: quiet });
    box.away = true;
    const failed = await post("address/message", undefined, cookie);
    box.away = false;
    expect([failed.statusCode, failed.json()]).toMatchObject([503, { code: "mail-failed" }]);
    expect(failed.body).not.toContain("dee@");
    const mailed = next();
    expect((await post("address/message", undefined, cookie)).statusCode).toBe(204);
    expect((await mailed).to).toEqual(["dee@example.org"]);
  });
});

test("whoever joined at the desk is asked within the hour, once", async () => {
  const sender = { mailer, publicUrl: new URL("https://photos.example.org"), organisation: "The club" };
  await askAllToVerify(test_.instance, sender);
  const before = box.messages.length;
  await joinAs(test_.instance, "gala", ["contact"], { email: "desk@example.org" });
  expect(await askAllToVerify(test_.instance, sender)).toEqual({ messages: 1, failed: [] });
  expect((await box.message(before)).to).toEqual(["desk@example.org"]);
  expect(await askAllToVerify(test_.instance, sender)).toEqual({ messages: 0, failed: [] });
});

describe("coming back by mail", { timeout: 60_000 }, () => {
  test("known, unknown and unconfirmed addresses are answered alike, before anything is sent; one gets a link", async () => {
    await joinsAndConfirms("eve@example.org");
    const unconfirmed = next();
    await joins("unconfirmed@example.org");
    await unconfirmed;
    const before = box.messages.length;
    const release = box.hold();
    const answers = [];
    for (const email of ["Eve@Example.org ", "nobody@example.org", "unconfirmed@example.org", "no address"]) {
      const { statusCode, body, headers } = await post("recover/mail", { email });
      const { date: _, "content-security-policy": __, ...same } = headers;
      answers.push({ statusCode, body, headers: same });
    }
    expect(answers[0]?.statusCode).toBe(204);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    // The mail server has answered nothing yet: nobody waited for it.
    expect(box.messages.length).toBe(before);
    release();
    expect((await box.message(before)).to).toEqual(["eve@example.org"]);
    await allIsLookedUp();
    const others = box.messages.slice(before).flatMap((one) => one.to);
    expect(others.filter((to) => !to.startsWith("mark-"))).toEqual(["eve@example.org"]);
  });

  test("the link opens a new device by a tap, once; the others are told, and old ways in by link are gone", async () => {
    const { person, cookie, code } = await joinsAndConfirms("fay@example.org");
    const personal = await createPersonalLink(test_.instance, { person, actor: "the desk" });
    const mailed = next();
    await post("recover/mail", { email: "fay@example.org" });
    const { link, secret, text } = await mailed;
    expect(link).toMatch(/^https:\/\/photos\.example\.org\/recover#[\w-]{22}$/);
    expect(text).not.toContain(person);

    expect((await server.ask("GET", "/recover")).statusCode).toBe(200);
    expect((await post("address", { secret })).statusCode).toBe(404);
    expect((await post("link", { secret })).statusCode).toBe(404);
    const guess = await post("recover/link", { secret: "A".repeat(22) });
    expect([guess.statusCode, cookieOf(guess)]).toEqual([404, undefined]);

    const tap = await post("recover/link", { secret });
    const device = cookieOf(tap) ?? "";
    expect([tap.statusCode, device.length]).toEqual([204, 22]);
    const again = await post("recover/link", { secret });
    expect([again.statusCode, again.body, cookieOf(again)]).toEqual([404, guess.body, undefined]);

    const told = await meOf(cookie);
    expect(told.person).toBe(person);
    expect(told.notices.map((one) => one.kind).sort()).toEqual([
      "device-added",
      "link-made",
      "recovered-by-mail",
    ]);
    const fresh = (await meOf(device)).devices.find((one) => one.current);
    expect(fresh?.how).toBe("mail");
    expect((await post("link", { secret: personal.secret })).statusCode).toBe(403);
    expect((await server.ask("DELETE", `/api/person/devices/${fresh?.id}`, { cookie })).statusCode).toBe(204);
    expect((await server.ask("GET", "/api/person/me", { cookie: device })).statusCode).toBe(401);
    expect((await post("recover", { code })).statusCode).toBe(200);
  });

  test("it holds for half an hour, and nobody's mailbox is filled by asking again", async () => {
    await joinsAndConfirms("gil@example.org");
    const mailed = next();
    await post("recover/mail", { email: "gil@example.org" });
    const { secret } = await mailed;
    const before = box.messages.length;
    await post("recover/mail", { email: "gil@example.org" });
    await allIsLookedUp();
    expect(box.messages.slice(before).flatMap((one) => one.to)).not.toContain("gil@example.org");
    clock.advance(30 * MINUTE_MS);
    expect((await post("recover/link", { secret })).statusCode).toBe(404);
  });

  test("a guardian comes back as the guardian; the child's own device reads no address and sends nothing", async () => {
    const { person, cookie } = await joinsAndConfirms("hal@example.org", { child: "Mila" });
    expect((await meOf(cookie)).address?.email).toBe("hal@example.org");
    const { secret } = await createPersonalLink(test_.instance, { person, actor: "the desk" });
    const child = cookieOf(await post("link", { secret })) ?? "";
    expect((await meOf(child)).address).toBeNull();
    expect((await post("address/message", undefined, child)).statusCode).toBe(403);
    const mailed = next();
    await post("recover/mail", { email: "hal@example.org" });
    const back = cookieOf(await post("recover/link", { secret: (await mailed).secret })) ?? "";
    expect(await meOf(back)).toMatchObject({ person, guardian: true, name: "Mila" });
  });

  test("with contact the address goes, whether it was confirmed, and every link that was mailed to it", async () => {
    const { person, cookie } = await joinsAndConfirms("ida@example.org");
    const mailed = next();
    await post("recover/mail", { email: "ida@example.org" });
    const { secret } = await mailed;
    const off = { ...CONTACT, collection: null, on: false, language: "en" };
    const answer = await server.ask("PUT", "/api/person/consents", { cookie, body: off });
    expect(answer.statusCode).toBe(200);
    expect((await post("recover/link", { secret })).statusCode).toBe(404);
    expect((await meOf(cookie)).address).toBeNull();
    expect(await findPerson(test_.instance.db, person)).not.toHaveProperty("address");
    const before = box.messages.length;
    clock.advance(10 * MINUTE_MS);
    await post("recover/mail", { email: "ida@example.org" });
    await allIsLookedUp();
    expect(box.messages.slice(before).flatMap((one) => one.to)).not.toContain("ida@example.org");
    expect((await post("leave", undefined, cookie)).statusCode).toBe(200);
    // The erasure's own row lets go of the person with its receipt.
    expect(await findPerson(test_.instance.db, person)).toEqual({});
  });

  test("asking ends after thirty from one address", async () => {
    const ask = () => post("recover/mail", { email: "nobody@example.org" }, undefined, "192.0.2.77");
    const statuses: number[] = [];
    for (let n = 0; n < 32; n++) statuses.push((await ask()).statusCode);
    expect(statuses.slice(0, 30).every((status) => status === 204)).toBe(true);
    expect(statuses.slice(30)).toEqual([429, 429]);
  });

  test("nothing of it is in the log: no address and no secret", () => {
    const log = server.lines.join("\n");
    // It tells of what was asked, and of nobody.
    expect(log).toContain("/api/");
    expect(log).not.toContain("@example.org");
    for (const { secret } of box.messages) expect(log).not.toContain(secret);
  });

  test("without a mail server nothing is offered or sent, and contact can be on all the same", async () => {
    const ask = (method: "GET" | "POST", path: string, body?: object, cookie?: string) =>
      quiet.ask(method, `/api/person/${path}`, { cookie, ...(body === undefined ? {} : { body }) });
    expect((await ask("GET", "recovery")).json()).toEqual({ byMail: false });
    expect((await server.ask("GET", "/api/person/recovery")).json()).toEqual({ byMail: true });
    const refused = await ask("POST", "recover/mail", { email: "ada@example.org" });
    expect([refused.statusCode, refused.json()]).toMatchObject([403, { code: "refused" }]);
    const before = box.messages.length;
    const { cookie } = await joins("jo@example.org", { at: quiet });
    expect((await ask("GET", "me", undefined, cookie)).json<Me>()).toMatchObject({
      mail: false,
      address: { email: "jo@example.org", verified: false, askedAt: null },
    });
    expect((await ask("POST", "address/message", undefined, cookie)).statusCode).toBe(403);
    expect(box.messages.length).toBe(before);
  });
});
