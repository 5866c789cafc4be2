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

/** GET /collections/:id/photos?cursor: those that were looked through, in the order of time. */
export const PhotosQuery = Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 60 })) });
export const StaffPhotos = Type.Object({
  photos: Type.Array(
    Type.Object({
      id: Id,
      file: Type.String(),
      width: Type.Integer(),
      height: Type.Integer(),
      takenAt: Nullable(Time),
      faces: Type.Integer(),
      tagged: Type.Integer(),
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
  faces: Type.Array(
    Type.Object({
      id: Id,
      box: BoxArray,
      /** `hidden`: it is to stay so, and nobody is tagged there. */
      standing: Type.Union([Type.Literal("free"), Type.Literal("tagged"), Type.Literal("hidden")]),
    }),
  ),
});
export type StaffPhoto = Static<typeof StaffPhoto>;
export const PictureQuery = Type.Object({
  size: Type.Union([Type.Literal("small"), Type.Literal("large")]),
});
/** POST /collections/:id/photos/:photo/faces/:face/open */
export const FaceOpened = Type.Object({
  /** `found`: recognised as somebody who joined, and who has not said yet whether it is them. */
  standing: Type.Union([Type.Literal("free"), Type.Literal("tagged"), Type.Literal("found")]),
  by: Nullable(Type.Union([Type.Literal("hand"), Type.Literal("card"), Type.Literal("machine")])),
  /** null: nobody's, or somebody recognised who did not agree that staff are told. */
  person: Nullable(NamedPerson),
  mayTakeBack: Type.Boolean(),
  /** The face as it is, every other one hidden. */
  picture: Picture,
});
export type FaceOpened = Static<typeof FaceOpened>;
/** POST .../faces/:face/tag: the face is that person's, who joined the collection; 204. DELETE: taken back; 204. */
export const TagFace = Type.Object({ person: Id });

/** GET /collections/:id/joined?looking: who joined, at most fifty, by name. */
export const JoinedQuery = Type.Object({ looking: Type.Optional(Type.String({ maxLength: 100 })) });
export const Joined = Type.Object({
  people: Type.Array(Type.Object({ ...NamedPerson.properties, at: Time })),
  /** Whether there are more: a name finds them. */
  more: Type.Boolean(),
});
export type Joined = Static<typeof Joined>;
