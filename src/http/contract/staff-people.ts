import { Type, type Static } from "typebox";
import { NamedPerson } from "./staff-matters.ts";

/** What the staff's pages and the server say to each other about who joined and what they agreed to, under `/api/staff`. */

const Time = Type.String({ format: "date-time" });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
/** Why a list is taken out: whoever is on it reads it. */
const Reason = Type.String({ minLength: 1, maxLength: 500 });

/** `ending`: a yes that ends within `endingDays`. `unanswered`: never asked, or passed over. */
export const ConsentStanding = Type.Union([
  Type.Literal("yes"),
  Type.Literal("ending"),
  Type.Literal("waiting"),
  Type.Literal("no"),
  Type.Literal("ended"),
  Type.Literal("unanswered"),
]);
export type ConsentStanding = Static<typeof ConsentStanding>;

/** POST /collections/:id/people/list: a name is in no address. `use` is `PURPOSE` or `publish:CHANNEL`. */
export const PeopleQuery = Type.Object({
  looking: Type.Optional(Type.String({ maxLength: 100 })),
  state: Type.Optional(ConsentStanding),
  use: Type.Optional(Type.String({ maxLength: 100 })),
  from: Type.Optional(Type.Integer({ minimum: 0, maximum: 999_999_999 })),
});
export const People = Type.Object({
  /** `PURPOSE` or `publish:CHANNEL`: the columns. */
  uses: Type.Array(Type.String()),
  people: Type.Array(
    Type.Object({
      ...NamedPerson.properties,
      at: Time,
      cells: Type.Array(
        Type.Object({ state: ConsentStanding, since: Nullable(Time), until: Nullable(Time) }),
      ),
    }),
  ),
  total: Type.Integer(),
  /** Of everybody: with a yes that ends soon. */
  ending: Type.Integer(),
  endingDays: Type.Integer(),
  /** Lines on one page. */
  page: Type.Integer(),
});
export type People = Static<typeof People>;

/** POST /collections/:id/people/export -> text/csv. A look at everybody in it, recorded before the answer. */
export const ExportPeople = Type.Object({ reason: Reason });
/** POST /collections/:id/do-not-photograph -> application/pdf. A look at everybody on it, recorded before the answer. */
export const PrintNotPhotographed = Type.Object({
  reason: Reason,
  language: Type.Union([Type.Literal("fr"), Type.Literal("en")]),
});
