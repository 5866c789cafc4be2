import { afterAll, beforeAll, expect, test } from "vitest";
import { pdfText } from "../../../test/support/pdf-text.ts";
import { openMailbox, type Mailbox } from "../../../test/support/mailbox.ts";
import { DAY_MS, testClock, type TestClock } from "../../../test/support/scene.ts";
import type { Id } from "../../core/index.ts";
import { sendOutbox, type Sender } from "../../flows/index.ts";
import { createMailer } from "../../mail/index.ts";
import { contactKey } from "../../people/index.ts";
import type { Outbox } from "../contract/outbox.ts";
import type { Guests, InvitedGuests, Unanswered } from "../contract/staff-guests.ts";
import { ORIGIN, staffServer, type StaffServer } from "./staff-server.testing.ts";

/** A class or guest list: read, invited, reminded, and who has not answered. */
let clock: TestClock;
let box: Mailbox;
let here: StaffServer;
let sender: Sender;
beforeAll(async () => {
  clock = testClock();
  box = await openMailbox();
  const mailer = createMailer({ server: box.url, from: "The club <photos@example.org>" });
  here = await staffServer({ clock, mailer });
  sender = { mailer, publicUrl: new URL(ORIGIN), organisation: "The club" };
});
afterAll(async () => {
  await here.close();
  sender.mailer.close();
  await box.close();
});

const post = (collection: Id, path: string, body: object) =>
  here.ask("POST", `/api/staff/collections/${collection}/${path}`, { body });
const unanswered = async (collection: Id) =>
  (await here.ask("GET", `/api/staff/collections/${collection}/unanswered`)).json<Unanswered>().letters;
const sendDue = () => sendOutbox(here.test.instance, sender);

/** As a spreadsheet in French saves it: semicolons, a mark before it, quotes, an empty line, columns of no use. */
const LIST = [
  "\uFEFFNom;Courriel;Enfant;Langue;Classe",
  '"Ada; Exemple";ada@example.org;;en;6A',
  "Bea;bea@example.org;Mila Beispiel;;6A",
  "Cai;no address;;;6A",
  "",
  "Dan;;;;6A",
  "Eve;ADA@example.org;;;6A",
  "Fay;fay@example.org;;Klingon;6A",
  ";;;;6A",
].join("\r\n");

test("a list is read with its faults by line, invited once, and reminded until an answer, a stop or the last time", async () => {
  const collection = await here.collection("A class", { matching: "off" });
  const read = (await post(collection, "guests/preview", { csv: LIST })).json<Guests>();
  expect(read.guests).toEqual([
    { line: 2, email: "ada@example.org", name: "Ada; Exemple", child: null, language: "en" },
    { line: 3, email: "bea@example.org", name: "Bea", child: "Mila Beispiel", language: null },
    { line: 6, email: null, name: "Dan", child: null, language: null },
  ]);
  expect(read.faults).toEqual([
    { line: 4, fault: "bad-email" },
    { line: 7, fault: "twice" },
    { line: 8, fault: "bad-language" },
    { line: 9, fault: "nobody" },
  ]);
  // Nothing is kept of a list that is only looked at.
  expect(await unanswered(collection)).toEqual([]);

  const order = { csv: LIST, language: "fr", reminders: 2 };
  const invite = async () => (await post(collection, "guests", order)).json<InvitedGuests>();
  expect(await invite()).toEqual({ invited: 2, known: 0, cards: 1 });
  const [toAda, toBea] = [await box.message(0), await box.message(1)];
  expect([toAda.to, toBea.to]).toEqual([["ada@example.org"], ["bea@example.org"]]);
  expect(toAda.text).toContain("sent to you 2 more times, a week apart");
  expect(toBea.text).not.toContain("Mila");
  const sent = async () => (await unanswered(collection)).filter((one) => one.sentAt !== null);
  while ((await sent()).length < 2) await box.message(1);
  expect(await sent()).toMatchObject([
    { to: "ada@example.org", child: null, reminders: 2 },
    { to: "bea@example.org", child: "Mila Beispiel", reminders: 2 },
  ]);
  const outbox = async () => (await here.ask("GET", "/api/staff/outbox")).json<Outbox>().letters;
  expect(await outbox()).toEqual([]);
  // The same list again invites nobody twice.
  expect(await invite()).toEqual({ invited: 0, known: 2, cards: 1 });

  // Not before a week, whoever asks.
  clock.advance(6 * DAY_MS);
  expect(await sendDue()).toEqual({ sent: 0, failed: 0 });
  expect(await sendOutbox(here.test.instance, sender, "now")).toEqual({ sent: 0, failed: 0 });
  const [ada, bea] = await sent();
  const now = await here.ask("POST", `/api/staff/outbox/${ada?.letter ?? ""}/send`);
  expect(now.json()).toMatchObject({ code: "refused" });

  // Who has joined is not reminded.
  const body = { invitation: toAda.secret, language: "en", declared: true, consents: [] };
  expect((await here.server.ask("POST", "/api/person/join", { body })).statusCode).toBe(200);
  clock.advance(2 * DAY_MS);
  expect(await sendDue()).toEqual({ sent: 1, failed: 0 });
  const reminder = await box.message(2);
  expect(reminder.to).toEqual(["bea@example.org"]);
  expect(reminder.secret).toBe(toBea.secret);
  expect(await sent()).toMatchObject([{ to: "bea@example.org", reminders: 1 }]);

  // The last one is sent, and the address goes; the invitation stays good.
  clock.advance(8 * DAY_MS);
  expect(await sendDue()).toEqual({ sent: 1, failed: 0 });
  expect(await unanswered(collection)).toEqual([]);
  expect(await here.test.instance.keys.has(contactKey(bea?.letter ?? ""))).toBe(false);
  const welcome = await here.server.ask("POST", "/api/person/open", { body: { invitation: toBea.secret } });
  expect(welcome.statusCode).toBe(200);
  clock.advance(30 * DAY_MS);
  expect(await sendDue()).toEqual({ sent: 0, failed: 0 });
  expect(box.messages).toHaveLength(4);
});

test("reminding stops when staff say so, and the address goes at once", async () => {
  const collection = await here.collection("Stopped", { matching: "off" });
  const before = box.messages.length;
  const csv = "email\nguy@example.org\n";
  await post(collection, "guests", { csv, language: "en", reminders: 3 });
  await box.message(before);
  let [letter] = await unanswered(collection);
  while (letter?.sentAt === null) [letter] = await unanswered(collection);
  const stop = () => here.ask("DELETE", `/api/staff/outbox/${letter?.letter ?? ""}/reminders`);
  expect((await stop()).statusCode).toBe(204);
  expect((await stop()).statusCode).toBe(404);
  expect(await unanswered(collection)).toEqual([]);
  expect(await here.test.instance.keys.has(contactKey(letter?.letter ?? ""))).toBe(false);
  clock.advance(8 * DAY_MS);
  expect(await sendDue()).toEqual({ sent: 0, failed: 0 });
});

test("who has no address gets a card, a child one for each guardian who must agree", async () => {
  const collection = await here.collection("Cards", { matching: "off", guardians: 2 });
  const csv = "name,child,email\nDan,,\n,Mila,\n,Noa,noa@example.org\n";
  const read = (await post(collection, "guests/preview", { csv })).json<Guests>();
  expect(read.guests.map((guest) => guest.line)).toEqual([2, 3]);
  expect(read.faults).toEqual([{ line: 4, fault: "two-guardians" }]);
  const pdf = await post(collection, "guests/cards", { csv, language: "fr" });
  expect(pdfText(pdf.rawPayload)).toContain("Cards");
  const made = await here.test.instance.db
    .selectFrom("invitation")
    .select("kind")
    .where("collection_id", "=", collection)
    .orderBy("kind")
    .execute();
  expect(made.map((one) => one.kind)).toEqual(["guardian", "guardian", "single"]);
  const refused = async (table: string) =>
    (await post(collection, "guests/preview", { csv: table })).json<{ code: string }>().code;
  expect(await refused("colour,size\nred,4\n")).toBe("bad-input");
  expect(await refused('email\n"ada@example.org\n')).toBe("bad-input");
  expect((await post(collection, "guests", { csv, language: "fr", reminders: 4 })).statusCode).toBe(400);
});
