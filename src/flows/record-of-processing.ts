import { FILE_HOLDINGS, holdingWords, STAFF_HOLDINGS, TABLE_HOLDINGS } from "../rights/index.ts";
import type { PaperCollection, PaperFacts } from "./paper-facts.ts";
import { fillIn, sayIn, text, type Block, type Paper, type Say } from "./paper.ts";

/** The record of processing activities (GDPR art. 30, 1) as far as the program knows it, and marks for what it does not. */
export function recordOfProcessing(facts: PaperFacts, language: Paper["language"]): Paper {
  const say = sayIn(language);
  const day = dayIn(language);
  return {
    language,
    title: say("Registre des activités de traitement", "Record of processing activities"),
    note: say(
      "Brouillon fait par le programme à partir de ses réglages et de ce qu'il garde (RGPD, article 30). Il ne dit pas que le traitement est conforme : une personne le complète, et un juriste en décide.",
      "A draft made by the program from its settings and from what it keeps (GDPR, article 30). It does not say that the processing is lawful: a person completes it, and a lawyer decides.",
    ),
    at: facts.at,
    sections: [
      { title: say("Responsable du traitement", "Controller"), blocks: controller(facts, say) },
      { title: say("Finalités et bases légales", "Purposes and legal bases"), blocks: purposes(facts, say) },
      {
        title: say("Personnes et données concernées", "People and data concerned"),
        blocks: categories(facts, say, language),
      },
      {
        title: say("Destinataires et transferts", "Recipients and transfers"),
        blocks: recipients(facts, say),
      },
      { title: say("Durées", "Time limits"), blocks: limits(facts, say, day) },
      { title: say("Mesures de sécurité", "Security measures"), blocks: security(say) },
    ],
  };
}

/** 14 June 2026, in UTC, as retention ends. */
function dayIn(language: Paper["language"]): (at: Date) => string {
  const format = new Intl.DateTimeFormat(language === "fr" ? "fr-FR" : "en-GB", {
    dateStyle: "long",
    timeZone: "UTC",
  });
  return (at) => format.format(at);
}

export function controller({ controller: of }: PaperFacts, say: Say): readonly Block[] {
  return [
    {
      kind: "facts",
      rows: [
        [say("Nom", "Name"), of.name],
        [say("Contact", "Contact"), of.contact],
        [
          say("Adresse", "Address"),
          of.address ?? say("non réglée (ASSENT_ADDRESS)", "not set (ASSENT_ADDRESS)"),
        ],
        [say("Droit applicable", "Law that applies"), of.jurisdiction],
        [say("Pages", "Pages"), of.url],
      ],
    },
    fillIn(
      say(
        "Représentant, délégué à la protection des données et leurs coordonnées ; responsables conjoints, s'il y en a.",
        "Representative, data-protection officer and how to reach them; joint controllers, where there are any.",
      ),
    ),
  ];
}

function purposes({ collections }: PaperFacts, say: Say): readonly Block[] {
  const heads = [
    say("Collection", "Collection"),
    say("Finalité", "Purpose"),
    say("Reconnaissance faciale", "Face recognition"),
    say("Droit sur les photos, selon", "Right to the photos, according to"),
  ];
  return [
    collections.length === 0
      ? text(say("Il n'y a pas encore de collection.", "There is no collection yet."))
      : {
          kind: "table",
          heads,
          rows: collections.map((one) => [
            one.name,
            one.purpose,
            matchingOf(one, say),
            `${one.attestation} (${one.attestedBy})`,
          ]),
        },
    text(
      say(
        "Chaque usage d'un visage est demandé séparément à la personne : la retrouver, garder son code, montrer son nom, répondre à l'équipe, publier par canal, lui écrire. Le programme refuse ce qui n'est pas accepté, et l'accord se retire aussi simplement qu'il se donne.",
        "Each use of a face is asked of the person separately: to find them, to keep their code, to show their name, to answer staff, to publish by channel, to write to them. The program refuses what is not agreed to, and a consent is withdrawn as simply as it is given.",
      ),
    ),
    fillIn(
      say(
        "Base légale de chaque finalité. Le programme recueille des consentements (articles 6, 1, a et 9, 2, a) pour les personnes inscrites ; dites sur quoi reposent les photos elles-mêmes, et les visages qui y sont cherchés pour être masqués ou comparés en mémoire.",
        "The legal basis of each purpose. The program collects consents (articles 6(1)(a) and 9(2)(a)) of those who join; say on what the photos themselves rest, and the faces that are looked for in them to be hidden, or compared in memory.",
      ),
    ),
  ];
}

export function matchingOf(one: PaperCollection, say: Say): string {
  if (one.matching === "off") return say("non", "no");
  const among = one.allCleared
    ? say(
        "oui, dans les seules photos dont chaque visage est inscrit ou libéré à la main",
        "yes, only in photos whose every face has joined or was cleared by hand",
      )
    : say("oui, pour les personnes inscrites", "yes, for those who joined");
  return one.justification === null ? among : `${among} : ${one.justification}`;
}

function categories(
  { people, children, collections }: PaperFacts,
  say: Say,
  language: Paper["language"],
): readonly Block[] {
  const sum = (of: (one: PaperCollection) => number): number =>
    collections.reduce((all, one) => all + of(one), 0);
  const heads = [say("Donnée", "Data"), say("Pourquoi", "Why"), say("Jusqu'à", "Until")];
  const held = (about: boolean): string[][] =>
    TABLE_HOLDINGS.filter((one) => (one.about !== null) === about).map((one) => {
      const words = holdingWords(one.table, language);
      return [words?.title ?? one.table, words?.purpose ?? one.purpose, words?.retention ?? one.retention];
    });
  return [
    {
      kind: "facts",
      rows: [
        [
          say("Personnes inscrites", "People who joined"),
          say(`${people}, dont ${children} enfants`, `${people}, ${children} of them children`),
        ],
        [say("Photos", "Photos"), String(sum((one) => one.photos))],
        [
          say("Visages trouvés dans les photos", "Faces found in the photos"),
          say(
            `${sum((one) => one.faces)} ; qui n'est pas inscrit n'a ni code ni nom ici`,
            `${sum((one) => one.faces)}; whoever has not joined has neither code nor name here`,
          ),
        ],
        [
          say("Catégorie particulière", "Special category"),
          say(
            "données biométriques (codes du visage) des seules personnes qui l'ont accepté",
            "biometric data (codes of faces) of those alone who agreed to it",
          ),
        ],
      ],
    },
    text(
      say(
        "Pour chaque personne inscrite ; dans ce tableau, « vous » est cette personne.",
        "For each person who joined.",
      ),
    ),
    { kind: "table", heads, rows: held(true) },
    text(
      say(
        "Ce qui suit ne se rapporte à personne en particulier ; ce qui n'a pas de traduction est dit en anglais.",
        "What follows is about nobody in particular.",
      ),
    ),
    { kind: "table", heads, rows: held(false) },
    text(say("Hors de la base de données.", "Outside of the database.")),
    { kind: "table", heads, rows: FILE_HOLDINGS.map((one) => [one.name, one.purpose, one.retention]) },
    text(say("Comptes de l'équipe.", "Accounts of staff.")),
    { kind: "table", heads, rows: STAFF_HOLDINGS.map((one) => [one.table, one.purpose, one.retention]) },
  ];
}

function recipients({ collections, controller: of, mail }: PaperFacts, say: Say): readonly Block[] {
  const channels = collections.flatMap((one) =>
    one.channels.map((channel) => [
      one.name,
      channel.name,
      channel.public ? say("public", "public") : say("interne", "internal"),
    ]),
  );
  return [
    channels.length === 0
      ? text(say("Aucun canal de publication.", "No channel to publish by."))
      : {
          kind: "table",
          heads: [say("Collection", "Collection"), say("Canal", "Channel"), say("Portée", "Reach")],
          rows: channels,
        },
    {
      kind: "list",
      items: [
        say(
          "Les personnes inscrites reçoivent leurs propres photos ; les autres visages n'y sont visibles que s'ils l'acceptent.",
          "Those who joined receive their own photos; other faces are seen in them only where they agreed.",
        ),
        mail
          ? say(
              "Un serveur de courrier transmet les messages : il voit les adresses et leur contenu.",
              "A mail server passes messages on: it sees addresses and what is written.",
            )
          : say("Aucun message n'est envoyé d'ici.", "No message is sent from here."),
        say(
          "Le programme n'ouvre pas d'autre connexion, et n'envoie rien à ses auteurs.",
          "The program opens no other connection, and sends nothing to its makers.",
        ),
      ],
    },
    text(
      of.storedIn === null
        ? say(
            "Le lieu des données n'est pas réglé (ASSENT_STORED_IN).",
            "Where the data is kept is not set (ASSENT_STORED_IN).",
          )
        : say(`Les données sont gardées en : ${of.storedIn}.`, `The data is kept in: ${of.storedIn}.`),
    ),
    fillIn(
      say(
        "Sous-traitants (hébergement, courrier, impression) et leurs contrats ; qui d'autre reçoit les publications ; transferts hors du pays ou de l'Union, et leurs garanties.",
        "Processors (hosting, mail, printing) and their contracts; who else receives what is published; transfers out of the country or the Union, and their safeguards.",
      ),
    ),
  ];
}

function limits(
  { collections, idleMonths }: PaperFacts,
  say: Say,
  day: (at: Date) => string,
): readonly Block[] {
  const heads = [
    say("Collection", "Collection"),
    say("Fin des inscriptions", "Joining ends"),
    say("Suppression", "Deleted"),
  ];
  const rows = collections.map((one) => [one.name, day(one.joinUntil), day(one.retainUntil)]);
  return [
    ...(rows.length > 0 ? [{ kind: "table" as const, heads, rows }] : []),
    text(
      idleMonths === undefined
        ? say(
            "Personne n'est effacé pour être resté sans nouvelles (ASSENT_IDLE_MONTHS n'est pas réglé).",
            "Nobody is erased for not having been heard of (ASSENT_IDLE_MONTHS is not set).",
          )
        : say(
            `Après ${idleMonths} mois sans nouvelles, une personne est prévenue, puis effacée un mois plus tard.`,
            `After ${idleMonths} months without a word a person is told, and erased a month later.`,
          ),
    ),
    fillIn(
      say(
        "Durée des sauvegardes et de leurs clés ; des journaux du serveur ; de ce qui a été imprimé ou exporté.",
        "How long backups and their keys are kept; the server's logs; what was printed or exported.",
      ),
    ),
  ];
}

export function security(say: Say): readonly Block[] {
  return [
    {
      kind: "list",
      items: [
        say(
          "Codes, noms et adresses sont scellés (AES-256-GCM) sous une clé par personne, hors de la base ; la détruire les rend illisibles.",
          "Codes, names and addresses are sealed (AES-256-GCM) under a key for each person, outside of the database; destroying it makes them unreadable.",
        ),
        say(
          "Tout visage est masqué dans ce qui sort, sauf accord ; un canal public demande en plus un regard humain.",
          "Every face is hidden in what leaves, but by consent; a public channel also asks for a human look.",
        ),
        say(
          "Chaque regard de l'équipe vers une personne est noté avec son motif, dans un registre signé, et montré à cette personne.",
          "Each look of staff at a person is recorded with its reason, in a signed log, and shown to that person.",
        ),
        say(
          "Rôles séparés ; au-delà de 20 inscriptions à l’accueil par jour, une deuxième personne ; recherches limitées par compte.",
          "Separate roles; beyond 20 desk enrolments a day a second person; lookups limited for each account.",
        ),
        say(
          "Un retrait vaut dès qu'il est enregistré ; l'effacement est contrôlé et un reçu signé est remis.",
          "A withdrawal counts once it is recorded; the erasure is checked and a signed receipt is given.",
        ),
      ],
    },
    text(
      say(
        "En clair sur le disque : les photos, les endroits des visages, les accords par numéros. docs/threat-model.md le décrit.",
        "In the clear on the disk: photos, where faces are, consents by number. docs/threat-model.md describes it.",
      ),
    ),
    fillIn(
      say(
        "Accès au serveur et à la salle, chiffrement des disques, lieu de la clé principale, mises à jour, essais de restauration.",
        "Access to the server and its room, encryption of disks, where the main key is kept, updates, trials of restoring.",
      ),
    ),
  ];
}
