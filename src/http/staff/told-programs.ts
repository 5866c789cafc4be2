import type { FastifyRequest } from "fastify";
import { may, rightsNow } from "../../accounts/index.ts";
import { AssentError, type Id } from "../../core/index.ts";
import type { DeliverOptions, Parts } from "../../flows/index.ts";
import {
  EVENT_NEEDS,
  messageId,
  type Delivery,
  type Webhook,
  type WebhookOrder,
} from "../../webhooks/index.ts";
import type { MakeWebhook, Webhook as ListedWebhook, WebhookDelivery } from "../contract/webhooks.ts";
import { actorOf, mayDo, nothingHere } from "../access.ts";

/** What is the same of webhooks for staff's routes and for programs'. */

/**
 * A webhook as it was asked for, where whoever asks may make it: nobody has a program told what they may not know themselves.
 * Errors: `not-found` where they may make none there; `refused` for a kind of events, or for addresses, beyond them.
 */
export function webhookOrder(request: FastifyRequest, wanted: MakeWebhook): WebhookOrder {
  const { collection, kinds, allowPrivate } = wanted;
  if (!mayDo(request, "manage-webhooks", collection)) throw nothingHere();
  for (const kind of kinds) {
    if (mayDo(request, EVENT_NEEDS[kind], collection)) continue;
    throw new AssentError("refused", `${kind} tells what you may not see there yourself`, {
      remedy: `It takes ${EVENT_NEEDS[kind]}. Ask an owner to make the webhook.`,
    });
  }
  if (allowPrivate && !mayDo(request, "manage-instance", null)) {
    throw new AssentError("refused", "only an owner allows addresses of this network");
  }
  const apiKey = request.apiKey?.id ?? null;
  const account = request.staff?.id ?? null;
  return { ...wanted, by: { account, apiKey, name: actorOf(request) } };
}

/** What whoever made a webhook may know now, and no more; null once they may have nothing told there any more. */
export async function heardByMaker(
  { db, clock }: Pick<Parts, "db" | "clock">,
  webhook: Webhook,
): ReturnType<DeliverOptions["heardBy"]> {
  const rights = await rightsNow(db, webhook, clock);
  if (rights === "operator") return () => true;
  if (rights === null || !may(rights, "manage-webhooks", webhook.collection?.id ?? null)) return null;
  return (kind, collection) => may(rights, EVENT_NEEDS[kind], collection);
}

export function asWebhook({ account: _, apiKey: __, collection, ...one }: Webhook): ListedWebhook {
  return {
    ...one,
    collection: collection?.id ?? null,
    collectionName: collection?.name ?? null,
    kinds: [...one.kinds],
    offAt: one.offAt?.toISOString() ?? null,
    failingSince: one.failingSince?.toISOString() ?? null,
    bothSecretsUntil: one.bothSecretsUntil?.toISOString() ?? null,
    madeAt: one.madeAt.toISOString(),
  };
}

export function asDelivery(one: Delivery): WebhookDelivery & { readonly id: Id } {
  return {
    ...one,
    message: messageId(one.id),
    madeAt: one.madeAt.toISOString(),
    triedAt: one.triedAt?.toISOString() ?? null,
    nextAt: one.nextAt?.toISOString() ?? null,
  };
}
