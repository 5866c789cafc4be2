import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseSync } from "vite";
import { describe, expect, test } from "vitest";
import { addWords, wordsIn } from "./src/language.tsx";
import { en } from "./src/words/en.ts";
import { fr, type Key } from "./src/words/fr.ts";
import { CATALOGUES } from "./src/words/later-catalogues.ts";
import { laterFr } from "./src/words/later-fr.ts";

addWords(CATALOGUES);

const KEYS = Object.keys(fr) as Key[];

async function sources(): Promise<Map<string, string>> {
  const folder = join(import.meta.dirname, "src");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".tsx"));
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)),
  );
}

/** The sources that a browser loads before it shows anything: what main.tsx imports, at any depth, without waiting. */
async function firstSources(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const read = async (path: string): Promise<void> => {
    if (found.has(path)) return;
    const source = await readFile(path, "utf8");
    found.set(path, source);
    for (const [, from] of source.matchAll(
      /^(?:import|export|\}) (?!type )(?:[^"]*from )?"(\.[^"]+\.tsx?)";/gm,
    )) {
      await read(join(dirname(path), from ?? ""));
    }
  };
  await read(join(import.meta.dirname, "src/main.tsx"));
  return found;
}

/** The names of the values that a message asks for. */
function valuesOf(message: string): string[] {
  return [
    ...new Set([...message.matchAll(/(?<!(?:=0|one|other) )\{(\w+)[,}]/g)].map((found) => found[1] ?? "")),
  ].sort();
}

describe("the words of the pages", () => {
  test("stand in both catalogues under the same keys, none empty", () => {
    expect(Object.keys(en).sort()).toEqual([...KEYS].sort());
    for (const key of KEYS) {
      expect(fr[key].trim(), key).not.toBe("");
      expect(en[key].trim(), key).not.toBe("");
    }
  });

  test("ask for the same values in both languages", () => {
    for (const key of KEYS) expect(valuesOf(en[key]), key).toEqual(valuesOf(fr[key]));
  });

  test("are messages that can be read, with any number", () => {
    for (const language of ["fr", "en"] as const) {
      const { t } = wordsIn(language);
      for (const key of KEYS) {
        for (const n of [0, 1, 2, 1500]) {
          const values = Object.fromEntries(
            valuesOf(fr[key]).map((name) => [name, ["n", "faces"].includes(name) ? n : "X"]),
          );
          expect(t(key, values), key).not.toMatch(/[{}]|undefined|NaN/);
        }
      }
    }
  });

  test("are there when the first pages are, without those that come later", async () => {
    const sources = await firstSources();
    expect([...sources.keys()].some((path) => path.endsWith("join/steps.tsx"))).toBe(true);
    expect([...sources.keys()].some((path) => path.endsWith("later.tsx"))).toBe(false);
    const all = [...sources.values()].join("\n");
    const begun = [...all.matchAll(/t\(\s*`([^`$]+)\$\{/g)].map((template) => template[1] ?? "");
    const tooLate = Object.keys(laterFr).filter(
      (key) => all.includes(`"${key}"`) || begun.some((beginning) => key.startsWith(beginning)),
    );
    expect(tooLate).toEqual([]);
  });

  test("count as each language does", () => {
    expect(wordsIn("fr").t("home.zip", { n: 0 })).toContain("(0 photo)");
    expect(wordsIn("en").t("home.zip", { n: 0 })).toContain("(0 photos)");
    expect(wordsIn("fr").t("home.looked", { n: 1 })).toBe("1 photo regardée");
    expect(wordsIn("fr").t("home.looked", { n: 2000 })).toMatch(/^2\s000 photos regardées$/);
    expect(wordsIn("en").t("first.kept.says", { n: 2000, date: "Monday" })).toBe(
      "2,000 photos, kept until Monday",
    );
    expect(wordsIn("fr").number(2000)).toMatch(/^2\s000$/);
    expect(wordsIn("en").number(2000)).toBe("2,000");
    expect(wordsIn("fr").day("2026-06-20T12:00:00Z")).toBe("20\u00a0juin 2026");
    expect(wordsIn("fr").day("2026-02-01T12:00:00Z")).toBe("1er\u00a0février 2026");
    expect(wordsIn("en").day("2026-02-01T12:00:00Z")).toBe("1\u00a0February 2026");
    expect(wordsIn("en").day("2026-06-20T12:00:00Z")).toBe("20\u00a0June 2026");
  });

  test("are printed with curved apostrophes", () => {
    expect(KEYS.filter((key) => /'/.test(en[key]))).toEqual([]);
  });

  test("keep French signs to their word", () => {
    expect(wordsIn("fr").t("needs-you.title")).toBe("Est-ce vous\u202f?");
    expect(wordsIn("fr").t("others.tag")).toBe("«\u202fC’est moi\u202f»");
  });
});

describe("the pages' files", () => {
  test("hold no words of their own", async () => {
    const found: string[] = [];
    for (const [name, source] of await sources()) {
      for (const words of wordsWritten(name, source)) found.push(`${name}: ${words}`);
    }
    expect(found).toEqual([]);
  });

  test("and such words would be found", () => {
    expect(wordsWritten("a.tsx", "const a = <p>Hello</p>;")).toEqual(["Hello"]);
    expect(wordsWritten("a.tsx", 'const a = <img alt="A face" />;')).toEqual(["A face"]);
    expect(wordsWritten("a.tsx", 'const a = <p>{b ? "Yes, please" : t("no")}</p>;')).toEqual(["Yes, please"]);
  });

  test("use every key", async () => {
    const all = [...(await sources()).values()].join("\n");
    const begun = [...all.matchAll(/t\(\s*`([^`]*)`/g)].map(
      (template) =>
        new RegExp(`^${(template[1] ?? "").replaceAll(".", "\\.").replaceAll(/\$\{[^}]*\}/g, "[\\w-]+")}$`),
    );
    const unused = KEYS.filter(
      (key) =>
        !all.includes(`"${key}"`) &&
        !begun.some((pattern) => pattern.test(key)) &&
        !/^(prompt|advice)\./.test(key),
    );
    expect(unused).toEqual([]);
  });
});

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}
const ATTRIBUTES = ["alt", "title", "placeholder", "aria-label", "label", "says", "hint", "aria-description"];

/** Words in JSX that no catalogue holds: text, attributes that are read out, and strings shown by an expression. */
function wordsWritten(name: string, source: string): string[] {
  const found: string[] = [];
  // "Assent" is the name of the thing, in every language.
  const isWords = (text: string) => /\p{Letter}{2,}/u.test(text) && text.trim() !== "Assent";
  const shown = (value: unknown): void => {
    const node = value as Node | null;
    if (typeof node !== "object" || node === null) return;
    if (node.type === "Literal" && typeof node["value"] === "string" && isWords(node["value"]))
      found.push(node["value"]);
    if (node.type === "ConditionalExpression") {
      shown(node["consequent"]);
      shown(node["alternate"]);
    }
    if (node.type === "LogicalExpression") {
      shown(node["left"]);
      shown(node["right"]);
    }
    if (node.type === "TemplateLiteral") {
      for (const part of node["quasis"] as { value: { cooked: string } }[]) {
        if (isWords(part.value.cooked)) found.push(part.value.cooked.trim());
      }
    }
  };
  const walk = (value: unknown, parent: Node | null): void => {
    if (Array.isArray(value)) {
      for (const one of value) walk(one, parent);
      return;
    }
    const node = value as Node | null;
    if (typeof node !== "object" || node === null) return;
    if (node.type === "JSXText" && isWords(String(node["value"]))) found.push(String(node["value"]).trim());
    if (node.type === "JSXExpressionContainer" && parent?.type !== "JSXAttribute") shown(node["expression"]);
    if (node.type === "JSXAttribute") {
      const attribute = String((node["name"] as Node)["name"]);
      if (ATTRIBUTES.includes(attribute)) {
        const given = node["value"] as Node | null;
        shown(given?.type === "JSXExpressionContainer" ? given["expression"] : given);
      }
    }
    for (const [field, inner] of Object.entries(node))
      if (field !== "parent") walk(inner, node.type ? node : parent);
  };
  walk(parseSync(name, source).program, null);
  return found;
}
