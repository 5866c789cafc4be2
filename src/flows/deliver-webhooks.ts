import { toPlainError, type Id } from "../core/index.ts";
import { inTransaction, type EventKind } from "../db/index.ts";
import {
  forgetOldDeliveries,
  forgetOldSecrets,
  listWebhooks,
  lockWebhook,
  messageId,
  noteImportFinished,
  openImports,
  planDeliveries,
  secretsOf,
  settleAttempt,
  signedHeaders,
  switchOff,
  takeDue,
  type InHand,
  type MayHear,
  type Post,
  type Posted,
  type Webhook,
} from "../webhooks/index.ts";
import { unlessImporting } from "./import.ts";
import type { Parts } from "./instance.ts";

type DeliveryParts = Pick<Parts, "db" | "keys" | "clock">;

export interface DeliverOptions {
  readonly post: Post;
  /** What whoever made the webhook may be told of now; null: nothing any more, since they are not there. */
  readonly heardBy: (
    webhook: Webhook,
  ) => Promise<((kind: EventKind, collection: Id | null) => boolean) | null>;
  /** Told once of each that is switched off because its receiver took nothing for days, or said that it is gone. */
  readonly onOff?: (webhook: Webhook) => Promise<void>;
  readonly onError?: (message: string) => void;
}

/** Photos that come one after the other are one import, unless nothing comes for so long. */
const QUIET_MS = 15_000;

/**
 * One round: what happened becomes messages, and what is due is on its way, one message to each receiver at a time. Resolves once
 * `started` are; what they come to is settled by `whenIdle`. Truth is in the tables: a round may be run at any time, by any process, and
 * a crash anywhere costs at most a message that comes twice.
 */
async function webhookRound(
  parts: DeliveryParts,
  options: DeliverOptions,
  busy: Map<Id, Promise<void>> = new Map(),
): Promise<number> {
  const { db, clock } = parts;
  await noteFinishedImports(parts);
  if (await hasEvents(parts)) {
    const mayHear = await hearers(parts, options);
    while ((await inTransaction(db, (trx) => planDeliveries(trx, mayHear, clock))) > 0);
  }
  const due = await inTransaction(db, (trx) => takeDue(trx, { not: [...busy.keys()] }, clock));
  for (const inHand of due) {
    const { id } = inHand.webhook;
    const sending = deliver(parts, inHand, options)
      .catch((error: unknown) => options.onError?.(toPlainError(error).message))
      .finally(() => busy.delete(id));
    busy.set(id, sending);
  }
  return due.length;
}

/** Rounds until nothing is due now. */
export async function deliverWebhooks(parts: DeliveryParts, options: DeliverOptions): Promise<void> {
  const busy = new Map<Id, Promise<void>>();
  while ((await webhookRound(parts, options, busy)) > 0) await Promise.all(busy.values());
}

/** Suspended pictures are to leave other pages within seconds. */
const ROUND_EVERY_MS = 1000;
const TIDY_EVERY_MS = 3_600_000;

/** Keeps delivering until it is stopped; what is on its way then is waited for. */
export function keepWebhooksDelivered(
  parts: DeliveryParts,
  options: DeliverOptions,
): { stop(): Promise<void> } {
  const busy = new Map<Id, Promise<void>>();
  let running = Promise.resolve();
  let waiting = false;
  let tidied = 0;
  const round = async (): Promise<void> => {
    waiting = false;
    await webhookRound(parts, options, busy);
    if (Date.now() - tidied < TIDY_EVERY_MS) return;
    tidied = Date.now();
    await forgetOldDeliveries(parts.db, parts.clock);
    await forgetOldSecrets(parts.db, parts.clock);
  };
  const timer = setInterval(() => {
    if (waiting) return;
    waiting = true;
    running = running.then(round).catch((error: unknown) => options.onError?.(toPlainError(error).message));
  }, ROUND_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await running;
      await Promise.all(busy.values());
    },
  };
}

async function hasEvents({ db }: Pick<Parts, "db">): Promise<boolean> {
  return (await db.selectFrom("webhook_event").select("id").limit(1).executeTakeFirst()) !== undefined;
}

/** What each webhook may be told of now; one whose maker is not there any more is switched off. */
async function hearers(parts: Pick<Parts, "db" | "clock">, { heardBy }: DeliverOptions): Promise<MayHear> {
  const heard = new Map<Id, (kind: EventKind, collection: Id | null) => boolean>();
  for (const webhook of await listWebhooks(parts.db)) {
    if (webhook.state === "off") continue;
    const may = await heardBy(webhook);
    if (may) heard.set(webhook.id, may);
    else {
      await inTransaction(parts.db, async (trx) =>
        switchOff(trx, await lockWebhook(trx, webhook.id), "maker", null, parts.clock),
      );
    }
  }
  return ({ id }, kind, collection) => heard.get(id)?.(kind, collection) ?? false;
}

/** The ends of imports: all is looked through, nothing has come for a while, and no process is at it. */
async function noteFinishedImports({ db, clock }: Pick<Parts, "db" | "clock">): Promise<void> {
  for (const { collection, lastAt, pending } of await openImports(db)) {
    if (pending || clock.now().getTime() - lastAt.getTime() < QUIET_MS) continue;
    await unlessImporting(db, collection, () =>
      inTransaction(db, (trx) => noteImportFinished(trx, collection, clock)),
    );
  }
}

async function deliver(parts: DeliveryParts, inHand: InHand, options: DeliverOptions): Promise<void> {
  const { db, clock } = parts;
  const posted = await attempt(parts, inHand, options.post);
  const settled = await inTransaction(db, (trx) => settleAttempt(trx, inHand, posted, clock));
  if (settled !== "switched-off") return;
  const [webhook] = await listWebhooks(db, inHand.webhook.id);
  if (webhook) await options.onOff?.(webhook);
}

/** Sends a message that is in hand once, signed with the secrets of this moment. */
export async function attempt(
  { keys, clock }: Pick<Parts, "keys" | "clock">,
  { delivery, webhook }: InHand,
  post: Post,
): Promise<Posted> {
  const { body } = delivery;
  const message = { id: messageId(delivery.id), at: clock.now(), body };
  const secrets = await secretsOf(keys, webhook, clock);
  const headers = signedHeaders(secrets, message);
  return post({ url: webhook.url, headers, body, allowPrivate: webhook.allow_private });
}
