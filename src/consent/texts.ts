import { createHash } from "node:crypto";
import type { Language, Purpose } from "../db/index.ts";

/**
 * The texts that people agree to, both languages side by side; a change of one asks for the other and for a new
 * version. What a person agreed to is kept by version, language and hash.
 */
export const TEXT_VERSION = "2026-11";

const TEXTS: Readonly<Record<Purpose, Readonly<Record<Language, string>>>> = {
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
  publish: {
    fr: "Mon visage peut apparaître sur ce support. Sinon, il y est masqué. Pour « companions » : les autres personnes de la même photo peuvent voir mon visage.",
    en: "My face may appear on this channel. Otherwise it is hidden there. For “companions”: others in the same photo may see my face.",
  },
  contact: {
    fr: "On peut m'écrire au sujet de ces photos.",
    en: "I may be written to about these photos.",
  },
};

export function consentText(purpose: Purpose, language: Language): string {
  return TEXTS[purpose][language];
}

/** SHA-256 of the text in UTF-8, hex. */
export function textDigest(purpose: Purpose, language: Language): string {
  return createHash("sha256").update(consentText(purpose, language), "utf8").digest("hex");
}
