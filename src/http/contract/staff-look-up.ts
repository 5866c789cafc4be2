import { Type, type Static } from "typebox";
import { NamedPerson } from "./staff-matters.ts";

/** What the staff's pages and the server say to each other about lookups, under `/api/staff`. */

const Id = Type.String({ format: "uuid" });

/** GET /look-up: how much this account has looked up within the hour and the day, and how much it may. */
export const Lookups = Type.Object({
  hour: Type.Integer(),
  day: Type.Integer(),
  mostAnHour: Type.Integer(),
  mostADay: Type.Integer(),
  /** Whether it may ask about all collections at once. */
  everywhere: Type.Boolean(),
});
export type Lookups = Static<typeof Lookups>;

/** POST /look-up: `picture` is JPEG, base64, and is not kept. Without `collection`, in all of them. */
export const LookUp = Type.Object({
  picture: Type.String({ maxLength: 11_000_000 }),
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  collection: Type.Optional(Id),
});
export type LookUp = Static<typeof LookUp>;
/** Never a score. `person` null: nobody who agreed to be found. */
export const LookedUp = Type.Object({
  faces: Type.Array(
    Type.Object({
      /** x, y, width, height in pixels of the picture that was sent. */
      box: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]),
      person: Type.Union([Type.Object({ ...NamedPerson.properties, photos: Type.Integer() }), Type.Null()]),
    }),
  ),
});
export type LookedUp = Static<typeof LookedUp>;
