import { createRequire } from "node:module";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { barriers, chromiumPath, launchBrowser } from "../../../test/support/browser.ts";
import { testInstance, type TestInstance } from "../../../test/support/instance.ts";
import { en as STAFF_WORDS } from "../../../web/staff/src/words/en.ts";
import { pagesBuild } from "../../../web/vite.config.ts";
import { openAccounts, type Accounts } from "../../accounts/index.ts";
import { samplePhotos } from "../../app/sample-photos.ts";
import type { App } from "../context.ts";
import {
  browse,
  claimFace,
  invite,
  joinOnline,
  listLooks,
  photosOf,
  sequenceLog,
  work,
  type Working,
} from "../../flows/index.ts";
import { createLog } from "../log.ts";
import { createPost } from "../../webhooks/index.ts";
import { createServer } from "../server.ts";

const SAMPLES = join(
  dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")),
  "demo",
);
const OWNER = { name: "Ada Owner", email: "ada@example.org", password: "correct horse battery" };
const LONG_MS = 180_000;
/** Of what signing in and the photo grid load, both languages' words with it: 166 kB; all pages in one file were 205 kB. */
const MOST_SCRIPT_BYTES = 175_000;

/** From an empty instance to pictures on a public channel, as the owner does it, in a browser of a phone's width. */
describe.skipIf(chromiumPath === undefined)("the staff's pages", () => {
  let instance: TestInstance;
  let accounts: Accounts;
  let app: App;
  let working: Working;
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
      majorityAge: 18,
      webFolder: join(web, "dist"),
      proxies: [],
      log: createLog({ write: () => undefined }),
      staff: { accounts, dataFolder, samples: await samplePhotos(), post: createPost() },
    });
    working = await work(instance.instance);
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
    await working?.stop();
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
  const collectionId = async () =>
    (await instance.instance.db.selectFrom("collection").select("id").executeTakeFirstOrThrow()).id;
  const button = (name: string | RegExp) =>
    page.getByRole("button", { name, exact: typeof name === "string" });

  test("load for signing in and for the photos less script than the limit, and nothing of what comes later", async () => {
    const html = await readFile(join(web, "dist/staff/index.html"), "utf8");
    const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, name = ""]) => name);
    const sources = await Promise.all(scripts.map((name) => readFile(join(web, "dist", name), "utf8")));
    const bytes = sources.reduce((sum, source) => sum + gzipSync(source).length, 0);
    console.log(`staff's first pages: ${bytes} bytes of script, gzipped`);
    expect(bytes).toBeLessThan(MOST_SCRIPT_BYTES);
    const first = sources.join("\n");
    const names = (await readdir(join(web, "dist/assets"))).filter((name) => name.endsWith(".js"));
    const all = await Promise.all(names.map((name) => readFile(join(web, "dist/assets", name), "utf8")));
    expect(first).toContain(STAFF_WORDS["sign-in.lost"].slice(0, 20));
    // The officer's words, the sender of files.
    for (const later of [STAFF_WORDS["officer.says"], "Tus-Resumable"]) {
      expect(first).not.toContain(later);
      // It is there, in a file of its own, or would not be found whatever its place.
      expect(
        all.some((source) => source.includes(later)),
        later,
      ).toBe(true);
    }
  });

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
      await page.getByRole("heading", { name: "Try it with sample photos" }).waitFor();
      await expectGood();

      // A trial by one tap, and by one tap nothing of it is left.
      await button("Try it").click();
      await page.getByRole("heading", { name: "What to try" }).waitFor();
      await page.getByText("All photos have been looked through.").waitFor();
      await expectGood();
      await button("Delete the trial").click();
      await page.getByRole("heading", { name: "No collection yet" }).waitFor();

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
      await page.getByText("broken.jpg: The picture is damaged or incomplete.").waitFor();
      await page.getByLabel("Choose photos").setInputFiles([one]);
      await page.getByText("No new photo, 1 there already.").waitFor();
      await expectGood();

      await page.getByRole("link", { name: /^Invite/ }).click();
      await page.getByText("Today’s code").waitFor();
      await expectGood();
      const poster = page.waitForEvent("download");
      await button("Make the PDF").first().click();
      expect((await readFile(await (await poster).path())).subarray(0, 5).toString()).toBe("%PDF-");

      await page.getByRole("link", { name: /Summer party/ }).click();
      await page.getByRole("link", { name: /^Publish for “website”/ }).click();
      await expectGood();
      await button("Look through the pictures").click();
      await page.getByAltText("sample1.jpg").waitFor();
      const sentence = page.getByText(/^2 photos for “website”: 2 as they will be shown/);
      const before = Number(/(\d+) faces? hidden/.exec((await sentence.textContent()) ?? "")?.[1]);
      await button(/^Hide another place: sample1/).click();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      await page.getByText(`${before + 1} faces hidden`).waitFor();
      await button("Stop hiding it").click();
      await page.getByText(`${before} faces hidden`).first().waitFor();
      await button(/^Hide another place: sample1/).click();
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
    "tag somebody by hand who said nothing with their face, take it back, and answer a claim",
    async () => {
      const parts = instance.instance;
      const { invitations } = await invite(parts, {
        collection: "Summer party",
        kind: "single",
        actor: "a tester",
      });
      const { person } = await joinOnline(parts, {
        invitation: invitations[0]?.secret ?? "",
        language: "en",
        declared: true,
        minimumAge: 15,
        name: "Zoë Exemple",
        consents: [],
      });
      await page.getByRole("link", { name: /Summer party/ }).click();
      await page.getByRole("link", { name: /^Photos/ }).click();
      await page.getByText("sample1.jpg").waitFor();
      await expectGood();
      await page.getByRole("link", { name: /sample1/ }).click();
      await button("Face 1 · not tagged").click();
      await page.getByLabel("Why you look").fill("she asked for her pictures");
      await expectGood();
      await button("See face 1").click();
      await page.getByAltText("The photo: face 1, the others hidden").waitFor();
      await page.getByLabel("Find somebody").fill("zoe");
      await page.getByLabel("Zoë Exemple").check();
      await expectGood();
      await button("Tag by hand").click();
      await page.getByText("Tagged: Zoë Exemple.").waitFor();
      await button("Face 1 · tagged").click();
      await button("See face 1").click();
      await page.getByText("Tagged by hand: Zoë Exemple.").waitFor();
      await expectGood();
      await button("Take the tag back").click();
      await page.getByText("The tag is taken back.").waitFor();
      const [face] =
        (await browse(parts, person, { collection: await collectionId() })).photos[0]?.faces ?? [];
      await claimFace(parts, person, face?.id ?? "");

      await page.getByRole("link", { name: "“This is me”" }).click();
      await page.getByRole("heading", { name: "A face in Summer party" }).waitFor();
      await page.getByLabel("Why you look").fill("she is before me");
      await expectGood();
      await button("See who it is").click();
      await page.getByText("Zoë Exemple says that this is their face.").waitFor();
      await expectGood();
      await button("Yes, this is them").click();
      await page.getByText("Nobody waits for an answer.").waitFor();
      await expectGood();
      expect((await photosOf(parts, person)).photos).toMatchObject([{ state: "confirmed" }]);
      const looks = await listLooks(parts, person);
      expect(looks.map((look) => [look.actor, look.reason]).toReversed()).toEqual([
        [OWNER.name, "tagged by hand"],
        [OWNER.name, "she asked for her pictures"],
        [OWNER.name, "took back a tag by hand"],
        [OWNER.name, "she is before me"],
        [OWNER.name, "confirmed that a face is theirs"],
      ]);
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
      for (const name of ["Demandes", "« C’est moi »", "Conflits", "Collections"]) {
        await page.getByRole("link", { name, exact: true }).click();
        await page.getByRole("heading", { name, exact: true }).waitFor();
        await expectGood();
      }
      await sequenceLog(instance.instance);
      await page.getByRole("link", { name: "Délégué", exact: true }).click();
      for (const [link, title] of [
        ["Vue d’ensemble", "Protection des données"],
        ["Registre", "Le registre"],
        ["Qui regarde", "Qui regarde, qui se porte garant"],
        ["Calendrier", "Calendrier"],
        ["Textes", "Textes"],
        ["Ce qui est parti", "Ce qui est parti"],
        ["Violation", "Violation de données"],
        ["Documents", "Documents"],
      ] as const) {
        await page.getByRole("link", { name: link, exact: true }).click();
        await page.getByRole("heading", { name: title, exact: true, level: 1 }).waitFor();
        await page.locator(".waiting").waitFor({ state: "detached" });
        // The others are made of the same parts.
        if (["Vue d’ensemble", "Violation", "Documents"].includes(link)) await expectGood();
      }
      await page.getByRole("link", { name: "Registre", exact: true }).click();
      await button("Vérifier tout le registre").click();
      await page.getByText("Aucun témoin indépendant").waitFor();
      await expectGood();
      await button("Déconnexion").click();
      await button("Se connecter").waitFor();
    },
    LONG_MS,
  );

  test("broke no rule of the pages' policy on the way", () => {
    expect(complaints).toEqual([]);
  });
});
