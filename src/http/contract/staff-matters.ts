import { Type, type Static } from "typebox";

/** What staff say and settle by hand, under `/api/staff`; the rest is in staff.ts. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
/** x, y, width, height in pixels of the upright original. */
const BoxArray = Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]);
/** Why somebody looks: whoever is looked at reads it. */
const Reason = Type.String({ minLength: 1, maxLength: 500 });
/** JPEG, base64. */
const Picture = Type.String();
/** `label` tells those apart who gave no name. */
export const NamedPerson = Type.Object({
  person: Id,
  name: Nullable(Type.String()),
  label: Type.String(),
});
export type NamedPerson = Static<typeof NamedPerson>;

/** GET /claims: "this is me" that waits, oldest first. It says neither who nor where. */
export const Claims = Type.Object({
  claims: Type.Array(Type.Object({ id: Id, collection: Id, collectionName: Type.String(), at: Time })),
});
export type Claims = Static<typeof Claims>;
/** POST /claims/:claim/open and POST .../faces/:face/open: each is a look, recorded before the answer. */
export const OpenWithReason = Type.Object({ reason: Reason });
export const ClaimOpened = Type.Object({
  who: NamedPerson,
  file: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  box: BoxArray,
  /** The claimed face as it is, every other one hidden. */
  picture: Picture,
});
export type ClaimOpened = Static<typeof ClaimOpened>;
/** POST /claims/:claim. 204. */
export const SettleClaim = Type.Object({
  outcome: Type.Union([Type.Literal("accepted"), Type.Literal("refused")]),
});

const Rating = Type.Union([Type.Literal("star"), Type.Literal("rejected"), Type.Null()]);
/** Some of the photos: with a face that is nobody's yet; without any face; by what staff think of them. */
export const PhotosFilter = Type.Union([
  Type.Literal("untagged"),
  Type.Literal("no-faces"),
  Type.Literal("star"),
  Type.Literal("rejected"),
  Type.Literal("kept"),
]);
export type PhotosFilter = Static<typeof PhotosFilter>;
/** GET /collections/:id/photos?cursor&filter: those that were looked through, in the order of time. */
export const PhotosQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 60 })),
  filter: Type.Optional(PhotosFilter),
});
/** PUT /collections/:id/ratings: what is `rejected` is left out of the next publishing; null takes it back. */
export const RatePhotos = Type.Object({
  photos: Type.Array(Id, { minItems: 1, maxItems: 1000 }),
  rating: Rating,
});
export type RatePhotos = Static<typeof RatePhotos>;
export const PhotosRated = Type.Object({ changed: Type.Integer() });
export const StaffPhotos = Type.Object({
  /** On all pages. */
  total: Type.Integer(),
  photos: Type.Array(
    Type.Object({
      id: Id,
      file: Type.String(),
      width: Type.Integer(),
      height: Type.Integer(),
      takenAt: Nullable(Time),
      faces: Type.Integer(),
      tagged: Type.Integer(),
      rating: Rating,
    }),
  ),
  next: Nullable(Type.String()),
});
export type StaffPhotos = Static<typeof StaffPhotos>;
/** GET /collections/:id/photos/:photo. The picture, every face hidden: .../picture?size, image/jpeg. */
export const StaffPhoto = Type.Object({
  id: Id,
  file: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  rating: Rating,
  faces: Type.Array(
    Type.Object({
      id: Id,
      box: BoxArray,
      /** Large and clear enough to be recognised. */
      matchable: Type.Boolean(),
      /** It is never compared with anybody. */
      neverMatched: Type.Boolean(),
      /** The mark by hand in its place. DELETE /collections/:id/photos/:photo/marks/:face takes it back, where that may be. */
      mark: Nullable(Type.Object({ face: Id, mayTakeBack: Type.Boolean() })),
      /** `hidden`: it is to stay so, and nobody is tagged there. */
      standing: Type.Union([Type.Literal("free"), Type.Literal("tagged"), Type.Literal("hidden")]),
    }),
  ),
});
export type StaffPhoto = Static<typeof StaffPhoto>;
export const PictureQuery = Type.Object({
  size: Type.Union([Type.Literal("tiny"), Type.Literal("small"), Type.Literal("large")]),
});
/** POST /collections/:id/photos/:photo/faces/:face/open */
export const FaceOpened = Type.Object({
  /** `found`: recognised as somebody who joined, and who has not said yet whether it is them. */
  standing: Type.Union([Type.Literal("free"), Type.Literal("tagged"), Type.Literal("found")]),
  by: Nullable(Type.Union([Type.Literal("hand"), Type.Literal("card"), Type.Literal("machine")])),
  /** null: nobody's, or somebody recognised who did not agree that staff are told. */
  person: Nullable(NamedPerson),
  mayTakeBack: Type.Boolean(),
  /** Where the person agreed that their face is shown; empty where they are not told of. */
  channels: Type.Array(Type.Object({ channel: Type.String(), agreed: Type.Boolean() })),
  /** The face as it is, every other one hidden. */
  picture: Picture,
});
export type FaceOpened = Static<typeof FaceOpened>;
/** POST .../faces/:face/tag: the face is that person's, who joined the collection; 204. DELETE: taken back; 204. */
export const TagFace = Type.Object({ person: Id });

/** POST /collections/:id/joined: who joined, at most fifty, by name, which is in no address. */
export const JoinedQuery = Type.Object({ looking: Type.Optional(Type.String({ maxLength: 100 })) });
export const Joined = Type.Object({
  people: Type.Array(Type.Object({ ...NamedPerson.properties, at: Time })),
  /** Whether there are more: a name finds them. */
  more: Type.Boolean(),
});
export type Joined = Static<typeof Joined>;
