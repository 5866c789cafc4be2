import { Type, type Static } from "typebox";
import { SecondAsked } from "./staff-second-persons.ts";

/** Deleting, and how much room is used, under `/api/staff`, as in staff.ts. */

/** POST /collections/:id/deletion: all of it, by whoever types its name; POST /collections/:id/photos/:photo/deletion: one photo. */
export const DeleteCollection = Type.Object({ name: Type.String({ maxLength: 300 }) });
export const DeletePhoto = Type.Object({ really: Type.Literal(true) });
export const Deleted = Type.Object({
  photos: Type.Integer(),
  renditions: Type.Integer(),
  templates: Type.Integer(),
  /** What could not be done now; the next start does it. */
  residue: Type.Integer(),
  /** One compact JWS. */
  receipt: Type.String(),
});
export type Deleted = Static<typeof Deleted>;
/** Where it takes two persons, it waits for the second. */
export const Deletion = Type.Union([Deleted, SecondAsked]);
export type Deletion = Static<typeof Deletion>;

/** GET /collections/:id/storage, in bytes. */
export const StorageUsed = Type.Object({
  originals: Type.Integer(),
  renditions: Type.Integer(),
  chips: Type.Integer(),
});
export type StorageUsed = Static<typeof StorageUsed>;
