import type { TSchema } from "typebox";
import { BASE, OPERATIONS, type Operation } from "../contract/api.ts";
import * as shapes from "../contract/api-shapes.ts";
import { Problem } from "../contract/problem.ts";
import { NewWebhook, Webhook, WebhookDelivery, WebhookMade, WebhookSecret } from "../contract/webhooks.ts";
import { headersOf } from "./repeat.ts";

/** JSON Schema as it is printed. */
export type Schema = { readonly [key: string]: unknown };

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface OpenApi {
  readonly openapi: "3.1.1";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Schema>>;
  };
}

const DESCRIPTION = [
  "What other programs of the controller's can ask of this instance, with a key that an owner makes.",
  "A list is answered by pages: give `next` as `cursor` for the following one. A GET says an `etag`; repeat it with `if-none-match` to",
  "be answered 304 where nothing has changed. What is not there, and what the key may not see, are answered alike. No operation",
  "consents, enrols, tags, settles or publishes: that is for people to do.",
].join(" ");

const SHAPES = { ...shapes, NewWebhook, Webhook, WebhookDelivery, WebhookMade, WebhookSecret };
/** Of addresses: their parts are parameters. */
const OF_ADDRESSES: ReadonlySet<string> = new Set(["Page", "InCollection", "Upload"]);

/** Shapes that are named in the document, where they are met whole. */
const NAMED = new Map<unknown, string>([
  ...Object.entries(SHAPES).flatMap(([name, shape]): [unknown, string][] =>
    "properties" in shape && !OF_ADDRESSES.has(name) ? [[shape, name]] : [],
  ),
  [Problem, "Problem"],
]);

/** The OpenAPI document of the contract: the same operations from which the routes are made. */
export function openApi(): OpenApi {
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const [name, operation] of Object.entries(OPERATIONS) as [string, Operation][]) {
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = documented(name, operation);
  }
  const named = [...NAMED].map(([shape, name]) => [name, plain(shape, false) as Schema] as const);
  return {
    openapi: "3.1.1",
    info: { title: "Assent", version: "1", description: DESCRIPTION },
    servers: [{ url: BASE }],
    security: [{ key: [] }],
    tags: [...new Set(Object.values(OPERATIONS).map((one) => one.about))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "A key that an owner made at /staff/keys." },
      },
    },
  };
}

function documented(name: string, operation: Operation): DocumentedOperation {
  const { says, about, scope, params, query, body, answer, method, file } = operation;
  const parameters = [
    ...parametersOf("path", params),
    ...parametersOf("query", query),
    ...parametersOf("header", headersOf(operation)),
  ];
  return {
    operationId: name,
    summary: says,
    description: scope === null ? "Any key." : `Takes the scope \`${scope}\`.`,
    tags: [about],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: contentOf(body) } } : {}),
    // Bytes are described by their media type alone (OpenAPI 3.1, "Considerations for File Uploads").
    ...(file
      ? { requestBody: { required: true, content: { "application/octet-stream": { schema: {} } } } }
      : {}),
    responses: {
      ...(answer === null
        ? { "204": { description: "Done." } }
        : { "200": { description: "What was asked for.", content: contentOf(answer) } }),
      ...(method === "GET"
        ? { "304": { description: "Unchanged since the `etag` that `if-none-match` names." } }
        : {}),
      "4XX": { description: "Not done, and why.", content: problem() },
      "5XX": { description: "Not done; it may be tried again later.", content: problem() },
    },
  };
}

function contentOf(answer: TSchema | "image/jpeg"): Content {
  return typeof answer === "string"
    ? { [answer]: { schema: {} } }
    : { "application/json": { schema: plain(answer, true) as Schema } };
}

function problem(): Content {
  return { "application/problem+json": { schema: plain(Problem, true) as Schema } };
}

function parametersOf(where: Parameter["in"], schema: TSchema | undefined): readonly Parameter[] {
  if (schema === undefined) return [];
  const { properties, required = [] } = schema as {
    readonly properties: Readonly<Record<string, TSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, shape]) => {
    const { description, ...rest } = plain(shape, true) as Schema;
    return {
      name,
      in: where,
      required: required.includes(name),
      ...(typeof description === "string" ? { description } : {}),
      schema: rest,
    };
  });
}

/** A shape as JSON: what TypeBox keeps for itself is left out, and what has a name is referred to. */
function plain(shape: unknown, byName: boolean): unknown {
  if (Array.isArray(shape)) return shape.map((one) => plain(one, true));
  if (typeof shape !== "object" || shape === null) return shape;
  const name = byName ? NAMED.get(shape) : undefined;
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  return Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, plain(value, true)]));
}
