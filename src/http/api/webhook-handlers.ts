import {
  addWebhook,
  removeWebhook,
  rotateWebhookSecret,
  sendWebhookAgain,
  testWebhook,
} from "../../flows/index.ts";
import { deliveriesOf, listWebhooks, webhookById } from "../../webhooks/index.ts";
import type { HttpContext } from "../context.ts";
import { actorOf, mayHere } from "../access.ts";
import type { StaffPlaces } from "../staff/index.ts";
import { asDelivery, asWebhook, webhookOrder } from "../staff/told-programs.ts";
import type { Handlers } from "./handlers.ts";
import { idAfter, limitOf, pageBy, pageIn } from "./pages.ts";
import { once } from "./repeat.ts";

type Here =
  | "listWebhooks"
  | "createWebhook"
  | "getWebhook"
  | "deleteWebhook"
  | "rotateWebhookSecret"
  | "testWebhook"
  | "listWebhookDeliveries"
  | "sendWebhookAgain";

/** Programs that are told of events, made by programs: as by staff, but for addresses of this network, which a human allows. */
export function webhookHandlers(context: HttpContext, { post }: Pick<StaffPlaces, "post">): Handlers<Here> {
  const { parts } = context;
  return {
    async listWebhooks({ query }, request) {
      const all = (await listWebhooks(parts.db)).filter((one) =>
        mayHere(request, one.collection?.id ?? null),
      );
      const { items, next } = pageIn(query, all, (one) => one.id);
      return { webhooks: items.map(asWebhook), next };
    },
    createWebhook: ({ body }, request) =>
      once(context, request, (keep) =>
        addWebhook(parts, webhookOrder(request, { ...body, allowPrivate: false }), keep),
      ),
    async getWebhook({ params }) {
      return asWebhook(await webhookById(parts.db, params.webhook));
    },
    async deleteWebhook({ params }, request) {
      await removeWebhook(parts, { ...params, actor: actorOf(request) });
      return null;
    },
    rotateWebhookSecret: ({ params }, request) =>
      once(context, request, async (keep) => {
        const answerOf = ({ secret, bothUntil }: { readonly secret: string; readonly bothUntil: Date }) => ({
          secret,
          bothUntil: bothUntil.toISOString(),
        });
        const order = { ...params, actor: actorOf(request) };
        return answerOf(await rotateWebhookSecret(parts, order, (trx, made) => keep(trx, answerOf(made))));
      }),
    async testWebhook({ params }) {
      return asDelivery(await testWebhook(parts, params, post));
    },
    async listWebhookDeliveries({ params, query }) {
      await webhookById(parts.db, params.webhook);
      const page = { ...params, before: idAfter(query), limit: limitOf(query) + 1 };
      const { items, next } = pageBy(query, await deliveriesOf(parts.db, page), (one) => one.id);
      return { deliveries: items.map(asDelivery), next };
    },
    async sendWebhookAgain({ params }) {
      await sendWebhookAgain(parts, params);
      return null;
    },
  };
}
