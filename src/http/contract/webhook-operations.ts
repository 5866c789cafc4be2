import { Type } from "typebox";
import { Id, NEXT, Page } from "./api-shapes.ts";
import type { Operation } from "./operation.ts";
import { NewWebhook, Webhook, WebhookDelivery, WebhookMade, WebhookSecret } from "./webhooks.ts";

const OfWebhook = Type.Object({ webhook: Id });

/** What other programs are told of. */
export const WEBHOOK_OPERATIONS = {
  listWebhooks: {
    method: "GET",
    path: "/webhooks",
    says: "Where programs are told of events.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "some",
    query: Page,
    answer: Type.Object({ webhooks: Type.Array(Webhook), ...NEXT }),
  },
  createWebhook: {
    method: "POST",
    path: "/webhooks",
    says: "Have a program told of events. It is told no more than the key may see, for as long as the key is good; the secret is in this answer alone.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "some",
    body: NewWebhook,
    answer: WebhookMade,
    repeats: true,
  },
  getWebhook: {
    method: "GET",
    path: "/webhooks/{webhook}",
    says: "One webhook, without its secret.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: OfWebhook,
    answer: Webhook,
  },
  deleteWebhook: {
    method: "DELETE",
    path: "/webhooks/{webhook}",
    says: "End a webhook, with what it still had to be told.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: OfWebhook,
    answer: null,
  },
  rotateWebhookSecret: {
    method: "POST",
    path: "/webhooks/{webhook}/secret",
    says: "A new secret. For a day messages are signed with the one before as well.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: OfWebhook,
    answer: WebhookSecret,
    repeats: true,
  },
  testWebhook: {
    method: "POST",
    path: "/webhooks/{webhook}/test",
    says: "Send a message of the kind `test` at once, and be answered how it went.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: OfWebhook,
    answer: WebhookDelivery,
  },
  listWebhookDeliveries: {
    method: "GET",
    path: "/webhooks/{webhook}/deliveries",
    says: "Messages of the last 30 days, newest first, and how their last attempt went.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: OfWebhook,
    query: Page,
    answer: Type.Object({ deliveries: Type.Array(WebhookDelivery), ...NEXT }),
  },
  sendWebhookAgain: {
    method: "POST",
    path: "/webhooks/{webhook}/deliveries/{delivery}",
    says: "Send a message once more, with its id, whatever became of it.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: Type.Object({ webhook: Id, delivery: Id }),
    answer: null,
  },
} as const satisfies Readonly<Record<string, Operation>>;
