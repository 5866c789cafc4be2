import {
  StaffAction,
  type CollectionLine,
  type CollectionPage,
  type Conflicts,
  type Desk,
  type LookedPhoto,
  type Publications,
  type Requests,
  type ScanState,
  type StaffMe,
} from "../../../src/http/contract/staff.ts";
import type { Galleries } from "../../../src/http/contract/staff-galleries.ts";
import { id, ORGANISATION, TEXTS } from "../../person/fake/data.ts";
import { boxOf, scene } from "../../person/fake/drawing.ts";

/** Made-up answers of the same made-up organisation as the person's pages. Nothing is measured, nobody is in it. */

const EVERYTHING: readonly StaffAction[] = StaffAction.anyOf.map((one) => one.const);

export const ME: StaffMe = {
  name: "Camille Roux",
  email: "camille@example.org",
  organisation: ORGANISATION,
  role: "owner",
  lacksSecondFactor: false,
  may: [...EVERYTHING],
  somewhere: [...EVERYTHING],
};
/** Somebody who only delivers photos, for one collection. */
export const PHOTOGRAPHER: StaffMe = {
  ...ME,
  name: "Noé Lambert",
  role: null,
  may: [],
  somewhere: ["see-self", "see-collections", "import-photos"],
};

export const PARTY = id(1, 1);
const CONCERT = id(1, 2);
const ARCHIVE = id(1, 3);

const LINES: readonly CollectionLine[] = [
  {
    id: ARCHIVE,
    name: "Fonds ancien de l’harmonie, tirages et plaques, 1920–1960",
    matching: "off",
    photos: 1284,
    waiting: 0,
    faces: 5210,
    people: 0,
    retainUntil: "2036-12-31",
    joinUntil: "2036-06-30",
  },
  {
    id: CONCERT,
    name: "Concert de printemps",
    matching: "enrolled",
    photos: 312,
    waiting: 180,
    faces: 640,
    people: 4,
    retainUntil: "2027-05-31",
    joinUntil: "2026-08-31",
  },
  {
    id: PARTY,
    name: "Fête d’été 2026",
    matching: "enrolled",
    photos: 2000,
    waiting: 0,
    faces: 9843,
    people: 87,
    retainUntil: "2027-06-30",
    joinUntil: "2026-09-30",
  },
];
export const COLLECTIONS = { collections: LINES };

export const PAGE: CollectionPage = {
  ...(LINES[2] as CollectionLine),
  may: [...EVERYTHING],
  purpose: "Donner leurs photos aux invités, et en montrer quelques-unes.",
  attestation: "Notre photographe, notre fête ; une affiche à l’entrée le disait.",
  attestedBy: ME.name,
  channels: [
    { name: "site de l’harmonie", public: true },
    { name: "journal communal", public: true },
    { name: "archives de l’association", public: false },
  ],
  joinable: true,
  conflicts: 1,
  claims: 2,
  requests: 2,
  provisional: 3,
};

export const SCANNED: ScanState = {
  photos: PAGE.photos,
  waiting: 0,
  faces: PAGE.faces,
  running: false,
  stopped: null,
  failures: [],
};
export const FAILURES: ScanState["failures"] = [
  { file: "Carte 2/DSC_04711.NEF.jpg", code: "unreadable-picture" },
  { file: "Carte 2/export-pour-le-journal-communal-version-finale-2.tif", code: "unsupported-picture" },
];

const LOOKED = 8;
/** The seed of the drawing behind a photo's id. */
export const seedOf = (photo: string): number => Number(photo.slice(-12));
/** Which figure the channel may show: in every other drawing one. */
export const shownIn = (seed: number, figure: number): boolean => seed % 2 === 0 && figure === 1;

export const LOOKED_PHOTOS: readonly LookedPhoto[] = Array.from({ length: LOOKED }, (_, n) => {
  const seed = n + 50;
  const drawn = scene(seed);
  return {
    id: id(4, seed),
    file: `DSC_0${4700 + n}.jpg`,
    width: drawn.width,
    height: drawn.height,
    faces: drawn.figures.map((figure, face) => {
      const byHand = n === 1 && face === 0;
      return {
        id: id(5, n * 10 + face),
        box: boxOf(figure),
        standing: shownIn(seed, face) ? "shown" : byHand ? "by-hand" : "hidden",
        canShowAgain: byHand,
      };
    }),
  };
});
const faces = LOOKED_PHOTOS.flatMap((photo) => photo.faces);
const shown = faces.filter((face) => face.standing === "shown").length;
export const BEGUN = {
  photos: LOOKED,
  showing: LOOKED_PHOTOS.filter((photo) => photo.faces.some((face) => face.standing === "shown")).length,
  shown,
  hidden: faces.length - shown,
  waiting: 2,
};

export const PUBLISHED: Publications["publications"] = [
  {
    id: id(7, 1),
    channel: "site de l’harmonie",
    at: "2026-06-22T09:30:00Z",
    reviewedBy: ME.name,
    pictures: 280,
    folder: "/srv/assent/data/published/fete-d-ete-2026/site-de-l-harmonie",
    maxEdge: 2048,
    watermark: "© Harmonie de Valcourt",
    changed: 2,
  },
];

export const GALLERIES: Galleries["galleries"] = [
  {
    id: id(7, 61),
    publication: id(7, 1),
    channel: "site de l’harmonie",
    state: "open",
    madeBy: ME.name,
    madeAt: "2026-06-22T09:40:00Z",
    expiresAt: "2026-07-06T09:40:00Z",
    openedAt: "2026-06-22T10:02:00Z",
    maxEdge: 1600,
    seen: 212,
    changed: 2,
    origins: ["https://www.example.org"],
    frame: `https://photos.example.org/gallery/embed/${id(7, 61)}`,
  },
];

export const DAY_CODE = { day: "2026-06-20", code: "TILLEU" };
export const GUARDIAN_LINK = {
  link: "https://photos.example.org/join#made-up-secret-of-a-made-up-guardian",
  expiresAt: "2026-07-20T00:00:00Z",
};

export const DESK: Desk = {
  today: 7,
  limit: 20,
  // Who may be asked about is agreed to on one's own device alone.
  texts: TEXTS.filter((one) => one.purpose !== "staff-lookup").map(({ purpose, channel, fr, en }) => ({
    purpose: channel === null ? purpose : `publish:${channel}`,
    fr,
    en,
  })),
  provisional: [
    { enrolment: id(8, 1), person: id(6, 1), name: "Alix", at: "2026-06-20T14:05:00Z" },
    { enrolment: id(8, 2), person: id(6, 2), name: null, at: "2026-06-20T14:12:00Z" },
  ],
};

export const CONFLICTS: Conflicts["conflicts"] = [
  {
    enrolment: id(8, 3),
    collection: PARTY,
    collectionName: "Fête d’été 2026",
    at: "2026-06-20T15:40:00Z",
  },
  { enrolment: id(8, 4), collection: null, collectionName: null, at: "2026-06-18T10:00:00Z" },
];

export const REQUESTS: Requests["requests"] = [
  {
    id: id(9, 1),
    kind: "hide-me",
    person: null,
    photo: id(4, 52),
    file: "DSC_04702.jpg",
    collectionName: "Fête d’été 2026",
    face: true,
    place: { x: 0.3, y: 0.45 },
    contact: "0600000000",
    note: "Je ne veux pas être sur le site, même de loin. Merci de retirer la photo.",
    openedAt: "2026-06-21T08:15:00Z",
    dueAt: "2026-07-21T08:15:00Z",
    overdue: true,
  },
  {
    id: id(9, 2),
    kind: "report",
    person: null,
    photo: id(4, 55),
    file: "DSC_04705.jpg",
    collectionName: "Fête d’été 2026",
    face: false,
    place: null,
    contact: null,
    note: null,
    openedAt: "2026-06-22T18:40:00Z",
    dueAt: "2026-07-22T18:40:00Z",
    overdue: false,
  },
  {
    id: id(9, 3),
    kind: "access",
    person: id(5, 1),
    photo: null,
    file: null,
    collectionName: null,
    face: false,
    place: null,
    contact: null,
    note: "Lettre du 20 juin.",
    openedAt: "2026-06-23T00:00:00Z",
    dueAt: "2026-07-23T00:00:00Z",
    overdue: false,
  },
];
