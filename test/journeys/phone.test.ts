import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Instance } from "../../src/app/index.ts";
import { inTransaction } from "../../src/db/index.ts";
import { findPerson, importFolder } from "../../src/flows/index.ts";
import { createInvitation } from "../../src/people/index.ts";
import { readPicture } from "../../src/pictures/index.ts";
import { en } from "../../web/person/src/words/en.ts";
import { fr } from "../../web/person/src/words/fr.ts";
import { barriers, chromiumPath } from "../support/browser.ts";
import { composeEvent, hasFaces, people, selfieOf, type TruePhoto } from "../support/faces.ts";
import { testInstance, type TestInstance } from "../support/instance.ts";
import { subject, type Portrait } from "../support/liveness-clips.ts";
import { makeCollection, nothing } from "../support/order.ts";
import { pageWords } from "../support/page-words.ts";
import {
  asAsked,
  authenticator,
  openSite,
  replaceCamera,
  standBefore,
  type Posing,
  type Site,
} from "../support/phone.ts";

const EVENT = { photos: 12, seed: 8, "min-people": 2, "max-people": 4, "min-face": 70, "max-face": 200 };
const NAME = "Wilhelmina Testperson-Quux";
type Language = "fr" | "en";
const MAIL = "wilhelmina.quux@example.org";

/** A busy machine takes its time; a test that fails waits in vain. */
const SOON = { timeout: 20_000 };

describe.skipIf(!hasFaces || chromiumPath === undefined)("on a phone, over https", () => {
  let test_: TestInstance;
  let instance: Instance;
  let site: Site;
  let truth: readonly TruePhoto[];
  let collection: string;
  const cast = people().slice(0, 4);

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    const folder = join(test_.folder, "event");
    truth = await composeEvent(folder, { ...EVENT, people: cast.join(",") });
    collection = (await makeCollection(instance, "festival")).id;
    await importFolder(instance, { folder, collection: "festival", progress: nothing });
    site = await openSite(instance);
  }, 300_000);
  afterAll(async () => {
    await site.close();
    await test_.close();
  });

  const photosOf = (face: string): readonly string[] =>
    truth.filter((photo) => photo.faces.some((one) => one.person === face)).map((photo) => photo.file);

  async function invited(): Promise<string> {
    const { secret } = await inTransaction(instance.db, (trx) =>
      createInvitation(
        trx,
        instance.keys,
        { kind: "single", collection, by: "a tester", expiresAt: new Date(Date.now() + 86_400_000) },
        instance.clock,
      ),
    );
    return secret;
  }

  async function portraitOf(person: string): Promise<Portrait> {
    const path = selfieOf(person);
    const { faces } = await (await instance.vision()).findFaces(path, { embed: false, chips: false });
    const landmarks = faces[0]?.landmarks;
    if (!landmarks) throw new Error("the portrait shows no face");
    return { pixels: (await readPicture(path)).pixels, landmarks };
  }

  const reader = (page: Page, language: Language) => pageWords(page, { fr, en }[language]);

  /** From the link to the door of the camera: agrees to be found, and to be seen by companions or not. */
  async function join_(
    page: Page,
    language: Language,
    options: { companions: boolean; name?: string; mail?: string; passkey?: boolean },
  ) {
    const { t, button, heading, link } = reader(page, language);
    await page.goto(`${site.address}/join#${await invited()}`);
    await button("first.find").click();
    await button("age.yes", { age: 15 }).click();
    await button("find-me.yes").click();
    await button(options.companions ? "companions.seen" : "companions.hidden").click();
    await heading("uses.title").waitFor();
    await button("next").click();
    if (options.name !== undefined) await page.getByLabel(t("you.name"), { exact: true }).fill(options.name);
    if (options.mail !== undefined) {
      await page.getByRole("checkbox").last().check();
      await page.getByLabel(t("you.email")).fill(options.mail);
    }
    await button("you.join").click();
    await heading("keep.title").waitFor();
    await button("keep.done").click();
    await button(options.passkey === true ? "passkey.yes" : "passkey.no").click();
    await heading("selfie.title").waitFor();
    return link;
  }

  const photosShown = (page: Page): Promise<readonly { id: string; state: string; face: string }[]> =>
    page.evaluate(async () => {
      const answer = await fetch("/api/person/photos", { headers: { "x-assent": "1" } });
      return ((await answer.json()) as { photos: { id: string; state: string; face: string }[] }).photos;
    });
  const fileOf = async (photo: string): Promise<string> =>
    (
      await instance.db
        .selectFrom("photo")
        .select("file_name")
        .where("id", "=", photo)
        .executeTakeFirstOrThrow()
    ).file_name;

  test.each(["fr", "en"] as const)(
    "somebody joins, is found, answers, saves, changes their mind and leaves (%s)",
    async (language) => {
      const face = cast[language === "fr" ? 0 : 1] ?? "";
      const { page, context } = await site.phone(language);
      const { button, link, heading, text, t } = reader(page, language);
      await replaceCamera(page);
      await join_(page, language, { companions: false, name: NAME, mail: MAIL });
      expect(await barriers(page)).toEqual([]);

      const head = subject(await portraitOf(face), { kind: "head", relief: 1 });
      const last = await standBefore(page, () => button("selfie.open").click(), head);
      expect(last).toEqual({ state: "passed" });
      await button("passed.see").click();

      // Photos arrive while they are found, and are the right ones.
      await heading("home.title").waitFor();
      const wanted = [...photosOf(face)].sort();
      await expect
        .poll(() => page.locator("ul.grid img, .needs-picture img").count(), { timeout: 60_000 })
        .toBeGreaterThan(0);
      await expect
        .poll(async () => (await photosShown(page)).length, { timeout: 60_000 })
        .toBe(wanted.length);
      const shown = await photosShown(page);
      expect((await Promise.all(shown.map((one) => fileOf(one.id)))).sort()).toEqual(wanted);
      expect(await barriers(page)).toEqual([]);

      // A doubtful one is answered; a reload loses nothing.
      await page.reload();
      if (shown.some((one) => one.state === "asked")) {
        await link("needs-you.look").click();
        await button("asked.me").click();
        await expect
          .poll(async () => (await photosShown(page)).filter((one) => one.state === "confirmed").length)
          .toBeGreaterThan(0);
        await page.goto(`${site.address}/me`);
      }

      // One photo: saved as a JPEG of theirs; then another is not them after all, for ever.
      await page.locator("ul.grid a").first().click();
      const saving = page.waitForEvent("download");
      await link("photo.save").click();
      const saved = await readFile(await (await saving).path());
      expect(saved.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
      expect(saved.includes(Buffer.from("Exif\0\0"))).toBe(false);
      await button("photo.wrong").click();
      await page
        .getByRole("dialog")
        .getByRole("button", { name: t("wrong.yes") })
        .click();
      await heading("home.title").waitFor();
      await expect.poll(async () => (await photosShown(page)).length, SOON).toBe(wanted.length - 1);
      expect(
        await instance.db.selectFrom("match").select("state").where("state", "=", "rejected").execute(),
      ).not.toEqual([]);

      // A consent on, and off again.
      await link("choices.title").click();
      const companions = page.getByRole("switch").nth(await switchAt(page, t("companions.title")));
      await companions.waitFor();
      const before = await companions.getAttribute("aria-checked");
      await companions.click();
      await expect.poll(() => companions.getAttribute("aria-checked"), SOON).not.toBe(before);
      await companions.click();
      await expect.poll(() => companions.getAttribute("aria-checked"), SOON).toBe(before);

      // Staff look, and the person sees who and why.
      const { person } = await me(page);
      await findPerson(instance, { person, reason: "asked at the desk", actor: "Ada Martin" });
      await page.goto(`${site.address}/me/looks`);
      await page.getByText("asked at the desk").waitFor();
      await page.getByText("Ada Martin").waitFor();

      // Leaving, with a receipt that holds.
      await page.goto(`${site.address}/me/leave`);
      await button("leave.now").click();
      await text("left.says").waitFor();
      await button("left.check").click();
      await text("verify.valid").waitFor();
      expect(await barriers(page)).toEqual([]);
      expect(
        await instance.db.selectFrom("template").selectAll().where("person_id", "=", person).execute(),
      ).toEqual([]);
      await page.goto(`${site.address}/me`);
      await heading("signed-out.title").waitFor();
      await context.close();
    },
    180_000,
  );

  test("a plane, a still, a clip that answers other prompts and an uploaded file get nothing", async () => {
    const portrait = await portraitOf(cast[2] ?? "");
    const flat = subject(portrait, { kind: "plane" });
    const head = subject(portrait, { kind: "head", relief: 1 });
    const still: Posing = () => ({ yaw: 0, scale: 1 });
    const otherwise: Posing = (prompt, ...rest) => {
      const swapped = prompt === "turn-left" ? "turn-right" : prompt === "turn-right" ? "turn-left" : prompt;
      return asAsked(swapped, ...rest);
    };
    const attempts = [
      ["a print turned as asked", flat, asAsked],
      ["a still", flat, still],
      ["a clip with other answers", head, otherwise],
    ] as const;
    // Each waits for its challenge to end, so all wait together.
    const trying = attempts.map(async ([what, before, posing]) => {
      const { page, context } = await site.phone("en");
      const { button } = reader(page, "en");
      await replaceCamera(page);
      await join_(page, "en", { companions: false });
      const last = await standBefore(page, () => button("selfie.open").click(), before, posing, 20);
      expect(last === null || last.state === "refused", what).toBe(true);
      expect(await photosShown(page), what).toEqual([]);
      await context.close();
    });
    await Promise.all(trying);

    // The portrait's own file, sent as every frame by somebody who left the page out.
    const { page, context } = await site.phone("en");
    await join_(page, "en", { companions: false });
    const file = (await readFile(selfieOf(cast[2] ?? ""))).toString("base64");
    const states = await page.evaluate(async (base64) => {
      const headers = { "x-assent": "1" };
      const begun = await fetch("/api/person/challenge", { method: "POST", headers });
      const { challenge } = (await begun.json()) as { challenge: string };
      const body = await (await fetch(`data:image/jpeg;base64,${base64}`).catch(() => null))?.blob();
      const bytes = body ?? new Blob([Uint8Array.from(atob(base64), (one) => one.codePointAt(0) ?? 0)]);
      const seen: string[] = [];
      for (let n = 0; n < 10; n++) {
        const answer = await fetch(`/api/person/challenge/${challenge}/frame`, {
          method: "POST",
          headers: { ...headers, "content-type": "image/jpeg" },
          body: bytes,
        });
        seen.push(((await answer.json()) as { state?: string }).state ?? String(answer.status));
      }
      return seen;
    }, file);
    expect(states).not.toContain("passed");
    expect(states).toContain("going-on");
    expect(await photosShown(page)).toEqual([]);
    await context.close();
  }, 180_000);

  test("a passkey made after joining opens one's photos on a new phone, and nothing else does in its name", async () => {
    const mine = await site.phone("en");
    const keys = await authenticator(mine.page);
    await join_(mine.page, "en", { companions: false, passkey: true });
    const { person } = await me(mine.page);
    const key = await keys.only();

    // As devices hand passkeys on: on a phone that has nothing else of theirs.
    const fresh = await site.phone("en");
    await (await authenticator(fresh.page)).add(key);
    const { button, heading, text } = reader(fresh.page, "en");
    const finished = (page: Page) =>
      page.waitForResponse((response) => response.url().endsWith("/passkey/sign-in/finish"));
    await fresh.page.goto(`${site.address}/recover`);
    const signedIn = finished(fresh.page);
    await button("recover.passkey.open").click();
    await heading("home.title").waitFor();
    expect((await me(fresh.page)).person).toBe(person);

    // The same answer again; a signature by somebody else's key in the passkey's name; a copy whose counter lags behind.
    const replayed = await fresh.page.evaluate(
      async (body) => {
        const headers = { "x-assent": "1", "content-type": "application/json" };
        const answer = await fetch("/api/person/passkey/sign-in/finish", { method: "POST", headers, body });
        return answer.status;
      },
      (await signedIn).request().postData(),
    );
    expect(replayed).toBe(403);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const theirs = privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");
    for (const wrong of [{ ...key, privateKey: theirs, signCount: 50 }, key]) {
      const thief = await site.phone("en");
      await (await authenticator(thief.page)).add(wrong);
      const words = reader(thief.page, "en");
      await thief.page.goto(`${site.address}/recover`);
      const refused = finished(thief.page);
      await words.button("recover.passkey.open").click();
      expect((await refused).status()).toBe(403);
      await words.text("recover.passkey.failed").waitFor();
      await thief.page.goto(`${site.address}/me`);
      await words.heading("signed-out.title").waitFor();
      await thief.context.close();
    }

    // The first phone is told of the second, and ends it; then it ends the passkey too.
    await mine.page.goto(`${site.address}/me`);
    await mine.page.getByText(en["notice.device-added"].split("{")[0] ?? "").waitFor();
    await mine.page.goto(`${site.address}/me/choices`);
    const end = mine.page.getByRole("button", { name: /^Sign out the device/ });
    await end.click();
    await end.waitFor({ state: "detached" });
    await fresh.page.goto(`${site.address}/me`);
    await heading("signed-out.title").waitFor();
    await mine.page.getByRole("button", { name: /^Remove the passkey/ }).click();
    await mine.page.getByText(en["passkeys.none"]).waitFor();
    const refused = finished(fresh.page);
    await button("recover.passkey.open").click();
    expect((await refused).status()).toBe(403);
    await text("recover.passkey.failed").waitFor();
    await mine.context.close();
    await fresh.context.close();
  });

  test("the log of all of it names nobody and holds no secret", () => {
    const log = site.lines.join("\n");
    expect(site.lines.length).toBeGreaterThan(50);
    for (const secret of [NAME, "Wilhelmina", MAIL, "quux", "127.0.0.1"]) expect(log).not.toContain(secret);
  });

  async function me(page: Page): Promise<{ person: string }> {
    return page.evaluate(async () => {
      const answer = await fetch("/api/person/me", { headers: { "x-assent": "1" } });
      return (await answer.json()) as { person: string };
    });
  }

  /** Which of the switches is about companions, by the words of the text that is agreed to. */
  async function switchAt(page: Page, _title: string): Promise<number> {
    await page.getByRole("switch").first().waitFor();
    const { consents } = await page.evaluate(async () => {
      const answer = await fetch("/api/person/me", { headers: { "x-assent": "1" } });
      return (await answer.json()) as { consents: { channel: string | null }[] };
    });
    const switches = await page.getByRole("switch").all();
    const names = await Promise.all(switches.map((one) => one.getAttribute("aria-labelledby")));
    const at = names.findIndex((name) => name?.includes("companions") === true);
    return at < 0 ? consents.findIndex((one) => one.channel === "companions") : at;
  }
});
