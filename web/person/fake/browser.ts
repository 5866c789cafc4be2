import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { draw } from "./drawing.ts";
import type { Fake } from "./mock.ts";

/** One view of the pages, and how somebody gets to it. */
export interface View<Scenario> {
  readonly name: string;
  readonly scenario?: Partial<Scenario>;
  readonly path: string;
  /** The view whose parts it is made of: it is shown, and not walked by the test. */
  readonly like?: string;
  /** What is tapped and typed after the page has opened, by the words of the language it is in. */
  readonly act?: (page: Page, words: Words) => Promise<void>;
}

export type Words = (fr: string, en: string) => string;

export interface Look {
  readonly language: "fr" | "en";
  readonly width: number;
  readonly height: number;
  readonly dark: boolean;
}

/** On a machine that is busy with other things. */
const MOST_WAIT_MS = 20_000;

const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 900 },
] as const;
/** Phone and desktop in both languages; each is taken by day and by night. */
const LOOKS: readonly Look[] = SIZES.flatMap((size) =>
  (["fr", "en"] as const).map((language): Look => ({ ...size, language, dark: false })),
);

/** Where a chromium is looked for; `ASSENT_CHROMIUM` names another one. */
export function chromiumPath(): string | undefined {
  const places = [
    process.env["ASSENT_CHROMIUM"],
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  return places.find((place) => place !== undefined && existsSync(place));
}

/** A browser whose camera shows a drawn head, which is put into `folder`. */
export async function startBrowser(executablePath: string, folder: string): Promise<Browser> {
  const head = {
    width: 640,
    height: 800,
    place: 2,
    figures: [{ x: 320, y: 380, size: 150, skin: "#c98f68", hair: "#2a211d", coat: "#0f5a50", cut: 2 }],
  };
  const camera = `${folder}/camera.mjpeg`;
  const frame = await draw(head, () => true, 800);
  await writeFile(camera, Buffer.concat([frame, frame, frame]));
  return await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${camera}`,
    ],
  });
}

/** Somebody's browser with nothing kept in it. */
export async function visitor(browser: Browser, look: Look): Promise<BrowserContext> {
  return await browser.newContext({
    locale: look.language === "fr" ? "fr-FR" : "en-GB",
    timezoneId: "Europe/Paris",
    viewport: { width: look.width, height: look.height },
    isMobile: look.width < 600,
    hasTouch: look.width < 600,
    colorScheme: look.dark ? "dark" : "light",
    reducedMotion: "reduce",
    permissions: ["camera", "clipboard-write"],
  });
}

/** Opens one view in `page`, and waits until everything of it has come. */
export async function open<Scenario>(
  page: Page,
  url: string,
  view: View<Scenario>,
  language: Look["language"],
): Promise<void> {
  await page.goto(url + view.path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await view.act?.(page, (fr, en) => (language === "fr" ? fr : en));
  await page.waitForFunction(
    () =>
      document.querySelector(".waiting") === null &&
      [...document.images].every((image) => image.complete || image.loading === "lazy"),
  );
}

/**
 * Takes a picture of each view (of those named, where some are) in each look into `folder`, as `NAME.LOOK.png`. The
 * environment's `LOOK` narrows: `390`, `390-fr`, `390-fr-dark`. What goes wrong is said, and the rest goes on.
 */
export async function shoot<Scenario>(
  fake: Fake<Scenario>,
  views: readonly View<Scenario>[],
  folder: string,
  names: readonly string[],
): Promise<void> {
  const executable = chromiumPath();
  if (executable === undefined) throw new Error("no chromium was found: ASSENT_CHROMIUM names one");
  await mkdir(folder, { recursive: true });
  const browser = await startBrowser(executable, folder);
  const only = process.env["LOOK"] ?? "";
  for (const look of LOOKS) {
    const tones = (["light", "dark"] as const)
      .map((tone) => ({ tone, file: `${look.width}-${look.language}-${tone}` }))
      .filter(({ file }) => file.includes(only));
    if (tones.length === 0) continue;
    for (const view of views) {
      if (names.length > 0 && !names.includes(view.name)) continue;
      fake.set(view.scenario ?? {});
      const context = await visitor(browser, look);
      const page = await context.newPage();
      page.setDefaultTimeout(MOST_WAIT_MS);
      page.on("console", (line) => {
        if (line.type() === "error" && !/status of (4|5)/.test(line.text()))
          console.error(view.name, line.text());
      });
      page.on("pageerror", (error) => console.error(view.name, error));
      try {
        await open(page, fake.url, view, look.language);
      } catch (error) {
        console.error(view.name, look.width, look.language, String(error).split("\n")[0]);
      }
      await page.mouse.move(0, 0);
      await page.evaluate(() => {
        for (const image of document.images) image.loading = "eager";
      });
      await page
        .waitForFunction(() =>
          [...document.images].every((image) => image.complete && image.closest(".picture.coming") === null),
        )
        .catch(() => console.error(view.name, "a picture did not come"));
      for (const { tone, file } of tones) {
        await page.emulateMedia({ colorScheme: tone });
        await page.screenshot({ path: join(folder, `${view.name}.${file}.png`), fullPage: true });
      }
      await context.close();
    }
  }
  await browser.close();
}
