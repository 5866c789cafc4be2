import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { inDays, makeCollection } from "../../test/support/order.ts";
import { DAY_MS, testClock } from "../../test/support/scene.ts";
import { filesBelow, snapshot } from "../../test/support/snapshot.ts";
import type { Instance } from "../app/index.ts";
import { entriesOf } from "../audit/index.ts";
import { standingOf } from "../consent/index.ts";
import { newId, type Id } from "../core/index.ts";
import {
  contactKey,
  devicesOf,
  enrolmentsOf,
  noticesOf,
  openContact,
  personByDevice,
  personById,
} from "../people/index.ts";
import { expire } from "./expire.ts";
import {
  addPasskey,
  createPersonalLink,
  dayCodeOf,
  deleteCollection,
  erase,
  invite,
  joinOnline,
  listInvitations,
  prove,
  recover,
  removePasskey,
  revokeInvitation,
  seeNotices,
  signInByLink,
  signInByPasskey,
  signOutDevice,
  verifyReceipt,
  welcome,
  type JoinedOnline,
  type OnlineJoinOrder,
} from "./index.ts";

let test_: TestInstance;
let instance: Instance;
const clock = testClock();
let number = 0;

beforeAll(async () => {
  test_ = await testInstance({ clock });
  instance = test_.instance;
  await makeCollection(instance, "gala");
  await makeCollection(instance, "by hand", { matching: "off" });
});
afterAll(() => test_.close());

async function invitation(
  part: Partial<Parameters<typeof invite>[1]> = {},
): Promise<{ readonly id: Id; readonly secret: string }> {
  const made = await invite(instance, { collection: "gala", kind: "single", actor: "a clerk", ...part });
  const [first] = made.invitations;
  if (!first) throw new Error("no invitation was made");
  return first;
}

const AGREED = [
  { purpose: "find-me", channel: null },
  { purpose: "publish", channel: "website" },
] as const;

async function join(part: Partial<OnlineJoinOrder> = {}): Promise<JoinedOnline> {
  return joinOnline(instance, {
    invitation: part.invitation ?? (await invitation()).secret,
    language: "fr",
    declared: true,
    minimumAge: 15,
    consents: AGREED,
    ...part,
  });
}

/** By the invitation of a guardian. */
const joinFor = (secret: string, part: Partial<OnlineJoinOrder> = {}): Promise<JoinedOnline> => {
  const majorityOn = new Date(clock.now().getTime() + 3000 * DAY_MS).toISOString().slice(0, 10);
  return join({ invitation: secret, majorityOn, ...part });
};

const open = (secret: string) =>
  welcome(instance, { invitation: secret, organisation: "The Festival", minimumAge: 15, majorityAge: 18 });
const people = async (): Promise<number> =>
  (await instance.db.selectFrom("person").select("id").execute()).length;
const refused = { code: "refused" };

describe("opening an invitation", () => {
  test("tells who asks, what for, until when, and every text in both languages; and changes nothing", async () => {
    const { secret } = await invitation();
    const before = await snapshot(instance.db);
    const shown = await open(secret);
    expect(shown).toMatchObject({
      kind: "single",
      organisation: "The Festival",
      minimumAge: 15,
      child: null,
      collection: { name: "gala", matching: "enrolled", photos: 0 },
    });
    const asked = shown.texts.map(({ purpose, channel }) => [purpose, channel].join(":"));
    expect(asked.sort()).toEqual(
      [
        "find-me:",
        "keep-template:",
        "show-name:",
        "staff-lookup:",
        "publish:companions",
        "publish:website",
        "publish:press",
        "contact:",
      ].sort(),
    );
    for (const text of shown.texts) expect(text.fr).not.toBe(text.en);
    expect(await snapshot(instance.db)).toEqual(before);
  });

  test("of a collection without matching asks nothing about faces", async () => {
    const { secret } = await invitation({ collection: "by hand" });
    const purposes = (await open(secret)).texts.map((text) => text.purpose);
    for (const purpose of ["find-me", "keep-template", "staff-lookup"])
      expect(purposes).not.toContain(purpose);
    await expect(join({ invitation: secret })).rejects.toMatchObject({ code: "bad-input" });
    const joined = await join({ invitation: secret, consents: [{ purpose: "publish", channel: "website" }] });
    expect(joined.findMe).toBe(false);
  });

  test("that never was is not found", async () => {
    for (const guess of [newId(), "a"])
      await expect(open(guess)).rejects.toMatchObject({ code: "not-found" });
    await expect(join({ invitation: newId() })).rejects.toMatchObject({ code: "not-found" });
  });
});

test("inviting refuses what makes no sense: a child by a public link, several public ones, a date too late", async () => {
  const wrong: Partial<Parameters<typeof invite>[1]>[] = [
    { kind: "public", child: "Zoë" },
    { kind: "guardian" },
    { kind: "guardian", child: " " },
    { kind: "public", count: 2 },
    { count: 0 },
    { count: 1.5 },
    { until: "2099-01-01" },
    { until: "2020-01-01" },
    { actor: " " },
  ];
  const before = await snapshot(instance.db);
  const keys = await instance.keys.list();
  for (const part of wrong) {
    await expect(invitation(part), JSON.stringify(part)).rejects.toMatchObject({ code: "bad-input" });
  }
  expect(await snapshot(instance.db)).toEqual(before);
  expect(await instance.keys.list()).toHaveLength(keys.length);
});

test("many cards are made at once, each with a secret of its own", async () => {
  const { invitations } = await invite(instance, {
    collection: "gala",
    kind: "single",
    count: 40,
    actor: "a clerk",
  });
  expect(new Set(invitations.map((one) => one.secret)).size).toBe(40);
});

describe("joining on one's own device", () => {
  test("makes a person whose enrolment is provisional, without any template", async () => {
    const joined = await join({ name: "Zoë" });
    expect(joined.findMe).toBe(true);
    expect(await enrolmentsOf(instance.db, joined.person)).toMatchObject([
      { state: "provisional", givenHow: "own-device", staff: null, collection: joined.collection },
    ]);
    const templates = instance.db.selectFrom("template").selectAll().where("person_id", "=", joined.person);
    expect(await templates.execute()).toEqual([]);
    expect(await openContact(instance.keys, await personById(instance.db, joined.person))).toEqual({
      name: "Zoë",
      email: null,
    });
  });

  test("records what was agreed as given, and everything else that was asked as refused", async () => {
    const { person, collection } = await join();
    const standing = await standingOf(instance.db, person, clock);
    expect(standing).toHaveLength(8);
    for (const one of standing) {
      const agreed = AGREED.some((a) => a.purpose === one.purpose && a.channel === one.channel);
      expect([one.purpose, one.event, one.live]).toEqual([one.purpose, agreed ? "given" : "refused", agreed]);
      expect(one.givenHow).toBe("own-device");
    }
    const everywhere = standing.filter((one) => one.collection === null).map((one) => one.purpose);
    expect(everywhere.sort()).toEqual(["contact", "keep-template"]);
    expect(standing.find((one) => one.purpose === "find-me")?.collection).toBe(collection);
  });

  test("may agree to be looked up by staff, which a desk may not ask", async () => {
    const { person } = await join({ consents: [...AGREED, { purpose: "staff-lookup", channel: null }] });
    const standing = await standingOf(instance.db, person, clock);
    expect(standing.find((one) => one.purpose === "staff-lookup")).toMatchObject({ live: true });
  });

  test("may agree to nothing, and still has pages and a receipt", async () => {
    const joined = await join({ consents: [] });
    expect(joined.findMe).toBe(false);
    expect((await standingOf(instance.db, joined.person, clock)).some((one) => one.live)).toBe(false);
    expect(await personByDevice(instance.db, joined.device?.secret ?? "", clock)).toBeDefined();
  });

  test("gives a receipt that is genuine and states the consents", async () => {
    const joined = await join();
    const verdict = await verifyReceipt(instance, await receiptFile(joined.person));
    expect(verdict).toMatchObject({ valid: true, kind: "consent" });
    const stated = (verdict.payload?.["consents"] ?? []) as { purpose: string; givenHow: string }[];
    expect(stated.map((one) => one.purpose).sort()).toEqual(["find-me", "publish"]);
    expect(stated.every((one) => one.givenHow === "own-device")).toBe(true);
    expect(joined.receipt).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  async function receiptFile(person: Id): Promise<string> {
    const row = await instance.db
      .selectFrom("receipt")
      .select("file")
      .where("person_id", "=", person)
      .executeTakeFirstOrThrow();
    return `${instance.receipts.path}/${row.file}`;
  }

  test("shows the secrets of device and recovery once: neither is anywhere in the database or the data folder", async () => {
    const { secret } = await invitation();
    const { device, recoveryCode } = await join({ invitation: secret });
    const secrets = [secret, device?.secret ?? "", recoveryCode ?? ""];
    const everything = JSON.stringify(await snapshot(instance.db));
    const files = await filesBelow(instance.dataFolder);
    for (const one of secrets) {
      expect(one.length).toBeGreaterThan(15);
      expect(everything).not.toContain(one);
      for (const [path, bytes] of files) expect(bytes.includes(one), path).toBe(false);
    }
  });

  test("needs the word that one is old enough, kept with the age that was asked", async () => {
    await expect(join({ declared: false })).rejects.toMatchObject(refused);
    const { person } = await join();
    const entry = (await entriesOf(instance.db, person)).find((one) => one.kind === "joined-online");
    expect(entry?.payload).toMatchObject({ declared: "age-15" });
  });

  test("by one invitation at the same moment makes one person, and leaves nothing of the other", async () => {
    const { secret } = await invitation();
    const before = await people();
    const keysBefore = (await instance.keys.list()).length;
    const receipts = (await readdir(instance.receipts.path)).length;
    const tries = await Promise.allSettled([1, 2, 3].map(() => join({ invitation: secret })));
    expect(tries.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    for (const one of tries) if (one.status === "rejected") expect(one.reason).toMatchObject(refused);
    expect(await people()).toBe(before + 1);
    expect((await instance.keys.list()).length).toBe(keysBefore + 1);
    expect((await readdir(instance.receipts.path)).length).toBe(receipts + 1);
    expect(await prove(instance, {})).toMatchObject({ clean: true });
  });

  test("refuses what makes no sense together, and then the invitation is still good", async () => {
    const { secret } = await invitation();
    const wrong: Partial<OnlineJoinOrder>[] = [
      { consents: [{ purpose: "keep-template", channel: null }] },
      { consents: [{ purpose: "publish", channel: "nowhere" }] },
      { email: "zoe@example.org" },
    ];
    for (const part of wrong) {
      await expect(join({ invitation: secret, ...part })).rejects.toMatchObject({ code: "bad-input" });
    }
    await join({ invitation: secret });
  });
});

describe("a public code", () => {
  test("needs the day's code as well", async () => {
    const { secret } = await invitation({ kind: "public" });
    expect(await open(secret)).toMatchObject({ kind: "public" });
    const { code } = await dayCodeOf(instance, { collection: "gala" });
    const wrong = code === "000000" ? "000001" : "000000";
    for (const dayCode of [undefined, "", wrong]) {
      await expect(join({ invitation: secret, dayCode })).rejects.toMatchObject(refused);
    }
    await join({ invitation: secret, dayCode: code });
    await join({ invitation: secret, dayCode: code });
  });

  test("lets no more in within an hour than it was made for", async () => {
    const { secret } = await invitation({ kind: "public", hourlyLimit: 1 });
    const { code } = await dayCodeOf(instance, { collection: "gala" });
    await join({ invitation: secret, dayCode: code });
    await expect(join({ invitation: secret, dayCode: code })).rejects.toMatchObject({ code: "too-often" });
  });

  test("never joins for a child, and nor does a single one", async () => {
    const { code } = await dayCodeOf(instance, { collection: "gala" });
    for (const kind of ["public", "single"] as const) {
      const { secret } = await invitation({ kind });
      expect((await open(secret)).child).toBeNull();
      const { person } = await join({ invitation: secret, dayCode: code });
      const guardians = instance.db.selectFrom("guardian").selectAll().where("person_id", "=", person);
      expect(await guardians.execute()).toEqual([]);
      expect(await devicesOf(instance.db, person)).toMatchObject([{ acting: "person" }]);
    }
  });
});

describe("a guardian", () => {
  test("joins for the child whom the invitation names, and for no other", async () => {
    const { secret } = await invitation({ kind: "guardian", child: "Zoë Exemplaire" });
    expect(await open(secret)).toMatchObject({ kind: "guardian", child: "Zoë Exemplaire" });
    const joined = await joinFor(secret, { name: "Somebody Else" });
    const row = await personById(instance.db, joined.person);
    expect((await openContact(instance.keys, row)).name).toBe("Zoë Exemplaire");
    const device = await personByDevice(instance.db, joined.device?.secret ?? "", clock);
    expect(device).toMatchObject({ person: joined.person, acting: "guardian" });
    const entry = (await entriesOf(instance.db, joined.person)).find((one) => one.kind === "joined-online");
    expect(entry?.payload).toMatchObject({ declared: "guardian" });
    expect(await prove(instance, {})).toMatchObject({ clean: true });
  });

  test("is not somebody who is signed in already: the child is a person of their own", async () => {
    const { person } = await join();
    const { secret } = await invitation({ kind: "guardian", child: "Zoë" });
    const as = { person, guardian: null };
    await expect(join({ invitation: secret, as })).rejects.toMatchObject(refused);
    await joinFor(secret);
  });

  test("is invited with the child's name, which staff read while it is open", async () => {
    const { id } = await invitation({ kind: "guardian", child: "Noé" });
    const listed = await listInvitations(instance, { collection: "gala" });
    expect(listed.find((one) => one.id === id)).toMatchObject({ childName: "Noé", state: "open" });
    expect(JSON.stringify(await snapshot(instance.db))).not.toContain("Noé");
  });

  test("whose invitation is revoked or runs out leaves neither the child's name nor its key", async () => {
    const collection = await makeCollection(instance, `school ${++number}`);
    const at = { collection: collection.name, kind: "guardian", child: "Zoë" } as const;
    const childrensKeys = async () => {
      const rows = await instance.db
        .selectFrom("invitation")
        .select("child_id")
        .where("collection_id", "=", collection.id)
        .execute();
      return rows.flatMap((row) => (row.child_id === null ? [] : [contactKey(row.child_id)]));
    };
    const revoked = await invitation(at);
    await invitation({ ...at, until: inDays(2) });
    await invitation(at);
    const keys = await childrensKeys();
    expect(keys).toHaveLength(3);
    await revokeInvitation(instance, { invitation: revoked.id, actor: "a clerk" });
    clock.advance(4 * DAY_MS);
    await expire(instance);
    expect(await childrensKeys()).toHaveLength(1);
    await deleteCollection(instance, { collection: collection.id, actor: "a tester" });
    for (const key of keys) expect(await instance.keys.has(key)).toBe(false);
    expect(await prove(instance, {})).toMatchObject({ clean: true });
  });

  test("keeps nobody from leaving: the child's own link can say no, and agrees to nothing", async () => {
    const { secret } = await invitation({ kind: "guardian", child: "Zoë" });
    const { person } = await joinFor(secret);
    const link = await createPersonalLink(instance, { person, actor: "a clerk" });
    expect(await signInByLink(instance, link)).toMatchObject({ person, guardian: null });
    const another = await createPersonalLink(instance, { person, actor: "a clerk", acting: "guardian" });
    const [guardian] = await instance.db
      .selectFrom("guardian")
      .select("id")
      .where("person_id", "=", person)
      .execute();
    expect(await signInByLink(instance, another)).toMatchObject({ person, guardian: guardian?.id });
    await erase(instance, { person, actor: "the child" });
    const adult = await join();
    await expect(
      createPersonalLink(instance, { person: adult.person, actor: "a clerk", acting: "guardian" }),
    ).rejects.toMatchObject(refused);
  });
});

describe("somebody who has joined before", () => {
  test("joins one collection more as the same person, on the same device", async () => {
    const { person } = await join({ consents: [...AGREED, { purpose: "contact", channel: null }] });
    const other = await makeCollection(instance, `second ${++number}`);
    const before = await devicesOf(instance.db, person);
    const { secret } = await invitation({ collection: other.name });
    const again = await join({ invitation: secret, as: { person, guardian: null } });
    expect(again).toMatchObject({ person, collection: other.id, device: null, recoveryCode: null });
    expect(await devicesOf(instance.db, person)).toEqual(before);
    // What was agreed to for every collection is not taken back by an empty box in this one.
    const standing = await standingOf(instance.db, person, clock);
    expect(standing.find((one) => one.purpose === "contact")).toMatchObject({ live: true });
    const third = await invitation({ collection: other.name });
    await expect(join({ invitation: third.secret, as: { person, guardian: null } })).rejects.toMatchObject({
      code: "exists",
    });
  });
});

describe("coming back", () => {
  test("by the recovery code signs a new device in, tells the others, and gives a new code", async () => {
    const { person, device, recoveryCode } = await join();
    const link = await createPersonalLink(instance, { person, actor: "a clerk" });
    const back = await recover(instance, { code: recoveryCode ?? "" });
    expect(back.person).toBe(person);
    expect(await personByDevice(instance.db, back.device.secret, clock)).toMatchObject({ how: "recovery" });
    expect((await noticesOf(instance.db, person)).map((one) => one.kind).sort()).toEqual([
      "device-added",
      "link-made",
      "recovered",
    ]);
    // The link that was open is not, nor the code that was used; the first device goes on until it is ended.
    await expect(signInByLink(instance, link)).rejects.toMatchObject(refused);
    await expect(recover(instance, { code: recoveryCode ?? "" })).rejects.toMatchObject({
      code: "not-found",
    });
    expect(await personByDevice(instance.db, device?.secret ?? "", clock)).toBeDefined();
    await signOutDevice(instance, { person, device: device?.id ?? "" });
    expect(await personByDevice(instance.db, device?.secret ?? "", clock)).toBeUndefined();
    expect((await recover(instance, { code: back.recoveryCode })).person).toBe(person);
    await seeNotices(instance, { person });
    expect((await noticesOf(instance.db, person)).every((one) => one.seen)).toBe(true);
  });

  test("by a desk's link works once, for a day, and ends the link before; the person is told who made it", async () => {
    const { person } = await join();
    const first = await createPersonalLink(instance, { person, actor: "a clerk" });
    const second = await createPersonalLink(instance, { person, actor: "another clerk" });
    await expect(signInByLink(instance, first)).rejects.toMatchObject(refused);
    expect(await open(second.secret)).toMatchObject({ kind: "personal", collection: { name: "gala" } });
    const signedIn = await Promise.allSettled([
      signInByLink(instance, second),
      signInByLink(instance, second),
    ]);
    expect(signedIn.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    const made = (await entriesOf(instance.db, person)).filter((one) => one.kind === "invitation-made");
    expect(made.map((one) => one.payload["by"])).toEqual(["a clerk", "another clerk"]);
    await expect(signInByLink(instance, { secret: "guess" })).rejects.toMatchObject({ code: "not-found" });
  });

  test("a link to join signs nobody in, and a personal link joins nobody", async () => {
    const { secret } = await invitation();
    await expect(signInByLink(instance, { secret })).rejects.toMatchObject(refused);
    const { person } = await join();
    const link = await createPersonalLink(instance, { person, actor: "a clerk" });
    const before = await people();
    await expect(join({ invitation: link.secret })).rejects.toMatchObject(refused);
    expect(await people()).toBe(before);
    await signInByLink(instance, link);
  });

  test("by a passkey signs its person in", async () => {
    const { person } = await join();
    const passkey = {
      person,
      guardian: null,
      credentialId: "credential",
      publicKey: Uint8Array.of(1),
      counter: 0,
      transports: [],
    };
    const { id } = await addPasskey(instance, passkey);
    const signedIn = await signInByPasskey(instance, { credentialId: "credential", counter: 0 });
    expect(signedIn.person).toBe(person);
    await removePasskey(instance, { person, passkey: id });
    await expect(signInByPasskey(instance, { credentialId: "credential", counter: 0 })).rejects.toMatchObject(
      { code: "not-found" },
    );
  });
});

test("erasing somebody who joined online leaves no row, key or file of them", async () => {
  const { secret } = await invitation({ kind: "guardian", child: "Zoë" });
  const joined = await joinFor(secret);
  const { person } = joined;
  await recover(instance, { code: joined.recoveryCode ?? "" });
  await createPersonalLink(instance, { person, actor: "a clerk" });
  await addPasskey(instance, {
    person,
    guardian: null,
    credentialId: "theirs",
    publicKey: Uint8Array.of(1),
    counter: 0,
    transports: [],
  });
  const left = await erase(instance, { person, actor: "the person" });
  expect(left).toMatchObject({
    residue: 0,
    erased: { devices: 2, passkeys: 1, "recovery codes": 1, "personal links": 1 },
  });
  expect(JSON.stringify(await snapshot(instance.db))).not.toContain(person);
  expect(await personByDevice(instance.db, joined.device?.secret ?? "", clock)).toBeUndefined();
  expect(await prove(instance, { person })).toMatchObject({ clean: true, residue: [] });
});
