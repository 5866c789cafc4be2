import { Type, type Static } from "typebox";

/** A trial with sample photos, under `/api/staff/trial`; who asks and how as in staff.ts. */

/** GET /trial */
export const TrialState = Type.Object({
  /** Sample photos that are installed; 0: there can be no trial. */
  pictures: Type.Integer(),
  /** The collection of the trial that is under way. */
  collection: Type.Union([Type.String({ format: "uuid" }), Type.Null()]),
});
export type TrialState = Static<typeof TrialState>;

/** POST /trial -> MadeCollection: the collection's texts are in this language. DELETE /trial: all of it, 204. */
export const StartTrial = Type.Object({
  language: Type.Union([Type.Literal("fr"), Type.Literal("en")]),
});
