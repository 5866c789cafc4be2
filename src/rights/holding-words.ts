import type { Language, Schema } from "../db/index.ts";
import { TABLE_HOLDINGS } from "./table-holdings.ts";

/** How a person reads what a table holds about them. */
export interface HoldingWords {
  readonly title: string;
  readonly purpose: string;
  readonly retention: string;
}

/** French of the holdings that are about one person each; a test asks for every one. Typographic apostrophes and spaces. */
const FRENCH: Partial<Record<keyof Schema, readonly [title: string, purpose: string, retention: string]>> = {
  template: [
    "Codes du visage",
    "vous reconnaître ; le code est scellé sous votre propre clé",
    "tant que « me retrouver » ou « garder mon code » est accepté",
  ],
  conflict: [
    "Ressemblances",
    "une inscription ressemblait à une autre : une personne de l’organisation tranche",
    "jusqu’à la décision, ou avec l’une des deux personnes",
  ],
  enrolment: [
    "Inscriptions",
    "comment vous avez rejoint une collection, et qui s’en est porté garant",
    "avec vous",
  ],
  match: [
    "Visages qui sont, ou ne sont pas, le vôtre",
    "la décision qu’un visage est le vôtre, ou ne l’est pas",
    "ce que la machine a trouvé : tant que « me retrouver » est accepté ; ce qui a été indiqué : jusqu’à ce que vous le repreniez ; les refus : avec vous",
  ],
  claim: [
    "« C’est moi »",
    "que vous avez dit qu’un visage est le vôtre, en attendant que quelqu’un le confirme",
    "avec vous, ou avec la photo",
  ],
  rendition_face: [
    "Images qui vous montrent",
    "quelles images montrent votre visage, et par quel accord",
    "avec l’image",
  ],
  rendition: [
    "Images faites pour vous",
    "des images pour vous, ou pour un canal",
    "jusqu’à la date de fin de la collection, ou votre départ",
  ],
  disclosure_person: [
    "Ce qui est parti",
    "qui était montré dans ce qui est sorti d’ici, pour prévenir les destinataires d’un retrait",
    "avec vous",
  ],
  look_person: [
    "Regards",
    "quel regard de l’équipe a mené à vous",
    "avec vous ; le regard lui-même reste, sans vous",
  ],
  receipt: ["Reçus", "les reçus écrits pour vous", "avec vous ; un reçu d’effacement ne nomme personne"],
  objection: [
    "Opposition",
    "que vous ne voulez pas être publié, même masqué",
    "jusqu’à ce que vous la repreniez ; après votre départ, comme des photos qui restent hors publication",
  ],
  notice: ["Messages sur votre page", "ce que vous devez savoir, dit sur votre page", "avec vous"],
  device: [
    "Appareils",
    "les appareils qui ouvrent votre page ; de leur secret, l’empreinte seule",
    "jusqu’à leur déconnexion, un an sans usage, ou avec vous",
  ],
  told: ["Annonce de photos", "quand on vous a écrit pour la dernière fois à propos de photos", "avec vous"],
  idle_warning: [
    "Avertissement de fin",
    "quand on vous a écrit que ce qui est gardé sur vous va prendre fin, faute de nouvelles",
    "jusqu’à de vos nouvelles, ou avec vous",
  ],
  address: [
    "Adresse e-mail",
    "si votre adresse a été confirmée, et qui l’a donnée ; l’adresse elle-même est scellée",
    "tant que vous acceptez qu’on vous écrive",
  ],
  mail_link: [
    "Liens envoyés par e-mail",
    "les liens qui vous ont été envoyés, en empreinte, pour qu’ils ne servent qu’une fois",
    "une semaine après l’envoi, ou avec vous",
  ],
  recovery_code: [
    "Code de secours",
    "le code qui vous rend l’accès, en empreinte",
    "jusqu’à son usage, ou avec vous",
  ],
  passkey: [
    "Clés d’accès",
    "les clés publiques par lesquelles vous vous connectez",
    "jusqu’à leur retrait, ou avec vous",
  ],
  invitation: [
    "Invitations",
    "les liens d’inscription ou de connexion, en empreinte",
    "trente jours après leur usage, leur révocation ou leur fin, ou avec vous",
  ],
  card: [
    "Cartes",
    "le code que vous montrez à l’appareil photo pour que la photo soit la vôtre sans reconnaissance faciale",
    "avec vous",
  ],
  guardian: [
    "Responsables",
    "que quelqu’un agit pour un mineur ; connu par ses appareils seulement",
    "avec vous",
  ],
  entry_payload: [
    "Registre de transparence",
    "ce que dit le registre à votre sujet, à côté de ses empreintes salées",
    "avec vous ; les empreintes restent et ne disent plus rien",
  ],
  consent_event: [
    "Accords et refus",
    "la preuve de ce que vous avez accepté, refusé et retiré",
    "avec vous ; ensuite, le reçu que vous avez est la preuve",
  ],
  person: [
    "Vous",
    "que vous vous êtes inscrit ; nom et adresse sont scellés sous votre clé",
    "jusqu’à votre départ",
  ],
  erasure: [
    "Effacements",
    "ce qui a été effacé et quand, en nombres",
    "les nombres restent ; ils ne vous désignent plus une fois l’effacement fini",
  ],
  doomed_key: [
    "Clés à détruire",
    "des clés dont la destruction est décidée et pas encore faite",
    "quelques secondes",
  ],
  request: [
    "Vos demandes",
    "ce que vous avez demandé, et le mois pour y répondre ; ce que vous avez écrit est scellé",
    "ce que vous avez écrit : jusqu’à la réponse ; la trace reste, sans vous après votre départ",
  ],
};

/** A holding in a person's language; undefined where nobody has said it in that language. */
export function holdingWords(table: string, language: Language): HoldingWords | undefined {
  const holding = TABLE_HOLDINGS.find((one) => one.table === table);
  if (!holding) return undefined;
  if (language === "en") {
    const title = table.replaceAll("_", " ");
    const { purpose, retention } = holding;
    return { title: title.charAt(0).toUpperCase() + title.slice(1), purpose, retention };
  }
  const words = FRENCH[holding.table];
  if (!words) return undefined;
  // As the catalogues of the pages have it: no line ends before `;` and `:`, nor inside quotation marks.
  const [title = "", purpose = "", retention = ""] = words.map((text) =>
    text.replace(/ ([;:?!»])/g, "\u00a0$1").replaceAll("« ", "«\u00a0"),
  );
  return { title, purpose, retention };
}
