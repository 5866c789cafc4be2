import type {
  AccountWork,
  CalendarPage,
  Disclosures,
  ErrorRates,
  LogCheck,
  LogEntries,
  LogState,
  Overview,
  Texts,
} from "../../../src/http/contract/officer.ts";
import type { PaperPage } from "../../../src/http/contract/officer-papers.ts";
import type { Reach, ReachChoices, ReachedNames } from "../../../src/http/contract/officer-reach.ts";
import { id } from "../../person/fake/data.ts";
import { ME, PARTY } from "./data.ts";

/** Made-up answers for the data-protection officer's pages. */
export const OVERVIEW: Overview = {
  requests: { open: 3, overdue: 1, nextDue: "2026-07-04T12:00:00Z" },
  conflicts: 2,
  unusual: ["Noé Lambert"],
  atLimit: ["Dominique Fournier-Delacroix"],
  lateErasures: 0,
  waitingForSecond: 1,
  signed: 48_213,
  witnessed: null,
};
export const CALM: Overview = {
  requests: { open: 0, overdue: 0, nextDue: null },
  conflicts: 0,
  unusual: [],
  atLimit: [],
  lateErasures: 0,
  waitingForSecond: 0,
  signed: 48_213,
  witnessed: 47_900,
};

const CHECKPOINT = `assent-log/${id(30, 1)}
48213
b3VyIG1hZGUtdXAgcm9vdCBvZiB0aGlydHktdHdvIGJ5dGU=

— assent-log/${id(30, 1)} bWFkZSB1cCwgYW5kIG5vIHNpZ25hdHVyZSBvZiBhbnl0aGluZw==
`;
export const LOG_STATE: LogState = {
  origin: `assent-log/${id(30, 1)}`,
  head: { size: 48_213, at: "2026-06-21T09:12:00Z", checkpoint: CHECKPOINT },
  waiting: 2,
  witnessed: null,
  kinds: [
    "collection-created",
    "consent-given",
    "consent-withdrawn",
    "erasure-finished",
    "look",
    "person-enrolled",
  ],
};
export const WITNESSED: NonNullable<LogState["witnessed"]> = {
  size: 47_900,
  by: ["witness.example.org/assent"],
  at: "2026-06-20T03:00:00Z",
};

export const LOG: LogEntries = {
  entries: [
    {
      id: id(31, 1),
      position: null,
      kind: "look",
      at: "2026-06-21T09:13:00Z",
      actor: ME.name,
      person: null,
      facts: [
        { name: "kind", value: "lookup" },
        { name: "look", value: id(32, 1) },
        { name: "persons", value: "1" },
      ],
    },
    {
      id: id(31, 2),
      position: 48_212,
      kind: "consent-withdrawn",
      at: "2026-06-21T09:12:00Z",
      actor: null,
      person: id(6, 2),
      facts: [
        { name: "collection", value: "Fête d’été 2026" },
        { name: "purpose", value: "find-me" },
      ],
    },
    { id: id(31, 3), position: 48_211, kind: null, at: null, actor: null, person: null, facts: [] },
    {
      id: id(31, 4),
      position: 48_210,
      kind: "person-enrolled",
      at: "2026-06-21T08:40:00Z",
      actor: "Dominique Fournier-Delacroix",
      person: id(6, 3),
      facts: [
        { name: "givenHow", value: "desk" },
        { name: "secondStaff", value: ME.name },
      ],
    },
  ],
  next: "48209",
};

export const NO_CHECK: LogCheck = { running: null, failed: null, last: null };
export const CHECKED: LogCheck = {
  running: null,
  failed: null,
  last: {
    at: "2026-06-21T09:14:00Z",
    by: ME.name,
    size: 48_213,
    checkpoints: 9120,
    waiting: 2,
    damage: [],
    cuts: 0,
  },
};
export const CHECKING: LogCheck = {
  running: { step: "tree", done: 16_384, of: 48_213 },
  failed: null,
  last: null,
};
export const DAMAGED: LogCheck = {
  ...CHECKED,
  last: {
    at: "2026-06-21T09:14:00Z",
    by: ME.name,
    size: 48_213,
    checkpoints: 9120,
    waiting: 0,
    damage: [
      { kind: "missing-entry", where: 1204, entry: null },
      { kind: "altered-payload", where: 30_551, entry: id(31, 9) },
    ],
    cuts: 1,
  },
};

export const ACCOUNT_WORK: AccountWork = {
  looks: [
    { actor: "Noé Lambert", today: 41, people: 17, mean: 2.4, unusual: true },
    { actor: ME.name, today: 3, people: 3, mean: 1.1333, unusual: false },
  ],
  desk: {
    limit: 20,
    accounts: [
      { staff: "Dominique Fournier-Delacroix", today: 23, month: 61, desk: 58, paper: 12 },
      { staff: ME.name, today: 0, month: 4, desk: 2, paper: 2 },
    ],
    seconds: [
      { staff: "Dominique Fournier-Delacroix", second: ME.name, enrolments: 3, last: "2026-06-21T08:40:00Z" },
    ],
  },
};
export const NO_WORK: AccountWork = { looks: [], desk: { limit: 20, accounts: [], seconds: [] } };

export const CALENDAR: CalendarPage = {
  collections: [
    {
      id: id(1, 2),
      name: "Concert de printemps",
      photos: 412,
      joinUntil: "2026-05-31T00:00:00Z",
      joiningClosed: true,
      retainUntil: "2026-12-31T00:00:00Z",
    },
    {
      id: PARTY,
      name: "Fête d’été 2026",
      photos: 3120,
      joinUntil: "2026-09-19T00:00:00Z",
      joiningClosed: false,
      retainUntil: "2027-06-30T00:00:00Z",
    },
  ],
  consents: [
    { purpose: "find-me", soon: 4, later: 31 },
    { purpose: "publish", soon: 0, later: 12 },
  ],
  idle: { months: 24, idle: 7, warned: 5 },
  epoch: { number: 168, since: "2026-06-21T02:00:00Z", nextRoll: "2026-06-22T02:00:00Z" },
  backup: { at: "2026-06-20T03:00:00Z", by: ME.name },
};
export const EMPTY_CALENDAR: CalendarPage = {
  ...CALENDAR,
  collections: [],
  consents: [],
  idle: { months: null, idle: 0, warned: 0 },
  backup: null,
};

export const TEXTS: Texts = {
  texts: [
    {
      digest: "a".repeat(64),
      purpose: "find-me",
      channel: null,
      language: "fr",
      version: "2026-11-2",
      text: "Me retrouver dans ces photos. Votre selfie devient un code chiffré qui sert à vous reconnaître dans cette collection, et nulle part ailleurs.",
      since: "2026-06-01T10:00:00Z",
      inUse: true,
      people: 184,
      yes: 171,
    },
    {
      digest: "b".repeat(64),
      purpose: "publish",
      channel: "site de l’harmonie",
      language: "en",
      version: "2026-11-1",
      text: "My face may appear on: site de l’harmonie. Otherwise it is hidden there.",
      since: "2026-03-01T10:00:00Z",
      inUse: false,
      people: 1,
      yes: 0,
    },
  ],
};

export const DISCLOSURES: Disclosures = {
  disclosures: [
    {
      id: id(33, 1),
      at: "2026-06-21T07:30:00Z",
      collection: "Fête d’été 2026",
      channel: "site de l’harmonie",
      recipient: "channel",
      pictures: 280,
      shown: 61,
      withdrawn: 2,
      renewed: true,
      reviewedBy: ME.name,
      complete: true,
    },
    {
      id: id(33, 2),
      at: "2026-06-20T18:05:00Z",
      collection: "Fête d’été 2026",
      channel: "journal communal",
      recipient: "channel",
      pictures: 12,
      shown: 9,
      withdrawn: 1,
      renewed: false,
      reviewedBy: ME.name,
      complete: true,
    },
    {
      id: id(33, 3),
      at: "2026-06-19T12:00:00Z",
      collection: null,
      channel: "companions",
      recipient: "person",
      pictures: 31,
      shown: 4,
      withdrawn: 0,
      renewed: false,
      reviewedBy: null,
      complete: true,
    },
  ],
  next: null,
};

export const REACH_CHOICES: ReachChoices = {
  accounts: [
    { id: id(20, 1), name: ME.name },
    { id: id(20, 3), name: "Noé Lambert" },
  ],
  keys: [{ id: id(34, 1), name: "site de l’harmonie", prefix: "assent_0a1b2c3d" }],
  links: [{ id: id(35, 1), collection: "Fête d’été 2026", by: ME.name, at: "2026-06-18T10:00:00Z" }],
  galleries: [
    {
      id: id(35, 2),
      collection: "Fête d’été 2026",
      channel: "site",
      by: ME.name,
      at: "2026-07-02T09:00:00Z",
    },
  ],
};
export const REACHED: Reach = {
  opens: "collections",
  photos: 3120,
  people: [
    { person: id(6, 2), names: true, photos: 41, looks: 2 },
    { person: id(6, 3), names: true, photos: 3, looks: 0 },
    { person: id(6, 4), names: false, photos: 0, looks: 1 },
  ],
};
export const REACHED_NAMES: ReachedNames = {
  names: [
    { person: id(6, 2), name: "Alix Bertin" },
    { person: id(6, 4), name: "Lou Exemple" },
  ],
};

export const PAPER: PaperPage = {
  title: "Registre des activités de traitement",
  note: "Brouillon fait par le programme à partir de ses réglages et de ce qu’il garde (RGPD, article 30). Il ne dit pas que le traitement est conforme : une personne le complète, et un juriste en décide.",
  as: "État du 21 juin 2026 à 09:14 (UTC).",
  sections: [
    {
      title: "Responsable du traitement",
      blocks: [
        {
          kind: "facts",
          rows: [
            { term: "Nom", value: "Harmonie de Valcourt" },
            { term: "Contact", value: "contact@example.org" },
          ],
        },
        { kind: "fill-in", text: "Représentant, délégué à la protection des données et leurs coordonnées." },
      ],
    },
    {
      title: "Finalités et bases légales",
      blocks: [
        {
          kind: "table",
          heads: ["Collection", "Finalité", "Reconnaissance faciale"],
          rows: [
            ["Fête d’été 2026", "Pour celles et ceux qui y étaient.", "oui, pour les personnes inscrites"],
            ["Concert de printemps", "Souvenirs de la saison.", "non"],
          ],
        },
        { kind: "text", text: "Chaque usage d’un visage est demandé séparément à la personne." },
        { kind: "list", items: ["Aucun message n’est envoyé d’ici.", "Rien n’est envoyé aux auteurs."] },
      ],
    },
  ],
};

const rateOf = (value: number, people = 71, n = 3_628) => ({
  value,
  low: value / 2,
  high: Math.min(1, value * 2 + 0.001),
  n,
  people,
});
/** Made up: what such a page looks like, and nothing that was measured. */
export const ERROR_RATES: ErrorRates = {
  evaluations: [
    {
      at: "2026-06-10T09:00:00Z",
      by: ME.name,
      pack: "small-1",
      policy: "2026-11-1",
      photos: 500,
      people: 71,
      faces: 3_628,
      leaks: 2,
      thresholds: [
        {
          name: "ask at 32 px",
          fmr: rateOf(0.002),
          fnmr: rateOf(0.05),
          fpir: rateOf(0.01),
          fnir: rateOf(0.06),
        },
        { name: "automatic", fmr: rateOf(0), fnmr: rateOf(0.12), fpir: rateOf(0), fnir: rateOf(0.13) },
      ],
      groups: [
        {
          attribute: "gender",
          nonMatches: [
            { group: "female", fewPeople: false, fnmr: rateOf(0.13, 38) },
            { group: "male", fewPeople: true, fnmr: rateOf(0.1, 19) },
          ],
          matches: [
            { groups: ["female", "female"], fewPeople: false, fmr: rateOf(0.0004, 38) },
            { groups: ["female", "male"], fewPeople: true, fmr: rateOf(0.0001, 19) },
          ],
        },
      ],
    },
  ],
};
