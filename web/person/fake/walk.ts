import type { Page } from "playwright-core";
import type { View, Words } from "./browser.ts";
import { CONSENT_RECEIPT, id, PHOTOS, RECEIPT } from "./data.ts";
import type { Scenario } from "./serve.ts";

type Act = NonNullable<View<Scenario>["act"]>;

const JOIN = "/join#made-up-secret";
const NEW = { signedIn: false } as const;

const tap = async (page: Page, name: string): Promise<void> => {
  await page.getByRole("button", { name, exact: false }).first().click();
};
const galleryOne: Act = async (page, w) => {
  await tap(page, w("Photo 3 sur", "Photo 3 of"));
  await page.getByRole("link", { name: w("Enregistrer cette photo", "Save this photo") }).waitFor();
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
  await page.getByText("7XK2-0M9Q-ZZ4T-31WV").waitFor();
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

/** As a browser answers without a camera, or without leave to use it. */
const withoutCamera =
  (why: string): Act =>
  async (page, w) => {
    await page.evaluate((name) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", name));
    }, why);
    await openCamera(page, w);
    await page.getByRole("button", { name: w("Recommencer", "Start again") }).waitFor();
  };

/** Every page, and the states of it that look different. */
export const VIEWS: readonly View<Scenario>[] = [
  { name: "join-first", path: JOIN, scenario: NEW },
  {
    name: "join-first-guardian",
    like: "join-first",
    path: JOIN,
    scenario: { ...NEW, invitation: "guardian" },
  },
  {
    name: "join-majority",
    like: "join-you",
    path: JOIN,
    scenario: { ...NEW, invitation: "guardian" },
    act: async (page, w) => {
      await find(page, w);
      await tap(
        page,
        w("Oui, je suis le parent ou le tuteur de Lou", "Yes, I am the parent or guardian of Lou"),
      );
      await page.getByLabel(w("Date des 18 ans", "Date of turning 18")).waitFor();
    },
  },
  {
    name: "join-guardian",
    like: "join-age",
    path: JOIN,
    scenario: { ...NEW, invitation: "guardian" },
    act: find,
  },
  {
    name: "join-not-guardian",
    like: "join-younger",
    path: JOIN,
    scenario: { ...NEW, invitation: "guardian" },
    act: async (page, w) => {
      await find(page, w);
      await page.getByRole("button", { name: w("Non", "No"), exact: true }).click();
    },
  },
  { name: "join-off", like: "join-first", path: JOIN, scenario: { ...NEW, matchingOff: true } },
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
  {
    name: "join-failed",
    like: "join-you",
    path: JOIN,
    scenario: { ...NEW, wrongCode: true },
    act: async (page, w) => {
      await you(page, w);
      await tap(page, w("Terminer", "Finish"));
      await page.getByRole("alert").waitFor();
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
    act: instruction("doit d’abord regarder", "has to look first"),
  },
  {
    name: "camera-closed",
    like: "camera-refused",
    path: "/me/selfie",
    act: withoutCamera("NotAllowedError"),
  },
  { name: "camera-none", like: "camera-refused", path: "/me/selfie", act: withoutCamera("NotFoundError") },
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
  {
    name: "home-waiting",
    like: "home-frozen",
    path: "/me",
    scenario: { photos: "none", guardian: true, waiting: true, enrolment: "provisional" },
  },
  { name: "home-to-confirm", like: "home", path: "/me", scenario: { onSite: true } },
  { name: "home-of-age", like: "home-frozen", path: "/me", scenario: { photos: "none", ofAge: true } },
  {
    name: "home-without",
    like: "home-none",
    path: "/me",
    scenario: { photos: "none", findMe: false, enrolment: "none" },
  },
  { name: "home-notices", like: "home", path: "/me", scenario: { photos: "none", everyNotice: true } },
  {
    name: "home-offline",
    like: "home",
    path: "/me",
    act: async (page) => {
      await page.getByRole("link", { name: /\(9/ }).waitFor();
      await page.context().setOffline(true);
    },
  },
  { name: "home-signed-out", path: "/me", scenario: NEW },
  { name: "home-trouble", path: "/me", scenario: { trouble: 503 } },
  { name: "asked", path: "/me/asked" },
  { name: "asked-none", like: "home-none", path: "/me/asked", scenario: { photos: "none" } },
  { name: "confirm", path: "/me/confirm" },
  {
    name: "confirm-done",
    like: "confirm",
    path: "/me/confirm",
    act: async (page, w) => {
      await page.locator(".pick").first().click();
      await tap(page, w("Oui, c’est moi", "All these are me"));
      await page.getByText(w("photos confirmées.", "photos confirmed.")).waitFor();
    },
  },
  { name: "confirm-none", like: "home-none", path: "/me/confirm", scenario: { photos: "none" } },
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
  { name: "browse-empty", like: "home-none", path: "/me/browse", scenario: { photos: "none" } },
  { name: "choices", path: "/me/choices" },
  {
    name: "choices-text-changed",
    like: "choices",
    path: "/me/choices",
    scenario: { guardian: true, textChanged: true },
  },
  { name: "choices-address", like: "choices", path: "/me/choices", scenario: { address: "waiting" } },
  { name: "choices-confirmed", like: "choices", path: "/me/choices", scenario: { address: "confirmed" } },
  {
    name: "choices-switched",
    path: "/me/choices",
    act: async (page, w) => {
      await page.getByRole("switch").first().click();
      await page.getByText(w("Arrêté en", "Stopped in")).waitFor();
      await page.getByText(w("Le texte", "The text")).first().click();
    },
  },
  {
    name: "choices-email",
    like: "choices",
    path: "/me/choices",
    act: async (page, w) => {
      await page.getByRole("switch", { name: w("M’écrire", "Write to me") }).click();
      await page.getByLabel(w("Adresse e-mail", "E-mail address")).waitFor();
    },
  },
  { name: "looks", path: "/me/looks" },
  { name: "looks-none", like: "home-none", path: "/me/looks", scenario: { photos: "none" } },
  { name: "shown", path: "/me/shown" },
  { name: "shown-none", like: "home-none", path: "/me/shown", scenario: { photos: "none" } },
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
  {
    name: "recover-mail",
    path: "/recover",
    scenario: NEW,
    act: async (page, w) => {
      await page.getByLabel(w("Adresse e-mail", "E-mail address")).fill("alix@example.org");
      await tap(page, w("Recevoir un lien", "Send me a link"));
      await page.getByText(w("un lien vient de partir", "a link is on its way")).waitFor();
    },
  },
  { name: "recover-no-mail", like: "recover", path: "/recover", scenario: { ...NEW, mail: false } },
  {
    name: "recovered",
    like: "join-keep",
    path: "/recover",
    scenario: NEW,
    act: async (page, w) => {
      await page.getByLabel(w("Code de secours", "Recovery code")).fill("7XK2-0M9Q-ZZ4T-31WV");
      await tap(page, w("Ouvrir mes photos", "Open my photos"));
      await page.getByText("7XK2-0M9Q-ZZ4T-31WV").waitFor();
    },
  },
  { name: "recover-link", path: "/recover#made-up-secret", scenario: NEW },
  { name: "address", path: "/address#made-up-secret", scenario: NEW },
  {
    name: "address-done",
    path: "/address#made-up-secret",
    scenario: NEW,
    act: (page, w) => tap(page, w("Confirmer mon adresse", "Confirm my address")),
  },
  { name: "verify", like: "verify-invalid", path: "/verify", scenario: NEW },
  {
    name: "verify-invalid",
    path: "/verify",
    scenario: { ...NEW, receiptValid: false },
    act: async (page, w) => {
      await page.getByLabel(w("Le reçu", "The receipt"), { exact: true }).fill("IMG_4711");
      await page.getByRole("button", { name: w("Vérifier", "Check"), exact: true }).click();
      await page.getByText(w("Ce n’est pas un reçu", "This is not a receipt")).waitFor();
    },
  },
  {
    name: "verify-steps",
    path: "/verify",
    scenario: NEW,
    act: async (page, w) => {
      await page.getByLabel(w("Le reçu", "The receipt"), { exact: true }).fill(CONSENT_RECEIPT);
      await page.getByRole("button", { name: w("Vérifier", "Check"), exact: true }).click();
      await page.getByText(w("Ce qui a été regardé", "What was looked at")).waitFor();
    },
  },
  { name: "receipt-none", like: "verify-invalid", path: "/receipt", scenario: NEW },
  { name: "receipt-consent", path: `/receipt#${CONSENT_RECEIPT}`, scenario: NEW },
  { name: "receipt-erasure", path: `/receipt#${RECEIPT}`, scenario: NEW },
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
  { name: "gallery", path: "/gallery#made-up-secret", scenario: NEW },
  {
    name: "gallery-changed",
    like: "gallery",
    path: "/gallery#made-up-secret",
    scenario: { ...NEW, gallery: "changed" },
  },
  {
    name: "gallery-empty",
    like: "gallery",
    path: "/gallery#made-up-secret",
    scenario: { ...NEW, gallery: "empty" },
  },
  {
    name: "gallery-gone",
    like: "join-gone",
    path: "/gallery#made-up-secret",
    scenario: { ...NEW, gallery: "gone" },
  },
  { name: "gallery-one", path: "/gallery#made-up-secret", scenario: NEW, act: galleryOne },
  {
    name: "gallery-hide",
    path: "/gallery#made-up-secret",
    scenario: NEW,
    act: async (page, w) => {
      await galleryOne(page, w);
      await tap(page, w("Me masquer", "Hide me"));
    },
  },
  { name: "no-page", like: "join-gone", path: "/me/nowhere/at/all" },
];
