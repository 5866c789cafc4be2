/**
 * Makes docs/openapi.json from the contract (src/http/contract/api.ts); a test compares.
 *
 *     node tools/make-openapi.ts
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import prettier from "prettier";
import { openApi } from "../src/http/index.ts";

/** The document as it should be now. */
export function openApiText(): Promise<string> {
  return prettier.format(JSON.stringify(openApi()), { parser: "json", printWidth: 110 });
}

if (import.meta.main) await writeFile(join(import.meta.dirname, "../docs/openapi.json"), await openApiText());
