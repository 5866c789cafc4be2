import type { Language } from "../db/index.ts";
import { NBSP, written, type Say, type Written } from "./messages.ts";

/** What is written to those who work here. Each names the organisation, and nobody. */
interface LinkFacts {
  readonly organisation: string;
  readonly link: string;
}

const INVITATION: Say<LinkFacts> = {
  fr: ({ organisation, link }) => [
    `${organisation} vous invite à travailler avec Assent`,
    `Bonjour,

${organisation} vous invite à travailler avec Assent, l’outil par lequel ses photos sont publiées avec l’accord des personnes. Ouvrez cette page pour créer votre compte${NBSP}:

${link}

Ce lien est pour vous seul, sert une fois et vaut une semaine. Avec cette adresse-ci, votre compte est aussitôt vérifié. Si cela ne vous concerne pas, ne faites rien.
`,
  ],
  en: ({ organisation, link }) => [
    `${organisation} invites you to work with Assent`,
    `Hello,

${organisation} invites you to work with Assent, by which its photos are published as the people in them agree. Open this page to make your account:

${link}

The link is for you alone, works once, and holds for a week. An account of this very address is verified at once. If this is not for you, do nothing.
`,
  ],
};

const ADDRESS: Say<LinkFacts> = {
  fr: ({ organisation, link }) => [
    `${organisation}${NBSP}: est-ce bien votre adresse${NBSP}?`,
    `Bonjour,

Quelqu’un a donné cette adresse pour un compte de l’équipe de ${organisation}. Si c’est vous, ouvrez cette page et confirmez-le${NBSP}:

${link}

Ce lien vaut un jour. Si ce n’est pas vous, ne faites rien.
`,
  ],
  en: ({ organisation, link }) => [
    `${organisation}: is this your address?`,
    `Hello,

Somebody gave this address for an account on the staff of ${organisation}. If that was you, open this page and say so:

${link}

The link holds for a day. If it was not you, do nothing.
`,
  ],
};

const CHANGED: Say<{ readonly organisation: string }> = {
  fr: ({ organisation }) => [
    `${organisation}${NBSP}: l’adresse de votre compte a changé`,
    `Bonjour,

Votre compte de l’équipe de ${organisation} s’ouvre désormais avec une autre adresse que celle-ci. Si ce n’est pas vous qui l’avez changée, dites-le tout de suite à un propriétaire.
`,
  ],
  en: ({ organisation }) => [
    `${organisation}: the address of your account has changed`,
    `Hello,

Your account on the staff of ${organisation} opens with another address than this from now on. If it was not you who changed it, tell an owner at once.
`,
  ],
};

/** By which somebody comes to work here. */
export function staffInvitationMessage(language: Language, facts: LinkFacts): Written {
  return written(INVITATION, language, facts);
}

/** Asks whether whoever gave an address reads what is sent there. */
export function staffAddressMessage(language: Language, facts: LinkFacts): Written {
  return written(ADDRESS, language, facts);
}

/** To the address of before. */
export function addressChangedMessage(language: Language, facts: { readonly organisation: string }): Written {
  return written(CHANGED, language, facts);
}
