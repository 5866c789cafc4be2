import { record } from "../audit/index.ts";
import { newId, type Box, type Clock, type Id } from "../core/index.ts";
import type { CardStanding, Db, MatchState, Trx } from "../db/index.ts";
import { facesByCards, type CardFace } from "./card-face.ts";

/** A code as a scan saw it, in pixels of the upright picture. */
export type SeenCode =
  | { readonly kind: "tag"; readonly code: string; readonly box: Box }
  | { readonly kind: "secret"; readonly box: Box };

/**
 * Writes down where codes are in a photo, and by whose face, in the transaction that writes its faces; with its entry. No
 * face is anybody's by it: `applyCards` decides that, which may be long after.
 */
export async function recordSightings(
  trx: Trx,
  seen: {
    readonly photo: Id;
    readonly collection: Id;
    readonly codes: readonly SeenCode[];
    readonly faces: readonly CardFace[];
  },
  clock: Clock,
): Promise<void> {
  if (seen.codes.length === 0) return;
  const known = await trx
    .selectFrom("card")
    .select(["id", "code"])
    .where("collection_id", "=", seen.collection)
    .where(
      "code",
      "in",
      seen.codes.map((code) => (code.kind === "tag" ? code.code : "")),
    )
    .execute();
  const byCode = new Map(known.map((card) => [card.code, card.id]));
  const codes = seen.codes.map((code) => ({
    kind: code.kind,
    box: code.box,
    card: (code.kind === "tag" ? byCode.get(code.code) : undefined) ?? null,
  }));
  const byCard = facesByCards(codes, seen.faces);
  await trx
    .insertInto("card_sighting")
    .values(
      codes.map(({ card, box }, i) => ({
        id: newId(),
        photo_id: seen.photo,
        card_id: card,
        ...box,
        standing: byCard[i]?.standing ?? "no-card",
        face_id: byCard[i]?.face ?? null,
      })),
    )
    .execute();
  const payload = { photo: seen.photo, codes: codes.length, cards: known.length };
  await record(trx, { kind: "card-seen", payload }, clock);
}

/** A code that was seen, for staff: not whose card it is. */
export interface ListedSighting {
  readonly photo: Id;
  /** The original's name. */
  readonly fileName: string;
  /** null: the secret half of a card, or a code that is no card of this collection (any more). */
  readonly code: string | null;
  readonly box: Box;
  readonly standing: CardStanding;
  /** How the face stands that the card is held by. */
  readonly match: MatchState | null;
}

/** The codes that were seen in the photos of a collection, by file name. */
export async function sightingsIn(db: Db, collection: Id): Promise<readonly ListedSighting[]> {
  const rows = await db
    .selectFrom("card_sighting")
    .innerJoin("photo", "photo.id", "card_sighting.photo_id")
    .leftJoin("card", "card.id", "card_sighting.card_id")
    .leftJoin("match", (join) =>
      join
        .onRef("match.face_id", "=", "card_sighting.face_id")
        .onRef("match.person_id", "=", "card.person_id"),
    )
    .select([
      "photo.id as photo",
      "photo.file_name as fileName",
      "card.code",
      "card_sighting.x",
      "card_sighting.y",
      "card_sighting.w",
      "card_sighting.h",
      "card_sighting.standing",
      "match.state as match",
    ])
    .where("photo.collection_id", "=", collection)
    .orderBy("photo.file_name")
    .orderBy("photo.id")
    .orderBy("card_sighting.x")
    .execute();
  return rows.map(({ x, y, w, h, ...row }) => ({ ...row, box: { x, y, w, h } }));
}
