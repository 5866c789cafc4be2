import type { Page } from "playwright-core";
import type { View, Words } from "../../person/fake/browser.ts";
import { draw, scene } from "../../person/fake/drawing.ts";
import { LOOKED_PHOTOS, PARTY } from "./data.ts";
import { LETTER } from "./matters.ts";
import type { Scenario } from "./serve.ts";

const HOME = `/staff/collections/${PARTY}`;
const PHOTO = LOOKED_PHOTOS[0]?.id;
const CHANNEL = `${HOME}/publish/${encodeURIComponent("site de l’harmonie")}`;

const tap = async (page: Page, name: string): Promise<void> => {
  await page.getByRole("button", { name, exact: true }).first().click();
};
const look = async (page: Page, w: Words): Promise<void> => {
  await tap(page, w("Regarder les images", "Look through the pictures"));
  await page.getByAltText("DSC_04707.jpg").waitFor();
};
/** A drawn portrait, as the desk would take one. */
const portrait = async (page: Page, w: Words): Promise<void> => {
  const buffer = await draw(scene(3), () => true, 800);
  await page
    .getByLabel(w("Prendre ou choisir la photo", "Take or choose the photo"))
    .first()
    .setInputFiles({ name: "portrait.jpg", mimeType: "image/jpeg", buffer });
  await page.getByAltText(w("La photo qui sera lue", "The photo that will be read")).waitFor();
};
const vouch = async (page: Page, w: Words): Promise<void> => {
  await page.getByLabel(w("Me retrouver dans ces photos", "Find me in these photos")).check();
  await portrait(page, w);
};
const vouched = async (page: Page, w: Words): Promise<void> => {
  await vouch(page, w);
  await tap(page, w("Je me porte garant", "I vouch"));
  await page.getByRole("button", { name: w("Personne suivante", "Next person") }).waitFor();
};

const openFace = async (page: Page, w: Words, face: number): Promise<void> => {
  await page.getByRole("button", { name: w(`Visage ${face}`, `Face ${face}`) }).click();
  await page
    .getByLabel(w("Pourquoi vous regardez", "Why you look"))
    .fill(w("Elle demande ses photos", "They ask for their photos"));
  await page.locator("form button[type=submit]").click();
};

const chooseAccount = async (page: Page, w: Words): Promise<void> => {
  await page
    .getByLabel(w("Ce qui est en de mauvaises mains", "What got into wrong hands"))
    .selectOption("Noé Lambert");
  await tap(page, w("Montrer qui est concerné", "Show whom it concerns"));
  await page.locator("#reached-title").waitFor();
};

const beginSecondFactor = async (page: Page, w: Words): Promise<void> => {
  await tap(page, w("Mettre en place", "Set up"));
  await page.getByLabel(w("Mot de passe actuel", "Current password")).first().fill("four words in a row");
  await tap(page, w("Continuer", "Go on"));
  await page.locator(".qr").waitFor();
};

/** Every page, and the states of it that look different. */
export const VIEWS: readonly View<Scenario>[] = [
  { name: "sign-in", path: "/staff", scenario: { signedIn: false } },
  {
    name: "sign-in-code",
    path: "/staff",
    scenario: { signedIn: false, code: "asked" },
    act: async (page, w) => {
      await page.getByLabel(w("Adresse e-mail", "E-mail address")).fill("camille@example.org");
      await page.getByLabel(w("Mot de passe", "Password"), { exact: true }).fill("four words in a row");
      await tap(page, w("Se connecter", "Sign in"));
      await page.getByLabel(w("Code à six chiffres", "Code of six digits")).waitFor();
    },
  },
  { name: "sign-in-sso", path: "/staff", scenario: { signedIn: false, sso: "beside" } },
  { name: "sign-in-sso-only", path: "/staff", scenario: { signedIn: false, sso: "only" } },
  {
    name: "invitation-sso-only",
    path: "/staff/invitation#made-up",
    scenario: { signedIn: false, sso: "only" },
  },
  { name: "signed-in-there", path: "/staff/signed-in?error=access_denied", scenario: { signedIn: false } },
  {
    name: "sign-in-wrong",
    path: "/staff",
    scenario: { signedIn: false },
    act: async (page, w) => {
      await page.getByLabel(w("Adresse e-mail", "E-mail address")).fill("camille@example.org");
      await page.getByLabel(w("Mot de passe", "Password"), { exact: true }).fill("not this one");
      await tap(page, w("Se connecter", "Sign in"));
      await page.getByRole("alert").waitFor();
    },
  },
  { name: "setup", path: "/staff/setup#made-up", scenario: { signedIn: false } },
  { name: "invited", path: "/staff/invitation#made-up", scenario: { signedIn: false } },
  { name: "invited-gone", path: "/staff/invitation#made-up", scenario: { signedIn: false, setup: "gone" } },
  { name: "team", path: "/staff/team" },
  {
    name: "team-link",
    path: "/staff/team",
    act: async (page, w) => {
      await tap(page, w("Créer le lien", "Make the link"));
      await page.getByRole("button", { name: w("Copier le lien", "Copy the link") }).waitFor();
    },
  },
  { name: "keys", path: "/staff/keys" },
  { name: "keys-empty", path: "/staff/keys", scenario: { there: "nothing" } },
  {
    name: "keys-made",
    path: "/staff/keys",
    act: async (page, w) => {
      await page.getByLabel(w("Nom du programme", "Name of the program")).fill("Website");
      await tap(page, w("Créer une clé", "Make a key"));
      await page.getByText("assent_8c9d0e1f", { exact: false }).waitFor();
    },
  },
  {
    name: "webhooks",
    path: "/staff/webhooks",
    act: async (page, w) => {
      await page
        .getByText(w("Messages des 30 derniers jours", "Messages of the last 30 days"))
        .first()
        .click();
      await page.getByRole("table").waitFor();
    },
  },
  { name: "webhooks-empty", path: "/staff/webhooks", scenario: { there: "nothing" } },
  {
    name: "webhooks-made",
    path: "/staff/webhooks",
    act: async (page, w) => {
      await page
        .getByRole("textbox", { name: w("Adresse", "Address") })
        .fill("https://site.example.org/assent");
      await tap(page, w("Ajouter un programme", "Add a program"));
      await page.getByText("whsec_", { exact: false }).waitFor();
    },
  },
  { name: "folders", path: `${HOME}/folders` },
  {
    name: "folders-sure",
    path: `${HOME}/folders`,
    act: async (page, w) => {
      await tap(page, w("Supprimer ces photos", "Delete these photos"));
      await page
        .getByRole("button", { name: w("Ne plus surveiller", "Stop watching") })
        .first()
        .click();
    },
  },
  { name: "folders-empty", path: `${HOME}/folders`, scenario: { there: "nothing" } },
  { name: "folders-not-allowed", path: `${HOME}/folders`, scenario: { there: "nothing", libraries: false } },
  { name: "collections-photographer", path: "/staff", scenario: { as: "photographer" } },
  { name: "collection-photographer", path: HOME, scenario: { as: "photographer" } },
  { name: "setup-password", path: "/staff/setup#made-up", scenario: { signedIn: false, setup: "password" } },
  { name: "setup-gone", path: "/staff/setup#made-up", scenario: { signedIn: false, setup: "gone" } },
  { name: "collections", path: "/staff" },
  { name: "collections-empty", path: "/staff", scenario: { there: "nothing" } },
  { name: "collections-no-trial", path: "/staff", scenario: { there: "nothing", trial: "none" } },
  { name: "collections-trouble", path: "/staff", scenario: { trouble: 503 } },
  {
    name: "new",
    path: "/staff/new",
    act: async (page, w) => {
      await tap(page, w("+ Ajouter un canal", "+ Add a channel"));
    },
  },
  {
    name: "new-school",
    path: "/staff/new",
    act: async (page, w) => {
      await page
        .getByLabel(w("Pour qui sont ces photos", "For whom are these photos"))
        .selectOption("school");
      await page.getByLabel(w("Seulement pour qui le demande", "Only for those who ask for it")).check();
      await page.getByLabel(w("Deux responsables", "Two guardians")).check();
      await page.getByLabel(w("Pourquoi la reconnaissance", "Why recognise faces")).waitFor();
    },
  },
  { name: "collection", path: HOME },
  { name: "collection-empty", path: HOME, scenario: { there: "nothing" } },
  {
    name: "collection-trial",
    path: HOME,
    scenario: { trial: "here" },
    act: async (page, w) => {
      await tap(page, w("Supprimer l’essai", "Delete the trial"));
    },
  },
  { name: "collection-running", path: HOME, scenario: { scan: "running" } },
  { name: "collection-stopped", path: HOME, scenario: { scan: "stopped" } },
  { name: "collection-failures", path: HOME, scenario: { scan: "failures" } },
  { name: "collection-closed", path: HOME, scenario: { closed: true } },
  {
    name: "collection-sending",
    path: HOME,
    act: async (page, w) => {
      const photos = Array.from({ length: 12 }, (_, n) => ({
        name: `DSC_0${4700 + n}.jpg`,
        mimeType: "image/jpeg",
        buffer: Buffer.from("made up"),
      }));
      await page.getByLabel(w("Choisir des photos", "Choose photos")).setInputFiles(photos);
      await page.getByText(w("envoi en cours", "· sending")).waitFor();
    },
  },
  { name: "print", path: `${HOME}/print` },
  {
    name: "print-made",
    path: `${HOME}/print`,
    scenario: { guardians: 2 },
    act: async (page, w) => {
      await page.getByLabel(w("Aussi à montrer sur une photo", "Also to be held up in a photo")).check();
      await page.getByLabel(w("Adresse e-mail", "E-mail address")).fill("charlie@example.org");
      await tap(page, w("Inviter", "Invite"));
      await page.getByText(w("Remettez ce lien vous-même", "Hand this link over yourself")).waitFor();
      await page.getByLabel(w("Une page par jour", "One page a day")).check();
      await page.getByLabel(w("Nom de l’enfant", "The child’s name"), { exact: true }).fill("Lou");
      await tap(page, w("Créer le lien", "Make the link"));
      await page.getByText("made-up-guardian-too").waitFor();
    },
  },
  { name: "desk", path: `${HOME}/desk` },
  { name: "desk-filled", path: `${HOME}/desk`, scenario: { limit: true }, act: vouch },
  { name: "desk-vouched", path: `${HOME}/desk`, act: vouched },
  { name: "desk-without", path: `${HOME}/desk`, scenario: { vouched: "without-template" }, act: vouched },
  { name: "desk-frozen", path: `${HOME}/desk`, scenario: { vouched: "frozen" }, act: vouched },
  {
    name: "desk-promote",
    path: `${HOME}/desk`,
    act: async (page, w) => {
      await tap(page, w("Me porter garant", "Vouch for them"));
    },
  },
  { name: "publish", path: CHANNEL },
  {
    name: "publish-empty",
    path: CHANNEL,
    scenario: { there: "nothing" },
    act: async (page, w) => {
      await tap(page, w("Regarder les images", "Look through the pictures"));
      await page.getByText(w("encore rien à publier", "nothing to publish yet")).waitFor();
    },
  },
  { name: "publish-look", path: CHANNEL, act: look },
  {
    name: "publish-marking",
    path: CHANNEL,
    act: async (page, w) => {
      await look(page, w);
      await page
        .getByRole("button", { name: w("Masquer un autre endroit", "Hide another place") })
        .first()
        .click();
    },
  },
  { name: "publish-running", path: CHANNEL, scenario: { publishing: "running" } },
  { name: "publish-failed", path: CHANNEL, scenario: { publishing: "failed" } },
  { name: "publish-done", path: CHANNEL, scenario: { publishing: "done" } },
  { name: "conflicts", path: "/staff/conflicts" },
  {
    name: "conflicts-open",
    path: "/staff/conflicts",
    act: async (page, w) => {
      await tap(page, w("Voir de qui il s’agit", "See who it is"));
      await page.getByText("Alix").waitFor();
    },
  },
  {
    name: "conflicts-sure",
    path: "/staff/conflicts",
    act: async (page, w) => {
      await tap(page, w("Voir de qui il s’agit", "See who it is"));
      await tap(page, w("Retirer la nouvelle inscription", "Remove the new enrolment"));
    },
  },
  { name: "conflicts-empty", path: "/staff/conflicts", scenario: { there: "nothing" } },
  { name: "requests", path: "/staff/requests" },
  { name: "requests-empty", path: "/staff/requests", scenario: { there: "nothing" } },
  { name: "account", path: "/staff/account" },
  {
    name: "account-scan",
    path: "/staff/account",
    scenario: { there: "nothing" },
    act: beginSecondFactor,
  },
  {
    name: "account-codes",
    path: "/staff/account",
    scenario: { there: "nothing" },
    act: async (page, w) => {
      await beginSecondFactor(page, w);
      await page.getByLabel(w("Code à six chiffres", "Code of six digits")).fill("123456");
      await page.locator("form button[type=submit]", { hasText: w("Mettre en place", "Switch on") }).click();
      await page.locator(".recovery-codes").waitFor();
    },
  },
  { name: "second-factor-needed", path: "/staff", scenario: { code: "needed", there: "nothing" } },
  { name: "to-confirm", path: "/staff/to-confirm" },
  { name: "to-confirm-empty", path: "/staff/to-confirm", scenario: { there: "nothing" } },
  { name: "account-no-mail", path: "/staff/account", scenario: { there: "nothing", mail: false } },
  { name: "address", path: "/staff/address#made-up" },
  { name: "account-empty", path: "/staff/account", scenario: { there: "nothing" } },
  { name: "photos", path: `${HOME}/photos` },
  { name: "photos-empty", path: `${HOME}/photos`, scenario: { there: "nothing" } },
  { name: "photo", path: `${HOME}/photos/${PHOTO}` },
  {
    name: "photo-free",
    path: `${HOME}/photos/${PHOTO}`,
    act: async (page, w) => {
      await openFace(page, w, 2);
      await page.getByText("Charlie").waitFor();
    },
  },
  {
    name: "photo-tagged",
    path: `${HOME}/photos/${PHOTO}`,
    act: async (page, w) => {
      await openFace(page, w, 1);
      await page.getByText("Alix").waitFor();
    },
  },
  {
    name: "photo-found",
    path: `${HOME}/photos/${PHOTO}`,
    scenario: { face: "found" },
    act: async (page, w) => {
      await openFace(page, w, 2);
      await page.getByText("Charlie").waitFor();
    },
  },
  {
    name: "photo-not-told",
    path: `${HOME}/photos/${PHOTO}`,
    scenario: { face: "not-told" },
    act: async (page, w) => {
      await openFace(page, w, 2);
      await page.getByText(w("C’est à cette personne", "It is for them")).waitFor();
    },
  },
  {
    name: "photo-marking",
    path: `${HOME}/photos/${PHOTO}`,
    act: async (page, w) => {
      await tap(page, w("Indiquer un visage oublié", "Mark a face that was missed"));
    },
  },
  {
    name: "photo-never",
    path: `${HOME}/photos/${PHOTO}`,
    act: async (page, w) => {
      await page.getByRole("button", { name: w("Visage 1", "Face 1") }).click();
      await tap(page, w("Ne jamais comparer ce visage", "Never compare this face"));
    },
  },
  {
    name: "photos-selected",
    path: `${HOME}/photos`,
    act: async (page, w) => {
      await page.getByLabel(w("Sélectionner", "Select")).first().click();
    },
  },
  { name: "people", path: `${HOME}/people` },
  { name: "people-empty", path: `${HOME}/people`, scenario: { there: "nothing" } },
  { name: "guests-empty", path: `${HOME}/guests`, scenario: { there: "nothing" } },
  {
    name: "guests",
    path: `${HOME}/guests`,
    act: async (page, w) => {
      await page.getByLabel(w("Choisir la liste (CSV)", "Choose the list (CSV)")).setInputFiles({
        name: "6a.csv",
        mimeType: "text/csv",
        buffer: Buffer.from("email\nalix@example.org\n"),
      });
      await page.getByText("Alix Moreau").waitFor();
      await tap(page, w("Inviter par e-mail (2)", "Invite by e-mail (2)"));
      await page.getByText(w("2 personnes sont invitées", "2 people are invited")).waitFor();
    },
  },
  { name: "look-up", path: "/staff/look-up" },
  {
    name: "look-up-found",
    path: "/staff/look-up",
    act: async (page, w) => {
      const buffer = await draw(scene(3), () => true, 1200);
      await page
        .getByLabel(w("Choisir une image", "Choose a picture"))
        .setInputFiles({ name: "scene.jpg", mimeType: "image/jpeg", buffer });
      await page
        .getByLabel(w("Pourquoi vous regardez", "Why you look"))
        .fill(w("Un manteau oublié", "A coat that was left"));
      await page.locator("form button[type=submit]").click();
      await page.getByText("Alix").waitFor();
    },
  },
  {
    name: "desk-paper",
    path: `${HOME}/desk`,
    act: async (page, w) => {
      await page.getByLabel(w("Elle a signé un papier", "They signed a paper")).check();
      await page.getByLabel(w("Scan ou photo du papier", "Scan or photo of the paper")).setInputFiles({
        name: "accord-signe.pdf",
        mimeType: "application/pdf",
        buffer: Buffer.from("%PDF-1.7 made up"),
      });
    },
  },
  { name: "claims", path: "/staff/claims" },
  {
    name: "claims-open",
    path: "/staff/claims",
    act: async (page, w) => {
      await page
        .getByLabel(w("Pourquoi vous regardez", "Why you look"))
        .first()
        .fill(w("Il demande ses photos", "They ask for their photos"));
      await page.locator("form button[type=submit]").first().click();
      await page.locator("figure img").waitFor();
    },
  },
  { name: "claims-empty", path: "/staff/claims", scenario: { there: "nothing" } },
  { name: "jobs", path: "/staff/jobs" },
  { name: "jobs-empty", path: "/staff/jobs", scenario: { there: "nothing" } },
  { name: "outbox", path: "/staff/outbox" },
  { name: "outbox-no-mail", path: "/staff/outbox", scenario: { mail: false } },
  { name: "outbox-empty", path: "/staff/outbox", scenario: { there: "nothing" } },
  { name: "letter", path: `/staff/outbox/${LETTER.letter}` },
  { name: "letter-gone", path: "/staff/outbox/gone" },
  { name: "officer", path: "/staff/officer" },
  { name: "officer-empty", path: "/staff/officer", scenario: { there: "nothing" } },
  { name: "officer-log", path: "/staff/officer/log", scenario: { check: "holds" } },
  { name: "officer-log-running", path: "/staff/officer/log", scenario: { check: "running" } },
  { name: "officer-log-damaged", path: "/staff/officer/log", scenario: { check: "damaged" } },
  { name: "officer-log-empty", path: "/staff/officer/log", scenario: { there: "nothing", check: "holds" } },
  { name: "officer-accounts", path: "/staff/officer/accounts" },
  { name: "officer-accounts-empty", path: "/staff/officer/accounts", scenario: { there: "nothing" } },
  { name: "officer-calendar", path: "/staff/officer/calendar" },
  { name: "officer-calendar-empty", path: "/staff/officer/calendar", scenario: { there: "nothing" } },
  { name: "officer-error-rates", path: "/staff/officer/error-rates" },
  { name: "officer-error-rates-empty", path: "/staff/officer/error-rates", scenario: { there: "nothing" } },
  { name: "officer-texts", path: "/staff/officer/texts" },
  { name: "officer-texts-empty", path: "/staff/officer/texts", scenario: { there: "nothing" } },
  { name: "officer-left", path: "/staff/officer/disclosures" },
  { name: "officer-left-empty", path: "/staff/officer/disclosures", scenario: { there: "nothing" } },
  { name: "officer-papers", path: "/staff/officer/papers" },
  { name: "officer-reach", path: "/staff/officer/reach" },
  { name: "officer-reach-found", path: "/staff/officer/reach", act: chooseAccount },
  {
    name: "officer-reach-nobody",
    path: "/staff/officer/reach",
    scenario: { there: "nothing" },
    act: chooseAccount,
  },
  {
    name: "officer-reach-names",
    path: "/staff/officer/reach",
    act: async (page, w) => {
      await chooseAccount(page, w);
      await page
        .getByLabel(w("Pourquoi vous ouvrez les noms", "Why you open the names"))
        .fill(w("Prévenir les personnes concernées", "To tell those concerned"));
      await tap(page, w("Ouvrir 3 noms", "Open 3 names"));
      await page.getByText("Alix Bertin").waitFor();
    },
  },
  { name: "officer-trouble", path: "/staff/officer/log", scenario: { trouble: 503 } },
  { name: "no-page", path: "/staff/nowhere" },
];
