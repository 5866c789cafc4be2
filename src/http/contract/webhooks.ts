import { Type, type Static } from "typebox";

/** Other programs that are told of events: the same for staff, under `/api/staff`, and for programs, under `/api/v1`. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });

const EventKind = Type.Enum([
  "import.finished",
  "rendition.replaced",
  "rendition.suspended",
  "request.opened",
]);

export const Webhook = Type.Object({
  id: Id,
  collection: Type.Union([Id, Type.Null()], {
    description: "Of which alone it is told; null: of everything that whoever made it may know.",
  }),
  collectionName: Type.Union([Type.String(), Type.Null()]),
  url: Type.String(),
  kinds: Type.Array(EventKind),
  allowPrivate: Type.Boolean({ description: "Whether an owner allows addresses of this network." }),
  state: Type.Enum(["on", "off"]),
  offBecause: Type.Union([Type.Enum(["hand", "gone", "failing", "maker"]), Type.Null()], {
    description:
      "hand: somebody switched it off. gone: its server answered 410. failing: it took nothing for five days. maker: who made it may not any more.",
  }),
  offAt: Type.Union([Time, Type.Null()]),
  failingSince: Type.Union([Time, Type.Null()], {
    description: "Since when no message was taken; null: the last one was.",
  }),
  bothSecretsUntil: Type.Union([Time, Type.Null()]),
  madeBy: Type.String(),
  madeAt: Time,
});
export type Webhook = Static<typeof Webhook>;

/** GET /webhooks of staff. */
export const Webhooks = Type.Object({
  webhooks: Type.Array(Webhook),
  /** Whether whoever asks may allow addresses of this network. */
  mayAllowPrivate: Type.Boolean(),
});
export type Webhooks = Static<typeof Webhooks>;

const NEW = {
  collection: Type.Union([Id, Type.Null()], {
    description: "To be told of one collection alone; null: of all.",
  }),
  url: Type.String({ maxLength: 2000, description: "Begins with https://." }),
  kinds: Type.Array(EventKind, { minItems: 1, maxItems: 10 }),
} as const;
/** As a program makes one. */
export const NewWebhook = Type.Object(NEW);
/** POST /webhooks of staff; only an owner may allow addresses of this network. */
export const MakeWebhook = Type.Object({ ...NEW, allowPrivate: Type.Boolean() });
export type MakeWebhook = Static<typeof MakeWebhook>;

const SECRET = Type.String({
  description: "By which messages are signed: whsec_ and base64. Shown here once.",
});
export const WebhookMade = Type.Object({ id: Id, secret: SECRET });
export type WebhookMade = Static<typeof WebhookMade>;

/** POST /webhooks/:webhook/secret */
export const WebhookSecret = Type.Object({ secret: SECRET, bothUntil: Time });
export type WebhookSecret = Static<typeof WebhookSecret>;

/** PUT /webhooks/:webhook/state */
export const SwitchWebhook = Type.Object({ on: Type.Boolean() });

export const WebhookDelivery = Type.Object({
  id: Id,
  message: Type.String({ description: "As the receiver reads it in webhook-id." }),
  kind: Type.Enum(["import.finished", "rendition.replaced", "rendition.suspended", "request.opened", "test"]),
  state: Type.Enum(["due", "done", "failed"]),
  attempts: Type.Integer(),
  madeAt: Time,
  triedAt: Type.Union([Time, Type.Null()]),
  nextAt: Type.Union([Time, Type.Null()]),
  status: Type.Union([Type.Integer(), Type.Null()], {
    description: "Of the last answer; null: there was none.",
  }),
  failure: Type.Union([Type.Enum(["address", "name", "connection", "certificate", "time"]), Type.Null()], {
    description:
      "Why there was none: an address that may not be asked, a name that leads nowhere, a connection or certificate that is refused, ten seconds without an answer.",
  }),
  milliseconds: Type.Union([Type.Integer(), Type.Null()]),
});
export type WebhookDelivery = Static<typeof WebhookDelivery>;

/** GET /webhooks/:webhook/deliveries?before= of staff: newest first. */
export const WebhookDeliveries = Type.Object({
  deliveries: Type.Array(WebhookDelivery),
  more: Type.Boolean(),
});
export type WebhookDeliveries = Static<typeof WebhookDeliveries>;
