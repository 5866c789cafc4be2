import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CONSENT_RECEIPT, ORGANISATION, RECEIPT } from "../../fake/data.ts";
import { inFrench } from "./receipt-french.ts";
import { readReceipt } from "./receipt-payload.ts";

const SOURCES = join(import.meta.dirname, "../../../../src");

/** Every sentence that a receipt of erasure may say in its own words, as the sources have them. */
async function sentences(): Promise<readonly string[]> {
  const read = (path: string) => readFile(join(SOURCES, path), "utf8");
  const [erase, withdraw, stays, finish, sweep] = await Promise.all(
    [
      "flows/erase.ts",
      "flows/withdraw.ts",
      "flows/what-stays.ts",
      "flows/finish-erasure.ts",
      "rights/sweep.ts",
    ].map(read),
  );
  const all = (text: string | undefined, pattern: RegExp): string[] =>
    [...(text ?? "").matchAll(pattern)].map((found) => found[1] ?? "");
  const counted = /erased: tidy\(\{([^]*?)\}\)/.exec(erase ?? "")?.[1];
  const said = [
    ...all(counted, /^\s+"?([a-z][a-zA-Z -]*?)"?:/gm),
    ...all(withdraw, /erased\["([^"]+)"\]/g),
    ...[erase, stays].flatMap((text) => all(text, /\b(?:what|why):\s+"([^"]+)"/g)),
    ...all(stays, /what: `\$\{[^}]+\} ([^`]+)`/g),
    ...[finish, sweep].flatMap((text) => all(text, /\bcheck: "([^"]+)"/g)),
  ];
  return [...new Set(said)];
}

describe("a receipt in plain words", () => {
  test("has French for every sentence that receipts say", async () => {
    const said = await sentences();
    expect(said.length).toBeGreaterThan(40);
    expect(said.filter((one) => inFrench(one) === undefined)).toEqual([]);
    expect(inFrench("12 tags or confirmed matches")).toBe("12 photos indiquées ou confirmées");
    expect(inFrench("pictures by website")).toBe("images par website");
    expect(inFrench("something that nobody has said yet")).toBeUndefined();
  });

  test("is read of both kinds and both versions, and nothing else is taken for one", () => {
    expect(readReceipt(CONSENT_RECEIPT)).toMatchObject({
      kind: "consent",
      head: { size: 3120 },
      given: [{ purpose: "find-me", text: "Me retrouver dans ces photos." }, { channel: "companions" }],
      refused: [{ purpose: "publish" }],
      controller: { name: ORGANISATION },
    });
    expect(readReceipt(`${RECEIPT}\n`)).toMatchObject({ kind: "erasure", head: { size: 3120 } });
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const before = {
      jti: "1",
      iat: 1,
      language: "fr",
      collection: { name: "a", purpose: "b" },
      consents: [],
    };
    const old = [part({ typ: "assent-consent+jwt", kid: "k" }), part(before), "AAAA"].join(".");
    expect(readReceipt(old)).toMatchObject({
      kind: "consent",
      given: [],
      controller: undefined,
      head: undefined,
    });
    for (const none of ["", "hello", "a.b.c", [part({ typ: "JWT" }), part(before), "AAAA"].join(".")]) {
      expect(readReceipt(none), none).toBeUndefined();
    }
  });
});
