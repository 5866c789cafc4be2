import type { TSchema } from "@fastify/type-provider-typebox";
import type { FastifySchemaCompiler, RouteOptions } from "fastify";
import { Compile } from "typebox/compile";
import { AssentError } from "../core/index.ts";

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null;

/**
 * Checks what comes in by its schema as it is: nothing is converted (the type provider's own compiler converts what comes in
 * addresses), and a field that the schema does not name is refused, where JSON Schema by itself would let it pass.
 */
export const strictValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  // Browsers send headers of their own, so that these alone are not closed.
  const check = Compile(httpPart === "headers" ? schema : (closed(schema) as TSchema));
  return (value: unknown) => {
    if (check.Check(value)) return { value };
    const [first] = check.Errors(value);
    return {
      error: [
        {
          keyword: first?.keyword ?? "type",
          instancePath: first?.instancePath ?? "",
          schemaPath: first?.schemaPath ?? "",
          params: {},
          message: "has the wrong form",
        },
      ],
    };
  };
};

/** A schema whose objects take no unknown fields, unless they say that they do. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isSchema(schema)) return schema;
  const copy: Record<PropertyKey, unknown> = {};
  // TypeBox keeps what kind a schema is, and which properties are optional, in properties that are not enumerable.
  Object.defineProperties(copy, Object.getOwnPropertyDescriptors(schema));
  for (const key of ["properties", "patternProperties"]) {
    const inner = schema[key];
    if (isSchema(inner)) {
      set(copy, key, Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, closed(one)])));
    }
  }
  for (const key of ["items", "anyOf", "oneOf"]) if (key in schema) set(copy, key, closed(schema[key]));
  if (schema["type"] === "object" && !("additionalProperties" in schema)) {
    set(copy, "additionalProperties", false);
  }
  return copy;
}

function set(target: Record<PropertyKey, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * Refuses a route without a schema for each kind of answer: a schema lets out what it names and nothing else, and only for
 * the statuses that it is declared for, so that one missing entry would let a whole row of a table out.
 * Errors: `internal`, at the start, naming the route.
 */
export function requireResponseSchemas(route: RouteOptions): void {
  const response: unknown = route.schema?.response;
  const name = `${String(route.method)} ${route.url}`;
  const refuse = (what: string): never => {
    throw new AssentError("internal", `${name} ${what}`);
  };
  if (!isSchema(response)) return refuse("declares no answers");
  for (const kind of ["2xx", "4xx", "5xx"]) {
    const schema = response[kind];
    if (!isSchema(schema)) return refuse(`declares no answer for ${kind}`);
    if (kind !== "2xx" || route.config?.open !== undefined) continue;
    const loose = looseness(schema);
    if (loose) refuse(`lets anything out: ${loose}`);
  }
  for (const status of Object.keys(response)) {
    if (!["2xx", "4xx", "5xx", "3xx"].includes(status))
      refuse(`declares ${status}: declare classes, that none is forgotten`);
  }
}

/** Where a schema lets through what it does not name. */
function looseness(schema: unknown, path = "answer"): string | undefined {
  if (!isSchema(schema)) return `${path} is no schema`;
  if (schema["additionalProperties"] === true) return `${path} takes any field`;
  const inner = [
    ...Object.entries(isSchema(schema["properties"]) ? schema["properties"] : {}),
    ...["items", "anyOf", "oneOf", "allOf"].flatMap((key): [string, unknown][] => {
      const value = schema[key];
      if (value === undefined) return [];
      return Array.isArray(value)
        ? value.map((one, i): [string, unknown] => [`${key}[${i}]`, one])
        : [[key, value]];
    }),
  ];
  if (inner.length === 0 && !("type" in schema) && !("const" in schema) && !("enum" in schema)) {
    return `${path} has no type`;
  }
  for (const [key, value] of inner) {
    const found = looseness(value, `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}
