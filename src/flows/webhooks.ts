import { checkLooker } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import {
  addDelivery,
  addWebhook as add,
  deliveriesOf,
  lockWebhook,
  removeWebhook as remove,
  rotateSecret as rotate,
  sendAgain,
  settleAttempt,
  switchWebhook as switchIt,
  takeOne,
  type Delivery,
  type Post,
  type WebhookOrder,
} from "../webhooks/index.ts";
import { attempt } from "./deliver-webhooks.ts";
import type { Parts } from "./instance.ts";

export interface MadeWebhook {
  readonly id: Id;
  /** Shown here once: it is kept sealed. */
  readonly secret: string;
}

/**
 * Lets another program be told of events. `along` writes what goes with it in the same transaction. Errors: `bad-input`; `not-found` for a
 * collection that is not there; `refused` beyond the most there may be.
 */
export async function addWebhook(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: WebhookOrder,
  along?: (trx: Trx, made: MadeWebhook) => Promise<void>,
): Promise<MadeWebhook> {
  checkLooker({ actor: order.by.name, reason: "webhook" });
  return inTransaction(parts.db, async (trx) => {
    const made = await add(trx, parts.keys, order, parts.clock);
    await along?.(trx, made);
    return made;
  });
}

/**
 * Ends a webhook, with what it still had to be told. The restriction journal has it before the commit, so that no restore sends anything
 * there again. Errors: `not-found`.
 */
export async function removeWebhook(
  { db, journal, clock }: Pick<Parts, "db" | "journal" | "clock">,
  order: { readonly webhook: Id; readonly actor: string },
): Promise<void> {
  await inTransaction(db, async (trx) => {
    await lockWebhook(trx, order.webhook);
    await remove(trx, order.webhook, order.actor, clock);
    await journal.append([{ event: "revoked", subject: order.webhook }], clock.now());
  });
}

export interface NewSecret {
  /** Shown here once. */
  readonly secret: string;
  /** Until then messages are signed with the one before as well. */
  readonly bothUntil: Date;
}

/** A new secret; for a day messages are signed with both. `along` as in `addWebhook`. Errors: `not-found`. */
export async function rotateWebhookSecret(
  { db, keys, clock }: Pick<Parts, "db" | "keys" | "clock">,
  order: { readonly webhook: Id; readonly actor: string },
  along?: (trx: Trx, made: NewSecret) => Promise<void>,
): Promise<NewSecret> {
  return inTransaction(db, async (trx) => {
    const made = await rotate(trx, keys, order, clock);
    await along?.(trx, made);
    return made;
  });
}

/** On again, or off. Errors: `not-found`. */
export async function switchWebhook(
  { db, clock }: Pick<Parts, "db" | "clock">,
  order: { readonly webhook: Id; readonly on: boolean; readonly actor: string },
): Promise<void> {
  await inTransaction(db, (trx) => switchIt(trx, order, clock));
}

/**
 * Sends a message that says nothing but that it is a test, at once and once, also to a webhook that is off, and says how it went.
 * Errors: `not-found`.
 */
export async function testWebhook(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: { readonly webhook: Id },
  post: Post,
): Promise<Delivery> {
  const { db, clock } = parts;
  const inHand = await inTransaction(db, async (trx) => {
    const { id } = await lockWebhook(trx, order.webhook);
    const message = { kind: "test", at: clock.now(), data: { webhook: id } } as const;
    return takeOne(trx, await addDelivery(trx, id, message, clock), clock);
  });
  const posted = await attempt(parts, inHand, post);
  await inTransaction(db, (trx) => settleAttempt(trx, inHand, posted, clock));
  const [delivery] = await deliveriesOf(db, { ...order, only: inHand.delivery.id, limit: 1 });
  if (delivery) return delivery;
  throw new AssentError("not-found", "the webhook was removed while the message was on its way");
}

/** Makes a message due again; the next round sends it. Errors: `not-found`; `refused` while the webhook is off. */
export async function sendWebhookAgain(
  { db, clock }: Pick<Parts, "db" | "clock">,
  order: { readonly webhook: Id; readonly delivery: Id },
): Promise<void> {
  await inTransaction(db, (trx) => sendAgain(trx, order, clock));
}
