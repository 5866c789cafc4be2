import { createRequire } from "node:module";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { barriers, chromiumPath, launchBrowser } from "../../../test/support/browser.ts";
import { testInstance, type TestInstance } from "../../../test/support/instance.ts";
import { pagesBuild } from "../../../web/vite.config.ts";
import { openAccounts, type Accounts } from "../../accounts/index.ts";
import type { App } from "../context.ts";
import { createLog } from "../log.ts";
import { createServer } from "../server.ts";

const SAMPLES = join(
  dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")),
  "demo",
);
const OWNER = { name: "Ada Owner", email: "ada@example.org", password: "correct horse battery" };
const LONG_MS = 180_000;

/** From an empty instance to pictures on a public channel, as the owner does it, in a browser of a phone's width. */
describe.skipIf(chromiumPath === undefined)("the staff's pages", () => {
  let instance: TestInstance;
  let accounts: Accounts;
  let app: App;
  let web: string;
  let browser: Browser;
  let page: Page;
  const publicUrl = new URL("http://localhost:0");
  /** What the browser's console complains about, a refused sign-in excepted: the policy's refusals among it. */
  const complaints: string[] = [];

  beforeAll(async () => {
    web = await mkdtemp(join(tmpdir(), "assent-staff-pages-"));
    // As people get them: where tests run, the parts would be made for developers.
    vi.stubEnv("NODE_ENV", "production");
    await build({ ...pagesBuild(["staff"], join(web, "dist")), logLevel: "error" });
    vi.unstubAllEnvs();
    instance = await testInstance();
    const { db, keys, clock, dataFolder } = instance.instance;
    accounts = await openAccounts({ db, keys, clock, publicUrl, organisation: "The club" });
    app = await createServer({
      parts: instance.instance,
      publicUrl,
      organisation: "The club",
      minimumAge: 15,
      webFolder: join(web, "dist"),
      proxies: [],
      log: createLog({ write: () => undefined }),
      staff: { accounts, dataFolder },
    });
    publicUrl.port = new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port;
    browser = await launchBrowser();
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      locale: "en-GB",
      acceptDownloads: true,
    });
    page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (line) => {
      if (/Content Security Policy|React|Minified/.test(line.text())) complaints.push(line.text());
    });
  }, LONG_MS);
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await instance?.close();
    await rm(web, { recursive: true, force: true });
  });

  /** By day and by night, and no wider than the screen. */
  async function expectGood(): Promise<void> {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await barriers(page)).toEqual([]);
    }
    const wide = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth");
    expect(wide).toBe(false);
  }
  const button = (name: string | RegExp) =>
    page.getByRole("button", { name, exact: typeof name === "string" });

  test(
    "lead from the printed link to a published picture",
    async () => {
      await page.goto(`${publicUrl.origin}/staff`);
      await button("Sign in").waitFor();
      await expectGood();
      await page.goto(`${publicUrl.origin}/staff/setup#${await accounts.makeOwnerLink()}`);
      await page.getByLabel("Your name").fill(OWNER.name);
      expect(page.url()).not.toContain("#");
      await page.getByLabel("E-mail address").fill(OWNER.email);
      await page.getByLabel("Password", { exact: true }).fill(OWNER.password);
      await expectGood();
      await button("Make my account").click();
      await page.getByRole("heading", { name: "No collection yet" }).waitFor();
      await expectGood();

      await page.getByRole("link", { name: "New collection" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Summer party");
      await page.getByLabel("What these photos are for").fill("For everybody who was there.");
      await page.getByLabel("Name of the channel 1").fill("Website");
      const year = new Date().getUTCFullYear() + 1;
      await page.getByLabel("Keep until").fill(`${year}-12-31`);
      await page.getByLabel("Why you may process").fill("Taken by us.");
      await expectGood();
      await button("Make the collection").click();
      await page.getByRole("heading", { name: "Summer party" }).waitFor();

      const broken = join(web, "broken.jpg");
      await writeFile(broken, (await readFile(join(SAMPLES, "sample2.jpg"))).subarray(0, 2000));
      const [one, other] = ["sample1.jpg", "sample3.jpg"].map((name) => join(SAMPLES, name)) as [
        string,
        string,
      ];
      await page.getByLabel("Choose photos").setInputFiles([one, other, broken]);
      await page.getByText("3 photos received.").waitFor();
      await page.getByText("All photos have been looked through.").waitFor();
      await page.getByText("broken.jpg : The picture is damaged or incomplete.").waitFor();
      await page.getByLabel("Choose photos").setInputFiles([one]);
      await page.getByText("No new photo, 1 there already.").waitFor();
      await expectGood();

      await page.getByRole("link", { name: /^Print/ }).click();
      await page.getByText("Today's code").waitFor();
      await expectGood();
      const poster = page.waitForEvent("download");
      await button("Make the PDF").first().click();
      expect((await readFile(await (await poster).path())).subarray(0, 5).toString()).toBe("%PDF-");

      await page.getByRole("link", { name: /Summer party/ }).click();
      await page.getByRole("link", { name: /^Publish for website/ }).click();
      await expectGood();
      await button("Look through the pictures").click();
      await page.getByAltText("sample1.jpg").waitFor();
      const sentence = page.getByText(/^2 photos for website: 2 as they will be shown/);
      const before = Number(/(\d+) faces? hidden/.exec((await sentence.textContent()) ?? "")?.[1]);
      await button(/^Hide another place : sample1/).click();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      await page.getByText(`${before + 1} faces hidden`).waitFor();
      await expectGood();
      expect(await button("Publish").isDisabled()).toBe(true);
      await page.getByLabel("I, Ada Owner, looked through all of the pictures.").check();
      await button("Publish").click();
      await page.getByText("looked through by Ada Owner").waitFor();
      const zip = page.waitForEvent("download");
      await page.getByRole("link", { name: "Download (ZIP)" }).click();
      expect((await readFile(await (await zip).path())).subarray(0, 2).toString()).toBe("PK");
    },
    LONG_MS,
  );

  test(
    "take a passkey in place of the password, and speak French",
    async () => {
      const session = await page.context().newCDPSession(page);
      await session.send("WebAuthn.enable");
      await session.send("WebAuthn.addVirtualAuthenticator", {
        options: {
          protocol: "ctap2",
          transport: "internal",
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
        },
      });
      await page.getByRole("link", { name: "My account" }).click();
      await page.getByLabel(/Name of the passkey/).fill("laptop");
      await button("Add a passkey").click();
      await page.getByText("laptop since").waitFor();
      await expectGood();
      await button("Sign out").click();
      await button("Use a passkey").click();
      await page.getByRole("heading", { name: "My account" }).waitFor();
      await button("Français").click();
      await page.getByRole("heading", { name: "Mon compte" }).waitFor();
      expect(await page.evaluate("document.documentElement.lang")).toBe("fr");
      for (const name of ["Demandes", "Conflits", "Collections"]) {
        await page.getByRole("link", { name, exact: true }).click();
        await page.getByRole("heading", { name, exact: true }).waitFor();
        await expectGood();
      }
      await button("Se déconnecter").click();
      await button("Se connecter").waitFor();
    },
    LONG_MS,
  );

  test("broke no rule of the pages' policy on the way", () => {
    expect(complaints).toEqual([]);
  });
});
