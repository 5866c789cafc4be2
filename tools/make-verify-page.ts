/**
 * Makes `verify/index.html`: the page of `tools/verify-page.html` with the whole of `verify/assent-verify.mjs` in it, and a
 * content security policy that lets this script and this style alone run. `test/verify.test.ts` compares.
 *
 *     node tools/make-verify-page.ts
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const PROJECT = join(import.meta.dirname, "..");

/** The page as it should be now. */
export async function verifyPage(): Promise<string> {
  const [page, checker] = await Promise.all([
    readFile(join(PROJECT, "tools/verify-page.html"), "utf8"),
    readFile(join(PROJECT, "verify/assent-verify.mjs"), "utf8"),
  ]);
  const whole = page.replace("{checker}", () => checker);
  return whole.replace("{script}", hashOf(whole, "script")).replace("{style}", hashOf(whole, "style"));
}

function hashOf(page: string, name: "script" | "style"): string {
  const [, content] = new RegExp(`<${name}[^>]*>([^]*?)</${name}>`).exec(page) ?? [];
  if (content === undefined) throw new Error(`the page has no ${name}`);
  return `sha256-${createHash("sha256").update(content, "utf8").digest("base64")}`;
}

if (import.meta.main) await writeFile(join(PROJECT, "verify/index.html"), await verifyPage());
