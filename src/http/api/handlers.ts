import type { FastifyRequest } from "fastify";
import type { HttpContext } from "../context.ts";
import { OPERATIONS, type Answer, type Asked, type OperationName } from "../contract/api.ts";
import type { StaffPlaces } from "../staff/index.ts";
import { collectionHandlers } from "./collection-handlers.ts";
import { lookHandlers } from "./look-handlers.ts";
import { peopleHandlers } from "./people-handlers.ts";
import { photoHandlers } from "./photo-handlers.ts";
import { webhookHandlers } from "./webhook-handlers.ts";

/** What does an operation: given what was asked, typed by the contract, and the request for whose it is. */
export type Handler<N extends OperationName> = (
  asked: Asked<(typeof OPERATIONS)[N]>,
  request: FastifyRequest,
) => Promise<Answer<(typeof OPERATIONS)[N]>>;

export type Handlers<N extends OperationName = OperationName> = { readonly [K in N]: Handler<K> };

/** One handler for each operation: the compiler sees that none is missing, and that each answers what the contract says. */
export function handlers(
  context: HttpContext,
  places: StaffPlaces,
): (name: OperationName, asked: never, request: FastifyRequest) => Promise<unknown> {
  const all: Handlers = {
    ...collectionHandlers(context),
    ...photoHandlers(context, places),
    ...peopleHandlers(context),
    ...lookHandlers(context, places),
    ...webhookHandlers(context, places),
  };
  return (name, asked, request) => all[name](asked, request);
}
