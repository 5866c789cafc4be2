import { join } from "node:path";
import { sql } from "kysely";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { drawPhoto, faceOf, withDrawnPhotos } from "../../test/support/drawn-photos.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { makeCollection, nothing, publishTo } from "../../test/support/order.ts";
import { openReceiver, type Received, type Receiver } from "../../test/support/receiver.ts";
import { DAY_MS, testClock } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  createPost,
  deliveriesOf,
  EVENT_KINDS,
  listWebhooks,
  noteEvent,
  takeDue,
  webhookById,
  type Post,
} from "../webhooks/index.ts";
import { collectionById } from "../photos/index.ts";
import { rescan } from "./look-for.ts";
import { deliverWebhooks, type DeliverOptions } from "./deliver-webhooks.ts";
import {
  addWebhook,
  answer,
  deletePhotos,
  deliver,
  enrolLive,
  hideMe,
  ingest,
  invite,
  joinOnline,
  lookFor,
  photosOf,
  removeWebhook,
  rotateWebhookSecret,
  scanPending,
  sendWebhookAgain,
  switchConsent,
  switchWebhook,
  testWebhook,
  withdraw,
  type MadeWebhook,
} from "./index.ts";

/** Photos say themselves who is in them (test/support/drawn-photos.ts); the receiver, its verification and the rest are real. */
let test_: TestInstance;
let instance: Instance;
let receiver: Receiver;
let collection: Id;
let number = 0;
let pictures = 0;
const clock = testClock();
const post = createPost();
const off: string[] = [];
const options: DeliverOptions = {
  post,
  heardBy: () => Promise.resolve(() => true),
  onOff: async ({ id, offBecause }) => void off.push(`${id} ${offBecause}`),
  onError: (message) => {
    throw new Error(message);
  },
};

beforeAll(async () => {
  test_ = await testInstance({ clock });
  instance = withDrawnPhotos(test_.instance);
  receiver = await openReceiver();
});
afterAll(async () => {
  await receiver.close();
  await test_.close();
});
beforeEach(async () => {
  for (const { id } of await listWebhooks(instance.db)) {
    await removeWebhook(instance, { webhook: id, actor: "a tester" });
  }
  receiver.clear();
  collection = (await makeCollection(instance, `hooks ${++number}`)).id;
});

const actor = "a tester";
const by = { account: null, apiKey: null, name: actor };

async function hook(part: Partial<Parameters<typeof addWebhook>[1]> = {}): Promise<MadeWebhook> {
  const order = { collection: null, url: receiver.url, kinds: EVENT_KINDS, allowPrivate: true, by };
  return addWebhook(instance, { ...order, ...part });
}

/** What came, verified by the library under one of the secrets, which is the receiver's whole duty. */
function told(secret: string, all: readonly Received[] = receiver.received) {
  return all.map(({ body, headers }) => {
    const said = new Webhook(secret).verify(body, headers as Record<string, string>) as {
      readonly type: string;
      readonly data: Readonly<Record<string, unknown>>;
    };
    return { id: headers["webhook-id"], ...said };
  });
}

const round = () => deliverWebhooks(instance, options);
async function asked(kind: "request.opened" | "import.finished" = "request.opened"): Promise<void> {
  await inTransaction(instance.db, (trx) => noteEvent(trx, { kind, collection, subjects: [newId()] }, clock));
}
async function deliveries(webhook: Id) {
  return deliveriesOf(instance.db, { webhook, limit: 100 });
}

async function picture(...who: readonly (string | { who: string; clear: boolean })[]): Promise<void> {
  const path = join(test_.folder, `${collection}-${pictures++}.jpg`);
  await drawPhoto(
    path,
    who.map((one) =>
      typeof one === "string" ? { who: one + number, clear: true } : { ...one, who: one.who + number },
    ),
  );
  await ingest(instance, { collection, path, name: path });
}
async function scan(): Promise<void> {
  await scanPending(instance, { collection });
}
async function enrolled(who: string): Promise<Id> {
  const made = await invite(instance, { collection, kind: "single", actor });
  const { person } = await joinOnline(instance, {
    invitation: made.invitations[0]?.secret ?? "",
    language: "en",
    declared: true,
    minimumAge: 15,
    consents: [
      { purpose: "find-me", channel: null },
      { purpose: "publish", channel: "website" },
    ],
  });
  await enrolLive(instance, { person, collection, embeddings: [faceOf(who + number)] });
  await lookFor(instance, { person, collection });
  return person;
}
const out = () => join(test_.folder, `site-${collection}`);
async function published(): Promise<readonly Id[]> {
  const rows = await instance.db
    .selectFrom("rendition")
    .select("id")
    .where("collection_id", "=", collection)
    .where("channel", "=", "website")
    .orderBy("id")
    .execute();
  return rows.map((row) => row.id);
}

describe("what other programs are told", () => {
  test("a withdrawal: the pictures are off, then made again; in signed messages with ids and counts alone", async () => {
    await picture("ada");
    await picture("ada", "bert");
    await picture("carl", "bert", "dora");
    await scan();
    const ada = await enrolled("ada");
    await publishTo(instance, collection, "website", out());
    const { secret } = await hook();
    await withdraw(instance, { person: ada, purposes: ["publish:website"], actor: null });
    await round();
    const shown = told(secret);
    expect(shown.map((one) => [one.type, one.data["count"], one.data["collection"]])).toEqual([
      ["rendition.suspended", 2, collection],
      ["rendition.replaced", 2, collection],
    ]);
    const ids = shown[0]?.data["renditions"] as string[];
    expect(shown[1]?.data["renditions"]).toEqual(ids);
    expect((await published()).filter((id) => ids.includes(id))).toEqual(ids);
    // Nothing of her, by whatever name she is known here.
    const all = JSON.stringify(receiver.received);
    expect(all).not.toContain(ada);
    for (const { data } of shown)
      expect(Object.keys(data).sort()).toEqual(["collection", "count", "renditions"]);
  });

  test("of a match, an ask, a confirmation, a delivery and a picture of somebody's own: nothing at all", async () => {
    await picture("ada");
    await picture({ who: "ada", clear: false });
    await picture("ada", "bert");
    await scan();
    await publishTo(instance, collection, "website", out());
    const { id } = await hook({ kinds: EVENT_KINDS });
    const ada = await enrolled("ada");
    const { photos: found } = await photosOf(instance, ada);
    expect(found.map((one) => one.state).sort()).toEqual(["asked", "matched", "matched"]);
    for (const one of found) await answer(instance, ada, one.face, true);
    const { photos: after } = await photosOf(instance, ada);
    expect(after.map((one) => one.state)).toEqual(["confirmed", "confirmed", "confirmed"]);
    await deliver(instance, {
      person: ada,
      out: join(out(), "hers"),
      reason: "asked",
      actor,
      progress: nothing,
    });
    await round();
    expect(await instance.db.selectFrom("webhook_event").selectAll().execute()).toEqual([]);
    expect(await deliveries(id)).toEqual([]);
    expect(receiver.received).toEqual([]);
    // The staff publish again: that is their doing, and told.
    await publishTo(instance, collection, "website", out());
    await round();
    expect(receiver.received.length).toBe(1);
  });

  test("of a yes, and of what the machine decides otherwise: nothing, until the staff publish again; of a no: at once", async () => {
    await picture("ada");
    await picture("ada", "bert");
    await scan();
    const ada = await enrolled("ada");
    await publishTo(instance, collection, "website", out());
    const all = await published();
    const wanted = { purpose: "publish", channel: "website", collection, language: "en" } as const;
    await switchConsent(instance, ada, { ...wanted, on: false });
    const { id, secret } = await hook();
    const heard = async () => {
      receiver.clear();
      await round();
      return told(secret).map(({ type, data }) => [type, data["renditions"]]);
    };
    const showing = async () =>
      (await instance.db.selectFrom("rendition_face").select("rendition_id").execute()).filter((row) =>
        all.includes(row.rendition_id),
      ).length;
    const publishedAgain = async () => {
      await publishTo(instance, collection, "website", out());
      return heard();
    };
    // A yes shows her again.
    expect(await showing()).toBe(0);
    await switchConsent(instance, ada, { ...wanted, on: true });
    expect(await showing()).toBe(2);
    expect(await heard()).toEqual([]);
    expect(await publishedAgain()).toEqual([["rendition.replaced", all]]);
    // Nothing has changed since.
    expect(await publishedAgain()).toEqual([]);
    // Another look sees a stranger where she was.
    const otherwise = await instance.vision();
    const strangers: Instance = {
      ...instance,
      vision: () =>
        Promise.resolve({
          ...otherwise,
          embedChips: (chips) => Promise.resolve(chips.map((_, n) => faceOf(`stranger ${n}`))),
        }),
    };
    await rescan(strangers, await collectionById(instance.db, collection), nothing);
    expect(await showing()).toBe(0);
    expect(await heard()).toEqual([]);
    expect(await publishedAgain()).toEqual([["rendition.replaced", all]]);
    await rescan(instance, await collectionById(instance.db, collection), nothing);
    await publishTo(instance, collection, "website", out());
    expect(await heard()).toEqual([["rendition.replaced", all]]);
    // Her no takes her off, for whoever holds a copy too.
    expect(await showing()).toBe(2);
    const [one] = (await photosOf(instance, ada)).photos;
    await answer(instance, ada, one?.face ?? "", false);
    expect(await showing()).toBe(1);
    const taken = await heard();
    expect(taken.map(([type]) => type)).toEqual(["rendition.suspended", "rendition.replaced"]);
    expect(taken[0]?.[1]).toHaveLength(1);
    expect(taken[1]?.[1]).toEqual(taken[0]?.[1]);
    // A yes of hers about the other says nothing.
    const [other] = (await photosOf(instance, ada)).photos;
    await answer(instance, ada, other?.face ?? "", true);
    expect(await heard()).toEqual([]);
    expect(await deliveries(id)).toHaveLength(5);
  });

  test("no other kind can be asked for, written down or sent, by whoever", async () => {
    await expect(hook({ kinds: ["match.made"] })).rejects.toMatchObject({ code: "bad-input" });
    await expect(hook({ kinds: [] })).rejects.toMatchObject({ code: "bad-input" });
    const { id } = await hook();
    const { db } = instance;
    for (const statement of [
      sql`update webhook set kinds = array['match.made']`,
      sql`insert into webhook_event (id, kind, subjects, counts, at) values (${id}, 'match.made', '{}', '{}', now())`,
      sql`insert into webhook_delivery (id, webhook_id, kind, body, state, next_at, made_at)
        values (${id}, ${id}, 'match.made', '{}', 'due', now(), now())`,
    ]) {
      await expect(statement.execute(db)).rejects.toMatchObject({ code: "23514" });
    }
  });

  test("an import, once all of it is looked through and nothing has come for a while; once", async () => {
    const { secret } = await hook({ kinds: ["import.finished"] });
    await picture("ada");
    await picture("bert", "carl");
    clock.advance(60_000);
    await round();
    // One is not looked through yet.
    expect(receiver.received).toEqual([]);
    await scan();
    await picture("a", "b", "c");
    await scan();
    await round();
    // More may be coming.
    expect(receiver.received).toEqual([]);
    clock.advance(20_000);
    await round();
    await round();
    // The signature is that of the moved clock.
    expect(receiver.received.map(({ body }) => (JSON.parse(body) as { data: unknown }).data)).toEqual([
      { collection, photos: 3, failed: 0 },
    ]);
    expect(secret).toMatch(/^whsec_/);
  });

  test("a request, by its id and its collection, and nothing of what is asked", async () => {
    await picture("ada");
    await scan();
    await publishTo(instance, collection, "website", out());
    const { id } = await hook({ kinds: ["request.opened", "rendition.suspended"] });
    const photo = await instance.db
      .selectFrom("photo")
      .select("id")
      .where("collection_id", "=", collection)
      .executeTakeFirstOrThrow();
    const { request } = await hideMe(instance, {
      kind: "hide-me",
      photo: photo.id,
      contact: "somebody@example.org",
      note: "I am on the left",
      language: "en",
    });
    await round();
    const bodies = receiver.received.map((one) => JSON.parse(one.body) as { type: string; data: unknown });
    expect(bodies.map((one) => [one.type, one.data])).toEqual(
      expect.arrayContaining([
        ["request.opened", { request, collection }],
        ["rendition.suspended", { collection, renditions: await published(), count: 1 }],
      ]),
    );
    expect(JSON.stringify(receiver.received)).not.toMatch(/somebody|left/);
    expect((await deliveries(id)).map((one) => [one.state, one.status, one.attempts])).toEqual([
      ["done", 204, 1],
      ["done", 204, 1],
    ]);
  });

  test("photos that are deleted, as pictures that may be shown no more", async () => {
    await picture("ada");
    await scan();
    await publishTo(instance, collection, "website", out());
    const renditions = await published();
    await hook({ kinds: ["rendition.suspended"] });
    const photo = await instance.db
      .selectFrom("photo")
      .select("id")
      .where("collection_id", "=", collection)
      .executeTakeFirstOrThrow();
    await deletePhotos(instance, { collection, photos: [photo.id], actor });
    await round();
    expect(receiver.received.map((one) => (JSON.parse(one.body) as { data: unknown }).data)).toEqual([
      { collection, renditions, count: 1 },
    ]);
  });

  test("one that is made for one collection is told of that one; what its maker may not know, it is not told", async () => {
    const other = (await makeCollection(instance, `other ${number}`)).id;
    const mine = await hook({ collection });
    const theirs = await hook({ collection: other });
    const blind = await hook();
    await picture("ada");
    await scan();
    clock.advance(20_000);
    await deliverWebhooks(instance, {
      ...options,
      heardBy: ({ id }) => Promise.resolve(() => id !== blind.id),
    });
    expect(await deliveries(mine.id)).toHaveLength(1);
    expect(await deliveries(theirs.id)).toHaveLength(0);
    expect(await deliveries(blind.id)).toHaveLength(0);
  });
});

describe("a receiver that does not take it", () => {
  const failing = (status: number, headers: Record<string, string> = {}) =>
    receiver.answer((_, response) => void response.writeHead(status, headers).end("no"));
  const dueIn = async (webhook: Id) => {
    const [one] = await deliveries(webhook);
    return one?.nextAt ? Math.round((one.nextAt.getTime() - clock.now().getTime()) / 1000) : null;
  };

  async function happened(): Promise<void> {
    await picture("ada");
    await scan();
    clock.advance(20_000);
    await round();
  }

  test("is tried ten times by the schedule of the specification, with one id; then it is given up", async () => {
    const { id } = await hook({ kinds: ["import.finished"] });
    failing(500);
    await happened();
    const waited: number[] = [];
    for (let wait = await dueIn(id); wait !== null; wait = await dueIn(id)) {
      waited.push(wait);
      clock.advance((wait + 1) * 1000);
      await round();
    }
    const schedule = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
    expect(waited).toHaveLength(schedule.length);
    for (const [n, seconds] of schedule.entries()) {
      expect(waited[n]).toBeGreaterThanOrEqual(seconds - 1);
      expect(waited[n]).toBeLessThanOrEqual(seconds * 1.1 + 1);
    }
    expect(receiver.received).toHaveLength(10);
    expect(new Set(receiver.received.map((one) => one.headers["webhook-id"])).size).toBe(1);
    expect(new Set(receiver.received.map((one) => one.headers["webhook-timestamp"])).size).toBe(10);
    expect(await deliveries(id)).toMatchObject([{ state: "failed", attempts: 10, status: 500 }]);
    // Sent again by hand, it counts from the start.
    receiver.clear();
    const [one] = await deliveries(id);
    await sendWebhookAgain(instance, { webhook: id, delivery: one?.id ?? "" });
    await round();
    expect(await deliveries(id)).toMatchObject([{ state: "done", attempts: 1, status: 204 }]);
    expect((await webhookById(instance.db, id)).failingSince).toBeNull();
  });

  test("is left alone for as long as it asks", async () => {
    const { id } = await hook({ kinds: ["import.finished"] });
    failing(429, { "retry-after": "1000" });
    await happened();
    expect(await dueIn(id)).toBeGreaterThanOrEqual(995);
  });

  test("is not left alone for longer than the schedule's longest step, however long it asks", async () => {
    const { id } = await hook({ kinds: ["import.finished"] });
    failing(503, { "retry-after": "999999999" });
    await happened();
    expect(await dueIn(id)).toBeGreaterThan(DAY_MS / 1000 - 60);
    expect(await dueIn(id)).toBeLessThanOrEqual(DAY_MS / 1000);
  });

  test("is written to no more once it says that it is gone, or takes nothing for five days; the owner is told", async () => {
    const gone = await hook({ kinds: ["import.finished"] });
    failing(410);
    await happened();
    expect(await webhookById(instance.db, gone.id)).toMatchObject({ state: "off", offBecause: "gone" });
    expect(off).toContain(`${gone.id} gone`);
    await expect(
      sendWebhookAgain(instance, { webhook: gone.id, delivery: (await deliveries(gone.id))[0]?.id ?? "" }),
    ).rejects.toMatchObject({ code: "refused" });
    // Nothing is kept for one that is off.
    await removeWebhook(instance, { webhook: gone.id, actor });
    const failed = await hook({ kinds: ["import.finished"] });
    failing(503);
    await happened();
    clock.advance(5 * DAY_MS);
    await round();
    expect(await webhookById(instance.db, failed.id)).toMatchObject({ state: "off", offBecause: "failing" });
    expect(off).toContain(`${failed.id} failing`);
    expect(await deliveries(failed.id)).toMatchObject([{ state: "failed" }]);
    await switchWebhook(instance, { webhook: failed.id, on: true, actor });
    expect(await webhookById(instance.db, failed.id)).toMatchObject({ state: "on", failingSince: null });
  });

  test("costs no other receiver anything, and a message that a dead process had in hand is sent by the next", async () => {
    const other = await openReceiver();
    try {
      const slow = await hook({ kinds: ["import.finished"] });
      const quick = await hook({ kinds: ["import.finished"], url: other.url });
      failing(500);
      await happened();
      expect(other.received).toHaveLength(1);
      await instance.db
        .updateTable("webhook_delivery")
        .set({ state: "due", next_at: new Date(clock.now().getTime() + 60_000) })
        .where("webhook_id", "=", quick.id)
        .execute();
      await round();
      expect(other.received).toHaveLength(1);
      clock.advance(61_000);
      await round();
      expect(other.received.map((one) => one.headers["webhook-id"])).toEqual([
        other.received[0]?.headers["webhook-id"],
        other.received[0]?.headers["webhook-id"],
      ]);
      expect(await deliveries(slow.id)).toMatchObject([{ state: "due" }]);
    } finally {
      await other.close();
    }
  });

  test("is not sent what has waited once the webhook's maker may not know it any more, sent again or not", async () => {
    const { id } = await hook({ kinds: ["request.opened"] });
    failing(500);
    await asked();
    await round();
    expect(receiver.received).toHaveLength(1);
    receiver.clear();
    clock.advance(10_000);
    const questions: unknown[] = [];
    await deliverWebhooks(instance, {
      ...options,
      heardBy: () =>
        Promise.resolve((...question) => {
          questions.push(question);
          return false;
        }),
    });
    expect(questions).toEqual([["request.opened", collection]]);
    expect(receiver.received).toEqual([]);
    // It was not tried: the log has the one attempt, and how that went.
    expect(await deliveries(id)).toMatchObject([{ state: "failed", attempts: 1, status: 500, nextAt: null }]);
    const [{ id: delivery } = { id: "" }] = await deliveries(id);
    await sendWebhookAgain(instance, { webhook: id, delivery });
    await deliverWebhooks(instance, { ...options, heardBy: () => Promise.resolve(null) });
    expect(receiver.received).toEqual([]);
    expect(await webhookById(instance.db, id)).toMatchObject({ state: "off", offBecause: "maker" });
    expect(await deliveries(id)).toMatchObject([{ state: "failed", nextAt: null }]);
  });

  test.each([500, 410])(
    "and answers %d when somebody has switched it off meanwhile: it stays as they left it, and nobody is told",
    async (status) => {
      const { id } = await hook({ kinds: ["request.opened"] });
      failing(status);
      await asked();
      await deliverWebhooks(instance, {
        ...options,
        post: then(() => switchWebhook(instance, { webhook: id, on: false, actor })),
      });
      expect(await deliveries(id)).toMatchObject([{ state: "failed", nextAt: null, status }]);
      expect(await webhookById(instance.db, id)).toMatchObject({ state: "off", offBecause: "hand" });
      expect(off.filter((one) => one.startsWith(id))).toEqual([]);
    },
  );

  test("while somebody asks for the message again: it is tried from the start", async () => {
    const { id } = await hook({ kinds: ["request.opened"] });
    failing(500);
    await asked();
    await round();
    // The next try is the last.
    await instance.db
      .updateTable("webhook_delivery")
      .set({ attempts: 9 })
      .where("webhook_id", "=", id)
      .execute();
    clock.advance(10_000);
    const again = async () => {
      const [one] = await deliveries(id);
      await sendWebhookAgain(instance, { webhook: id, delivery: one?.id ?? "" });
    };
    await deliverWebhooks(instance, { ...options, post: then(again) });
    expect(await deliveries(id)).toMatchObject([{ state: "due", attempts: 0, status: 500 }]);
  });

  test("one whose maker may nothing here any more is switched off, and told nothing", async () => {
    const { id } = await hook();
    await picture("ada");
    await scan();
    clock.advance(20_000);
    await deliverWebhooks(instance, { ...options, heardBy: () => Promise.resolve(null) });
    expect(receiver.received).toEqual([]);
    expect(await webhookById(instance.db, id)).toMatchObject({ state: "off", offBecause: "maker" });
  });
});

/** Something happens between the answer and what is written of it. */
function then(happens: () => Promise<unknown>): Post {
  return async (order) => {
    const posted = await post(order);
    await happens();
    return posted;
  };
}

describe("several processes at once", () => {
  test("send the messages of one webhook one after the other, by whichever of them; a dead one holds them up for a minute", async () => {
    const { id } = await hook({ kinds: ["request.opened"] });
    await asked();
    await asked();
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = deliverWebhooks(instance, {
      ...options,
      post: async (order) => {
        begun.resolve();
        await go.promise;
        return post(order);
      },
    });
    await begun.promise;
    await round();
    expect(receiver.received).toEqual([]);
    go.resolve();
    await slow;
    expect(receiver.received).toHaveLength(2);
    expect(await deliveries(id)).toMatchObject([{ state: "done" }, { state: "done" }]);
    // One takes the next in hand, and dies.
    await asked();
    await asked();
    const nobody: Post = () => Promise.reject(new Error("killed"));
    await deliverWebhooks(instance, { ...options, post: nobody, onError: () => undefined });
    await round();
    expect(receiver.received).toHaveLength(2);
    clock.advance(61_000);
    expect(await inTransaction(instance.db, (trx) => takeDue(trx, clock))).toHaveLength(1);
    await round();
    expect(receiver.received).toHaveLength(2);
    clock.advance(61_000);
    await Promise.all([round(), round()]);
    await round();
    expect(new Set(receiver.received.map((one) => one.headers["webhook-id"])).size).toBe(4);
    expect(receiver.received).toHaveLength(4);
  });

  test("lose nothing for a webhook that is added while another round begins", async () => {
    await hook({ kinds: ["request.opened"] });
    await asked();
    let late: MadeWebhook | undefined;
    await deliverWebhooks(instance, {
      ...options,
      heardBy: async () => {
        if (!late) {
          late = await hook({ kinds: ["import.finished"] });
          await asked("import.finished");
        }
        return () => true;
      },
    });
    expect(await deliveries(late?.id ?? "")).toMatchObject([{ kind: "import.finished", state: "done" }]);
    expect(receiver.received).toHaveLength(2);
  });
});

describe("its secret", () => {
  test("is kept sealed; a new one counts beside the old for a day, then alone", async () => {
    const own = { ...instance, clock: { now: () => new Date(Date.now() + ahead) } };
    let ahead = 0;
    const first = await addWebhook(own, {
      collection: null,
      url: receiver.url,
      kinds: EVENT_KINDS,
      allowPrivate: true,
      by,
    });
    const row = await own.db.selectFrom("webhook").selectAll().executeTakeFirstOrThrow();
    expect(row.secret_sealed.includes(Buffer.from(first.secret.slice(6), "base64"))).toBe(false);
    expect(row.secret_sealed.toString("latin1")).not.toContain(first.secret);
    const { secret } = await rotateWebhookSecret(own, { webhook: first.id, actor });
    expect(await testWebhook(own, { webhook: first.id }, post)).toMatchObject({
      kind: "test",
      status: 204,
      state: "done",
    });
    expect(told(first.secret)).toMatchObject([{ type: "test", data: { webhook: first.id } }]);
    expect(told(secret)).toHaveLength(1);
    ahead = DAY_MS + 1000;
    receiver.clear();
    await testWebhook(own, { webhook: first.id }, post);
    const signatures = String(receiver.received[0]?.headers["webhook-signature"]);
    expect(signatures.split(" ")).toHaveLength(1);
    expect(() => told(first.secret)).toThrow();
  });

  test("a test says at once how it went, and is not tried again", async () => {
    const { id } = await hook({ url: "http://127.0.0.1:1/nobody" });
    expect(await testWebhook(instance, { webhook: id }, post)).toMatchObject({
      state: "failed",
      status: null,
      failure: "connection",
    });
    expect((await webhookById(instance.db, id)).failingSince).toBeNull();
  });
});
