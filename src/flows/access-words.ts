import type { Language } from "../db/index.ts";

/** What stands on the page of an access request. French has its spaces before `:` and `;` put in by `nonBreaking`. */
export interface AccessWords {
  readonly title: string;
  readonly says: string;
  readonly you: string;
  readonly name: string;
  readonly email: string;
  readonly none: string;
  readonly id: string;
  readonly photos: string;
  readonly photosSay: string;
  readonly noPhotos: string;
  readonly taken: string;
  readonly unknownTime: string;
  readonly by: Readonly<Record<"machine" | "hand" | "card", string>>;
  readonly state: Readonly<Record<"matched" | "asked" | "confirmed", string>>;
  readonly box: string;
  readonly codes: string;
  readonly codesSay: string;
  readonly keys: string;
  readonly choices: string;
  readonly looks: string;
  readonly left: string;
  readonly demands: string;
  readonly receipts: string;
  readonly receiptsSay: string;
  readonly all: string;
  readonly allSays: string;
  readonly why: string;
  readonly until: string;
  readonly withheld: string;
  readonly rights: string;
  readonly rightsSay: readonly string[];
  readonly collections: string;
  readonly yes: string;
  readonly no: string;
  /** What stands in the program's words, in a reader's; what is not in it stands as it is. */
  readonly columns: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
}

const EN: AccessWords = {
  title: "What is kept about you",
  says: "Everything this instance holds about you, at the moment given. The same, for programs, is in my-data.json.",
  you: "You",
  name: "Name",
  email: "E-mail",
  none: "none",
  id: "Your number here",
  photos: "Photos of you",
  photosSay:
    "As you may see them: your own face, and others only where they agreed. Where only you can say whether it is you, every face is hidden.",
  noPhotos: "You were found in no photo.",
  taken: "Taken",
  unknownTime: "time unknown",
  by: { machine: "found by the machine", hand: "said by hand", card: "by your card" },
  state: {
    matched: "given to you by itself; you can say that it is not you",
    asked: "not sure: only you can say",
    confirmed: "confirmed by a human",
  },
  box: "place of the face (x, y, width, height in pixels)",
  codes: "Face codes",
  codesSay:
    "A face code (template) exists, made by the model named. The code itself is not given out: it would serve a thief alone. It is destroyed when you withdraw.",
  keys: "Keys that open what is sealed about you",
  choices: "What you agreed to and refused",
  looks: "Who looked, and why",
  left: "What was shown or handed over",
  demands: "What you demanded",
  receipts: "Receipts",
  receiptsSay: "Signed statements of what you agreed to; anybody can check them.",
  all: "Row by row",
  allSays: "What the list of everything that is kept finds about you, table by table, as it is stored.",
  why: "Why",
  until: "Until",
  withheld: "There, and not given (secrets, places of files, or about somebody else)",
  rights: "What you can do",
  rightsSay: [
    "Correct it, withdraw any agreement, object to publication, or have everything erased: on your own page, or by asking the organisation. It answers within a month.",
    "The photos were brought in by the organisation; the rest comes from you, or from the member of staff who is named.",
    "Whether a face is yours may be decided by a machine; you can always say that it is not, and a human decides in doubt.",
    "You can complain to your data protection authority (in France, the CNIL).",
  ],
  collections: "Where your photos may be, why, and until when",
  yes: "yes",
  no: "no",
  columns: {
    retainUntil: "kept until",
    givenHow: "given how",
    live: "in force",
    openedAt: "received",
    dueAt: "due",
    extension: "two months more, because",
    closedAt: "answered",
    at: "when",
    actor: "who",
  },
  values: {
    "find-me": "find me in the photos",
    "keep-template": "keep my code beyond the collection",
    "show-name": "show my name",
    "staff-lookup": "staff may ask whether I am in a picture",
    publish: "show my face",
    contact: "write to me",
    "own-device": "on your own device",
    desk: "at a desk",
    paper: "on paper",
    find: "opened the list of your photos",
    lookup: "looked up who is in a picture",
    deliver: "prepared your photos for you",
    breach: "read your name in a list of people concerned by an incident",
    tag: "said that you are in a picture",
    companions: "other people in the same photos",
    channel: "published",
    person: "handed to you",
    access: "to know what is kept",
    correct: "a correction",
    object: "not to be published",
    erase: "erasure",
    "no-change": "nothing to do any more",
  },
};

const FR: AccessWords = {
  title: "Ce qui est gardé à votre sujet",
  says: "Tout ce que cette instance garde sur vous, à l’instant indiqué. La même chose, pour les programmes, est dans my-data.json.",
  you: "Vous",
  name: "Nom",
  email: "E-mail",
  none: "aucun",
  id: "Votre numéro ici",
  photos: "Photos de vous",
  photosSay:
    "Comme vous pouvez les voir : votre visage, et celui des autres seulement s’ils l’ont accepté. Là où vous seul pouvez dire si c’est vous, tous les visages sont masqués.",
  noPhotos: "On ne vous a retrouvé sur aucune photo.",
  taken: "Prise",
  unknownTime: "heure inconnue",
  by: { machine: "trouvée par la machine", hand: "indiquée à la main", card: "par votre carte" },
  state: {
    matched: "attribuée d’elle-même ; vous pouvez dire que ce n’est pas vous",
    asked: "pas sûr : vous seul pouvez le dire",
    confirmed: "confirmée par un humain",
  },
  box: "place du visage (x, y, largeur, hauteur en pixels)",
  codes: "Codes du visage",
  codesSay:
    "Un code du visage existe, fait par le modèle nommé. Le code lui-même n’est pas remis : il ne servirait qu’à un voleur. Il est détruit quand vous vous retirez.",
  keys: "Clés qui ouvrent ce qui est scellé à votre sujet",
  choices: "Ce que vous avez accepté et refusé",
  looks: "Qui a regardé, et pourquoi",
  left: "Ce qui a été montré ou remis",
  demands: "Ce que vous avez demandé",
  receipts: "Reçus",
  receiptsSay: "Des déclarations signées de ce que vous avez accepté ; chacun peut les vérifier.",
  all: "Ligne par ligne",
  allSays:
    "Ce que la liste de tout ce qui est gardé trouve sur vous, table par table, tel que c’est enregistré.",
  why: "Pourquoi",
  until: "Jusqu’à quand",
  withheld: "Présent, mais non remis (secrets, emplacements de fichiers, ou au sujet d’un autre)",
  rights: "Ce que vous pouvez faire",
  rightsSay: [
    "Corriger, retirer un accord, vous opposer à la publication, ou tout faire effacer : sur votre page, ou en le demandant à l’organisation. Elle répond en un mois.",
    "Les photos viennent de l’organisation ; le reste vient de vous, ou du membre de l’équipe qui est nommé.",
    "Qu’un visage soit le vôtre peut être décidé par une machine ; vous pouvez toujours dire que non, et un humain tranche en cas de doute.",
    "Vous pouvez vous plaindre à l’autorité de protection des données (en France, la CNIL).",
  ],
  collections: "Où vos photos peuvent être, pourquoi, et jusqu’à quand",
  yes: "oui",
  no: "non",
  values: {
    "find-me": "me retrouver dans les photos",
    "keep-template": "garder mon code après la collection",
    "show-name": "montrer mon nom",
    "staff-lookup": "l’équipe peut demander si je figure sur une photo",
    publish: "montrer mon visage",
    contact: "m’écrire",
    given: "accepté",
    refused: "refusé",
    withdrawn: "retiré",
    expired: "échu",
    "own-device": "sur votre appareil",
    desk: "à l’accueil",
    paper: "sur papier",
    find: "a ouvert la liste de vos photos",
    lookup: "a cherché qui figure sur une photo",
    deliver: "a préparé vos photos pour vous",
    breach: "a lu votre nom dans la liste des personnes concernées par un incident",
    tag: "a indiqué que vous êtes sur une photo",
    companions: "autres personnes des mêmes photos",
    channel: "publication",
    person: "remis à vous",
    access: "savoir ce qui est gardé",
    correct: "une correction",
    object: "ne pas être publié",
    erase: "effacement",
    open: "ouverte",
    closed: "close",
    done: "fait",
    "no-change": "sans objet",
  },
  columns: {
    name: "nom",
    model: "modèle",
    retainUntil: "gardé jusqu’au",
    purpose: "usage",
    channel: "canal",
    collection: "collection",
    state: "état",
    live: "en vigueur",
    since: "depuis",
    until: "jusqu’à",
    givenHow: "donné comment",
    kind: "nature",
    actor: "qui",
    reason: "motif",
    at: "quand",
    recipient: "destinataire",
    pictures: "images",
    outcome: "issue",
    contact: "contact",
    note: "message",
    openedAt: "reçue",
    dueAt: "à traiter avant",
    extension: "prolongée car",
    closedAt: "close",
  },
};

export function accessWords(language: Language): AccessWords {
  switch (language) {
    case "fr":
      return FR;
    case "en":
      return EN;
  }
}
