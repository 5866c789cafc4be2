export { giveUp, settleAttempt, takeDue, takeOne, toldBy, type InHand } from "./attempts.ts";
export {
  addDelivery,
  deliveriesOf,
  forgetOldDeliveries,
  messageId,
  planDeliveries,
  sendAgain,
  type Delivery,
  type MayHear,
} from "./deliveries.ts";
export {
  isHeard,
  noteEvent,
  noteImport,
  noteImportFailure,
  noteImportFinished,
  openImports,
} from "./events.ts";
export { EVENT_KINDS, EVENT_NEEDS } from "./kinds.ts";
export { createPost, type Post, type Posted, type Resolve } from "./post.ts";
export { signedHeaders } from "./secrets.ts";
export {
  addWebhook,
  forgetOldSecrets,
  listWebhooks,
  lockWebhook,
  removeWebhook,
  removeWebhooksOf,
  rotateSecret,
  secretsOf,
  switchOff,
  switchWebhook,
  webhookById,
  type Webhook,
  type WebhookOrder,
} from "./webhooks.ts";
