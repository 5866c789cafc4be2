import { COLLECTION_OPERATIONS } from "./collection-operations.ts";
import { PEOPLE_OPERATIONS } from "./people-operations.ts";
import { WEBHOOK_OPERATIONS } from "./webhook-operations.ts";

export type { Answer, Asked, Operation } from "./operation.ts";

/**
 * The interface for other programs, under `/api/v1`: one table of operations, from which come the server's routes, the OpenAPI
 * document (docs/openapi.json) and the client (client/).
 */

/** Before every operation's path. */
export const BASE = "/api/v1";

export const OPERATIONS = { ...COLLECTION_OPERATIONS, ...PEOPLE_OPERATIONS, ...WEBHOOK_OPERATIONS } as const;

export type OperationName = keyof typeof OPERATIONS;
