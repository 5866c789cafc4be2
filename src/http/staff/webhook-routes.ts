import { Type } from "@fastify/type-provider-typebox";
import {
  addWebhook,
  removeWebhook,
  rotateWebhookSecret,
  sendWebhookAgain,
  switchWebhook,
  testWebhook,
} from "../../flows/index.ts";
import { deliveriesOf, listWebhooks, webhookById, type Post } from "../../webhooks/index.ts";
import type { App, HttpContext } from "../context.ts";
import {
  MakeWebhook,
  SwitchWebhook,
  WebhookDeliveries,
  WebhookDelivery,
  WebhookMade,
  Webhooks,
  WebhookSecret,
} from "../contract/webhooks.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, mayDo, mayHere, needs } from "../access.ts";
import { asDelivery, asWebhook, webhookOrder } from "./told-programs.ts";

const OfWebhook = Type.Object({ webhook: Type.String({ format: "uuid" }) });
const OfDelivery = Type.Object({ ...OfWebhook.properties, delivery: Type.String({ format: "uuid" }) });
const Before = Type.Object({ before: Type.Optional(Type.String({ format: "uuid" })) });
const PAGE = 50;

/** Other programs that are told of events: for owners, and for editors in what they may see. */
export function webhookRoutes(
  app: App,
  { parts }: Pick<HttpContext, "parts">,
  { post }: { post: Post },
): void {
  const one = needs("manage-webhooks", "webhook");
  const some = needs("manage-webhooks", "some");
  const done = { "2xx": Type.Null(), ...PROBLEMS };

  app.get(
    "/api/staff/webhooks",
    { config: some, schema: { response: { "2xx": Webhooks, ...PROBLEMS } } },
    async (request) => ({
      webhooks: (await listWebhooks(parts.db))
        .filter((each) => mayHere(request, each.collection?.id ?? null))
        .map(asWebhook),
      mayAllowPrivate: mayDo(request, "manage-instance", null),
    }),
  );

  app.post(
    "/api/staff/webhooks",
    { config: some, schema: { body: MakeWebhook, response: { "2xx": WebhookMade, ...PROBLEMS } } },
    async (request) => addWebhook(parts, webhookOrder(request, request.body)),
  );

  app.delete(
    "/api/staff/webhooks/:webhook",
    { config: one, schema: { params: OfWebhook, response: done } },
    async (request, reply) => {
      await removeWebhook(parts, { ...request.params, actor: actorOf(request) });
      return reply.code(204).send(null);
    },
  );

  app.put(
    "/api/staff/webhooks/:webhook/state",
    { config: one, schema: { params: OfWebhook, body: SwitchWebhook, response: done } },
    async (request, reply) => {
      await switchWebhook(parts, { ...request.params, ...request.body, actor: actorOf(request) });
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/staff/webhooks/:webhook/secret",
    { config: one, schema: { params: OfWebhook, response: { "2xx": WebhookSecret, ...PROBLEMS } } },
    async (request) => {
      const made = await rotateWebhookSecret(parts, { ...request.params, actor: actorOf(request) });
      return { secret: made.secret, bothUntil: made.bothUntil.toISOString() };
    },
  );

  app.post(
    "/api/staff/webhooks/:webhook/test",
    { config: one, schema: { params: OfWebhook, response: { "2xx": WebhookDelivery, ...PROBLEMS } } },
    async (request) => asDelivery(await testWebhook(parts, request.params, post)),
  );

  app.get(
    "/api/staff/webhooks/:webhook/deliveries",
    {
      config: one,
      schema: { params: OfWebhook, querystring: Before, response: { "2xx": WebhookDeliveries, ...PROBLEMS } },
    },
    async (request) => {
      await webhookById(parts.db, request.params.webhook);
      const page = { ...request.params, ...request.query, limit: PAGE + 1 };
      const found = await deliveriesOf(parts.db, page);
      return { deliveries: found.slice(0, PAGE).map(asDelivery), more: found.length > PAGE };
    },
  );

  app.post(
    "/api/staff/webhooks/:webhook/deliveries/:delivery",
    { config: one, schema: { params: OfDelivery, response: done } },
    async (request, reply) => {
      await sendWebhookAgain(parts, request.params);
      return reply.code(204).send(null);
    },
  );
}
