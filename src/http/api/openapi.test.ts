import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openApiText } from "../../../tools/make-openapi.ts";
import { openApi } from "./openapi.ts";

test("docs/openapi.json is that of the contract", async () => {
  const written = readFileSync(new URL("../../../docs/openapi.json", import.meta.url), "utf8");
  expect(written, "run `node tools/make-openapi.ts`").toBe(await openApiText());
});

test("every operation has a name of its own, says what it takes, and how it fails; every reference leads somewhere", () => {
  const document = openApi();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );
  expect(operations.length).toBeGreaterThan(20);
  expect(new Set(operations.map((one) => one.operation.operationId)).size).toBe(operations.length);
  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
    const named = (operation.parameters ?? []).filter((one) => one.in === "path");
    expect(named.map((one) => one.name)).toEqual(inPath);
    expect(named.every((one) => one.required)).toBe(true);
    expect(operation.description).toMatch(/^(Any key\.|Takes the scope `[a-z-]+`\.)$/);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["4XX", "5XX"]));
  }
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((found) => found[1] ?? "");
  expect(references).toContain("Problem");
  for (const name of references) expect(document.components.schemas).toHaveProperty(name);
  // Nothing is described twice under two names, and nothing named is never used.
  expect(new Set(references)).toEqual(new Set(Object.keys(document.components.schemas)));
});
