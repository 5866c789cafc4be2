import { centre, type Box, type Id } from "../core/index.ts";
import type { CardStanding, Detection } from "../db/index.ts";

/** A code in a photo, in pixels of the upright picture. */
export interface CodePlace {
  readonly kind: "tag" | "secret";
  /** Of this collection's cards; null where it is none of them, and of a secret half. */
  readonly card: Id | null;
  readonly box: Box;
}

export interface CardFace {
  readonly id: Id;
  readonly box: Box;
  readonly detection: Detection;
}

/** Whose face a code stands by: `face` where the standing is `clear`, and only there. */
export interface ByCard {
  readonly standing: CardStanding;
  readonly face: Id | null;
}

/**
 * Where a card is held, in heights of the face's box from its middle: beside the chin down to the belt, and as far to the
 * side as an elbow goes. A stated choice: the next person in a row stands 1.5 to 2 heights away.
 */
const REACH = { side: 1.25, up: 0.25, down: 3.5 } as const;

/**
 * Side of the code as a share of the face's height. The printed code has 40 mm and a face's box about 200 mm: 0.2 where
 * both are as far from the camera. 0.1: the card is twice as far away as the face; 0.6: the card is held three times nearer
 * than the face, an arm's length before somebody half a metre behind it. Outside of that, card and face are not together.
 */
const SCALE = { least: 0.1, most: 0.6 } as const;

/** With two faces in reach the nearer one has the card only if the other is at least so many times as far from it. */
const CLEARLY_NEARER = 2;

/**
 * By whose face a card is held. Pure. A face has a card if it is the only one, or by far the nearest, in whose reach and of
 * whose scale the code is, if it was surely seen, and if neither another code is by that face nor this code anywhere
 * else in the photo. Whatever is left in doubt has no face: staff say whose it is, by hand.
 */
export function facesByCards(codes: readonly CodePlace[], faces: readonly CardFace[]): readonly ByCard[] {
  const first = codes.map((code) => faceBy(code.box, faces));
  return first.map((one, i) => {
    const card = codes[i]?.card ?? null;
    if (card === null) return { standing: codes[i]?.kind === "secret" ? "secret" : "no-card", face: null };
    // The secret half of the very card, of one that was not folded, puts nothing in doubt.
    const others = codes.flatMap((code, j) =>
      j === i || code.kind === "secret" ? [] : [{ code, by: first[j] }],
    );
    const doubt = others.some(
      ({ code, by }) => code.card === card || (one.face !== null && by?.face === one.face),
    );
    return doubt ? { standing: "several-cards", face: null } : one;
  });
}

function faceBy(code: Box, faces: readonly CardFace[]): ByCard {
  const inReach = faces
    .map((face) => ({ face, distance: distance(code, face.box), scale: scale(code, face.box) }))
    .filter(({ distance: far }) => far !== null)
    .map((one) => ({ ...one, distance: one.distance ?? 0 }));
  if (inReach.length === 0) return { standing: "no-face", face: null };
  const fitting = inReach
    .filter(({ scale: share }) => share >= SCALE.least && share <= SCALE.most)
    .sort((a, b) => a.distance - b.distance);
  const [nearest, next] = fitting;
  if (!nearest) return { standing: "out-of-scale", face: null };
  if (next && next.distance < CLEARLY_NEARER * nearest.distance) {
    return { standing: "several-faces", face: null };
  }
  if (nearest.face.detection === "doubtful") return { standing: "no-face", face: null };
  return { standing: "clear", face: nearest.face.id };
}

/** In heights of the face; null where no arm holds the card. */
function distance(code: Box, face: Box): number | null {
  const [held, head] = [centre(code), centre(face)];
  const x = (held.x - head.x) / face.h;
  const y = (held.y - head.y) / face.h;
  return Math.abs(x) > REACH.side || y < -REACH.up || y > REACH.down ? null : Math.hypot(x, y);
}

/** The longer side: a card that is turned away looks narrower, not lower. */
function scale(code: Box, face: Box): number {
  return Math.max(code.w, code.h) / face.h;
}

/** A photo in a series, as it was taken. */
export interface SeriesPhoto {
  readonly id: Id;
  readonly takenAt: Date;
  /** Codes in it, of whatever card. */
  readonly codes: number;
  readonly faces: number;
  /** The one face, where it was surely seen and may be asked about. */
  readonly face: Id | null;
  /** Of a photo with one face and one card that is clearly theirs: whose, and for how long. */
  readonly start: { readonly person: Id; readonly minutes: number } | null;
}

/**
 * The faces to ask about: after a portrait with a card, the photos of the same camera, until a code is seen again or the
 * card's time is over, with exactly one face each. Pure; `photos` are one camera's, in the order in which they were taken.
 */
export function seriesOf(
  photos: readonly SeriesPhoto[],
): readonly { readonly face: Id; readonly person: Id }[] {
  const asked: { face: Id; person: Id }[] = [];
  let open: { readonly person: Id; readonly until: number } | null = null;
  for (const photo of photos) {
    if (photo.codes > 0) {
      const { start } = photo;
      open = start && { person: start.person, until: photo.takenAt.getTime() + start.minutes * 60_000 };
    } else if (open && photo.takenAt.getTime() > open.until) {
      open = null;
    } else if (open && photo.faces === 1 && photo.face !== null) {
      asked.push({ face: photo.face, person: open.person });
    }
  }
  return asked;
}
