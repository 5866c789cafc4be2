import { createHash } from "node:crypto";
import type { Language, Purpose } from "../db/index.ts";

/**
 * The texts that people agree to, both languages side by side; a change of one asks for the other and for a new
 * version. What a person agreed to is kept by version, language and hash.
 */
export const TEXT_VERSION = "2026-11";

/** The built-in channel: the other people in the same photo. */
export const COMPANIONS = "companions";

type Text = Readonly<Record<Language, string>>;

const TEXTS: Readonly<Record<Exclude<Purpose, "publish">, Text>> = {
  "find-me": {
    fr: "Me retrouver dans ces photos. Votre selfie devient un code chiffré qui sert à vous reconnaître dans cette collection, et nulle part ailleurs. Il est détruit à la date prévue, ou dès que vous le demandez. Pour vous chercher, chaque visage de ces photos est comparé au vôtre, en mémoire, puis oublié. Aucun visage non inscrit n'est enregistré.",
    en: "Find me in these photos. Your selfie becomes a sealed code used to recognise you in this collection, and nowhere else. It is destroyed on the date given, or as soon as you say so. To look for you, every face in these photos is compared with yours, in memory, then forgotten. No face that has not joined is kept.",
  },
  "keep-template": {
    fr: "Garder mon code après cette collection, pour que d'autres collections puissent me demander si je veux être retrouvé.",
    en: "Keep my code beyond this collection, so that later collections can ask me whether I would like to be found.",
  },
  "show-name": {
    fr: "Mon nom peut accompagner mon visage là où j'ai accepté qu'il apparaisse.",
    en: "My name may go with my face where I agreed that it appears.",
  },
  "staff-lookup": {
    fr: "L'équipe peut demander si je figure sur une photo. Je vois chaque demande et son motif.",
    en: "Staff may ask whether I am in a photo. I see each request and its reason.",
  },
  contact: {
    fr: "On peut m'écrire au sujet de ces photos.",
    en: "I may be written to about these photos.",
  },
};

/** `publish` to the other people in the same photo. */
const TO_COMPANIONS: Text = {
  fr: "Les autres personnes de la même photo peuvent voir mon visage. Sinon, il leur est masqué.",
  en: "Others in the same photo may see my face. Otherwise it is hidden from them.",
};

/** `publish` to any other channel; its name is part of what is signed. */
const TO_CHANNEL = {
  fr: (channel: string) =>
    `Mon visage peut apparaître sur : ${channel}. Sinon, il est masqué sur ce support.`,
  en: (channel: string) => `My face may appear on: ${channel}. Otherwise it is hidden there.`,
} as const satisfies Record<Language, (channel: string) => string>;

/** The text that is signed. `channel`: of `publish` alone, else null. */
export function consentText(purpose: Purpose, channel: string | null, language: Language): string {
  if (purpose !== "publish") return TEXTS[purpose][language];
  return channel === null || channel === COMPANIONS ? TO_COMPANIONS[language] : TO_CHANNEL[language](channel);
}

/** SHA-256 of the text in UTF-8, hex. */
export function textDigest(purpose: Purpose, channel: string | null, language: Language): string {
  return createHash("sha256")
    .update(consentText(purpose, channel, language), "utf8")
    .digest("hex");
}

/** The texts that people agree to now: their version, and one hash over all of them that changes with any. */
export function textsInForce(): { readonly version: string; readonly digest: string } {
  const languages: readonly Language[] = ["fr", "en"];
  const purposes = Object.keys(TEXTS) as (keyof typeof TEXTS)[];
  const digests = languages.flatMap((language) => [
    ...purposes.map((purpose) => textDigest(purpose, null, language)),
    ...[COMPANIONS, "*"].map((channel) => textDigest("publish", channel, language)),
  ]);
  return { version: TEXT_VERSION, digest: createHash("sha256").update(digests.join("\n")).digest("hex") };
}
