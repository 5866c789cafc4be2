import type { Outbox, OpenedLetter } from "../../../src/http/contract/outbox.ts";
import type {
  ClaimOpened,
  Claims,
  FaceOpened,
  Joined,
  NamedPerson,
  StaffPhoto,
  StaffPhotos,
} from "../../../src/http/contract/staff-matters.ts";
import { id } from "../../person/fake/data.ts";
import { boxOf, draw, scene } from "../../person/fake/drawing.ts";
import { GUARDIAN_LINK, LOOKED_PHOTOS, ME, PARTY, seedOf } from "./data.ts";

/** Made-up answers of contract/staff-matters.ts and contract/outbox.ts. */

const ALIX: NamedPerson = { person: id(6, 1), name: "Alix", label: "A1" };
const NAMELESS: NamedPerson = { person: id(6, 2), name: null, label: "B7" };
const WHEN = "2026-06-20T14:05:00Z";
const EVENT = "Fête d’été 2026";

export const CLAIMS: Claims["claims"] = [1, 2].map((n) => ({
  id: id(9, 10 + n),
  collection: PARTY,
  collectionName: EVENT,
  at: WHEN,
}));

export const STAFF_PHOTOS: StaffPhotos = {
  photos: LOOKED_PHOTOS.map(({ id: photo, file, width, height, faces }, n) => ({
    id: photo,
    file,
    width,
    height,
    takenAt: WHEN,
    faces: faces.length,
    tagged: n % 3 === 0 ? 1 : 0,
    rating: n === 1 ? "star" : n === 2 ? "rejected" : null,
  })),
  total: LOOKED_PHOTOS.length,
  next: null,
};

export function staffPhoto(photo: string): StaffPhoto | undefined {
  const looked = LOOKED_PHOTOS.find((one) => one.id === photo);
  if (looked === undefined) return undefined;
  const faces = looked.faces.map(({ id: face, box }, n) => {
    const standing = n === 0 ? ("tagged" as const) : n === 3 ? ("hidden" as const) : ("free" as const);
    const mark = n === 3 ? { face: id(8, 99), mayTakeBack: true } : null;
    return { id: face, box, standing, mark, matchable: n !== 2, neverMatched: n === 1 };
  });
  const { file, width, height } = looked;
  return { id: photo, file, width, height, rating: null, faces };
}

/** A drawing in which only figure `seen` shows its face, as an answer carries it. */
async function showing(photo: string, seen: number): Promise<string> {
  const jpeg = await draw(scene(seedOf(photo)), (figure) => figure === seen, 1200);
  return jpeg.toString("base64");
}

/** The first face is tagged, every other one is nobody's yet; or each is as `standing` says. */
export async function openFace(
  photo: string,
  face: string,
  standing?: "found" | "not-told",
): Promise<FaceOpened> {
  if (standing !== undefined) {
    const seen = staffPhoto(photo)?.faces.findIndex((one) => one.id === face) ?? 0;
    return {
      standing: standing === "found" ? "found" : "tagged",
      by: "machine",
      person: standing === "found" ? ALIX : null,
      mayTakeBack: false,
      channels: [],
      picture: await showing(photo, seen),
    };
  }
  const at = staffPhoto(photo)?.faces.findIndex((one) => one.id === face) ?? 0;
  const tagged = at === 0;
  return {
    standing: tagged ? "tagged" : "free",
    by: tagged ? "hand" : null,
    person: tagged ? ALIX : null,
    mayTakeBack: tagged,
    channels: tagged
      ? [
          { channel: "site de l’harmonie", agreed: true },
          { channel: "companions", agreed: false },
        ]
      : [],
    picture: await showing(photo, at),
  };
}

export async function openClaim(): Promise<ClaimOpened> {
  const photo = id(4, 56);
  const drawn = scene(seedOf(photo));
  const [first] = drawn.figures;
  return {
    who: NAMELESS,
    file: "DSC_04706.jpg",
    width: drawn.width,
    height: drawn.height,
    box: first === undefined ? [0, 0, 1, 1] : boxOf(first),
    picture: await showing(photo, 0),
  };
}

export const JOINED: Joined = {
  people: [ALIX, { person: id(6, 3), name: "Charlie", label: "C2" }, NAMELESS].map((one) => ({
    ...one,
    at: WHEN,
  })),
  more: true,
};

const LETTERS: Outbox["letters"] = [
  {
    letter: id(9, 21),
    kind: "guardian",
    collectionName: EVENT,
    to: "parents-de-lou@example.org",
    child: "Lou",
    by: ME.name,
    since: WHEN,
    expiresAt: GUARDIAN_LINK.expiresAt,
    tries: 2,
    failure: "server",
    nextTry: "2026-06-20T15:05:00Z",
  },
  {
    letter: id(9, 22),
    kind: "single",
    collectionName: EVENT,
    to: "charlie@example.org",
    child: null,
    by: ME.name,
    since: WHEN,
    expiresAt: GUARDIAN_LINK.expiresAt,
    tries: 1,
    failure: "address",
    nextTry: null,
  },
];
export const OUTBOX: Outbox = { mail: true, letters: LETTERS };
export const OUTBOX_BY_HAND: Outbox = {
  mail: false,
  letters: LETTERS.map((one) => ({ ...one, tries: 0, failure: null, nextTry: null })),
};
export const LETTER: OpenedLetter = {
  ...(LETTERS[0] as Outbox["letters"][number]),
  language: "fr",
  subject: "Des photos de la fête d’été",
  text: `Bonjour,\n\nHarmonie de Valcourt a pris des photos à « ${EVENT} ». Vous pouvez décider pour votre enfant :\n\n${GUARDIAN_LINK.link}\n\nSi vous ne faites rien, rien ne se passe.`,
  link: GUARDIAN_LINK.link,
};
