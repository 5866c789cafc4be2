import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers } from "../../test/support/browser.ts";
import { buildPages } from "../../tools/build-pages.ts";
import { chromiumPath, open, startBrowser, visitor, type Look } from "../person/fake/browser.ts";
import type { Fake } from "../person/fake/mock.ts";
import { startStaffFake, type Scenario } from "./fake/serve.ts";
import { VIEWS } from "./fake/walk.ts";

/**
 * The built pages of the staff and of the officer before a MOCK of the server (fake/serve.ts), as assistive technology finds
 * them. What they do with the real server is shown by src/http/staff/pages.test.ts and by the journeys.
 */
const chromium = chromiumPath();

/** `npm run test:long` walks every view, in both languages and on both screens. Otherwise those whose parts stand nowhere else. */
const LONG = process.env["MODE"] === "long";
const OFTEN: readonly string[] = [
  "publish-done",
  "photo",
  "people",
  "officer-log",
  "officer-papers",
  "account",
];
const PHONE = { width: 390, height: 844, dark: false } as const;
const SCREEN = { width: 1280, height: 900, dark: false } as const;
const LOOKS: readonly Look[] = LONG
  ? [PHONE, SCREEN].flatMap((size) => (["fr", "en"] as const).map((language) => ({ ...size, language })))
  : [{ ...PHONE, language: "fr" }];

describe.skipIf(chromium === undefined)("the staff's pages, each by itself", () => {
  let fake: Fake<Scenario>;
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "assent-staff-views-"));
    fake = await startStaffFake(await buildPages({ onlyIfNeeded: true }));
    browser = await startBrowser(chromium ?? "", folder);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await fake?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("those that are walked often are among the views", () => {
    const names = VIEWS.map((view) => view.name);
    expect(OFTEN.filter((name) => !names.includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  const walked = VIEWS.filter((view) => LONG || OFTEN.includes(view.name));
  const cases = walked.flatMap((view) => LOOKS.map((look) => ({ view, look })));
  test.each(cases)(
    "$view.name ($look.language, $look.width): axe finds nothing by day or night, and nothing is too wide",
    async ({ view, look }) => {
      fake.set(view.scenario ?? {});
      const context = await visitor(browser, look);
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const wrong: string[] = [];
      page.on("pageerror", (error) => wrong.push(String(error)));
      page.on("console", (line) => {
        if (line.text().includes("Content Security Policy")) wrong.push(line.text());
      });
      await open(page, fake.url, view, look.language);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await barriers(page), colorScheme).toEqual([]);
      }
      // On a screen the place of the scroll bar is kept free, and does not count.
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide).toBeLessThanOrEqual(look.width);
      expect(await page.title()).not.toBe("");
      expect(wrong).toEqual([]);
      await context.close();
    },
  );

  test("what takes the place of what was tapped takes the focus too", async () => {
    fake.set({});
    const context = await visitor(browser, { ...SCREEN, language: "en" });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const focused = async (): Promise<string> =>
      await page.evaluate(() => {
        const here = document.activeElement;
        return here?.getAttribute("aria-label") ?? here?.textContent ?? "";
      });
    const tap = async (name: string): Promise<void> => {
      await page.getByRole("button", { name, exact: true }).first().click();
    };

    await page.goto(`${fake.url}/staff/team`);
    const remove = "Remove from the team: Noé Lambert";
    await tap(remove);
    await page.getByRole("group", { name: remove }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("group");
    await tap("Cancel");
    await expect.poll(focused).toBe(remove);

    await page.goto(`${fake.url}/staff/account`);
    await page.getByRole("button", { name: "New recovery codes" }).waitFor();
    expect(await focused()).toBe("My account");
    await tap("New recovery codes");
    await expect.poll(focused).toBe("Second factor");
    await tap("Rename the passkey Portable du bureau");
    const typing = "document.activeElement instanceof HTMLInputElement";
    await expect.poll(async () => await page.evaluate(typing)).toBe(true);
    await context.close();
  });

  test("what cannot be taken back is asked in red, and the keyboard goes along with the question and back", async () => {
    fake.set({});
    const context = await visitor(browser, { ...SCREEN, language: "en" });
    const page = await context.newPage();
    await page.goto(`${fake.url}${VIEWS.find((view) => view.name === "folders")?.path}`);
    for (const [first, sure] of [
      ["Delete these photos", "Delete for good"],
      ["Stop watching", "Stop watching"],
    ] as const) {
      await page.getByRole("button", { name: first }).first().focus();
      await page.keyboard.press("Enter");
      await page.getByRole("group", { name: first }).and(page.locator(":focus")).waitFor();
      await page.keyboard.press("Tab");
      const focused = page.locator(":focus");
      expect(await focused.textContent()).toBe(sure);
      expect(await focused.getAttribute("style")).toContain("--button-color: var(--danger)");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: first }).and(page.locator(":focus")).waitFor();
    }
    await context.close();
  });
});
