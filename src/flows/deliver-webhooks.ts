import { AssentError, toPlainError, type Id } from "../core/index.ts";
import { inTransaction, type EventKind } from "../db/index.ts";
import {
  forgetOldDeliveries,
  forgetOldSecrets,
  giveUp,
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
  toldBy,
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
 * those are begun; `onTheirWay` holds them until they are settled. Truth is in the tables: a round may be run at any time, by any process, and
 * a crash anywhere costs at most a message that comes twice.
 */
async function webhookRound(
  parts: DeliveryParts,
  options: DeliverOptions,
  onTheirWay: Set<Promise<void>>,
): Promise<number> {
  await noteFinishedImports(parts);
  if (await hasEvents(parts)) await planAll(parts, options);
  const due = await inTransaction(parts.db, (trx) => takeDue(trx, parts.clock));
  for (const inHand of due) {
    const sending = deliver(parts, inHand, options)
      .catch((error: unknown) => options.onError?.(toPlainError(error).message))
      .finally(() => onTheirWay.delete(sending));
    onTheirWay.add(sending);
  }
  return due.length;
}

/** Rounds until nothing is due now. */
export async function deliverWebhooks(parts: DeliveryParts, options: DeliverOptions): Promise<void> {
  const onTheirWay = new Set<Promise<void>>();
  while ((await webhookRound(parts, options, onTheirWay)) > 0) await Promise.all(onTheirWay);
}

/** Suspended pictures are to leave other pages within seconds. */
const ROUND_EVERY_MS = 1000;
const TIDY_EVERY_MS = 3_600_000;

/** Keeps delivering until it is stopped; what is on its way then is waited for. */
export function keepWebhooksDelivered(
  parts: DeliveryParts,
  options: DeliverOptions,
): { stop(): Promise<void> } {
  const onTheirWay = new Set<Promise<void>>();
  let running = Promise.resolve();
  let waiting = false;
  let tidied = 0;
  const round = async (): Promise<void> => {
    waiting = false;
    await webhookRound(parts, options, onTheirWay);
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
      await Promise.all(onTheirWay);
    },
  };
}

async function hasEvents({ db }: Pick<Parts, "db">): Promise<boolean> {
  return (await db.selectFrom("webhook_event").select("id").limit(1).executeTakeFirst()) !== undefined;
}

/** Asks again whose webhooks are on where one was added, or switched on, on the way: no event of theirs is lost. */
async function planAll(parts: DeliveryParts, options: DeliverOptions): Promise<void> {
  let planned: number | "unknown";
  do {
    const mayHear = await hearers(parts, options);
    do planned = await inTransaction(parts.db, (trx) => planDeliveries(trx, mayHear, parts.clock));
    while (planned !== "unknown" && planned > 0);
  } while (planned === "unknown");
}

/** What each webhook may be told of now; one whose maker is not there any more is switched off. */
async function hearers(parts: DeliveryParts, { heardBy }: DeliverOptions): Promise<MayHear> {
  const heard = new Map<Id, (kind: EventKind, collection: Id | null) => boolean>();
  for (const webhook of await listWebhooks(parts.db)) {
    if (webhook.state === "off") continue;
    const may = await heardBy(webhook);
    if (may) heard.set(webhook.id, may);
    else await endOf(parts, webhook.id);
  }
  return ({ id }) => heard.get(id);
}

/** Switches off a webhook whose maker is not there any more, unless it was removed meanwhile. */
async function endOf({ db, clock }: DeliveryParts, webhook: Id): Promise<void> {
  try {
    await inTransaction(db, async (trx) =>
      switchOff(trx, await lockWebhook(trx, webhook), "maker", null, clock),
    );
  } catch (error) {
    if (!(error instanceof AssentError && error.code === "not-found")) throw error;
  }
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
  if (!(await mayBeTold(parts, inHand, options))) return;
  const posted = await attempt(parts, inHand, options.post);
  const settled = await inTransaction(db, (trx) => settleAttempt(trx, inHand, posted, clock));
  if (settled !== "switched-off") return;
  const [webhook] = await listWebhooks(db, inHand.webhook.id);
  if (webhook) await options.onOff?.(webhook);
}

/** Asked before each attempt: a message may have waited for days, and its webhook's maker have left. What they may not know is given up. */
async function mayBeTold(
  parts: DeliveryParts,
  inHand: InHand,
  { heardBy }: DeliverOptions,
): Promise<boolean> {
  const [webhook] = await listWebhooks(parts.db, inHand.webhook.id);
  if (!webhook) return false;
  const may = webhook.state === "off" ? null : await heardBy(webhook);
  const told = toldBy(inHand);
  if (may && (told === null || may(told.kind, told.collection))) return true;
  await inTransaction(parts.db, (trx) => giveUp(trx, inHand));
  if (!may) await endOf(parts, webhook.id);
  return false;
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
