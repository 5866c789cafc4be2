import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { draw } from "./drawing.ts";
import { id, PHOTOS } from "./data.ts";
import type { Scenario } from "./serve.ts";

/** One view of the pages, and how somebody gets to it. */
export interface View {
  readonly name: string;
  readonly scenario?: Partial<Scenario>;
  readonly path: string;
  /** The view whose parts it is made of: it is shown, and not walked by the test. */
  readonly like?: string;
  /** What is tapped and typed after the page has opened, by the words of the language it is in. */
  readonly act?: (page: Page, words: (fr: string, en: string) => string) => Promise<void>;
}

type Act = NonNullable<View["act"]>;
type Words = Parameters<Act>[1];

const JOIN = "/join#made-up-secret";
const NEW = { signedIn: false } as const;

const tap = async (page: Page, name: string): Promise<void> => {
  await page.getByRole("button", { name, exact: false }).first().click();
};
const find = async (page: Page, w: Words) => tap(page, w("Retrouver mes photos", "Find my photos"));
const code: Act = async (page, w) => {
  await find(page, w);
  await page.getByLabel(w("Code du jour", "Code of the day")).fill("TILLEUL");
};
const age: Act = async (page, w) => {
  await code(page, w);
  await tap(page, w("Continuer", "Continue"));
};
const findMe: Act = async (page, w) => {
  await age(page, w);
  await tap(page, w("J’ai 15 ans", "I am 15"));
};
const companions: Act = async (page, w) => {
  await findMe(page, w);
  await tap(page, w("Oui, me retrouver", "Yes, find me"));
};
const uses: Act = async (page, w) => {
  await companions(page, w);
  await tap(page, w("Oui, elles peuvent", "Yes, they may"));
};
const you: Act = async (page, w) => {
  await uses(page, w);
  await page.getByText(w("site de l’harmonie", "site de l’harmonie")).first().click();
  await tap(page, w("Continuer", "Continue"));
};
const kept: Act = async (page, w) => {
  await you(page, w);
  await tap(page, w("Terminer", "Finish"));
  await page.getByText("TILLEUL-7K4M").waitFor();
};
const openCamera: Act = async (page, w) => {
  await tap(page, w("Ouvrir la caméra", "Open the camera"));
};
const instruction =
  (fr: string, en: string): Act =>
  async (page, w) => {
    await openCamera(page, w);
    await page.getByText(w(fr, en)).first().waitFor();
  };

/** Every page, and the states of it that look different. */
export const VIEWS: readonly View[] = [
  { name: "join-first", path: JOIN, scenario: NEW },
  {
    name: "join-first-guardian",
    like: "join-first",
    path: JOIN,
    scenario: { ...NEW, invitation: "guardian" },
  },
  { name: "join-gone", path: JOIN, scenario: { ...NEW, invitation: "gone" } },
  { name: "join-without-invitation", path: "/join", scenario: NEW },
  { name: "join-who", path: JOIN, act: find },
  { name: "join-code", like: "join-you", path: JOIN, scenario: NEW, act: code },
  { name: "join-age", path: JOIN, scenario: NEW, act: age },
  {
    name: "join-younger",
    path: JOIN,
    scenario: NEW,
    act: async (page, w) => {
      await age(page, w);
      await tap(page, w("Je suis plus jeune", "I am younger"));
    },
  },
  { name: "join-find-me", path: JOIN, scenario: NEW, act: findMe },
  { name: "join-companions", path: JOIN, scenario: NEW, act: companions },
  { name: "join-uses", path: JOIN, scenario: NEW, act: uses },
  {
    name: "join-you",
    path: JOIN,
    scenario: NEW,
    act: async (page, w) => {
      await you(page, w);
      await page.getByLabel(w("Votre nom", "Your name")).fill("Alix");
      await page.getByText(w("On peut m’écrire", "I may be written to")).click();
    },
  },
  { name: "join-keep", path: JOIN, scenario: NEW, act: kept },
  {
    name: "join-passkey",
    path: JOIN,
    scenario: NEW,
    act: async (page, w) => {
      await kept(page, w);
      await tap(page, w("C’est noté", "I have it"));
    },
  },
  { name: "link", path: JOIN, scenario: { ...NEW, invitation: "personal" } },
  { name: "selfie", path: "/me/selfie", scenario: { enrolment: "provisional" } },
  {
    name: "selfie-others",
    path: "/me/selfie",
    act: async (page, w) => tap(page, w("Sans caméra", "Without a camera")),
  },
  {
    name: "camera-straight",
    path: "/me/selfie",
    act: instruction("Regardez droit", "Look straight"),
  },
  {
    name: "camera-left",
    like: "camera-straight",
    path: "/me/selfie",
    scenario: { challenge: "turn-left" },
    act: instruction("vers votre gauche", "to your left"),
  },
  {
    name: "camera-light",
    like: "camera-straight",
    path: "/me/selfie",
    scenario: { challenge: "to-the-light" },
    act: instruction("vers la lumière", "towards the light"),
  },
  {
    name: "camera-refused",
    path: "/me/selfie",
    scenario: { challenge: "refused" },
    act: instruction("n’a pas marché cette fois", "did not work this time"),
  },
  {
    name: "camera-passed",
    like: "camera-refused",
    path: "/me/selfie",
    scenario: { challenge: "passed" },
    act: instruction("C’est bon", "That is done"),
  },
  {
    name: "camera-frozen",
    like: "camera-refused",
    path: "/me/selfie",
    scenario: { challenge: "frozen" },
    act: instruction("doit regarder avant", "has to look first"),
  },
  { name: "home", path: "/me" },
  { name: "home-looking", path: "/me", scenario: { photos: "looking" } },
  { name: "home-none", path: "/me", scenario: { photos: "none" } },
  {
    name: "home-unfinished",
    like: "home-frozen",
    path: "/me",
    scenario: { photos: "none", enrolment: "provisional" },
  },
  { name: "home-frozen", path: "/me", scenario: { photos: "none", enrolment: "frozen" } },
  { name: "home-signed-out", path: "/me", scenario: NEW },
  { name: "home-trouble", path: "/me", scenario: { trouble: 503 } },
  { name: "asked", path: "/me/asked" },
  { name: "photo", path: `/me/photo/${PHOTOS[1]?.photo.id}` },
  {
    name: "photo-wrong",
    path: `/me/photo/${PHOTOS[1]?.photo.id}`,
    act: async (page, w) => tap(page, w("Ce n’est pas moi", "This is not me")),
  },
  { name: "browse", path: "/me/browse" },
  {
    name: "browse-open",
    path: "/me/browse",
    act: async (page, w) => {
      await tap(page, w("Photo 2,", "Photo 2,"));
      await tap(page, w("Visage 1 sur", "Face 1 of"));
    },
  },
  { name: "choices", path: "/me/choices" },
  {
    name: "choices-switched",
    path: "/me/choices",
    act: async (page, w) => {
      await page.getByRole("switch").first().click();
      await page.getByText(w("Arrêté en", "Stopped in")).waitFor();
      await page.getByText(w("Le texte", "The text")).first().click();
    },
  },
  { name: "looks", path: "/me/looks" },
  { name: "looks-none", like: "home-none", path: "/me/looks", scenario: { photos: "none" } },
  { name: "shown", path: "/me/shown" },
  { name: "leave", path: "/me/leave" },
  {
    name: "left",
    path: "/me/leave",
    act: async (page, w) => {
      await tap(page, w("Me retirer maintenant", "Leave now"));
      await page.getByText("SAULE-3T8N").waitFor();
      await tap(page, w("Vérifier le reçu maintenant", "Check the receipt now"));
      await page.getByText(w("authentique", "genuine")).waitFor();
    },
  },
  { name: "recover", path: "/recover", scenario: NEW },
  { name: "verify", like: "verify-invalid", path: "/verify", scenario: NEW },
  {
    name: "verify-invalid",
    path: "/verify",
    scenario: { ...NEW, receiptValid: false },
    act: async (page, w) => {
      await page.getByLabel(w("Le reçu", "The receipt"), { exact: true }).fill("a.b.c");
      await page.getByRole("button", { name: w("Vérifier", "Check"), exact: true }).click();
      await page.getByText(w("n’est pas authentique", "is not genuine")).waitFor();
    },
  },
  { name: "hide-me", like: "hide-me-photo", path: "/hide-me", scenario: NEW },
  {
    name: "hide-me-photo",
    path: `/hide-me?rendition=${id(4, 31)}`,
    scenario: NEW,
    act: async (page, w) => {
      await page
        .getByRole("button", { name: w("Montrer l’endroit", "Point out") })
        .click({ position: { x: 90, y: 100 } });
    },
  },
  {
    name: "hide-me-done",
    path: `/hide-me?rendition=${id(4, 31)}`,
    scenario: NEW,
    act: async (page, w) => {
      await tap(page, w("Envoyer", "Send"));
      await page.getByText(w("C’est reçu", "Received")).waitFor();
    },
  },
  { name: "no-page", like: "join-gone", path: "/me/nowhere/at/all" },
];

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

export interface Look {
  readonly language: "fr" | "en";
  readonly width: number;
  readonly height: number;
  readonly dark: boolean;
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
export async function open(page: Page, url: string, view: View, language: Look["language"]): Promise<void> {
  await page.goto(url + view.path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await view.act?.(page, (fr, en) => (language === "fr" ? fr : en));
  await page.waitForFunction(
    () =>
      document.querySelector(".waiting") === null &&
      [...document.images].every((image) => image.complete || image.loading === "lazy"),
  );
}
