import { frenchPrint } from "../../../french-print.ts";

/** What receipts say in their own words, which are English because all of it is signed; and the same in French. */
const SENTENCES: Readonly<Record<string, string>> = {
  // Erased, by kind
  templates: "codes du visage",
  keys: "clés",
  "face keys": "clés du visage",
  "matches and tags": "photos attribuées",
  "machine matches": "photos attribuées par la machine",
  rejections: "photos refusées",
  consents: "réponses",
  enrolments: "inscriptions",
  claims: "demandes « c’est moi »",
  cards: "cartes",
  devices: "appareils",
  passkeys: "clés d’accès",
  "recovery codes": "codes de secours",
  "personal links": "liens personnels",
  notices: "messages sur la page",
  "e-mail addresses": "adresses e-mail",
  "renditions made again": "images publiées refaites",
  "delivered renditions": "images préparées pour la personne",
  "receipts kept here": "reçus gardés ici",
  "log entries made empty": "lignes du registre vidées",
  "looks without the person": "consultations qui ne nomment plus la personne",
  "photos in which they were alone": "photos où la personne était seule",
  "faces destroyed in originals": "visages détruits dans les originaux",
  people: "personnes",
  faces: "places de visages",
  renditions: "images tirées des photos",
  "who joined stays until they leave": "qui s’est inscrit reste jusqu’à son départ",
  "entries of the log": "lignes du registre",
  "they say by random ids what was done, and name no photo's content":
    "elles disent par des identifiants aléatoires ce qui a été fait, et rien de ce que montrent les photos",
  // What stays
  photos: "photos",
  "they belong to the organisation; the face in them is hidden":
    "elles appartiennent à l’organisation ; le visage y est masqué",
  "they belong to the organisation; the face in them is hidden but where a tag and a consent of the person's show it":
    "elles appartiennent à l’organisation ; le visage y est masqué, sauf là où une indication et un accord de la personne le montrent",
  "others are in them too; the person's face is hidden":
    "d’autres y sont aussi ; le visage de la personne y est masqué",
  "others are in them too; the person's face is destroyed where it was found, and hidden in any other":
    "d’autres y sont aussi ; le visage de la personne est détruit là où il a été trouvé, et masqué ailleurs",
  "photos off public channels": "photos retirées de ce qui est public",
  "the person objected; it names nobody any more":
    "la personne s’y est opposée ; plus personne n’y est nommé",
  "leaf hashes of the log": "empreintes du registre",
  "the log stays verifiable; without their payload they say nothing":
    "le registre reste vérifiable ; sans leur contenu elles ne disent rien",
  "look records without the person": "consultations, sans la personne",
  "the organisation answers for who looked": "l’organisation répond de qui a regardé",
  "consent record, enrolment, looks and log entries":
    "réponses, inscription, consultations et lignes du registre",
  "by random id, until everything is erased: proof of what was agreed to and withdrawn, and of who looked":
    "sous un identifiant aléatoire, jusqu’à ce que tout soit effacé : preuve de ce qui a été accepté et retiré, et de qui a regardé",
  name: "nom",
  "sealed under the person's own key, until everything is erased":
    "scellé avec la clé de la personne, jusqu’à ce que tout soit effacé",
  "e-mail address": "adresse e-mail",
  "sealed, while contact is agreed to": "scellée, tant que la personne accepte qu’on lui écrive",
  "tags or confirmed matches": "photos indiquées ou confirmées",
  "the person has not taken them back": "la personne ne les a pas retirées",
  "faces by card": "visages attribués par une carte",
  "a card was held up beside them, or just before": "une carte était montrée à côté, ou juste avant",
  "photos in which they are held up later are the person's too":
    "les photos où elles seront montrées seront aussi celles de la personne",
  "so that the person is never suggested there again": "pour que la personne n’y soit plus jamais proposée",
  "find-me or keep-template is still agreed to":
    "la personne accepte encore d’être retrouvée, ou que son code soit gardé",
  // Checks
  "no template without a live consent": "aucun code du visage sans accord en cours",
  "no machine match without a live consent": "aucune photo attribuée par la machine sans accord en cours",
  "no current rendition shows a face without a live consent":
    "aucune image publiée ne montre un visage sans accord en cours",
  "no shown face whose match is gone": "aucun visage montré dont l’attribution a disparu",
  "no public rendition of a photo that somebody asked to be taken off":
    "aucune image publique d’une photo dont on a demandé le retrait",
  "nothing about an e-mail address that is not there any more":
    "rien sur une adresse e-mail qui n’existe plus ici",
  "no letter in the outbox whose invitation has ended":
    "aucune lettre en attente dont l’invitation est finie",
  "no chips after joining has closed": "aucune vignette de visage après la fin des inscriptions",
  "no erasure past its time": "aucun effacement en retard",
  "no key that should be destroyed": "aucune clé qui devrait être détruite",
  "all work of this erasure is done": "tout le travail de cet effacement est fait",
  "no process holds an index older than the last change":
    "aucun processus ne garde d’index antérieur au dernier changement",
  "no row about the person": "aucune ligne sur la personne",
  "no face key of the person": "aucune clé du visage de la personne",
  "no contact key of the person": "aucune clé des coordonnées de la personne",
};

/** The French of a receipt's sentence, also behind a number; undefined for one that is not known. */
export function inFrench(words: string): string | undefined {
  const [, count = "", rest = words] = /^(\d+ )(.+)$/.exec(words) ?? [];
  const known = SENTENCES[rest];
  const channel = /^pictures by (.+)$/.exec(rest)?.[1];
  const french = known ?? (channel === undefined ? undefined : `images par ${channel}`);
  return french === undefined ? undefined : frenchPrint(count + french);
}
