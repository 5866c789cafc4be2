import type { GalleryOpened, GalleryPictures } from "../../../src/http/contract/gallery.ts";
import type { Browse, Me, PersonPhoto, Welcome } from "../../../src/http/contract/person.ts";
import { boxOf, scene } from "./drawing.ts";

/** Made-up answers of a made-up organisation. Nothing here comes from an instance, and nothing is measured. */

/** One of our ids, made of a kind and a number. */
export function id(kind: number, n: number): string {
  return `0000000${kind}-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

export const COLLECTION = id(1, 1);
export const ORGANISATION = "Harmonie de Valcourt";
const CHANNELS = [
  { name: "site de l’harmonie", public: true },
  { name: "journal communal", public: true },
];

export const TEXTS: Me["texts"] = [
  {
    purpose: "find-me",
    channel: null,
    fr: "Me retrouver dans ces photos. Votre selfie devient un code chiffré qui sert à vous reconnaître dans cette collection, et nulle part ailleurs. Il est détruit à la date prévue, ou dès que vous le demandez. Pour vous chercher, chaque visage de ces photos est comparé au vôtre, en mémoire, puis oublié. Aucun visage non inscrit n’est enregistré.",
    en: "Find me in these photos. Your selfie becomes a sealed code used to recognise you in this collection, and nowhere else. It is destroyed on the date given, or as soon as you say so. To look for you, every face in these photos is compared with yours, in memory, then forgotten. No face that has not joined is kept.",
    version: "2026-11",
  },
  {
    purpose: "publish",
    channel: "companions",
    fr: "Les autres personnes de la même photo peuvent voir mon visage. Sinon, il leur est masqué.",
    en: "Others in the same photo may see my face. Otherwise it is hidden from them.",
    version: "2026-11",
  },
  ...CHANNELS.map(({ name }) => ({
    purpose: "publish" as const,
    channel: name,
    fr: `Mon visage peut apparaître sur : ${name}. Sinon, il est masqué sur ce support.`,
    en: `My face may appear on: ${name}. Otherwise it is hidden there.`,
    version: "2026-11",
  })),
  {
    purpose: "keep-template",
    channel: null,
    fr: "Garder mon code après cette collection, pour que d’autres collections puissent me demander si je veux être retrouvé.",
    en: "Keep my code beyond this collection, so that later collections can ask me whether I would like to be found.",
    version: "2026-11",
  },
  {
    purpose: "staff-lookup",
    channel: null,
    fr: "L’équipe peut demander si je figure sur une photo. Je vois chaque demande et son motif.",
    en: "Staff may ask whether I am in a photo. I see each request and its reason.",
    version: "2026-11",
  },
  {
    purpose: "show-name",
    channel: null,
    fr: "Mon nom peut accompagner mon visage là où j’ai accepté qu’il apparaisse.",
    en: "My name may go with my face where I agreed that it appears.",
    version: "2026-11",
  },
  {
    purpose: "contact",
    channel: null,
    fr: "On peut m’écrire au sujet de ces photos.",
    en: "I may be written to about these photos.",
    version: "2026-11",
  },
];

export function welcome(kind: Welcome["kind"], known: boolean, matchingOff: boolean): Welcome {
  return {
    kind,
    organisation: ORGANISATION,
    collection: {
      id: COLLECTION,
      name: "Fête d’été 2026",
      purpose: "Donner leurs photos aux invités, et en montrer quelques-unes.",
      photos: matchingOff ? 0 : 2000,
      matching: matchingOff ? "off" : "enrolled",
      joinUntil: "2026-09-30T00:00:00Z",
      retainUntil: "2027-06-30T00:00:00Z",
      channels: CHANNELS,
    },
    minimumAge: 15,
    majorityAge: kind === "guardian" ? 18 : null,
    child: kind === "guardian" ? "Lou" : null,
    known,
    texts: TEXTS,
  };
}

export interface FakePhoto {
  readonly photo: PersonPhoto;
  readonly seed: number;
  /** Which figure is "you". */
  readonly you: number;
}

const MINUTE = 60_000;
const BEGAN = Date.parse("2026-06-20T14:05:00Z");

export const PHOTOS: readonly FakePhoto[] = Array.from({ length: 11 }, (_, n) => {
  const drawn = scene(n + 1);
  const you = n % drawn.figures.length;
  const figure = drawn.figures[you];
  return {
    seed: n + 1,
    you,
    photo: {
      id: id(2, n),
      collection: COLLECTION,
      width: drawn.width,
      height: drawn.height,
      takenAt: new Date(BEGAN + n * 23 * MINUTE).toISOString(),
      state: n === 4 || n === 9 ? "asked" : n < 4 ? "confirmed" : "matched",
      face: id(3, n),
      box: figure === undefined ? [0, 0, 1, 1] : boxOf(figure),
    },
  };
});

export const BROWSED: Browse = {
  photos: Array.from({ length: 14 }, (_, n) => {
    const drawn = scene(n + 30);
    return {
      id: id(4, n + 30),
      width: drawn.width,
      height: drawn.height,
      takenAt: new Date(BEGAN + n * 11 * MINUTE).toISOString(),
      faces: drawn.figures.map((figure, face) => ({
        id: id(5, n * 10 + face),
        box: boxOf(figure),
        claim: n === 2 && face === 0 ? ("mine-open" as const) : ("none" as const),
      })),
    };
  }),
  next: "more",
};

export const GALLERY: GalleryOpened = {
  organisation: ORGANISATION,
  collection: "Fête d’été 2026",
  channel: "site de l’harmonie",
  expiresAt: "2026-07-06T09:40:00Z",
  pictures: BROWSED.photos.length,
  version: "one",
  changed: 0,
};
export const GALLERY_PICTURES: GalleryPictures["pictures"] = BROWSED.photos.map((one) => ({
  name: one.id,
  version: "one",
  width: one.width,
  height: one.height,
}));

const NOTICES: readonly Me["notices"][number]["kind"][] = [
  "device-added",
  "face-claimed",
  "recovered",
  "recovered-by-mail",
  "link-made",
  "retake-refused",
  "corrected",
  "photos-deleted",
  "shown-no-more",
];

export function me(
  change: {
    enrolment?: Me["collections"][number]["enrolment"];
    guardian?: boolean;
    /** Another guardian is still to agree. */
    waiting?: boolean;
    textChanged?: boolean;
    /** Their guardians speak for them no more. */
    ofAge?: boolean;
    /** Nothing happened lately. */
    quiet?: boolean;
    everyNotice?: boolean;
    findMe?: boolean;
    /** Agreed to be shown on a channel outside the collection. */
    onSite?: boolean;
    /** May be written to, at an address that is confirmed or not. */
    address?: "none" | "waiting" | "confirmed";
  } = {},
): Me {
  const given = (purpose: Me["consents"][number]["purpose"], channel: string | null, live: boolean) => ({
    purpose,
    channel,
    collection: purpose === "keep-template" || purpose === "contact" ? null : COLLECTION,
    live: live && change.waiting !== true,
    waiting: live && change.waiting === true,
    textChanged: change.textChanged === true && purpose === "find-me",
    since: "2026-06-20T13:58:00Z",
    until: live ? "2027-06-30T00:00:00Z" : null,
  });
  return {
    person: id(6, 1),
    name: change.guardian === true ? "Lou" : null,
    language: "fr",
    organisation: ORGANISATION,
    guardian: change.guardian === true,
    majorityAt: change.ofAge === true ? "2026-01-01T00:00:00Z" : null,
    collections: [
      {
        id: COLLECTION,
        name: "Fête d’été 2026",
        purpose: "Donner leurs photos aux invités, et en montrer quelques-unes.",
        photos: 2000,
        retainUntil: "2027-06-30T00:00:00Z",
        matching: "enrolled",
        channels: CHANNELS,
        enrolment: change.enrolment ?? "live",
        found: 9,
        asked: 2,
      },
    ],
    consents: [
      given("find-me", null, change.findMe !== false),
      given("publish", "companions", true),
      given("publish", "site de l’harmonie", change.onSite === true),
      given("publish", "journal communal", false),
      given("keep-template", null, false),
      given("staff-lookup", null, false),
      ...((change.address ?? "none") === "none" ? [] : [given("contact", null, true)]),
    ],
    texts: TEXTS,
    devices: [
      {
        id: id(7, 1),
        current: true,
        since: "2026-06-20T13:58:00Z",
        lastSeen: "2026-06-21T08:10:00Z",
        how: "join",
      },
      {
        id: id(7, 2),
        current: false,
        since: "2026-06-21T07:40:00Z",
        lastSeen: "2026-06-21T07:45:00Z",
        how: "recovery",
      },
    ],
    passkeys: 1,
    passkeyList: [{ id: id(7, 3), since: "2026-06-20T14:01:00Z", lastUsed: null }],
    notices: NOTICES.slice(0, change.everyNotice === true ? undefined : 1).map((kind, n) => ({
      id: id(7, 40 + n),
      kind,
      device: kind === "device-added" ? id(7, 2) : null,
      pictures: kind === "photos-deleted" ? 3 : null,
      collection: kind === "photos-deleted" ? "Fête d’été 2026" : null,
      at: "2026-06-21T07:40:00Z",
      seen: change.quiet === true,
    })),
    address:
      change.address === undefined || change.address === "none"
        ? null
        : {
            email: "alix@example.org",
            verified: change.address === "confirmed",
            askedAt: "2026-06-21T07:42:00Z",
          },
    mail: true,
    left: 3,
  };
}

export const LOOKS = {
  looks: [
    {
      kind: "lookup",
      actor: "Camille R.",
      reason: "Retrouver la gagnante de la tombola",
      collection: "Fête d’été 2026",
      at: "2026-06-21T09:12:00Z",
    },
    {
      kind: "deliver",
      actor: "Sacha B.",
      reason: "Donner leurs photos aux invités",
      collection: "Fête d’été 2026",
      at: "2026-06-20T18:30:00Z",
    },
  ],
};

export const SHOWN = {
  disclosures: [
    {
      channel: "companions",
      recipient: "person" as const,
      collection: "Fête d’été 2026",
      pictures: 3,
      at: "2026-06-20T19:02:00Z",
    },
    {
      channel: "site de l’harmonie",
      recipient: "channel" as const,
      collection: "Fête d’été 2026",
      pictures: 2,
      at: "2026-06-21T10:00:00Z",
    },
  ],
};

const part = (value: unknown): string => Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
/** Looks like a receipt, and is none: nobody has signed it. */
const unsigned = (typ: string, payload: Readonly<Record<string, unknown>>): string =>
  [part({ alg: "EdDSA", kid: "bWFkZS11cC1maW5nZXJwcmludA", typ }), part(payload), "AAAA"].join(".");

const HEAD = `assent-log/${id(7, 1)}\n3120\n${Buffer.alloc(32, 7).toString("base64")}\n\n— made-up AAAA\n`;
const stated = (n: number, purpose: string, channel: string | null) => ({
  consent: id(7, n),
  purpose,
  channel,
  givenHow: "own-device",
  at: "2026-06-20T12:02:00Z",
  until: "2027-06-20T12:02:00Z",
});
const record = (n: number, text: string) => ({
  "dct:identifier": id(7, n),
  "dpv:hasNotice": { "dct:description": { "@value": text, "@language": "fr" } },
  "dpv:hasConsentControl": { "dpv:isExercisedAt": "https://photos.harmonie.example/me" },
});

export const CONSENT_RECEIPT = unsigned("assent-consent+jwt", {
  version: 2,
  jti: id(7, 2),
  iat: 1_781_956_920,
  language: "fr",
  collection: { name: "Fête d’été 2026", purpose: "Les photos de la fête d’été" },
  consents: [stated(3, "find-me", null), stated(4, "publish", "companions")],
  refused: [stated(5, "publish", "site de l’harmonie")],
  log: { checkpoint: HEAD },
  receipt: {
    "dpv:hasEntity": {
      "dpv:hasName": ORGANISATION,
      "dpv:hasContact": "contact@harmonie.example",
      "dpv:hasAddress": "1, place Inventée, 75000 Paris",
    },
    "dpv:hasRecordOfActivity": [
      record(3, "Me retrouver dans ces photos."),
      record(4, "Les autres personnes de la même photo peuvent voir mon visage."),
      record(5, "Mon visage peut apparaître sur : site de l’harmonie."),
    ],
  },
});

const KEY = {
  kty: "OKP",
  crv: "Ed25519",
  alg: "EdDSA",
  use: "sig",
  kid: "GV05Vxk4lNLcGUpAi_LlIeoUkCKyZ30oJ37doZbiYWQ",
  x: "bYtVwq0EKlfKXKJTq83OOOwVaMFvonOX9B7RjUj9jZ8",
  since: "2026-05-01T00:00:00Z",
};
const LOG = "photos.example.org/log";
/** A list of keys whose secret halves were thrown away: it signed nothing. */
export const KEYS = {
  keys: [KEY],
  log: {
    origin: LOG,
    keys: [{ ...KEY, vkey: `${LOG}+0cc63d19+AW2LVcKtBCpXylyiU6vNzjjsFWjBb6Jzl/Qe0Y1I/Y2f` }],
  },
};

export const RECEIPT = unsigned("assent-erasure+jwt", {
  version: 2,
  jti: id(7, 6),
  iat: 1_782_057_847,
  stoppedAt: "2026-06-21T16:04:05Z",
  erasedAt: "2026-06-21T16:04:07Z",
  keyEpoch: { number: 9, since: "2026-06-21T02:00:00Z" },
  erased: { templates: 3, "matches and tags": 14, consents: 5, people: 1 },
  stays: [
    { what: "photos", why: "they belong to the organisation; the face in them is hidden" },
    { what: "look records without the person", why: "the organisation answers for who looked" },
  ],
  leftEarlier: [{ what: "pictures by site de l’harmonie", count: 3 }],
  checks: [{ check: "no row about the person", residue: 0 }],
  log: { proof: `c2sp.org/tlog-proof@v1\nindex 1\n\n${HEAD}` },
});
