import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { colouredPhoto } from "../../../test/support/coloured.ts";
import { openReceiver, type Receiver } from "../../../test/support/receiver.ts";
import { newId } from "../../core/index.ts";
import { deliverWebhooks } from "../../flows/index.ts";
import { inTransaction } from "../../db/index.ts";
import { createPost, noteEvent, type Webhook as Listed } from "../../webhooks/index.ts";
import { askWith, makeKey } from "../api/ask.testing.ts";
import type { WebhookDeliveries, WebhookMade, Webhooks } from "../contract/webhooks.ts";
import { colleague, staffServer, type StaffServer } from "./staff-server.testing.ts";
import { heardByMaker } from "./told-programs.ts";

let here: StaffServer;
let receiver: Receiver;
beforeAll(async () => {
  here = await staffServer();
  receiver = await openReceiver();
});
afterEach(() => receiver.clear());
afterAll(async () => {
  await receiver.close();
  await here.close();
});

const ALL = ["import.finished", "rendition.replaced", "rendition.suspended", "request.opened"];
const wanted = (part: object = {}) => ({
  collection: null,
  url: receiver.url,
  kinds: ALL,
  allowPrivate: true,
  ...part,
});

async function make(part: object = {}, cookie?: string): Promise<WebhookMade> {
  const answer = await here.ask("POST", "/api/staff/webhooks", {
    body: wanted(part),
    ...(cookie === undefined ? {} : { cookie }),
  });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<WebhookMade>();
}
const list = async (cookie?: string) =>
  (await here.ask("GET", "/api/staff/webhooks", cookie === undefined ? {} : { cookie })).json<Webhooks>();
const round = () => {
  const { instance } = here.test;
  return deliverWebhooks(instance, {
    post: createPost(),
    heardBy: (webhook: Listed) => heardByMaker(instance, webhook),
  });
};
async function happens(
  kind: "rendition.suspended" | "request.opened",
  collection: string | null,
): Promise<void> {
  const { db, clock } = here.test.instance;
  await inTransaction(db, (trx) => noteEvent(trx, { kind, collection, subjects: [newId()] }, clock));
}

describe("for an owner", () => {
  test("made, tested, signed anew, switched off and on, its messages listed and sent again, removed", async () => {
    const { id, secret } = await make();
    const path = `/api/staff/webhooks/${id}`;
    const all = await list();
    expect(all).toMatchObject({
      mayAllowPrivate: true,
      webhooks: [{ id, state: "on", madeBy: "Ada Owner" }],
    });
    // The secret is in that one answer.
    expect(JSON.stringify(all)).not.toContain(secret.slice(6));
    const tested = await here.ask("POST", `${path}/test`);
    expect(tested.json()).toMatchObject({ kind: "test", state: "done", status: 204, attempts: 1 });
    const [{ body, headers } = { body: "", headers: {} }] = receiver.received;
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      type: "test",
      data: { webhook: id },
    });
    const renewed = (await here.ask("POST", `${path}/secret`)).json<{ secret: string; bothUntil: string }>();
    expect(renewed.secret).not.toBe(secret);
    expect((await list()).webhooks[0]?.bothSecretsUntil).toBe(renewed.bothUntil);
    await happens("rendition.suspended", newId());
    await round();
    const log = (await here.ask("GET", `${path}/deliveries`)).json<WebhookDeliveries>();
    expect(log).toMatchObject({
      deliveries: [{ kind: "rendition.suspended", state: "done" }, { kind: "test" }],
      more: false,
    });
    expect(receiver.received[1]?.headers["webhook-id"]).toBe(log.deliveries[0]?.message);
    const again = await here.ask("POST", `${path}/deliveries/${log.deliveries[0]?.id ?? ""}`);
    expect(again.statusCode).toBe(204);
    await round();
    expect(receiver.received[2]?.headers["webhook-id"]).toBe(log.deliveries[0]?.message);
    expect(receiver.received[2]?.body).toBe(receiver.received[1]?.body);
    expect((await here.ask("PUT", `${path}/state`, { body: { on: false } })).statusCode).toBe(204);
    await happens("rendition.suspended", newId());
    await round();
    expect(receiver.received).toHaveLength(3);
    expect((await list()).webhooks).toMatchObject([{ state: "off", offBecause: "hand" }]);
    expect((await here.ask("DELETE", path)).statusCode).toBe(204);
    expect((await list()).webhooks).toEqual([]);
    expect((await here.ask("POST", `${path}/test`)).statusCode).toBe(404);
  });

  test.each([
    ["no address", { url: "photos" }],
    ["a name and a password in it", { url: "https://a:b@example.org/" }],
    ["another scheme", { url: "file:///etc/passwd" }],
    ["http into the world", { url: "http://example.org/", allowPrivate: false }],
    ["no kind of event", { kinds: [] }],
    ["a kind that there is not", { kinds: ["match.made"] }],
  ])("%s is refused", async (_, part) => {
    const answer = await here.ask("POST", "/api/staff/webhooks", { body: wanted(part) });
    expect(answer.statusCode).toBe(400);
  });

  test("an address of this network that was not allowed is not asked, and it is said why", async () => {
    const { id } = await make({ url: receiver.url.replace("http:", "https:"), allowPrivate: false });
    const tested = await here.ask("POST", `/api/staff/webhooks/${id}/test`);
    expect(tested.json()).toMatchObject({ state: "failed", status: null, failure: "address" });
    await here.ask("DELETE", `/api/staff/webhooks/${id}`);
  });
});

describe("for an editor of one collection", () => {
  test("only there, of what they may see, without this network; and no longer than they are one", async () => {
    const mine = await here.collection("an editor's");
    const { id: account, cookie } = await colleague(here, "editor", { collection: mine });
    const ask = (part: object) => here.ask("POST", "/api/staff/webhooks", { body: wanted(part), cookie });
    const kinds = ["rendition.suspended"];
    const refusals = [
      await ask({ kinds, allowPrivate: false, url: "https://example.org/" }),
      await ask({ collection: newId(), kinds, allowPrivate: false, url: "https://example.org/" }),
      await ask({ collection: mine, kinds }),
      await ask({ collection: mine, allowPrivate: false, url: "https://example.org/" }),
    ];
    expect(refusals.map((one) => one.statusCode)).toEqual([404, 404, 403, 403]);
    expect(refusals[3]?.json<{ detail: string }>().detail).toContain("request.opened");
    const theirs = await make(
      { collection: mine, kinds, allowPrivate: false, url: "https://example.org/" },
      cookie,
    );
    const owners = await make({ kinds });
    expect((await list(cookie)).webhooks.map((one) => one.id)).toEqual([theirs.id]);
    const shut = await here.ask("POST", `/api/staff/webhooks/${owners.id}/test`, { cookie });
    expect(shut.json()).toMatchObject({ detail: "there is nothing here" });
    // As it would be, had the owner allowed it: so that something is received here.
    const { db } = here.test.instance;
    await db
      .updateTable("webhook")
      .set({ allow_private: true, url: receiver.url })
      .where("id", "=", theirs.id)
      .execute();
    await here.ask("DELETE", `/api/staff/webhooks/${owners.id}`);
    await happens("rendition.suspended", mine);
    await happens("rendition.suspended", newId());
    await round();
    expect(receiver.received).toHaveLength(1);
    await here.ask("PUT", `/api/staff/accounts/${account}/role`, { body: { collection: mine, role: null } });
    await happens("rendition.suspended", mine);
    await round();
    expect(receiver.received).toHaveLength(1);
    expect((await list()).webhooks).toMatchObject([{ id: theirs.id, state: "off", offBecause: "maker" }]);
  });
});

describe("for a program", () => {
  test("by its key, once for each Idempotency-Key, of what the key may see, until the key ends", async () => {
    const collection = await here.collection("a program's");
    await colouredPhoto(here.test.instance, collection, 1);
    const { id: apiKey, key } = await makeKey(here, ["manage-webhooks", "read-renditions"], { collection });
    const ask = askWith(here, key);
    const body = { collection, url: "https://example.org/hook", kinds: ["rendition.suspended"] };
    const headers = { "idempotency-key": "first-of-them" };
    const made = await ask("POST", "/webhooks", { body, headers });
    expect(made.statusCode, made.body).toBe(200);
    const again = await ask("POST", "/webhooks", { body, headers });
    expect(again.json()).toEqual(made.json());
    const { id, secret } = made.json<WebhookMade>();
    for (const more of [{ kinds: ["import.finished"] }, { collection: null }, { allowPrivate: true }]) {
      const refused = await ask("POST", "/webhooks", { body: { ...body, ...more } });
      expect([400, 403, 404]).toContain(refused.statusCode);
    }
    expect((await ask("GET", "/webhooks")).json()).toMatchObject({ webhooks: [{ id }], next: null });
    expect((await ask("GET", `/webhooks/${id}`)).body).not.toContain(secret.slice(6));
    const secrets = { "idempotency-key": "a-new-secret" };
    const rotated = await ask("POST", `/webhooks/${id}/secret`, { headers: secrets });
    expect((await ask("POST", `/webhooks/${id}/secret`, { headers: secrets })).json()).toEqual(
      rotated.json(),
    );
    const { db } = here.test.instance;
    await db
      .updateTable("webhook")
      .set({ allow_private: true, url: receiver.url })
      .where("id", "=", id)
      .execute();
    expect((await ask("POST", `/webhooks/${id}/test`)).json()).toMatchObject({ state: "done" });
    await happens("rendition.suspended", collection);
    await happens("rendition.suspended", newId());
    await round();
    const { deliveries } = (await ask("GET", `/webhooks/${id}/deliveries?limit=1`)).json<{
      deliveries: { id: string }[];
    }>();
    expect(deliveries).toMatchObject([{ kind: "rendition.suspended", state: "done" }]);
    expect((await ask("POST", `/webhooks/${id}/deliveries/${deliveries[0]?.id ?? ""}`)).statusCode).toBe(204);
    await round();
    expect(receiver.received).toHaveLength(3);
    await here.ask("DELETE", `/api/staff/keys/${apiKey}`);
    await happens("rendition.suspended", collection);
    await round();
    expect(receiver.received).toHaveLength(3);
    expect((await list()).webhooks.find((one) => one.id === id)).toMatchObject({
      state: "off",
      offBecause: "maker",
    });
  });
});
