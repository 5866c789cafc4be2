import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { InlineConfig, Plugin } from "vite";
import { CATALOGUES as FIRST } from "./person/src/words/catalogues.ts";
import { CATALOGUES as LATER } from "./person/src/words/later-catalogues.ts";
import { CATALOGUES as STAFF } from "./staff/src/words/catalogues.ts";
import { CATALOGUES as OFFICER } from "./staff/src/words/officer-catalogues.ts";

const web = import.meta.dirname;

const PAGES = { person: resolve(web, "person/index.html"), staff: resolve(web, "staff/index.html") } as const;

/**
 * Pages are built into `dist`: `person/index.html` and `staff/index.html`, with everything they load in `assets/`, where
 * names hold a hash of the content. Which JSX a file speaks (preact or react) is said by the tsconfig.json nearest to it.
 */
export function pagesBuild(pages: readonly (keyof typeof PAGES)[], outDir: string): InlineConfig {
  return {
    configFile: false,
    root: web,
    base: "/",
    plugins: [readMessages(), compressed()],
    build: {
      outDir,
      emptyOutDir: true,
      // The pages' policy lets nothing be inline: no data: address, no script and no style.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: ["es2023", "safari16.4", "chrome111", "firefox114"],
      rolldownOptions: {
        input: Object.fromEntries(pages.map((page) => [page, PAGES[page]])),
        // What the person's first pages share with those that come later is one file, not one for each that shares it. The
        // staff's later files share much that the first need not: there it stays apart.
        ...(pages.includes("staff")
          ? {}
          : { output: { codeSplitting: { groups: [{ name: "common", minShareCount: 2 }] } } }),
        // Parts that are made for servers too say "use client" in every file, which means nothing here; that compressing
        // takes time is known.
        checks: { moduleLevelDirective: false, pluginTimings: false },
      },
    },
  };
}

/** Where the checker's command line begins. */
const COMMAND_LINE = "// --- The command line -";

/** Reads the messages once, here, instead of in every browser. */
function readMessages(): Plugin {
  const read = new Map([
    [resolve(web, "person/src/words/catalogues.ts"), FIRST],
    [resolve(web, "person/src/words/later-catalogues.ts"), LATER],
    [resolve(web, "staff/src/words/catalogues.ts"), STAFF],
    [resolve(web, "staff/src/words/officer-catalogues.ts"), OFFICER],
  ]);
  const checker = resolve(web, "../verify/assent-verify.mjs");
  return {
    name: "read-messages",
    apply: "build",
    load(id) {
      // Its command line is for node alone.
      if (id === checker) return readFile(id, "utf8").then((program) => program.split(COMMAND_LINE)[0] ?? "");
      const catalogues = read.get(id);
      return catalogues === undefined ? null : `export const CATALOGUES = ${JSON.stringify(catalogues)};`;
    },
  };
}

/** Beside each script and style its smaller copies, which the server hands to browsers that take them. */
function compressed(): Plugin {
  const brotli = promisify(brotliCompress);
  const gzipped = promisify(gzip);
  return {
    name: "compressed",
    apply: "build",
    async writeBundle(options, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const file = join(options.dir ?? "", name);
        const content = await readFile(file);
        await writeFile(`${file}.br`, await brotli(content));
        await writeFile(`${file}.gz`, await gzipped(content, { level: 9 }));
      }
    },
  };
}
