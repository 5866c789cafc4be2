import type { Language } from "../db/index.ts";

/** A message as it is sent or handed over: plain text, one line of subject. It names nobody but the organisation. */
export interface Written {
  readonly subject: string;
  readonly text: string;
}

export type Say<Facts> = Readonly<
  Record<Language, (facts: Facts) => readonly [subject: string, text: string]>
>;

export function written<Facts>(say: Say<Facts>, language: Language, facts: Facts): Written {
  const [subject, text] = say[language](facts);
  return { subject, text };
}

/** Before `:` and inside `« »` no line ends. */
export const NBSP = "\u00a0";

interface InvitationFacts {
  readonly organisation: string;
  readonly collection: string;
  /** For a guardian, about a child whom the page names. */
  readonly guardian: boolean;
  readonly link: string;
  /** The last day, as the language writes it. */
  readonly until: string;
  /** How often it will be sent again to whoever does not answer. */
  readonly reminders: number;
  /** Whether it is sent again. */
  readonly again: boolean;
}

/** What becomes of the address. */
const UNANSWERED: Readonly<Record<Language, (reminders: number) => string>> = {
  fr: (n) =>
    n === 0
      ? `ne faites rien${NBSP}: votre adresse ne sert qu’à ce message et n’est pas conservée.`
      : `ne faites rien${NBSP}: sans réponse, ce message vous est envoyé encore ${n === 1 ? "une fois" : `${n} fois, à une semaine d’intervalle`}, puis votre adresse est effacée. Ne pas répondre vaut non.`,
  en: (n) =>
    n === 0
      ? "do nothing: your address is used for this message only, and is not kept."
      : `do nothing: without an answer, this message is sent to you ${n === 1 ? "once more" : `${n} more times, a week apart`}, then your address is erased. No answer is a no.`,
};

const INVITATION: Say<InvitationFacts> = {
  fr: ({ organisation, collection, guardian, link, until, reminders, again }) => [
    `${again ? `Rappel${NBSP}: ` : ""}${organisation}${NBSP}: les photos de «${NBSP}${collection}${NBSP}»`,
    `Bonjour,

${again ? "Nous vous avons écrit il y a une semaine, et n’avons pas eu de réponse. " : ""}${organisation} a pris des photos à «${NBSP}${collection}${NBSP}». ${
      guardian
        ? "Vous êtes invité à décider, pour un enfant dont vous êtes responsable, s’il y est recherché et s’il y est montré."
        : `Voulez-vous retrouver les vôtres${NBSP}?`
    } Ouvrez cette page${NBSP}:

${link}

Ce lien est pour vous seul, sert une fois, et vaut jusqu’au ${until}. Rien ne commence avant votre accord, et il existe un chemin sans reconnaissance faciale.

Si cela ne vous concerne pas, ${UNANSWERED.fr(reminders)}
`,
  ],
  en: ({ organisation, collection, guardian, link, until, reminders, again }) => [
    `${again ? "Reminder: " : ""}${organisation}: the photos of “${collection}”`,
    `Hello,

${again ? "We wrote to you a week ago and have not had an answer. " : ""}${organisation} took photos at “${collection}”. ${
      guardian
        ? "You are invited to decide, for a child in your care, whether they are looked for and shown in them."
        : "Would you like to find yours?"
    } Open this page:

${link}

The link is for you alone, works once, and holds until ${until}. Nothing begins before you agree, and there is a way without face recognition.

If this is not for you, ${UNANSWERED.en(reminders)}
`,
  ],
};

/** To somebody whom staff invite, who is nobody here yet. */
export function invitationMessage(
  language: Language,
  facts: Omit<InvitationFacts, "until"> & { readonly endsAt: Date },
): Written {
  const days = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });
  // The moment after the last day.
  const until = days.format(new Date(facts.endsAt.getTime() - 1));
  return written(INVITATION, language, { ...facts, until });
}

interface LinkFacts {
  readonly organisation: string;
  readonly link: string;
}

const VERIFY: Say<LinkFacts> = {
  fr: ({ organisation, link }) => [
    `${organisation}${NBSP}: confirmez votre adresse`,
    `Bonjour,

Cette adresse a été donnée à ${organisation} pour être prévenu de nouvelles photos. Pour confirmer que vous lisez ces messages, ouvrez cette page et touchez le bouton${NBSP}:

${link}

Le lien vaut un jour. Si vous n’avez rien demandé, ne faites rien${NBSP}: sans ce geste, on ne vous écrira pas de photos.
`,
  ],
  en: ({ organisation, link }) => [
    `${organisation}: confirm your address`,
    `Hello,

This address was given to ${organisation}, to be told of new photos. To confirm that you read these messages, open this page and tap the button:

${link}

The link holds for one day. If you asked for nothing, do nothing: without that tap, nobody will write to you about photos.
`,
  ],
};

/** Asks whether whoever gave an address reads what is sent to it. */
export function verifyMessage(language: Language, facts: LinkFacts): Written {
  return written(VERIFY, language, facts);
}

interface RecoverFacts extends LinkFacts {
  readonly minutes: number;
}

const RECOVER: Say<RecoverFacts> = {
  fr: ({ organisation, link, minutes }) => [
    `${organisation}${NBSP}: retrouver vos photos`,
    `Bonjour,

Quelqu’un, sans doute vous, a demandé à rouvrir vos photos chez ${organisation}. Sur l’appareil où vous voulez les voir, ouvrez cette page et touchez le bouton${NBSP}:

${link}

Le lien vaut ${minutes} minutes, sert une fois, et ouvre vos photos et vos choix à qui le détient${NBSP}: ne le transmettez pas. Si vous vous êtes inscrit plusieurs fois avec cette adresse, vous recevez un message pour chacune.

Si vous n’avez rien demandé, ne faites rien${NBSP}: rien n’a été ouvert.
`,
  ],
  en: ({ organisation, link, minutes }) => [
    `${organisation}: get back to your photos`,
    `Hello,

Somebody, most likely you, asked to open your photos at ${organisation} again. On the device where you want to see them, open this page and tap the button:

${link}

The link holds for ${minutes} minutes, works once, and opens your photos and choices to whoever has it: do not pass it on. If you joined several times with this address, there is a message for each.

If you asked for nothing, do nothing: nothing was opened.
`,
  ],
};

/** To somebody who has lost the way to their page. */
export function recoverMessage(language: Language, facts: RecoverFacts): Written {
  return written(RECOVER, language, facts);
}

interface PhotosFacts {
  readonly organisation: string;
  readonly page: string;
}

const PHOTOS: Say<PhotosFacts> = {
  fr: ({ organisation, page }) => [
    `${organisation}${NBSP}: de nouvelles photos vous attendent`,
    `Bonjour,

De nouvelles photos où vous pourriez figurer sont arrivées chez ${organisation}. Pour les voir, ouvrez cette page sur l’appareil avec lequel vous vous êtes inscrit, ou avec votre code de secours${NBSP}:

${page}

Pour ne plus recevoir ces messages, ou pour vous retirer, ouvrez «${NBSP}Mes choix${NBSP}» sur la même page.
`,
  ],
  en: ({ organisation, page }) => [
    `${organisation}: new photos are waiting for you`,
    `Hello,

New photos that you may be in have arrived at ${organisation}. To see them, open this page on the device that you joined with, or with your recovery code:

${page}

To stop these messages, or to leave, open "My choices" on the same page.
`,
  ],
};

interface IdleFacts extends PhotosFacts {
  /** The day of the end, as the language writes it. */
  readonly on: string;
}

const IDLE: Say<IdleFacts> = {
  fr: ({ organisation, page, on }) => [
    `${organisation}${NBSP}: ce qui est gardé sur vous prend bientôt fin`,
    `Bonjour,

Voilà longtemps que votre page chez ${organisation} n’a pas servi. Sans nouvelles de vous, tout ce qui y est gardé à votre sujet est effacé le ${on}${NBSP}: vos accords, vos codes, vos photos retrouvées. Dans ce qui est publié, votre visage est alors masqué.

Pour que rien ne change, ouvrez simplement votre page, sur l’appareil avec lequel vous vous êtes inscrit, ou avec votre code de secours${NBSP}:

${page}

Si l’effacement vous convient, ne faites rien.
`,
  ],
  en: ({ organisation, page, on }) => [
    `${organisation}: what is kept about you ends soon`,
    `Hello,

Your page at ${organisation} has not been used for a long time. Unless you are heard of, everything kept about you there is erased on ${on}: what you agreed to, your codes, the photos found for you. In what is published, your face is hidden then.

For nothing to change, just open your page, on the device that you joined with, or with your recovery code:

${page}

If the erasure is fine with you, do nothing.
`,
  ],
};

/** To somebody of whom nothing was heard for long. Its link signs nobody in. */
export function idleMessage(
  language: Language,
  { endsAt, ...facts }: PhotosFacts & { readonly endsAt: Date },
): Written {
  const days = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });
  return written(IDLE, language, { ...facts, on: days.format(endsAt) });
}

/** To somebody who agreed to be told of new photos. Its link signs nobody in. */
export function photosMessage(language: Language, facts: PhotosFacts): Written {
  return written(PHOTOS, language, facts);
}

/** To an owner, in both languages: of staff nobody keeps which they read. */
export function webhookOffMessage(facts: {
  readonly organisation: string;
  /** Host and port of its address. */
  readonly host: string;
  readonly page: string;
}): Written {
  const { organisation, host, page } = facts;
  return {
    subject: `${organisation}${NBSP}: webhook ${host}`,
    text: `Bonjour,

Le webhook vers ${host} a été désactivé${NBSP}: son serveur n’a rien accepté pendant cinq jours, ou a répondu qu’il n’existe plus. Ce programme n’apprend donc plus qu’une image publiée a été retirée. Pour le réactiver ou le supprimer${NBSP}: ${page}

—

Hello,

The webhook to ${host} was switched off: its server took nothing for five days, or answered that it is gone. So that program learns no more when a published picture is taken off. To switch it on again or remove it: ${page}
`,
  };
}
