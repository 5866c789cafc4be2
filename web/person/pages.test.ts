import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { pagesBuild } from "../vite.config.ts";
import { chromiumPath, open, startBrowser, visitor } from "./fake/browser.ts";
import type { Fake } from "./fake/mock.ts";
import { type Scenario, startFake } from "./fake/serve.ts";
import { VIEWS } from "./fake/walk.ts";

/**
 * The built pages in a real browser before a MOCK of the server (fake/serve.ts): what they look like to assistive technology,
 * what they load, what a reload keeps. What they do with the real server is shown by the journeys.
 */
const chromium = chromiumPath();
if (chromium === undefined) console.log("No chromium found (ASSENT_CHROMIUM): the pages are not walked.");

/** Of everything that the first page loads. 150 kB were allowed; 27 kB are needed. */
const MOST_SCRIPT_BYTES = 40_000;
const SMALLEST_TARGET_PX = 48;
/** Layout shift of one view, as browsers count it. Below 0.1 is called good. */
const MOST_SHIFT = 0.05;

/** `npm run test:long` walks every view; each takes three seconds. Otherwise one of each kind, and the gravest. */
const LONG = process.env["MODE"] === "long";
const OFTEN: readonly string[] = [
  ...["join-first", "join-find-me", "join-companions", "join-you", "camera-straight", "home"],
  ...["asked", "photo-wrong", "browse-open", "choices", "leave", "receipt-erasure", "hide-me-photo"],
];

let folder: string;
let dist: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-pages-"));
  dist = join(folder, "dist");
  vi.stubEnv("NODE_ENV", "production");
  await build({ ...pagesBuild(["person"], dist), logLevel: "error" });
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("what the join page loads", () => {
  test("is less script than the limit, and no camera or passkey code", async () => {
    const html = await readFile(join(dist, "person/index.html"), "utf8");
    const scripts = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(
      (found) => found[1] ?? "",
    );
    expect(scripts.length).toBeGreaterThan(0);
    const sources = await Promise.all(scripts.map((script) => readFile(join(dist, script), "utf8")));
    const bytes = sources.reduce((sum, source) => sum + gzipSync(source).length, 0);
    console.log(`join page: ${bytes} bytes of script, gzipped`);
    expect(bytes).toBeLessThan(MOST_SCRIPT_BYTES);
    const first = sources.join("\n");
    expect(first).not.toContain("getUserMedia");
    expect(first).not.toContain("WebAuthn is not supported");
    const others = await Promise.all(
      (await readdir(join(dist, "assets")))
        .filter((name) => name.endsWith(".js") && !scripts.includes(`/assets/${name}`))
        .map((name) => readFile(join(dist, "assets", name), "utf8")),
    );
    for (const later of ["getUserMedia", "WebAuthn is not supported"]) {
      expect(others.some((source) => source.includes(later))).toBe(true);
    }
  });

  test("has no script, style or handler written into it", async () => {
    const html = await readFile(join(dist, "person/index.html"), "utf8");
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|data:/);
  });
});

describe.skipIf(chromium === undefined)("the pages in a browser", () => {
  let fake: Fake<Scenario>;
  let browser: Browser;
  let context: BrowserContext;
  let axe: string;

  beforeAll(async () => {
    fake = await startFake(dist);
    browser = await startBrowser(chromium ?? "", folder);
    context = await visitor(browser, { language: "fr", width: 390, height: 844, dark: false });
    await context.addInitScript(() => {
      const watched = window as unknown as { shift: number };
      watched.shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const moved = entry as PerformanceEntry & { value: number; hadRecentInput: boolean };
          if (!moved.hadRecentInput) watched.shift += moved.value;
        }
      }).observe({ type: "layout-shift", buffered: true });
    });
    axe = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
  });
  afterAll(async () => {
    await browser?.close();
    await fake?.close();
  });

  async function violations(page: Page, rules: readonly string[] | null): Promise<string[]> {
    await page.evaluate(axe);
    const results = await page.evaluate(
      async (only) =>
        await (
          window as unknown as { axe: { run: (on: Document, options: object) => Promise<AxeResults> } }
        ).axe.run(document, only === null ? {} : { runOnly: { type: "rule", values: only } }),
      rules,
    );
    return results.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`);
  }

  test.each(VIEWS.filter((view) => view.like === undefined && (LONG || OFTEN.includes(view.name))))(
    "$name: axe finds nothing by day or night, nothing is too small, too wide or moves",
    async (view) => {
      fake.set(view.scenario ?? {});
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      const wrong: string[] = [];
      page.on("pageerror", (error) => wrong.push(String(error)));
      page.on("console", (line) => {
        if (line.text().includes("Content Security Policy")) wrong.push(line.text());
      });
      await page.emulateMedia({ colorScheme: "light" });
      await open(page, fake.url, view, "fr");
      expect(await violations(page, null)).toEqual([]);
      expect(await page.evaluate(tooSmall, SMALLEST_TARGET_PX)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      // What moves after a tap was asked for.
      if (view.act === undefined) {
        expect(await page.evaluate(() => (window as unknown as { shift: number }).shift)).toBeLessThan(
          MOST_SHIFT,
        );
      }
      expect(await page.title()).not.toBe("");
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await violations(page, ["color-contrast"])).toEqual([]);
      expect(wrong).toEqual([]);
      await page.close();
    },
  );

  test("joining keeps its answers over a reload and the secret out of the address and of what stays", async () => {
    const page = await context.newPage();
    fake.set({ signedIn: false });
    const uses = VIEWS.find((view) => view.name === "join-uses");
    if (uses === undefined) throw new Error("no such view");
    await open(page, fake.url, uses, "fr");
    await page.getByRole("checkbox").first().check();
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Autre chose" }).waitFor();
    expect(await page.getByRole("checkbox").first().isChecked()).toBe(true);
    expect(await page.getByRole("checkbox").nth(1).isChecked()).toBe(false);
    expect(page.url()).not.toContain("made-up-secret");
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("made-up-secret");
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Peuvent-elles voir" }).waitFor();
    await page.close();
  });

  test("each new page takes the focus to its heading, and a tap on the language changes every word", async () => {
    const page = await context.newPage();
    fake.set({});
    await page.goto(`${fake.url}/me`);
    for (const link of ["Mes choix", "Me retirer"]) {
      await page.goto(`${fake.url}/me`);
      await page.getByRole("link", { name: link }).click();
      await page.getByRole("heading", { level: 1, name: link }).waitFor();
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(link);
    }
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("heading", { level: 1, name: "Leave" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
    expect(await page.evaluate(() => JSON.stringify(localStorage))).toBe('{"assent-language":"en"}');
    await page.evaluate(() => localStorage.clear());
    await page.close();
  });

  test("leaving takes two taps from the photos, joining takes more", async () => {
    const page = await context.newPage();
    fake.set({});
    let taps = 0;
    await page.exposeFunction("tapped", () => {
      taps += 1;
    });
    await page.addInitScript(() => {
      addEventListener("click", () => (window as unknown as { tapped: () => void }).tapped(), true);
    });
    await page.goto(`${fake.url}/me`);
    await page.getByRole("link", { name: "Me retirer" }).click();
    await page.getByRole("button", { name: "Me retirer maintenant" }).click();
    await page.getByText("SAULE-3T8N").waitFor();
    const leaving = taps;
    taps = 0;
    fake.set({ signedIn: false });
    await page.evaluate(() => sessionStorage.clear());
    const kept = VIEWS.find((view) => view.name === "join-keep");
    if (kept === undefined) throw new Error("no such view");
    await open(page, fake.url, kept, "fr");
    expect(leaving).toBe(2);
    expect(taps).toBeGreaterThan(leaving);
    await page.close();
  });
});

/** What can be tapped and is smaller than `least` pixels in either direction. Links within sentences are as high as their line. */
function tooSmall(least: number): string[] {
  const targets = document.querySelectorAll<HTMLElement>(
    "button, summary, select, textarea, .button, .rows a, .bottom a, .grid a, .tick, .radio, input:not([type=checkbox], [type=radio], [type=file])",
  );
  return [...targets].flatMap((target) => {
    const { width, height } = target.getBoundingClientRect();
    if (width === 0 || (width >= least && height >= least)) return [];
    return [`${Math.round(width)} x ${Math.round(height)}: ${target.outerHTML.slice(0, 120)}`];
  });
}
