import { afterAll, beforeAll, expect, test } from "vitest";
import { openMailbox, type Mailbox } from "../../../test/support/mailbox.ts";
import { DAY_MS, testClock, type TestClock } from "../../../test/support/scene.ts";
import type { Id } from "../../core/index.ts";
import { deleteCollection, sendOutbox, settle, type Sender } from "../../flows/index.ts";
import { createMailer } from "../../mail/index.ts";
import { contactKey } from "../../people/index.ts";
import { sweepDatabase } from "../../rights/index.ts";
import type { InvitedByMail, OpenedLetter, Outbox } from "../contract/outbox.ts";
import { ORIGIN, staffServer, type StaffServer } from "./staff-server.testing.ts";

const HOUR_MS = 3_600_000;

let clock: TestClock;
let box: Mailbox;
let here: StaffServer;
let gala: Id;
let sender: Sender;

beforeAll(async () => {
  clock = testClock();
  box = await openMailbox();
  const mailer = createMailer({ server: box.url, from: "The club <photos@example.org>" });
  here = await staffServer({ clock, mailer });
  sender = { mailer, publicUrl: new URL(ORIGIN), organisation: "The club" };
  gala = await here.collection("gala");
});
afterAll(async () => {
  await here.close();
  sender.mailer.close();
  await box.close();
});

const inviting = async (email: string, child?: string, collection = gala): Promise<InvitedByMail> => {
  const body = { email, language: "en", ...(child === undefined ? {} : { child }) };
  const answer = await here.ask("POST", `/api/staff/collections/${collection}/invitations`, { body });
  expect(answer.statusCode).toBe(200);
  return answer.json<InvitedByMail>();
};
const outbox = async () => (await here.ask("GET", "/api/staff/outbox")).json<Outbox>();
const opened = (letter: Id) => here.ask("GET", `/api/staff/outbox/${letter}`);
const settles = (letter: Id, outcome: "handed-over" | "cancelled") =>
  here.ask("POST", `/api/staff/outbox/${letter}`, { body: { outcome } });
const welcome = (invitation: string) => here.server.ask("POST", "/api/person/open", { body: { invitation } });
const letters = () => here.test.instance.db.selectFrom("letter").selectAll();
const rowOf = (letter: Id) => letters().where("id", "=", letter).executeTakeFirstOrThrow();
const lastLetter = async (): Promise<Id> =>
  (await letters().orderBy("created_at", "desc").limit(1).executeTakeFirstOrThrow()).id;
/** Nothing of it is there any more: neither address nor link, nor the key that opened them. */
async function holdsNothing(letter: Id, state: string): Promise<void> {
  expect(await rowOf(letter)).toMatchObject({
    state,
    address_sealed: null,
    secret_sealed: null,
    try_at: null,
  });
  expect(await here.test.instance.keys.has(contactKey(letter))).toBe(false);
  expect((await opened(letter)).statusCode).toBe(404);
}

test("with a mail server the invitation is sent at once, and neither address nor link is kept", async () => {
  expect(await inviting("ada@example.org")).toMatchObject({ state: "sent", failure: null });
  const message = await box.message(0);
  expect(message.to).toEqual(["ada@example.org"]);
  expect(message.link).toMatch(/^https:\/\/photos\.example\.org\/join#[\w-]{22}$/);
  expect((await welcome(message.secret)).json()).toMatchObject({ kind: "single", collection: { id: gala } });
  expect((await outbox()).letters).toEqual([]);
  await holdsNothing(await lastLetter(), "sent");
});

test("a guardian is invited for one child, whom the message does not name and the page does", async () => {
  const before = box.messages.length;
  expect(await inviting("gus@example.org", "Mila Beispiel")).toMatchObject({ state: "sent" });
  const { secret, text, subject } = await box.message(before);
  expect(`${subject} ${text}`).not.toContain("Mila");
  expect((await welcome(secret)).json()).toMatchObject({ kind: "guardian", child: "Mila Beispiel" });
});

test("what the mail server refuses for good waits to be handed over, and handing it over leaves the link good", async () => {
  box.refused.add("gone@example.org");
  expect(await inviting("gone@example.org")).toMatchObject({ state: "waiting", failure: "address" });
  const there = await outbox();
  expect(there.mail).toBe(true);
  expect(there.letters).toMatchObject([
    {
      to: "gone@example.org",
      kind: "single",
      collectionName: "gala",
      failure: "address",
      nextTry: null,
      tries: 1,
    },
  ]);
  const letter = there.letters[0]?.letter ?? "";
  clock.advance(2 * HOUR_MS);
  expect(await sendOutbox(here.test.instance, sender)).toEqual({ sent: 0, failed: 0 });
  const message = (await opened(letter)).json<OpenedLetter>();
  expect(message.text).toContain(message.link);
  expect((await settles(letter, "handed-over")).statusCode).toBe(204);
  expect((await settles(letter, "handed-over")).statusCode).toBe(404);
  await holdsNothing(letter, "handed-over");
  expect((await welcome(message.link.split("#")[1] ?? "")).statusCode).toBe(200);
});

test("while the mail server is away it is tried five times, at growing intervals, then staff may still send it", async () => {
  box.away = true;
  expect(await inviting("bea@example.org")).toMatchObject({ state: "waiting", failure: "server" });
  const letter = (await outbox()).letters[0]?.letter ?? "";
  let tries = 1;
  for (let hour = 0; hour < 24; hour++) {
    clock.advance(HOUR_MS);
    tries += (await sendOutbox(here.test.instance, sender)).failed;
  }
  expect(tries).toBe(5);
  expect((await outbox()).letters).toMatchObject([{ letter, tries: 5, failure: "server", nextTry: null }]);
  box.away = false;
  const before = box.messages.length;
  const sent = await here.ask("POST", `/api/staff/outbox/${letter}/send`);
  expect(sent.json()).toEqual({ state: "sent", failure: null });
  expect((await box.message(before)).to).toEqual(["bea@example.org"]);
  await holdsNothing(letter, "sent");
});

/** As where no mail server is: it stays in the outbox. */
async function waits(email: string, child?: string, collection = gala): Promise<OpenedLetter> {
  box.refused.add(email);
  await inviting(email, child, collection);
  const letter = (await outbox()).letters.find((one) => one.to === email)?.letter ?? "";
  return (await opened(letter)).json<OpenedLetter>();
}

test("a cancelled one ends the invitation, and the child's name goes with its key", async () => {
  const { letter, link, child } = await waits("cy@example.org", "Nora Beispiel");
  expect(child).toBe("Nora Beispiel");
  const { child_id } = await here.test.instance.db
    .selectFrom("invitation")
    .select("child_id")
    .where("id", "=", (await rowOf(letter)).invitation_id)
    .executeTakeFirstOrThrow();
  expect((await settles(letter, "cancelled")).statusCode).toBe(204);
  expect((await welcome(link.split("#")[1] ?? "")).statusCode).toBe(403);
  await holdsNothing(letter, "cancelled");
  expect(await here.test.instance.keys.has(contactKey(child_id ?? ""))).toBe(false);
});

test("whoever joins by it takes it out of the outbox", async () => {
  const { letter, link } = await waits("dee@example.org");
  const body = { invitation: link.split("#")[1], language: "en", declared: true, consents: [] };
  expect((await here.server.ask("POST", "/api/person/join", { body })).statusCode).toBe(200);
  await holdsNothing(letter, "used");
});

test("it goes with a collection that is deleted, and once the invitation has run out", async () => {
  const other = await here.collection("other");
  const first = await waits("eve@example.org", undefined, other);
  await deleteCollection(here.test.instance, { collection: other, actor: "a tester" });
  expect((await opened(first.letter)).statusCode).toBe(404);
  expect(await here.test.instance.keys.has(contactKey(first.letter))).toBe(false);
  const { letter } = await waits("fay@example.org");
  expect((await sweepDatabase(here.test.instance.db)).residue).toEqual([]);
  clock.advance(91 * DAY_MS);
  await settle(here.test.instance);
  await holdsNothing(letter, "expired");
  expect((await outbox()).letters).toEqual([]);
});

test("nobody but staff reads or settles anything of it, and no address or link is in the log", async () => {
  const letter = await lastLetter();
  for (const [method, path, body] of [
    ["GET", "outbox", undefined],
    ["GET", `outbox/${letter}`, undefined],
    ["POST", `outbox/${letter}`, { outcome: "cancelled" }],
    ["POST", `outbox/${letter}/send`, undefined],
    ["POST", `collections/${gala}/invitations`, { email: "x@example.org", language: "en" }],
  ] as const) {
    const answer = await here.ask(method, `/api/staff/${path}`, {
      cookie: null,
      ...(body === undefined ? {} : { body }),
    });
    expect([path, answer.statusCode]).toEqual([path, 401]);
  }
  const log = here.server.lines.join("\n");
  // It tells of what was asked, and of nobody.
  expect(log).toContain("/api/");
  expect(log).not.toContain("@example.org");
  for (const { secret } of box.messages) expect(log).not.toContain(secret);
});
