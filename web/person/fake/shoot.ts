import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startFake } from "./serve.ts";
import { chromiumPath, type Look, open, startBrowser, VIEWS, visitor } from "./walk.ts";

/**
 * Pictures of every page with made-up data, to be looked at one by one:
 * `node web/person/fake/shoot.ts FOLDER [NAME...]`, after a build. Both languages, phone and desktop, light and dark.
 */
const [folder, ...names] = process.argv.slice(2);
const chromium = chromiumPath();
if (folder === undefined || chromium === undefined) {
  console.error("Usage: node web/person/fake/shoot.ts FOLDER [NAME...], with a chromium (ASSENT_CHROMIUM)");
  process.exit(2);
}
await mkdir(folder, { recursive: true });

const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 900 },
] as const;
const looks: Look[] = SIZES.flatMap((size) =>
  (["fr", "en"] as const).flatMap((language) =>
    [false, true].map((dark): Look => ({ ...size, language, dark })),
  ),
);
const only = process.env["LOOK"];

const fake = await startFake(join(import.meta.dirname, "../../dist"));
const browser = await startBrowser(chromium, folder);
for (const look of looks) {
  const lookName = `${look.width}-${look.language}-${look.dark ? "dark" : "light"}`;
  if (only !== undefined && !lookName.includes(only)) continue;
  for (const view of VIEWS) {
    if (names.length > 0 && !names.includes(view.name)) continue;
    fake.set(view.scenario ?? {});
    const context = await visitor(browser, look);
    const page = await context.newPage();
    page.setDefaultTimeout(8000);
    page.on("console", (line) => {
      if (line.type() === "error" && !/status of (4|5)/.test(line.text()))
        console.error(view.name, line.text());
    });
    page.on("pageerror", (error) => console.error(view.name, error));
    try {
      await open(page, fake.url, view, look.language);
    } catch (error) {
      console.error(view.name, lookName, String(error).split("\n")[0]);
    }
    await page.evaluate(() => {
      for (const image of document.images) image.loading = "eager";
    });
    await page
      .waitForFunction(() => document.querySelector(".picture.coming > img") === null)
      .catch(() => console.error(view.name, "a picture did not come"));
    await page.screenshot({ path: join(folder, `${view.name}.${lookName}.png`), fullPage: true });
    await context.close();
  }
}
await browser.close();
await fake.close();
